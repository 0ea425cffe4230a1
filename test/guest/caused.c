// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the user nobody has root's process cause: signals to the user's own process that
 * root's did not choose to send.
 *
 *	caused clocks N		two timers on the processor time of root's process, until
 *				they have sent N
 *	caused deaths N		N threads with PR_SET_PDEATHSIG, whose parent is root's
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOBODY 65534

static volatile sig_atomic_t handled;

static void handle(int sig)
{
	(void)sig;
	handled++;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static pid_t start(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("caused: fork");
	return pid;
}

static void become_nobody(void)
{
	signal(SIGUSR1, handle);
	signal(SIGUSR2, handle);
	signal(SIGRTMIN, handle);
	prctl(PR_SET_NAME, "causer");
	if (setgid(NOBODY) || setuid(NOBODY))
		die("caused: setuid");
}

static void use_clock(clockid_t clock, int n)
{
	const struct itimerspec often = { .it_value = { .tv_nsec = 1 },
					  .it_interval = { .tv_nsec = 1 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL };
	timer_t timer;

	become_nobody();
	for (int i = 0; i < 2; i++) {
		event.sigev_signo = i ? SIGUSR2 : SIGUSR1;
		if (timer_create(clock, &event, &timer) ||
		    timer_settime(timer, 0, &often, NULL))
			die("caused: timer");
	}
	while (handled < n)
		usleep(10000);
	_exit(0);
}

static void clocks(int n)
{
	pid_t busy = start(), user;
	clockid_t clock;
	int status;

	while (!busy)
		;
	if (clock_getcpuclockid(busy, &clock))
		die("caused: clock_getcpuclockid");
	user = start();
	if (!user)
		use_clock(clock, n);
	if (waitpid(user, &status, 0) != user || status ||
	    kill(busy, SIGKILL) || waitpid(busy, NULL, 0) != busy)
		die("caused: clocks");
}

static void *wait_for_death(void *ready)
{
	if (prctl(PR_SET_PDEATHSIG, SIGRTMIN))
		die("caused: prctl");
	pthread_barrier_wait(ready);
	for (;;)
		pause();
	return NULL;
}

static void outlive(int parent, int n)
{
	pthread_barrier_t ready;
	pthread_attr_t small;
	pthread_t thread;

	become_nobody();
	pthread_barrier_init(&ready, NULL, n + 1);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	for (int i = 0; i < n; i++)
		if (pthread_create(&thread, &small, wait_for_death, &ready))
			die("caused: pthread_create");
	pthread_barrier_wait(&ready);
	close(parent);
	while (handled < n)
		usleep(10000);
	_exit(0);
}

/* Both ends of a pipe are a process's word: it is closed when that says so, or ends. */
static void deaths(int n)
{
	int ready[2], done[2];
	char byte;

	if (pipe(ready) || pipe(done))
		die("caused: pipe");
	if (!start()) {
		if (!start())
			outlive(ready[1], n);
		close(ready[1]);
		if (read(ready[0], &byte, 1))
			die("caused: read");
		_exit(0);
	}
	close(ready[1]);
	close(done[1]);
	wait(NULL);
	if (read(done[0], &byte, 1))
		die("caused: read");
}

int main(int argc, char **argv)
{
	int n = argc == 3 ? atoi(argv[2]) : 0;

	if (n > 0 && !strcmp(argv[1], "clocks"))
		return clocks(n), 0;
	if (n > 0 && !strcmp(argv[1], "deaths"))
		return deaths(n), 0;
	fputs("usage: caused clocks|deaths N\n", stderr);
	return 2;
}
