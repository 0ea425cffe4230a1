// SPDX-License-Identifier: GPL-2.0-only
/*
 * victims starts N processes with the name "victim", writes their ids, and ends
 * after all of them. SIGTERM ends each after a different time of up to 20 ms and
 * some work. The kernel reaps them, so that kill(pid, 0) also shows their end.
 * They ignore SIGUSR1.
 *
 *	victims N FILE
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long slowness_us, work_us;

static long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec % 1000 * 1000000 + t.tv_nsec / 1000;
}

/*
 * The work moves the end to any time between two polls. With sleep alone, timers
 * of victim and poller that expire at about the same time would fire together.
 */
static void end(int sig)
{
	struct timespec t = { 0, slowness_us * 1000 };
	long start;

	(void)sig;
	nanosleep(&t, NULL);
	for (start = now_us(); now_us() - start < work_us;)
		;
	_exit(0);
}

static void live(int n)
{
	prctl(PR_SET_NAME, "victim");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	slowness_us = (n * 7919L + 1) % 20000;
	work_us = n * 31L % 200;
	signal(SIGUSR1, SIG_IGN);
	signal(SIGTERM, end);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	char partial[200];
	FILE *f;
	int n;

	n = argc == 3 ? atoi(argv[1]) : 0;
	if (n < 1 || n > 10000) {
		fputs("usage: victims N FILE\n", stderr);
		return 2;
	}
	snprintf(partial, sizeof(partial), "%s.new", argv[2]);
	f = fopen(partial, "w");
	if (!f) {
		fprintf(stderr, "victims: %s: %m\n", partial);
		return 1;
	}
	signal(SIGCHLD, SIG_IGN);
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0) {
			fprintf(stderr, "victims: fork: %m\n");
			return 1;
		}
		if (!pid)
			live(i);
		fprintf(f, "%d\n", (int)pid);
	}
	/* The file appears only when it is complete. */
	if (fclose(f) || rename(partial, argv[2])) {
		fprintf(stderr, "victims: %s: %m\n", argv[2]);
		return 1;
	}
	/* Polls: wait() would wake up at each end, and disturb the measurement. */
	while (!waitpid(-1, NULL, WNOHANG))
		sleep(1);
	return 0;
}
