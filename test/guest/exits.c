// SPDX-License-Identifier: GPL-2.0-only
/*
 * exits ends processes in every way that the kernel records, and notes what the
 * trail must have of each exit: the status from wait(), whether there is a record,
 * and the bounds of the time since the first signal, by our own clock.
 *
 *	scenario=NAME pid=N status=N records=0|1 min_us=N max_us=N
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static FILE *notes;
static int ready[2]; /* a player writes to it when it is prepared */

static void __attribute__((format(printf, 1, 2), noreturn)) die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("exits: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	_exit(1);
}

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void pause_us(long us)
{
	struct timespec t = { us / 1000000, us % 1000000 * 1000 };

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

static void say_ready(void)
{
	if (write(ready[1], "", 1) != 1)
		_exit(255);
}

static void await_ready(void)
{
	char c;

	if (read(ready[0], &c, 1) != 1)
		die("a player is not ready: %m");
}

static void __attribute__((noreturn)) rest(void)
{
	for (;;)
		pause();
}

static void __attribute__((noreturn)) wait_for_end(void)
{
	say_ready();
	rest();
}

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

static void block_term(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void blocked(void)
{
	block_term();
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

static void *replace(void *unused)
{
	char fd[12];

	(void)unused;
	snprintf(fd, sizeof(fd), "%d", ready[1]);
	execl("/proc/self/exe", "exits", "wait", fd, NULL);
	_exit(255);
}

static void exec_by_thread(void)
{
	pthread_t thread;

	block_term();
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
	int records;
} scenarios[] = {
	{ "killed", plain, SIGTERM, 0, SIGTERM, 1 },
	{ "caught", catch_and_exit, SIGTERM, 0, 3 << 8, 1 },
	{ "blocked", blocked, SIGTERM, SIGKILL, SIGKILL, 1 },
	{ "core", dump_core, SIGABRT, 0, SIGABRT | 0x80, 1 },
	{ "leader_first", leader_first, SIGTERM, 0, SIGTERM, 1 },
	{ "exec_by_thread", exec_by_thread, 0, SIGKILL, SIGKILL, 1 },
	{ "ignored", ignore_and_exit, SIGTERM, 0, 0, 0 },
	{ "stopped", plain, SIGSTOP, SIGKILL, SIGKILL, 1 },
	{ "alarm", alarm_clock, 0, 0, SIGALRM, 1 },
	{ "timer", timer, 0, 0, SIGALRM, 1 },
};

static pid_t start(void (*play)(void))
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

static void note(const char *name, pid_t pid, int status, int records,
		 long long min_us, long long max_us)
{
	fprintf(notes, "scenario=%s pid=%d status=%d records=%d min_us=%lld max_us=%lld\n",
		name, pid, status, records, min_us, max_us);
	fflush(notes);
}

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
	int status;
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
	if (waitpid(pid, &status, 0) != pid || status != s->status)
		die("%s: status %#x", s->name, status);
	/* It cannot have ended before the last signal was sent. */
	note(s->name, pid, status, s->records, last > after_us ? last - after_us : 0,
	     now_us() - before_us);
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
	note(name, pid, SIGTERM, 1, 0, now_us() - before);
	sigaction(SIGCHLD, &old, NULL);
}

/* A tracer that is not the parent sees the exit first, then detaches. */
static void play_traced(void)
{
	pid_t pid = start(plain), tracer;
	long long before;
	int status;

	tracer = fork();
	if (!tracer) {
		if (ptrace(PTRACE_SEIZE, pid, NULL, NULL))
			_exit(255);
		say_ready();
		if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status) ||
		    ptrace(PTRACE_CONT, pid, NULL, SIGTERM) ||
		    waitpid(pid, &status, __WALL) != pid || status != SIGTERM)
			_exit(255);
		_exit(0);
	}
	await_ready();
	before = now_us();
	kill(pid, SIGTERM);
	if (waitpid(tracer, &status, 0) != tracer || status)
		die("traced: the tracer failed");
	if (waitpid(pid, &status, 0) != pid || status != SIGTERM)
		die("traced: status %#x", status);
	note("traced", pid, status, 1, 0, now_us() - before);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "wait")) {
		ready[1] = atoi(argv[2]);
		wait_for_end();
	}
	if (argc != 2) {
		fputs("Usage: exits NOTES\n", stderr);
		return 2;
	}
	notes = fopen(argv[1], "w");
	if (!notes)
		die("%s: %m", argv[1]);
	if (pipe(ready))
		die("pipe: %m");

	for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++)
		play(&scenarios[i]);
	play_unwatched("sigchld_ignored", 0, SIG_IGN);
	play_unwatched("no_child_wait", SA_NOCLDWAIT, SIG_DFL);
	play_traced();
	return 0;
}
