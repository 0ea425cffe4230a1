// SPDX-License-Identifier: GPL-2.0-only
/*
 * killtime reads process ids and ends these processes, one after another. For
 * each it writes the id and the time until its end was seen, in ns.
 *
 *	killtime loop <PIDS	kill(pid, 0) until that fails, with usleep(1)
 *	killtime poll <PIDS	poll() of a pidfd
 *	killtime ask <PIDS	SIGUSR1: the daemon has a rule that ends the
 *				process; the time is written as 0
 */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "killtime: %s: %m\n", what);
	exit(1);
}

static long long now(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t))
		die("clock_gettime");
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void send(pid_t pid, int sig)
{
	if (kill(pid, sig))
		die("kill");
}

static long long by_loop(pid_t pid)
{
	long long start = now();

	send(pid, SIGTERM);
	while (!kill(pid, 0))
		usleep(1);
	return now() - start;
}

static long long by_poll(pid_t pid)
{
	struct pollfd fd = { .events = POLLIN };
	long long start;

	fd.fd = syscall(SYS_pidfd_open, pid, 0);
	if (fd.fd < 0)
		die("pidfd_open");
	start = now();
	send(pid, SIGTERM);
	if (poll(&fd, 1, -1) != 1)
		die("poll");
	start = now() - start;
	close(fd.fd);
	return start;
}

/* Polls rarely, so as not to disturb the process that is timed. */
static long long by_another(pid_t pid)
{
	send(pid, SIGUSR1);
	while (!kill(pid, 0))
		usleep(5000);
	return 0;
}

static const struct {
	const char *name;
	long long (*time)(pid_t pid);
} ways[] = {
	{ "loop", by_loop },
	{ "poll", by_poll },
	{ "ask", by_another },
};

int main(int argc, char **argv)
{
	int pid;

	for (size_t i = 0; argc == 2 && i < sizeof(ways) / sizeof(*ways); i++) {
		if (strcmp(argv[1], ways[i].name))
			continue;
		while (scanf("%d", &pid) == 1)
			printf("%d %lld\n", pid, ways[i].time(pid));
		return 0;
	}
	fputs("usage: killtime loop|poll|ask <PIDS\n", stderr);
	return 2;
}
