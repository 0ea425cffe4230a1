// SPDX-License-Identifier: GPL-2.0-only
/*
 * A user floods: it sends signals among its own processes as fast as it can. Root ends
 * processes of its own meanwhile. A signal is counted after it was sent.
 */
#define _GNU_SOURCE
#include "witness.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOBODY 65534
#define TARGETS 64
#define THREADS 8
#define DEEDS 20

/* Shared with the flooder. */
static struct shared {
	atomic_long sent;
	atomic_int stop; /* the flooder */
	atomic_int over; /* for root's processes */
} *shared;

static void share(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("mmap");
}

static void count(int failed)
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
static void start_children(pid_t *child, int n)
{
	for (int i = 0; i < n; i++) {
		child[i] = fork();
		if (child[i] < 0)
			die("flooder: fork");
		while (!child[i])
			pause();
	}
}

static void end_children(const pid_t *child, int n)
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

/* Root's process, which answers each byte. The kernel makes a signal for each answer. */
static int asked[2][2];

static void start_answerer(void)
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

static void await_answerer(void)
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

static const struct form {
	const char *name;
	void (*run)(void);
} forms[] = {
	{ "one", one }, { "two", two }, { "targets", targets },
	{ "forks", forks }, { "threads", threads }, { "timers", timers },
	{ "answers", answers },
};

static void rest(long ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static void await_sent(long n)
{
	while (shared->sent < n)
		rest(1);
}

static pid_t start_flooder(const char *name, void (*run)(int), int arg)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid) {
		close_port();
		prctl(PR_SET_NAME, name);
		signal(SIGUSR1, handle);
		signal(SIGUSR2, handle);
		if (setgid(NOBODY) || setuid(NOBODY))
			die("setuid");
		run(arg);
		_exit(0);
	}
	return pid;
}

static void stop_flooder(pid_t pid)
{
	int status;

	shared->stop = 1;
	if (waitpid(pid, &status, 0) != pid || status)
		die("the flooder failed");
	note("flooded %ld", (long)shared->sent);
}

static void run_form(int form)
{
	forms[form].run();
}

void flood(const char *form, long deeds)
{
	int n = sizeof(forms) / sizeof(*forms);
	pid_t flooder, pid;

	while (n--)
		if (!strcmp(forms[n].name, form))
			break;
	if (n < 0)
		die("no such form");
	share();
	if (forms[n].run == answers)
		start_answerer();
	flooder = start_flooder("flooder", run_form, n);
	/* A user's budget is used up. */
	await_sent(200);
	note("flooding %d", NOBODY);
	for (long i = 0; !deeds || i < deeds; i++) {
		pid = start("victim", SIG_DFL);
		rest(100);
		send_noted(pid, SIGTERM);
		await_end(pid);
		note("sent %ld", (long)shared->sent);
	}
	stop_flooder(flooder);
	if (forms[n].run == answers)
		await_answerer();
}

static void signal_children(int n)
{
	pid_t *child = calloc(n, sizeof(*child));

	if (!child)
		die("calloc");
	start_children(child, n);
	for (int i = 0; i < n; i++)
		count(kill(child[i], SIGUSR1));
	while (!shared->stop)
		rest(1);
	end_children(child, n);
}

/*
 * Half of root's processes are asked to end, half are not; all handle the signal. They
 * end by themselves after the user has signalled its own.
 */
void evict(int n)
{
	pid_t pid[DEEDS], flooder;

	share();
	signal(SIGTERM, handle);
	signal(SIGUSR1, handle);
	for (int i = 0; i < DEEDS; i++) {
		pid[i] = fork();
		if (pid[i] < 0)
			die("fork");
		if (!pid[i]) {
			close_port();
			prctl(PR_SET_NAME, "target");
			while (!shared->over)
				rest(10);
			_exit(0);
		}
		send_noted(pid[i], i % 2 ? SIGTERM : SIGUSR1);
	}
	flooder = start_flooder("evictor", signal_children, n);
	await_sent(n);
	note("flooding %d", NOBODY);
	shared->over = 1;
	for (int i = 0; i < DEEDS; i++)
		await_end(pid[i]);
	stop_flooder(flooder);
}
