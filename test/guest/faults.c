// SPDX-License-Identifier: GPL-2.0-only
/*
 * faults: processes that fault, one that a timer sends SIGSEGV, and one that takes memory. It
 * prints what their records must have.
 *
 * A process that faults catches the signal first, and says what the kernel tells it: the
 * address and the program counter. Then it lets the instruction fault again, which ends it.
 */
#define _GNU_SOURCE

#include <err.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define TOUCHED (8 << 20)

static const char *scenario;

static uint64_t pc_of(const ucontext_t *u)
{
#ifdef __arm__
	return u->uc_mcontext.arm_pc;
#else
	return u->uc_mcontext.pc;
#endif
}

static void caught(int sig, siginfo_t *info, void *context)
{
	dprintf(STDOUT_FILENO, "fault scenario=%s pid=%d signal=%d address=%llu pc=%llu\n", scenario,
		getpid(), sig, (unsigned long long)(uintptr_t)info->si_addr,
		(unsigned long long)pc_of(context));
	signal(sig, SIG_DFL);
}

static void __attribute__((noinline)) segv(void)
{
	*(volatile int *)(uintptr_t)0x1230 = 1;
}

static void __attribute__((noinline)) bus(void)
{
	FILE *empty = tmpfile();
	volatile char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fileno(empty), 0);

	if (p == MAP_FAILED)
		err(1, "mmap");
	p[7];
}

#ifdef __mips__
/* Of an instruction that is not known the kernel gives no address there. */
static void __attribute__((noinline)) fpe(void)
{
	asm volatile("teq $0, $0, 7");
}
#else
static void __attribute__((noinline)) ill(void)
{
#if defined(__thumb__)
	asm volatile(".short 0xde00");
#elif defined(__arm__)
	asm volatile(".word 0xe7f000f0");
#else
	asm volatile(".word 0");
#endif
}
#endif

static void fault(const char *name, void (*act)(void), int sig)
{
	struct sigaction action = { .sa_sigaction = caught, .sa_flags = SA_SIGINFO };
	int status;
	pid_t pid;

	fflush(stdout);
	scenario = name;
	pid = fork();
	if (!pid) {
		sigaction(sig, &action, NULL);
		act();
		exit(1);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) || WTERMSIG(status) != sig)
		errx(1, "%s: status %#x", name, status);
}

static void __attribute__((noreturn)) timed_out(int sig)
{
	(void)sig;
	_exit(0);
}

/* The timer of its own processor time expires while it runs: the signal is made there. */
static void time_out(void)
{
	const struct itimerspec soon = { .it_value.tv_nsec = 1 };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGSEGV };
	timer_t timer;
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		signal(SIGSEGV, timed_out);
		if (timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer) ||
		    timer_settime(timer, TIMER_ABSTIME, &soon, NULL))
			err(1, "timer");
		for (;;)
			;
	}
	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "timer: status %#x", status);
	printf("timer signal=%d pid=%d\n", SIGSEGV, pid);
}

/* It is killed, as such ends are recorded whatever the switch exits says. */
static void take_memory(void)
{
	struct rusage usage;
	int ready[2], status;
	pid_t pid;
	char c;

	if (pipe(ready))
		err(1, "pipe");
	pid = fork();
	if (!pid) {
		char *p = mmap(NULL, TOUCHED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			err(1, "mmap");
		memset(p, 1, TOUCHED);
		munmap(p, TOUCHED);
		if (write(ready[1], "", 1) != 1)
			err(1, "write");
		pause();
	}
	if (read(ready[0], &c, 1) != 1 || kill(pid, SIGTERM) || wait4(pid, &status, 0, &usage) != pid)
		err(1, "a process that takes memory");
	if (usage.ru_maxrss < TOUCHED / 1024)
		errx(1, "it had only %ld KiB", usage.ru_maxrss);
	printf("memory scenario=peak pid=%d kib=%ld\n", pid, usage.ru_maxrss);
}

int main(void)
{
	fault("segv", segv, SIGSEGV);
	fault("bus", bus, SIGBUS);
#ifdef __mips__
	fault("fpe", fpe, SIGFPE);
#else
	fault("ill", ill, SIGILL);
#endif
	time_out();
	take_memory();
	return 0;
}
