// SPDX-License-Identifier: GPL-2.0-only
/* Processes that end after they were signalled. */
#include "exits.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What players do before the signal; then each waits for it. */

static void plain(void)
{
	wait_for_end();
}

static void exit_three(int sig)
{
	(void)sig;
	pause_us(50000);
	_exit(3);
}

static void catch_and_exit(void)
{
	signal(SIGTERM, exit_three);
	wait_for_end();
}

static void blocked(void)
{
	block(SIGTERM);
	wait_for_end();
}

static void dump_core(void)
{
	const struct rlimit any = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_CORE, &any);
	if (chdir("/tmp"))
		_exit(255);
	wait_for_end();
}

static void *outlive(void *leader)
{
	char path[32];
	char state = 0;
	FILE *stat;

	/* Until the leader is a zombie. */
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", *(pid_t *)leader);
	while (state != 'Z') {
		stat = fopen(path, "r");
		if (!stat || fscanf(stat, "%*d %*[^)]) %c", &state) != 1)
			_exit(255);
		fclose(stat);
		sched_yield();
	}
	wait_for_end();
}

static void leader_first(void)
{
	static pid_t leader;
	pthread_t thread;

	leader = getpid();
	if (pthread_create(&thread, NULL, outlive, &leader))
		_exit(255);
	syscall(SYS_exit, 0);
}

/* The last thread blocks what the leader, which has exited, did not. */
static void leader_blocks(void)
{
	static pid_t leader;
	pthread_t thread;

	leader = getpid();
	block(SIGTERM);
	if (pthread_create(&thread, NULL, outlive, &leader))
		_exit(255);
	unblock(SIGTERM);
	syscall(SYS_exit, 0);
}

static void *replace(void *unused)
{
	char fd[12];

	(void)unused;
	snprintf(fd, sizeof(fd), "%d", ready_fd());
	execl("/proc/self/exe", "exits", "wait", fd, NULL);
	_exit(255);
}

static void exec_by_thread(void)
{
	pthread_t thread;

	block(SIGTERM);
	if (kill(getpid(), SIGTERM) || pthread_create(&thread, NULL, replace, NULL))
		_exit(255);
	rest();
}

static void ignore_and_exit(void)
{
	signal(SIGTERM, SIG_IGN);
	say_ready();
	pause_us(50000);
	_exit(0);
}

/* SIGALRM ends it, although the trail leaves SIGALRM out. */
static void alarm_clock(void)
{
	const struct itimerval soon = { .it_value.tv_usec = 10000 };

	say_ready();
	setitimer(ITIMER_REAL, &soon, NULL);
	rest();
}

static void timer(void)
{
	const struct itimerspec soon = { .it_value.tv_nsec = 10000000 };
	timer_t id;

	say_ready();
	/* Without a sigevent the timer sends SIGALRM. */
	if (timer_create(CLOCK_MONOTONIC, NULL, &id) || timer_settime(id, 0, &soon, NULL))
		_exit(255);
	rest();
}

static const struct scenario {
	const char *name;
	void (*play)(void);
	int first, second; /* signals; 0: none */
	int status;
	int records; /* of the exit */
	int fatal; /* is the first signal flagged so? */
} scenarios[] = {
	{ "killed", plain, SIGTERM, 0, SIGTERM, 1, 1 },
	{ "caught", catch_and_exit, SIGTERM, 0, 3 << 8, 1, 0 },
	{ "blocked", blocked, SIGTERM, SIGKILL, SIGKILL, 1, 0 },
	{ "core", dump_core, SIGABRT, 0, SIGABRT | 0x80, 1, 1 },
	{ "leader_first", leader_first, SIGTERM, 0, SIGTERM, 1, 1 },
	{ "leader_blocks", leader_blocks, SIGTERM, SIGKILL, SIGKILL, 1, 0 },
	{ "exec_by_thread", exec_by_thread, 0, SIGKILL, SIGKILL, 1, 0 },
	{ "ignored", ignore_and_exit, SIGTERM, 0, 0, 0, 0 },
	{ "stopped", plain, SIGSTOP, SIGKILL, SIGKILL, 1, 0 },
	{ "alarm", alarm_clock, 0, 0, SIGALRM, 1, 0 },
	{ "timer", timer, 0, 0, SIGALRM, 1, 0 },
};

/* The first signal that can end a player was sent between these two times. */
static long long before_us, after_us;

static void send(pid_t pid, int sig)
{
	long long before = now_us();

	if (kill(pid, sig))
		die("kill: %m");
	if (sig != SIGSTOP && !after_us) {
		before_us = before;
		after_us = now_us();
	}
}

static void play(const struct scenario *s)
{
	long long last = 0;
	pid_t pid;

	after_us = 0;
	before_us = now_us();
	pid = start(s->play);
	if (!s->first) /* it signals itself */
		after_us = now_us();
	else
		send(pid, s->first);
	if (s->second) {
		pause_us(30000);
		last = now_us();
		send(pid, s->second);
	}
	await_end(s->name, pid, s->status);
	/* It cannot have ended before the last signal was sent. */
	note_exit(s->name, pid, s->status, s->records,
		  last > after_us ? last - after_us : 0, now_us() - before_us);
	if (s->first)
		note_signal(s->name, pid, s->first, getpid(), s->fatal,
			    !s->fatal && s->records);
}

/* A parent that ignores SIGCHLD, as procd does before its last kill. */
static void play_unwatched(const char *name, int flags, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags }, old;
	long long before;
	pid_t pid;

	sigaction(SIGCHLD, &action, &old);
	pid = start(plain);
	before = now_us();
	kill(pid, SIGTERM);
	if (waitpid(pid, NULL, 0) != -1 || errno != ECHILD)
		die("%s: the kernel did not reap it", name);
	note_exit(name, pid, SIGTERM, 1, 0, now_us() - before);
	sigaction(SIGCHLD, &old, NULL);
}

static void note_hup(int sig)
{
	(void)sig;
	say_ready();
}

static void reload(void)
{
	signal(SIGHUP, note_hup);
	wait_for_end();
}

/* A signal that was handled is not one to end it: TERM is, half a second later. */
static void play_reloaded(void)
{
	pid_t pid = start(reload);
	long long before;

	kill(pid, SIGHUP);
	await_ready();
	pause_us(500000);
	before = now_us();
	kill(pid, SIGTERM);
	await_end("reloaded", pid, SIGTERM);
	note_exit("reloaded", pid, SIGTERM, 1, 0, now_us() - before);
}

static void exit_four(int sig)
{
	(void)sig;
	_exit(4);
}

static void leave(void)
{
	signal(SIGHUP, exit_four);
	wait_for_end();
}

/* It may be the signal that ended it: there is a record, but of no such time. */
static void play_hung_up(void)
{
	pid_t pid = start(leave);

	kill(pid, SIGHUP);
	await_end("hung_up", pid, 4 << 8);
	note_exit("hung_up", pid, 4 << 8, 1, 0, UNKNOWN);
}

void play_signalled(void)
{
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++)
		play(&scenarios[i]);
	play_unwatched("sigchld_ignored", 0, SIG_IGN);
	play_unwatched("no_child_wait", SA_NOCLDWAIT, SIG_DFL);
	play_reloaded();
	play_hung_up();
}
