// SPDX-License-Identifier: GPL-2.0-only
/* Processes that a tracer ends. */
#include "exits.h"

#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef PTRACE_EVENT_STOP
#define PTRACE_EVENT_STOP 128
#endif

static const char *scenario;

static void request(int what, pid_t pid, long data)
{
	if (ptrace(what, pid, NULL, (void *)(intptr_t)data))
		die("%s: ptrace: %m", scenario);
}

/* Until the tracee stops with this status, above its low byte. */
static void await_stop(pid_t pid, int want)
{
	int status;

	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status) ||
	    status >> 8 != want)
		die("%s: status %#x, not stopped by %#x", scenario, status, want);
}

/* In signal-delivery-stop, by a signal of ours. */
static pid_t stop_by(int sig)
{
	pid_t pid = start(wait_for_end);

	request(PTRACE_SEIZE, pid, 0);
	kill(pid, sig);
	await_stop(pid, sig);
	return pid;
}

static void end(pid_t pid, int sig, long long before)
{
	await_end(scenario, pid, sig);
	note_exit(scenario, pid, sig, 1, 0, now_us() - before);
}

/* SIGSTOP of PTRACE_ATTACH becomes SIGTERM. */
static void attach(void)
{
	pid_t pid = start(wait_for_end);
	long long before;

	request(PTRACE_ATTACH, pid, 0);
	await_stop(pid, SIGSTOP);
	before = now_us();
	request(PTRACE_CONT, pid, SIGTERM);
	end(pid, SIGTERM, before);
	note_signal(scenario, pid, SIGTERM, getpid(), 1, 0);
}

static void detach(void)
{
	long long before = now_us();
	pid_t pid = stop_by(SIGUSR1);

	request(PTRACE_DETACH, pid, SIGTERM);
	end(pid, SIGTERM, before);
	note_signal(scenario, pid, SIGTERM, getpid(), 1, 0);
}

/* Of one that is let through there is no second record. */
static void let_through(void)
{
	long long before = now_us();
	pid_t pid = stop_by(SIGTERM);

	request(PTRACE_CONT, pid, SIGTERM);
	end(pid, SIGTERM, before);
	note_signal(scenario, pid, SIGTERM, getpid(), 1, 0);
}

/* As strace injects: the kernel then sends the signal to the tracee. */
static void at_syscall(void)
{
	long long before = now_us();
	pid_t pid = stop_by(SIGUSR1);

	request(PTRACE_SETOPTIONS, pid, PTRACE_O_TRACESYSGOOD);
	request(PTRACE_SYSCALL, pid, 0);
	await_stop(pid, SIGTRAP | 0x80);
	request(PTRACE_CONT, pid, SIGTERM);
	await_stop(pid, SIGTERM);
	request(PTRACE_CONT, pid, SIGTERM);
	end(pid, SIGTERM, before);
	note_signal(scenario, pid, SIGTERM, getpid(), 1, 0);
	note_signal(scenario, pid, SIGTERM, 0, 1, 0);
}

/* In another stop than these two the kernel drops the signal. */
static void at_event(void)
{
	pid_t pid = start(wait_for_end);

	request(PTRACE_SEIZE, pid, 0);
	request(PTRACE_INTERRUPT, pid, 0);
	await_stop(pid, SIGTRAP | PTRACE_EVENT_STOP << 8);
	request(PTRACE_CONT, pid, SIGTERM);
	kill(pid, SIGUSR2);
	await_stop(pid, SIGUSR2);
	request(PTRACE_CONT, pid, SIGUSR2);
	end(pid, SIGUSR2, 0);
	note_signal(scenario, pid, SIGTERM, getpid(), 0, 0);
}

/* A tracer that is not the parent sees the exit first, then detaches. */
static void by_another(void)
{
	pid_t pid = start(wait_for_end), tracer;
	long long before;

	tracer = fork();
	if (!tracer) {
		request(PTRACE_SEIZE, pid, 0);
		say_ready();
		await_stop(pid, SIGTERM);
		request(PTRACE_CONT, pid, SIGTERM);
		await_end(scenario, pid, SIGTERM);
		_exit(0);
	}
	await_ready();
	before = now_us();
	kill(pid, SIGTERM);
	await_end(scenario, tracer, 0);
	end(pid, SIGTERM, before);
	note_signal(scenario, pid, SIGTERM, getpid(), 1, 0);
}

void play_traced(void)
{
	static const struct {
		const char *name;
		void (*play)(void);
	} plays[] = {
		{ "traced_attach", attach },
		{ "traced_detach", detach },
		{ "traced_let_through", let_through },
		{ "traced_at_syscall", at_syscall },
		{ "traced_at_event", at_event },
		{ "traced_by_another", by_another },
	};

	for (size_t i = 0; i < sizeof(plays) / sizeof(*plays); i++) {
		scenario = plays[i].name;
		plays[i].play();
	}
}
