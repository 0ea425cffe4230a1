// SPDX-License-Identifier: GPL-2.0-only
/*
 * A user floods: it sends signals as fast as it can, in one of the forms of forms.c. Root
 * ends processes of its own meanwhile.
 */
#define _GNU_SOURCE
#include "flood.h"
#include "witness.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOBODY 65534
#define DEEDS 20

struct shared *shared;

static void share(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("mmap");
}

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
	const struct form *f = forms;
	pid_t flooder, pid;

	while (f->name && strcmp(f->name, form))
		f++;
	if (!f->name)
		die("no such form");
	share();
	if (f->begin)
		f->begin();
	flooder = start_flooder("flooder", run_form, f - forms);
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
	if (f->end)
		f->end();
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
