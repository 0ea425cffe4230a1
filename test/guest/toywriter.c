// SPDX-License-Identifier: GPL-2.0-only
/*
 * toywriter writes to a file and makes no other call of write(2), so the hits of a
 * trigger on write are known. It can also refuse to end.
 *
 *	toywriter [-n WRITES] [-p PAUSE_US] [-t THREADS] [-c MS | -i] FILE
 *
 * Without -n it writes until it is killed; with -n it then waits to be killed. -p
 * sets the pause after each write. With -t THREADS threads write WRITES times
 * each. -c catches SIGTERM and ends MS milliseconds later, -i ignores it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long writes, pause_us, catch_ms;
static int fd;

static void rest(long us)
{
	struct timespec t = { us / 1000000, us % 1000000 * 1000 };

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

static void end_late(int sig)
{
	(void)sig;
	rest(catch_ms * 1000);
	_exit(0);
}

static void *work(void *arg)
{
	for (long n = 0; !writes || n < writes; n++) {
		if (write(fd, "written\n", 8) != 8)
			_exit(1);
		if (pause_us)
			rest(pause_us);
	}
	return arg;
}

static int usage(void)
{
	fputs("Usage: toywriter [-n WRITES] [-p PAUSE_US] [-t THREADS] [-c MS | -i] FILE\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	long threads = 1;
	pthread_t thread;
	int opt;

	while ((opt = getopt(argc, argv, "n:p:t:c:i")) != -1) {
		switch (opt) {
		case 'n':
			writes = atol(optarg);
			break;
		case 'p':
			pause_us = atol(optarg);
			break;
		case 't':
			threads = atol(optarg);
			break;
		case 'c':
			catch_ms = atol(optarg);
			signal(SIGTERM, end_late);
			break;
		case 'i':
			signal(SIGTERM, SIG_IGN);
			break;
		default:
			return usage();
		}
	}
	if (argc != optind + 1)
		return usage();
	fd = open(argv[optind], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0) {
		perror(argv[optind]);
		return 1;
	}
	while (--threads > 0)
		if (pthread_create(&thread, NULL, work, NULL))
			return 1;
	work(NULL);
	for (;;)
		pause();
}
