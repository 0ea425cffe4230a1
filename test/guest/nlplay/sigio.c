// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listens to sigtrail's events with F_SETOWN: it gets SIGIO for each message. The
 * relay's own messages cause these signals. If they were recorded, each would cause
 * the next message, without end. Prints the numbers of signals and records.
 */
#include "nlplay.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t signals;

static void count(int sig)
{
	(void)sig;
	signals++;
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

int sigio(int ms)
{
	const struct timespec rest = { 0, 10000000 };
	const struct sigaction action = { .sa_handler = count };
	struct family family = look_up(SIGTRAIL_FAMILY_NAME);
	int fd = open_socket();
	int len, records = 0;
	struct message m;
	long long end;

	sigaction(SIGIO, &action, NULL);
	join(fd, &family);
	if (fcntl(fd, F_SETOWN, getpid()) ||
	    fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK))
		die("sigio: %m");

	/* The first event. */
	if (kill(getpid(), SIGCONT))
		die("kill: %m");
	for (end = now_ms() + ms; now_ms() < end; nanosleep(&rest, NULL))
		while ((len = recv(fd, &m, sizeof(m), 0)) > 0)
			records += attr_count(m.attrs, len - HEADERS, SIGTRAIL_ATTR_RECORD);
	printf("sigio pid=%d signals=%d records=%d\n", getpid(), signals, records);
	return 0;
}
