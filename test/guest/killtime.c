// SPDX-License-Identifier: GPL-2.0
/*
 * killtime ends processes, one after another, whose ids it reads, and writes for
 * each its id and how long its end took by one way to see it, in ns.
 *
 *	killtime loop <PIDS	kill(pid, 0) until that fails, with usleep(1)
 *	killtime poll <PIDS	poll() of a pidfd
 *	killtime ask <PIDS	SIGUSR1, upon which somebody else ends it; its
 *				time is not taken, and written as 0
 */
#define _GNU_SOURCE
#include <poll.h>
#include <sched.h>
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

/* Returns how long it took from the signal to the wake-up. */
static long long by_pidfd(pid_t pid, int sig)
{
	struct pollfd fd = { .events = POLLIN };
	long long start;

	fd.fd = syscall(SYS_pidfd_open, pid, 0);
	if (fd.fd < 0)
		die("pidfd_open");
	start = now();
	send(pid, sig);
	if (poll(&fd, 1, -1) != 1)
		die("poll");
	start = now() - start;
	close(fd.fd);
	return start;
}

int main(int argc, char **argv)
{
	const char *way = argc == 2 ? argv[1] : "";
	struct sched_param idle = { 0 };
	int pid;

	if (strcmp(way, "loop") && strcmp(way, "poll") && strcmp(way, "ask")) {
		fputs("usage: killtime loop|poll|ask <PIDS\n", stderr);
		return 2;
	}
	/* Who waits as well must not be in the way of who is timed. */
	if (!strcmp(way, "ask") && sched_setscheduler(0, SCHED_IDLE, &idle))
		die("sched_setscheduler");
	while (scanf("%d", &pid) == 1) {
		long long took;

		if (!strcmp(way, "loop")) {
			took = by_loop(pid);
		} else if (!strcmp(way, "poll")) {
			took = by_pidfd(pid, SIGTERM);
		} else {
			by_pidfd(pid, SIGUSR1);
			took = 0;
		}
		printf("%d %lld\n", pid, took);
	}
	return 0;
}
