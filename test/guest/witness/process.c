// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "witness.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

long number;
int renames;

void handle(int sig)
{
	(void)sig;
}

/* start - a child that has its handlers when it returns */
pid_t start(const char *name, void (*term)(int))
{
	int ready[2];
	pid_t pid;
	char byte;

	if (pipe(ready))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		prctl(PR_SET_NAME, name);
		signal(SIGTERM, term);
		signal(SIGUSR1, handle);
		close_port();
		close(ready[0]);
		close(ready[1]);
		for (;;)
			pause();
	}
	/* The read returns when the child has closed its end. */
	close(ready[1]);
	if (read(ready[0], &byte, 1))
		die("pipe");
	close(ready[0]);
	return pid;
}

void send_noted(pid_t pid, int sig)
{
	siginfo_t info;
	char name[24];

	if (renames) {
		snprintf(name, sizeof(name), "name-%ld", number);
		prctl(PR_SET_NAME, name);
	}
	memset(&info, 0, sizeof(info));
	info.si_signo = sig;
	info.si_code = -1000 - ++number;
	info.si_pid = getpid();
	info.si_uid = getuid();
	if (syscall(SYS_rt_sigqueueinfo, pid, sig, &info))
		die("rt_sigqueueinfo");
	note("signal %ld %d %d", number, (int)pid, sig);
}

void await_end(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	note("exit %d %d", (int)pid, status);
}
