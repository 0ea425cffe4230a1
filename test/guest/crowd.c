// SPDX-License-Identifier: GPL-2.0-only
/*
 * crowd N: starts N processes that handle SIGTERM and do not end, prints their ids,
 * and ends.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void stay(int sig)
{
	(void)sig;
}

int main(int argc, char **argv)
{
	int n = argc == 2 ? atoi(argv[1]) : 0;

	if (n < 1 || n > 10000) {
		fputs("usage: crowd N\n", stderr);
		return 2;
	}
	signal(SIGTERM, stay);
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0) {
			perror("crowd: fork");
			return 1;
		}
		if (pid == 0) {
			/* The test reads the output to its end. */
			for (int fd = 0; fd < 3; fd++)
				close(fd);
			for (;;)
				pause();
		}
		/* As stdio's buffer, a child would have it, too. */
		dprintf(STDOUT_FILENO, "%d\n", pid);
	}
	return 0;
}
