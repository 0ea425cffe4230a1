// SPDX-License-Identifier: GPL-2.0-only
/*
 * witness writes what it does to a port of its own, so that the host knows it up to
 * the moment of a reset. It writes a note after what it has done: the kernel may have
 * more than the notes say, by what was done at that moment.
 *
 *	witness storm [PAUSE_US]	signals processes, and ends some, until it is killed
 *	witness names			the same, with another name for each signal
 *	witness crowd N			starts N processes that ignore SIGTERM
 *
 * Times are ns of CLOCK_BOOTTIME:
 *
 *	begin PID TIME
 *	signal NUMBER PID SIGNAL TIME
 *	exit PID STATUS TIME
 *	ignores PID TIME
 *	ready TIME
 *
 * A signal's NUMBER is also in its si_code, which is -1000 - NUMBER. A process that
 * ignores SIGTERM is named for its number, so that no two have the same name.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TARGETS 3

static int port;
static long number;
static int renames;

static void die(const char *what)
{
	fprintf(stderr, "witness: %s: %m\n", what);
	exit(1);
}

static void open_port(void)
{
	glob_t found;

	if (glob("/dev/vport*p3", 0, NULL, &found) || found.gl_pathc != 1) {
		fputs("witness: no port\n", stderr);
		exit(1);
	}
	port = open(found.gl_pathv[0], O_WRONLY | O_CLOEXEC);
	if (port < 0)
		die(found.gl_pathv[0]);
	globfree(&found);
}

/* A note is one write, so that none is in a buffer of this process. */
__attribute__((format(printf, 1, 2)))
static void note(const char *format, ...)
{
	struct timespec t;
	char line[100];
	va_list args;
	int n;

	clock_gettime(CLOCK_BOOTTIME, &t);
	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	n += snprintf(line + n, sizeof(line) - n, " %lld\n",
		      (long long)t.tv_sec * 1000000000 + t.tv_nsec);
	if (write(port, line, n) != n)
		die("port");
}

static void handle(int sig)
{
	(void)sig;
}

/* start - a child that has its handlers when it returns */
static pid_t start(const char *name, void (*term)(int))
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
		close(port);
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

static void send(pid_t pid, int sig)
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

static void storm(long pause_us)
{
	const struct timespec rest = { pause_us / 1000000, pause_us % 1000000 * 1000 };
	pid_t target[TARGETS];

	for (int i = 0; i < TARGETS; i++)
		target[i] = start("target", SIG_IGN);
	for (;;) {
		for (int i = 0; i < 50; i++) {
			send(target[i % TARGETS], SIGUSR1);
			if (pause_us)
				nanosleep(&rest, NULL);
		}
		pid_t pid = start("victim", SIG_DFL);
		int status;

		send(pid, number % 2 ? SIGTERM : SIGKILL);
		if (waitpid(pid, &status, 0) != pid)
			die("waitpid");
		note("exit %d %d", (int)pid, status);
	}
}

static void crowd(int n)
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

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	open_port();
	signal(SIGTERM, SIG_IGN);
	note("begin %d", (int)getpid());
	if (!strcmp(mode, "storm") && argc <= 3)
		storm(argc == 3 ? atol(argv[2]) : 0);
	renames = !strcmp(mode, "names");
	if (renames && argc == 2)
		storm(0);
	if (!strcmp(mode, "crowd") && argc == 3)
		crowd(atoi(argv[2]));
	fputs("usage: witness storm [PAUSE_US] | names | crowd N\n", stderr);
	return 2;
}
