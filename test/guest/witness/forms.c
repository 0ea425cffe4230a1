// SPDX-License-Identifier: GPL-2.0-only
/*
 * The forms of a flood: what the user does. A signal is counted after it was sent.
 */
#define _GNU_SOURCE
#include "flood.h"
#include "witness.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TARGETS 64
#define THREADS 8

void count(int failed)
{
	if (failed)
		die("flooder: kill");
	atomic_fetch_add(&shared->sent, 1);
}

static void one(void)
{
	while (!shared->stop)
		count(kill(getpid(), SIGUSR1));
}

static void two(void)
{
	while (!shared->stop) {
		count(kill(getpid(), SIGUSR1));
		count(kill(getpid(), SIGUSR2));
	}
}

/* The children of the flooder are ended by it, and by it alone. */
void start_children(pid_t *child, int n)
{
	for (int i = 0; i < n; i++) {
		child[i] = fork();
		if (child[i] < 0)
			die("flooder: fork");
		while (!child[i])
			pause();
	}
}

void end_children(const pid_t *child, int n)
{
	for (int i = 0; i < n; i++) {
		count(kill(child[i], SIGKILL));
		if (waitpid(child[i], NULL, 0) != child[i])
			die("flooder: waitpid");
	}
}

static void targets(void)
{
	pid_t child[TARGETS];

	start_children(child, TARGETS);
	for (int i = 0; !shared->stop; i++)
		count(kill(child[i % TARGETS], SIGUSR1));
	end_children(child, TARGETS);
}

static void forks(void)
{
	pid_t child;

	while (!shared->stop) {
		start_children(&child, 1);
		count(kill(child, SIGUSR1));
		end_children(&child, 1);
	}
}

static void *signal_self(void *unused)
{
	while (!shared->stop)
		count(syscall(SYS_tgkill, getpid(), gettid(), SIGUSR1));
	return unused;
}

static void threads(void)
{
	pthread_t thread[THREADS];

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, signal_self, NULL))
			die("flooder: pthread_create");
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
}

/* A child is ended by its own timer: the kernel lets it send SIGKILL. */
static void timers(void)
{
	struct itimerspec soon = { .it_value = { .tv_nsec = 1 } };
	struct sigevent kills = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGKILL };
	timer_t timer;
	pid_t child;

	while (!shared->stop) {
		child = fork();
		if (child < 0)
			die("flooder: fork");
		if (!child) {
			if (timer_create(CLOCK_MONOTONIC, &kills, &timer) ||
			    timer_settime(timer, 0, &soon, NULL))
				die("flooder: timer");
			for (;;)
				pause();
		}
		count(waitpid(child, NULL, 0) != child);
	}
}

/* Another one's process, which answers each byte. The kernel makes a signal for each answer. */
static int asked[2][2];

static void start_answerer_of(uid_t uid)
{
	pid_t pid;
	char byte;

	for (int i = 0; i < 2; i++)
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, asked[i]))
			die("socketpair");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		close_port();
		prctl(PR_SET_NAME, "answerer");
		if (setuid(uid))
			die("answerer: setuid");
		close(asked[0][0]);
		close(asked[1][0]);
		for (int i = 0;; i ^= 1)
			if (read(asked[i][1], &byte, 1) != 1 ||
			    write(asked[i][1], &byte, 1) != 1)
				_exit(0);
	}
	close(asked[0][1]);
	close(asked[1][1]);
}

static void start_answerer(void)
{
	start_answerer_of(0);
}

static void start_daemons_answerer(void)
{
	start_answerer_of(1);
}

static void stop_answerer(void)
{
	close(asked[0][0]);
	close(asked[1][0]);
	if (wait(NULL) < 0)
		die("wait");
}

static void answers(void)
{
	const int sigs[] = { SIGUSR1, 0 }; /* 0: SIGIO */
	char byte = 0;

	signal(SIGIO, handle);
	for (int i = 0; i < 2; i++)
		if (fcntl(asked[i][0], F_SETOWN, getpid()) ||
		    fcntl(asked[i][0], F_SETSIG, sigs[i]) ||
		    fcntl(asked[i][0], F_SETFL, O_ASYNC))
			die("flooder: fcntl");
	for (int i = 0; !shared->stop; i ^= 1) {
		if (write(asked[i][0], &byte, 1) != 1)
			die("flooder: write");
		/* For a reader that waits none is sent. */
		while (recv(asked[i][0], &byte, 1, MSG_DONTWAIT) != 1)
			if (errno != EAGAIN || sched_yield())
				die("flooder: recv");
		count(0);
	}
}

/* Root's processes in the session of the flooder: it may send them SIGCONT. */
static pid_t resumed[TARGETS];

static void start_resumed(void)
{
	signal(SIGCONT, handle);
	for (int i = 0; i < TARGETS; i++)
		resumed[i] = start("resumed", SIG_DFL);
}

static void stop_resumed(void)
{
	for (int i = 0; i < TARGETS; i++)
		if (kill(resumed[i], SIGKILL) ||
		    waitpid(resumed[i], NULL, 0) != resumed[i])
			die("resumed");
}

static void session(void)
{
	for (int i = 0; !shared->stop; i++)
		count(kill(resumed[i % TARGETS], SIGCONT));
}

const struct form forms[] = {
	{ .name = "one", .run = one },
	{ .name = "two", .run = two },
	{ .name = "targets", .run = targets },
	{ .name = "forks", .run = forks },
	{ .name = "threads", .run = threads },
	{ .name = "timers", .run = timers },
	{ .name = "answers", .run = answers, .begin = start_answerer,
	  .end = stop_answerer },
	{ .name = "daemon", .run = answers, .begin = start_daemons_answerer,
	  .end = stop_answerer },
	{ .name = "session", .run = session, .begin = start_resumed,
	  .end = stop_resumed },
	{ .name = NULL },
};
