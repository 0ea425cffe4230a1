// SPDX-License-Identifier: GPL-2.0-only
/*
 * rc-queue runs the start or stop scripts of /etc/rc.d one after another, as procd's queue
 * does: each is a child of init, and stop scripts wait for the last start script. A stop
 * script is sent TERM after 15 s, and KILL 10 s later. Tests add scripts.
 *
 *	rc-queue S boot
 *	rc-queue K shutdown
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

static void check(const char *what, long result)
{
	if (result < 0)
		err(1, "%s", what);
}

/*
 * Starts a script as a child of init: its own parent ends before the script begins. Its
 * pidfd is opened before that, too: of a process that ends meanwhile pidfd_open() says
 * ESRCH or EINVAL (pidfd_prepare() in kernel/fork.c).
 */
static pid_t start(char *script, char *action, int *process)
{
	int told[2], begin[2];
	pid_t parent, pid;
	char go;

	check("pipe2", pipe2(told, O_CLOEXEC));
	check("pipe2", pipe2(begin, O_CLOEXEC));
	parent = fork();
	check("fork", parent);
	if (!parent) {
		pid = fork();
		check("fork", pid);
		if (pid) {
			check("write", write(told[1], &pid, sizeof(pid)));
			_exit(0);
		}
		close(begin[1]);
		check("read", read(begin[0], &go, 1));
		execl(script, script, action, NULL);
		check(script, -1);
	}
	check("waitpid", waitpid(parent, NULL, 0));
	check("read", read(told[0], &pid, sizeof(pid)) == sizeof(pid) ? 0 : -1);
	*process = syscall(SYS_pidfd_open, pid, 0);
	check("pidfd_open", *process);
	close(told[0]);
	close(told[1]);
	close(begin[0]);
	close(begin[1]); /* it begins */
	return pid;
}

/* Waits for a process that is no child, at most so long; -1: without a limit. */
static int ended(int process, int ms)
{
	struct pollfd fd = { .fd = process, .events = POLLIN };
	int n;

	do
		n = poll(&fd, 1, ms);
	while (n < 0 && errno == EINTR);
	check("poll", n);
	return n;
}

static void run(char *script, char *action, int limited)
{
	int process;
	pid_t pid = start(script, action, &process);

	if (limited && !ended(process, 15000)) {
		kill(pid, SIGTERM);
		if (!ended(process, 10000))
			kill(pid, SIGKILL);
	}
	ended(process, -1);
	close(process);
}

int main(int argc, char **argv)
{
	char pattern[] = "/etc/rc.d/?*";
	glob_t found;
	size_t i;
	int lock;

	if (argc != 3 || !argv[1][0]) {
		fprintf(stderr, "usage: rc-queue S boot | rc-queue K shutdown\n");
		return 2;
	}
	lock = open("/run/rc-queue", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	check("/run/rc-queue", lock);
	check("flock", flock(lock, LOCK_EX));
	pattern[sizeof("/etc/rc.d/") - 1] = argv[1][0];
	if (glob(pattern, 0, NULL, &found))
		return 0;
	for (i = 0; i < found.gl_pathc; i++)
		if (!access(found.gl_pathv[i], X_OK))
			run(found.gl_pathv[i], argv[2], argv[1][0] == 'K');
	return 0;
}
