// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deaths by a signal that is not sent at the time, that the trail leaves out, or that
 * does not exist.
 */
#include "exits.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* SIGALRM is pending when it returns. */
static void pend_alarm(void)
{
	const struct itimerval soon = { .it_value.tv_usec = 10000 };
	sigset_t pending;

	block(SIGALRM);
	setitimer(ITIMER_REAL, &soon, NULL);
	do {
		pause_us(1000);
		sigpending(&pending);
	} while (!sigismember(&pending, SIGALRM));
}

static void die_of_alarm(void)
{
	pend_alarm();
	unblock(SIGALRM);
	rest();
}

static void alarm_blocked(void)
{
	say_ready();
	die_of_alarm();
}

/* A periodic timer of a signal that is ignored; it has expired when this returns. */
static void run_ignored_timer(void)
{
	const struct itimerspec often = { { 0, 20000000 }, { 0, 20000000 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2 };
	timer_t timer;

	signal(SIGUSR2, SIG_IGN);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) ||
	    timer_settime(timer, 0, &often, NULL))
		_exit(255);
	pause_us(100000);
}

static void timer_to_default(void)
{
	say_ready();
	run_ignored_timer();
	signal(SIGUSR2, SIG_DFL);
	rest();
}

static void exit_five(int sig)
{
	(void)sig;
	_exit(5);
}

static void timer_to_handler(void)
{
	say_ready();
	run_ignored_timer();
	signal(SIGUSR2, exit_five);
	rest();
}

/* getppid() ends in what the filter returns. */
static void filter(unsigned int verdict)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, verdict),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { sizeof(rules) / sizeof(*rules), rules };

	say_ready();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(255);
	syscall(SYS_getppid);
}

static void seccomp_process(void)
{
	filter(SECCOMP_RET_KILL_PROCESS);
}

static void seccomp_thread(void)
{
	filter(SECCOMP_RET_KILL_THREAD);
}

static void seccomp_strict(void)
{
	say_ready();
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
		_exit(255);
	syscall(SYS_getppid);
}

static void play(const char *name, void (*player)(void), int status, long long max_us)
{
	pid_t pid = start(player);

	await_end(name, pid, status);
	note_exit(name, pid, status, 1, 0, max_us);
}

static void play_timer(const char *name, void (*player)(void), int status, int fatal)
{
	long long before = now_us();
	pid_t pid = start(player);

	await_end(name, pid, status);
	note_exit(name, pid, status, 1, 0, fatal ? now_us() - before : UNKNOWN);
	note_signal(name, pid, SIGUSR2, 0, fatal, !fatal);
}

/* Its parent ends without a wait: init is told of the zombie once more. */
static void leave_zombie(void)
{
	siginfo_t info;
	pid_t pid = fork();

	if (!pid)
		die_of_alarm();
	if (waitid(P_PID, pid, &info, WEXITED | WNOWAIT) || info.si_status != SIGALRM)
		_exit(255);
	note_exit("zombie_orphaned", pid, SIGALRM, 1, 0, UNKNOWN);
	say_ready();
	_exit(0);
}

static int go[2];

static void die_later(void)
{
	char c;

	say_ready();
	if (read(go[0], &c, 1) == 1)
		filter(SECCOMP_RET_KILL_PROCESS);
}

/* The tracer is told of the zombie first, then the parent. */
static void play_traced_zombie(void)
{
	const char *name = "zombie_traced";
	pid_t pid, tracer;

	if (pipe(go))
		die("pipe: %m");
	pid = start(die_later);
	tracer = fork();
	if (!tracer) {
		if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) || write(go[1], "", 1) != 1)
			_exit(255);
		/* From 5.16 on there is a signal, and a stop. */
		for (int status; waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status);)
			ptrace(PTRACE_CONT, pid, NULL, (long)WSTOPSIG(status));
		_exit(0);
	}
	await_end(name, tracer, 0);
	await_end(name, pid, SIGSYS);
	note_exit(name, pid, SIGSYS, 1, 0, ANY);
}

void play_unsignalled(void)
{
	play("alarm_blocked", alarm_blocked, SIGALRM, UNKNOWN);
	play_timer("timer_to_default", timer_to_default, SIGUSR2, 1);
	play_timer("timer_to_handler", timer_to_handler, 5 << 8, 0);
	play("seccomp_process", seccomp_process, SIGSYS, ANY);
	play("seccomp_thread", seccomp_thread, SIGSYS, ANY);
	play("seccomp_strict", seccomp_strict, SIGKILL, UNKNOWN);
	await_end("zombie_orphaned", start(leave_zombie), 0);
	play_traced_zombie();
}
