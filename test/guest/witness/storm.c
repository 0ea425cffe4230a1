// SPDX-License-Identifier: GPL-2.0-only
#include "witness.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define TARGETS 3

void storm(long pause_us)
{
	const struct timespec rest = { pause_us / 1000000, pause_us % 1000000 * 1000 };
	pid_t target[TARGETS];

	for (int i = 0; i < TARGETS; i++)
		target[i] = start("target", SIG_IGN);
	for (;;) {
		for (int i = 0; i < 50; i++) {
			send_noted(target[i % TARGETS], SIGUSR1);
			if (pause_us)
				nanosleep(&rest, NULL);
		}
		pid_t pid = start("victim", SIG_DFL);

		send_noted(pid, number % 2 ? SIGTERM : SIGKILL);
		await_end(pid);
	}
}

void crowd(int n)
{
	char name[24];

	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "crowd-%d", i);
		note("ignores %d", (int)start(name, SIG_IGN));
	}
	note("ready");
	for (;;)
		pause();
}
