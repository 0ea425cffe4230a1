// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exactly N signals by one sender, as fast as possible. Signal n is USR1 if n is
 * even, else USR2, and goes to receiver n / 2 modulo the number of receivers, so
 * that a test can check their order.
 */
#include "sigplay.h"

#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_RECEIVERS 64

/* The end of the pipe ends it, so that no further signal is needed. */
static void receive(int ready, int over)
{
	char c;

	prctl(PR_SET_NAME, "storm-receiver");
	player_catch(SIGUSR1);
	player_catch(SIGUSR2);
	if (write(ready, "", 1) != 1)
		_exit(1);
	while (read(over, &c, 1) > 0)
		;
	_exit(caught ? 0 : 1);
}

void storm(long count, int receivers)
{
	pid_t pids[MAX_RECEIVERS];
	int ready[2], over[2], status, idle = 0;
	long long start, took;
	char c;

	if (pipe(ready) || pipe(over))
		die("pipe: %m");
	for (int i = 0; i < receivers; i++) {
		pids[i] = fork_or_die();
		if (!pids[i]) {
			close(over[1]);
			receive(ready[1], over[0]);
		}
		if (read(ready[0], &c, 1) != 1)
			die("storm: %m");
	}

	start = now_us();
	for (long n = 0; n < count; n++)
		if (kill(pids[n / 2 % receivers], n % 2 ? SIGUSR2 : SIGUSR1))
			die("storm: kill: %m");
	took = now_us() - start;

	close(over[1]);
	for (int i = 0; i < receivers; i++) {
		if (waitpid(pids[i], &status, 0) != pids[i] || WIFSIGNALED(status))
			die("storm: a receiver died");
		idle += WEXITSTATUS(status);
	}
	printf("storm sender_pid=%d sent=%ld receivers=%d idle=%d usec=%lld targets=",
	       getpid(), count, receivers, idle, took);
	for (int i = 0; i < receivers; i++)
		printf("%s%d", i ? "," : "", pids[i]);
	printf("\n");
}
