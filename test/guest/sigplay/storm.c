// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exactly N signals as fast as possible, by one sender or by several of its children.
 * A sender's signal n is USR1 if n is even, else USR2, and goes to receiver n / 2
 * modulo the number of receivers, so that a test can check their order, and no signal
 * repeats the one before. With one number all are USR1.
 */
#include "sigplay.h"

#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_RECEIVERS 64

static pid_t pids[MAX_RECEIVERS];

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

static void send(long count, int receivers, int numbers)
{
	for (long n = 0; n < count; n++)
		if (kill(pids[n / 2 % receivers], n % numbers ? SIGUSR2 : SIGUSR1))
			die("storm: kill: %m");
}

/* Each one begins at the same receiver: they meet at its lock. */
static void send_by_many(long count, int receivers, int senders)
{
	int status;

	for (int i = 0; i < senders; i++) {
		if (fork_or_die())
			continue;
		send(count / senders + (i < count % senders), receivers, 2);
		_exit(0);
	}
	for (int i = 0; i < senders; i++)
		if (wait(&status) < 0 || status)
			die("storm: a sender failed");
}

void storm(long count, int receivers, int senders, int numbers)
{
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
	if (senders == 1)
		send(count, receivers, numbers);
	else
		send_by_many(count, receivers, senders);
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
