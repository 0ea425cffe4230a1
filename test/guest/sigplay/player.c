// SPDX-License-Identifier: GPL-2.0-only
#include "sigplay.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

volatile sig_atomic_t caught;

void die(const char *format, ...)
{
	va_list args;
	char text[256];

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	dprintf(STDERR_FILENO, "sigplay: %s\n", text);
	_exit(1);
}

pid_t fork_or_die(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork: %m");
	return pid;
}

void sleep_ms(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void count(int sig)
{
	(void)sig;
	caught++;
}

void player_catch(int sig)
{
	struct sigaction action = { .sa_handler = count, .sa_flags = SA_RESTART };

	sigaction(sig, &action, NULL);
}

/* At most ten seconds, long even for an emulated machine under load. */
void player_wait_caught(int count)
{
	for (int i = 0; caught < count && i < 10000; i++)
		sleep_ms(1);
}

/* What a player does: it acts for each byte, and ends at the end of file. */
static void play(const struct role *role, int up, int down)
{
	pid_t tid;
	char c;

	prctl(PR_SET_NAME, role->name);
	tid = role->prepare ? role->prepare() : gettid();
	if (write(up, &tid, sizeof(tid)) != sizeof(tid))
		_exit(255);
	while (read(down, &c, 1) == 1) {
		role->act();
		if (write(up, &c, 1) != 1)
			_exit(255);
	}
	player_wait_caught(role->end);
	_exit(caught);
}

void player_start(struct player *p, const struct role *role)
{
	int up[2], down[2];

	if (pipe(up) || pipe(down))
		die("pipe: %m");
	p->pid = fork_or_die();
	if (!p->pid) {
		close(up[0]);
		close(down[1]);
		play(role, up[1], down[0]);
	}
	close(up[1]);
	close(down[0]);
	p->up = up[0];
	p->down = down[1];
	snprintf(p->name, sizeof(p->name), "%s", role->name);
	if (read(p->up, &p->tid, sizeof(p->tid)) != sizeof(p->tid))
		die("%s: did not get ready", role->name);
}

/* Returns when the player has acted, or has died from it. */
void player_act(struct player *p)
{
	char c = 0;

	if (write(p->down, &c, 1) != 1 || read(p->up, &c, 1) < 0)
		die("%s: %m", p->name);
}

void player_await(pid_t pid, const struct role *role)
{
	int status, end;

	if (waitpid(pid, &status, 0) != pid)
		die("%s: waitpid: %m", role->name);
	end = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
	if (end != role->end)
		die("%s: ended with %d, not %d", role->name, end, role->end);
}

void player_end(struct player *p, const struct role *role)
{
	close(p->down);
	close(p->up);
	player_await(p->pid, role);
}
