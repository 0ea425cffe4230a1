// SPDX-License-Identifier: GPL-2.0-only
/* System calls that send a signal. */
#include "sigplay.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

pid_t sender_tid;

long by_kill(const struct player *to, int sig, int code)
{
	(void)code;
	return kill(to->pid, sig);
}

long by_kill_group(const struct player *to, int sig, int code)
{
	(void)code;
	return kill(-to->pid, sig);
}

long by_tkill(const struct player *to, int sig, int code)
{
	(void)code;
	return syscall(SYS_tkill, to->tid, sig);
}

long by_tgkill(const struct player *to, int sig, int code)
{
	(void)code;
	return syscall(SYS_tgkill, to->pid, to->tid, sig);
}

/* A siginfo with init as the sender. */
static siginfo_t forge(int sig, int code)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = sig;
	info.si_code = code;
	info.si_pid = 1;
	info.si_uid = 12345;
	return info;
}

long by_sigqueue(const struct player *to, int sig, int code)
{
	siginfo_t info = forge(sig, code);

	return syscall(SYS_rt_sigqueueinfo, to->pid, sig, &info);
}

long by_tgsigqueue(const struct player *to, int sig, int code)
{
	siginfo_t info = forge(sig, code);

	return syscall(SYS_rt_tgsigqueueinfo, to->pid, to->tid, sig, &info);
}

long by_pidfd(const struct player *to, int sig, int code)
{
	int fd = syscall(SYS_pidfd_open, to->pid, 0);
	long ret;

	(void)code;
	if (fd < 0)
		return fd;
	ret = syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0);
	close(fd);
	return ret;
}

static void *kill_usr1(void *pid)
{
	prctl(PR_SET_NAME, "another-thread");
	sender_tid = gettid();
	return (void *)(long)kill(*(const pid_t *)pid, SIGUSR1);
}

long by_thread(const struct player *to, int sig, int code)
{
	pthread_t thread;
	void *ret;

	(void)sig;
	(void)code;
	if (pthread_create(&thread, NULL, kill_usr1, (void *)&to->pid) ||
	    pthread_join(thread, &ret))
		die("pthread: %m");
	return (long)ret;
}
