// SPDX-License-Identifier: GPL-2.0-only
/*
 * endings is a service that ends in one way, under a name of its own. It adds its name and
 * process id to a file before that.
 *
 *	endings NAME FILE exit CODE MS		exits by itself
 *	endings NAME FILE segv			writes where nothing is mapped: its handler adds
 *						"at-NAME ADDRESS PC", and returns to it
 *						once there is a FILE-go
 *	endings NAME FILE abort			calls abort(3)
 *	endings NAME FILE hog			takes memory until it is killed: it adds
 *						"took-NAME MIB" for each MiB
 *	endings NAME FILE wait			waits for a signal that ends it
 *	endings NAME FILE handle		exits 0, 50 ms after SIGTERM
 *	endings NAME FILE ignore		ignores SIGTERM
 *	endings NAME FILE jail CHILD		waits for a child that ends with it
 *	endings NAME FILE fork			goes into the background, and waits
 *	endings NAME FILE reuse PID		forks until a child has that id; that exits 7
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

/* The program counter that a handler finds in its context. */
#if defined(__arm__)
#define PC(context) ((context)->uc_mcontext.arm_pc)
#elif defined(__x86_64__)
#define PC(context) ((context)->uc_mcontext.gregs[REG_RIP])
#else
#define PC(context) ((context)->uc_mcontext.pc)
#endif

static const char *name, *file;

static void sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static void add(const char *what, const char *name, const char *text)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_APPEND, 0644);

	if (fd < 0 || dprintf(fd, "%s%s %s\n", what, name, text) < 0)
		_exit(99);
	close(fd);
}

static void note(const char *name)
{
	char pid[16];

	prctl(PR_SET_NAME, name);
	snprintf(pid, sizeof(pid), "%d", getpid());
	add("", name, pid);
}

static void await_go(void)
{
	char go[64];

	snprintf(go, sizeof(go), "%s-go", file);
	while (access(go, F_OK))
		sleep_ms(1);
}

static void faulted(int sig, siginfo_t *info, void *context)
{
	char text[64];

	snprintf(text, sizeof(text), "0x%lx 0x%llx", (unsigned long)info->si_addr,
		 (unsigned long long)PC((ucontext_t *)context));
	add("at-", name, text);
	await_go();
	signal(sig, SIG_DFL);
}

static void fault(void)
{
	struct sigaction action = { .sa_sigaction = faulted, .sa_flags = SA_SIGINFO };
	volatile int *volatile nowhere = (int *)0x10;

	sigaction(SIGSEGV, &action, NULL);
	*nowhere = 1;
}

static void handle(int sig)
{
	(void)sig;
	sleep_ms(50);
	_exit(0);
}

static void wait_forever(void)
{
	for (;;)
		pause();
}

static void take_memory(void)
{
	for (int mib = 1;;) {
		char *block = malloc(1 << 20), text[16];

		if (!block)
			continue;
		memset(block, 1, 1 << 20);
		snprintf(text, sizeof(text), "%d", mib++);
		add("took-", name, text);
	}
}

static void jail(const char *child)
{
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		note(child);
		wait_forever();
	}
	wait(NULL);
}

static void reuse(pid_t wanted)
{
	for (;;) {
		pid_t pid = fork();

		if (!pid) {
			if (getpid() != wanted)
				_exit(0);
			/* Init's child, once its parent has ended. */
			while (getppid() != 1)
				sleep_ms(1);
			note(name);
			_exit(7);
		}
		if (pid == wanted)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	const char *how;

	if (argc < 4)
		return 98;
	name = argv[1];
	file = argv[2];
	how = argv[3];
	if (!strcmp(how, "reuse") && argc == 5)
		reuse(atoi(argv[4]));
	if (!strcmp(how, "fork") && fork())
		_exit(0);
	if (!strcmp(how, "handle"))
		signal(SIGTERM, handle);
	if (!strcmp(how, "ignore"))
		signal(SIGTERM, SIG_IGN);
	note(name);
	if (!strcmp(how, "exit") && argc == 6) {
		sleep_ms(atoi(argv[5]));
		_exit(atoi(argv[4]));
	}
	if (!strcmp(how, "segv"))
		fault();
	if (!strcmp(how, "abort"))
		abort();
	if (!strcmp(how, "hog"))
		take_memory();
	if (!strcmp(how, "jail") && argc == 5)
		jail(argv[4]);
	wait_forever();
}
