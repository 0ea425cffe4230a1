// SPDX-License-Identifier: GPL-2.0
/*
 * ksigwait is told of triggers without netlink, in the classic way: it writes
 * its thread's id to sigtrail_trigger's file in debugfs, and receives a queued
 * real-time signal with SA_SIGINFO, whose value is a process's id.
 *
 *	ksigwait [-s SIGNAL] [-t] [-b] COUNT
 *	ksigwait [-s SIGNAL] -d
 *	ksigwait [-s SIGNAL] -x PROGRAM
 *
 * Ends after COUNT signals, each of which it prints:
 *
 *	signal=44 code=-1 value=123 tid=456
 *
 * -t has a second thread register, where the signal has to come to; -b blocks it
 * and takes it by sigtimedwait(2). The others are no longer prepared for it once
 * they have registered: -d has it at its default action, -x becomes PROGRAM.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char registry[] = "/sys/kernel/debug/sigtrail_trigger/ksig_task";

/* What a handler hands over; it may not print. */
struct told {
	int signal, code, value, tid;
};

static int told[2];
static int sig = 44;
static long count;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int own_tid(void)
{
	return syscall(SYS_gettid);
}

static void handler(int number, siginfo_t *info, void *context)
{
	struct told t = { number, info->si_code, info->si_value.sival_int, own_tid() };
	int saved = errno;

	(void)context;
	if (write(told[1], &t, sizeof(t)) != sizeof(t))
		_exit(1);
	errno = saved;
}

static void catch_it(void)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART };

	if (pipe2(told, O_CLOEXEC) || sigaction(sig, &action, NULL))
		die("sigaction");
}

static void enrol(void)
{
	char line[16];
	int fd = open(registry, O_WRONLY | O_CLOEXEC);
	int len = snprintf(line, sizeof(line), "%d\n", own_tid());

	if (fd < 0 || write(fd, line, len) != len)
		die(registry);
	close(fd);
	printf("registered tid=%d\n", own_tid());
}

static void print(const struct told *t)
{
	printf("signal=%d code=%d value=%d tid=%d\n", t->signal, t->code, t->value, t->tid);
}

static void *enrol_and_wait(void *arg)
{
	enrol();
	while (pause())
		;
	return arg;
}

static void by_handler(bool by_thread)
{
	pthread_t thread;
	struct told t;

	catch_it();
	if (!by_thread)
		enrol();
	else if (pthread_create(&thread, NULL, enrol_and_wait, NULL))
		die("pthread_create");
	while (count-- > 0) {
		if (read(told[0], &t, sizeof(t)) != sizeof(t))
			die("read");
		print(&t);
	}
}

static void by_wait(void)
{
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_BLOCK, &set, NULL);
	enrol();
	while (count-- > 0) {
		if (sigwaitinfo(&set, &info) < 0)
			die("sigwaitinfo");
		print(&(struct told){ info.si_signo, info.si_code, info.si_value.sival_int, own_tid() });
	}
}

static int usage(void)
{
	fputs("Usage: ksigwait [-s SIGNAL] [-t] [-b] COUNT\n"
	      "       ksigwait [-s SIGNAL] -d\n"
	      "       ksigwait [-s SIGNAL] -x PROGRAM\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	bool by_thread = false, blocked = false, by_default = false;
	const char *program = NULL;
	int opt;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((opt = getopt(argc, argv, "s:tbdx:")) != -1) {
		switch (opt) {
		case 's':
			sig = atoi(optarg);
			break;
		case 't':
			by_thread = true;
			break;
		case 'b':
			blocked = true;
			break;
		case 'd':
			by_default = true;
			break;
		case 'x':
			program = optarg;
			break;
		default:
			return usage();
		}
	}
	if (by_default || program) {
		catch_it();
		enrol();
		signal(sig, SIG_DFL);
		puts("unprepared");
		if (program)
			execlp(program, program, "1000", (char *)NULL);
		for (;;)
			pause();
	}
	if (argc != optind + 1)
		return usage();
	count = atol(argv[optind]);
	if (blocked)
		by_wait();
	else
		by_handler(by_thread);
	return 0;
}
