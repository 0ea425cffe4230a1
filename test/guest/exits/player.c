// SPDX-License-Identifier: GPL-2.0-only
#include "exits.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int ready[2]; /* a player writes to it when it is prepared */

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("exits: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	_exit(1);
}

long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

void pause_us(long us)
{
	struct timespec t = { us / 1000000, us % 1000000 * 1000 };

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

void players_open(void)
{
	if (pipe(ready))
		die("pipe: %m");
}

void players_inherit(int fd)
{
	ready[1] = fd;
}

int ready_fd(void)
{
	return ready[1];
}

void say_ready(void)
{
	if (write(ready[1], "", 1) != 1)
		_exit(255);
}

void await_ready(void)
{
	char c;

	if (read(ready[0], &c, 1) != 1)
		die("a player is not ready: %m");
}

void rest(void)
{
	for (;;)
		pause();
}

void wait_for_end(void)
{
	say_ready();
	rest();
}

static void mask(int how, int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(how, &set, NULL);
}

void block(int sig)
{
	mask(SIG_BLOCK, sig);
}

void unblock(int sig)
{
	mask(SIG_UNBLOCK, sig);
}

pid_t start(void (*play)(void))
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork: %m");
	if (!pid) {
		play();
		_exit(255);
	}
	await_ready();
	return pid;
}

void await_end(const char *scenario, pid_t pid, int want)
{
	int status;

	if (waitpid(pid, &status, __WALL) != pid)
		die("%s: waitpid: %m", scenario);
	if (status != want)
		die("%s: status %#x, not %#x", scenario, status, want);
}
