// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signals of all kinds and outcomes, by many processes, threads and timers to each
 * other: a load to compare the trail with the tracepoint signal:signal_generate.
 * No process ends before all have sent, so that no pid is reused.
 */
#include "sigplay.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES 8
#define THREADS 2 /* senders in each, besides the main thread */
#define KINDS 8

/* Shared between the processes. */
static struct shared {
	atomic_long sent; /* by a system call, without timers */
	atomic_long goal;
	atomic_int ready, done;
	pid_t pids[PROCESSES];
	_Atomic pid_t tids[PROCESSES][THREADS];
} *shared;

static int self; /* this process's index */

/* Inherited by all processes: some caught, one ignored, one blocked. */
static void prepare(void)
{
	const int all_caught[] = { SIGUSR1, SIGUSR2, SIGURG, SIGWINCH, SIGALRM,
				   RT_SIGNAL, RT_SIGNAL + 1 };
	sigset_t blocked;

	for (size_t i = 0; i < sizeof(all_caught) / sizeof(*all_caught); i++)
		player_catch(all_caught[i]);
	signal(SIGTERM, SIG_IGN);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGHUP);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
}

/* A process that ends at once, by its own signal or by ours. */
static void send_to_mortal(long n)
{
	sigset_t all, old;
	volatile int *volatile null = NULL;
	pid_t pid;

	/* A pending signal makes fork() start again, and here one is always pending. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	pid = fork_or_die();
	if (!pid) {
		const struct rlimit no_core = { 0, 0 };

		setrlimit(RLIMIT_CORE, &no_core);
		if (n % 2)
			*null = 1;
		for (;;)
			pause();
	}
	if (!(n % 2))
		kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static long queue(pid_t pid, pid_t tid, int sig)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = sig;
	info.si_code = SI_QUEUE;
	if (tid)
		return syscall(SYS_rt_tgsigqueueinfo, pid, tid, sig, &info);
	return syscall(SYS_rt_sigqueueinfo, pid, sig, &info);
}

static void send_one(long n)
{
	int peer = (self + n) % PROCESSES;
	pid_t pid = shared->pids[peer];
	pid_t tid = shared->tids[peer][n / PROCESSES % THREADS];
	long round = n / (3 * KINDS), ret = 0;

	switch (n / 3 % KINDS) {
	case 0:
		ret = kill(pid, SIGUSR1);
		break;
	case 1:
		ret = syscall(SYS_tgkill, pid, tid, SIGUSR2);
		break;
	case 2: /* the queue is short: some of these overflow */
		ret = queue(pid, 0, RT_SIGNAL);
		break;
	case 3:
		ret = queue(pid, tid, RT_SIGNAL);
		break;
	case 4: /* ignored */
		ret = kill(pid, SIGTERM);
		break;
	case 5: /* blocked: pending after the first one */
		ret = kill(pid, SIGHUP);
		break;
	case 6: /* as Go does, and real-time without its siginfo */
		ret = n % 2 ? raise(SIGURG) : kill(pid, RT_SIGNAL);
		break;
	case 7:
		if (n % 3 == 0 && round % 8 == 0)
			send_to_mortal(round / 8);
		else
			ret = kill(n % 3 == 1 ? 0 : pid, SIGWINCH);
		break;
	}
	if (ret && errno != EAGAIN)
		die("mixed: %m");
	atomic_fetch_add(&shared->sent, 1);
}

static void *send_all(void *index)
{
	long n = (long)index;

	shared->tids[self][n] = gettid();
	atomic_fetch_add(&shared->ready, 1);
	while (shared->ready < PROCESSES * THREADS)
		sleep_ms(1);
	while (shared->sent < shared->goal)
		send_one(n++);

	/* Other processes may still send to this process and this thread. */
	atomic_fetch_add(&shared->done, 1);
	while (shared->done < PROCESSES * THREADS)
		sleep_ms(1);
	return NULL;
}

/* work() deletes the timers and switches the alarm off. */
static void start_timers(timer_t *timers)
{
	const struct itimerspec often = { { 0, 2000000 }, { 0, 2000000 } };
	const struct itimerval alarm = { { 0, 3000 }, { 0, 3000 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = RT_SIGNAL + 1 };

	for (int i = 0; i < 2; i++) {
		if (timer_create(CLOCK_MONOTONIC, &event, &timers[i]) ||
		    timer_settime(timers[i], 0, &often, NULL))
			die("mixed: timer: %m");
		event.sigev_signo = SIGUSR2; /* often already pending */
	}
	setitimer(ITIMER_REAL, &alarm, NULL);
}

static void work(void)
{
	const struct itimerval off = { 0 };
	const struct rlimit limit = { 16, 16 };
	pthread_t threads[THREADS];
	timer_t timers[2];
	char name[NAME_LEN];

	shared->pids[self] = getpid();
	snprintf(name, sizeof(name), "mixed-%d", self);
	prctl(PR_SET_NAME, name);
	start_timers(timers);
	setrlimit(RLIMIT_SIGPENDING, &limit);
	for (long i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, send_all, (void *)i))
			die("mixed: pthread_create");
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 2; i++)
		timer_delete(timers[i]);
	setitimer(ITIMER_REAL, &off, NULL);
	_exit(0);
}

void mixed(long count)
{
	long long start = now_us();
	pid_t pids[PROCESSES];
	int status;

	/* kill(0) must not signal other processes. */
	setpgid(0, 0);
	if (getpgrp() != getpid())
		die("mixed: not the leader of a process group");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("mixed: mmap: %m");
	shared->goal = count;
	prepare();
	for (self = 0; self < PROCESSES; self++) {
		pids[self] = fork_or_die();
		if (!pids[self])
			work();
	}
	for (int i = 0; i < PROCESSES; i++)
		if (waitpid(pids[i], &status, 0) != pids[i] || status)
			die("mixed: process %d ended with %#x", i, status);
	printf("mixed pid=%d sent=%ld processes=%d threads=%d timers=%d usec=%lld\n",
	       getpid(), (long)shared->sent, PROCESSES, PROCESSES * THREADS,
	       PROCESSES * 3, now_us() - start);
}
