// SPDX-License-Identifier: GPL-2.0-only
/*
 * ksigwait gets notices without netlink: it writes its thread's id to a debugfs
 * file of sigtrail_trigger, and gets a queued real-time signal with SA_SIGINFO,
 * whose value is a process id.
 *
 *	ksigwait [-s SIGNAL] [-t] [-b] COUNT
 *	ksigwait [-s SIGNAL] -d
 *	ksigwait [-s SIGNAL] -x PROGRAM
 *
 * It ends after COUNT signals, and prints each one:
 *
 *	signal=44 code=-1 value=123 tid=456
 *
 * -t registers a second thread, which must get the signal; -b blocks the signal
 * and takes it by sigwaitinfo(2). -d and -x set its default action again after
 * registering; -x then calls exec(PROGRAM).
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

/* The handler writes this to a pipe, as it must not print. */
struct received {
	int signal, code, value, tid;
};

static int handled[2];
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
	struct received r = { number, info->si_code, info->si_value.sival_int, own_tid() };
	int saved = errno;

	(void)context;
	if (write(handled[1], &r, sizeof(r)) != sizeof(r))
		_exit(1);
	errno = saved;
}

static void catch_it(void)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART };

	if (pipe2(handled, O_CLOEXEC) || sigaction(sig, &action, NULL))
		die("sigaction");
}

static void register_thread(void)
{
	char line[16];
	int fd = open(registry, O_WRONLY | O_CLOEXEC);
	int len = snprintf(line, sizeof(line), "%d\n", own_tid());

	if (fd < 0 || write(fd, line, len) != len)
		die(registry);
	close(fd);
	printf("registered tid=%d\n", own_tid());
}

static void print(const struct received *r)
{
	printf("signal=%d code=%d value=%d tid=%d\n", r->signal, r->code, r->value, r->tid);
}

static void *register_and_wait(void *arg)
{
	register_thread();
	while (pause())
		;
	return arg;
}

static void by_handler(bool by_thread)
{
	pthread_t thread;
	struct received r;

	catch_it();
	if (!by_thread)
		register_thread();
	else if (pthread_create(&thread, NULL, register_and_wait, NULL))
		die("pthread_create");
	while (count-- > 0) {
		if (read(handled[0], &r, sizeof(r)) != sizeof(r))
			die("read");
		print(&r);
	}
}

static void by_wait(void)
{
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_BLOCK, &set, NULL);
	register_thread();
	while (count-- > 0) {
		if (sigwaitinfo(&set, &info) < 0)
			die("sigwaitinfo");
		print(&(struct received){ info.si_signo, info.si_code, info.si_value.sival_int, own_tid() });
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
		register_thread();
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
