// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a program in another network namespace, with a socket there that has joined
 * the group "events" by its number: it gets nothing.
 */
#include "nlplay.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

int foreign(char **program)
{
	struct family family = look_up(SIGTRAIL_FAMILY_NAME);
	int fd;

	if (unshare(CLONE_NEWNET))
		die("unshare: %m");
	fd = open_socket();
	join(fd, &family);
	fcntl(fd, F_SETFD, 0);
	execvp(program[0], program);
	die("%s: %m", program[0]);
}
