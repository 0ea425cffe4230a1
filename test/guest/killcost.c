// SPDX-License-Identifier: GPL-2.0-only
/*
 * killcost counts the instructions of a kill(): with QEMU's option -icount
 * shift=0 a nanosecond of guest time is one instruction.
 *
 *	killcost LOAD sender	until kill() returns, of a thousand without pauses
 *	killcost LOAD first	until kill() returns, after a pause
 *	killcost LOAD system N	of the whole system, signals in bursts of N
 *	killcost LOAD row N	until the last of N returns, with all that runs meanwhile
 *
 * LOAD is "handler" or "ignored": the action of the signal, which killcost sends
 * to itself, as a user without other processes. With "others" it is root, and sends
 * to many processes that ignore it, and no signal repeats one of the last thousand:
 * each is a record of its own. It prints one number, per signal.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A batch is much shorter than a tick of 10 ms: most batches have no tick. */
#define BATCH 1000
#define BATCHES 20

/* Longer than the relay's delay, and than listeners need. */
#define PAUSE_MS 60
#define FIRSTS 41
/* A single signal is little work beside what else runs in a window. */
#define BURSTS 50
#define SINGLES 200
/* Long enough for delayed work, such as garbage collection. */
#define LAST_PAUSE_MS 1000

#define NOBODY 65534

/* The load "others": processes, and signals that each of them ignores. */
#define OTHERS 64
#define SIGNALS 31
#define FIRST_SIGNAL (SIGRTMAX - SIGNALS + 1)

static pid_t self;
static pid_t others[OTHERS];
/* Sends one signal. */
static int (*send_one)(void);

static void __attribute__((format(printf, 1, 2), noreturn)) die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("killcost: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static long long read_clock(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t))
		die("clock_gettime: %m");
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long long now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

static void pause_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

static int to_self(void)
{
	return kill(self, SIGUSR1);
}

static int to_others(void)
{
	static unsigned int sent;
	unsigned int n = sent++;

	return kill(others[n % OTHERS], FIRST_SIGNAL + n / OTHERS % SIGNALS);
}

static void send(int signals)
{
	while (signals--)
		if (send_one())
			die("kill: %m");
}

static void start_others(void)
{
	for (int sig = FIRST_SIGNAL; sig <= SIGRTMAX; sig++)
		signal(sig, SIG_IGN);
	for (int i = 0; i < OTHERS; i++) {
		others[i] = fork();
		if (others[i] < 0)
			die("fork: %m");
		if (!others[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
	}
	/* They run once, before anything is measured. */
	pause_ms(PAUSE_MS);
}

/* Two instructions for each loop. */
static void count_down(int loops)
{
#ifdef __mips__
	asm volatile(".set push\n\t.set noreorder\n"
		     "1: bnez %0, 1b\n\taddiu %0, %0, -1\n\t.set pop" : "+r"(loops));
#else
	asm volatile("1: subs %0, %0, #1\n\tbne 1b" : "+r"(loops) : : "cc");
#endif
}

static void nothing(int unused)
{
	(void)unused;
}

/*
 * The shortest time of f(n) after a pause: one without a tick, and readers of the
 * signals have read all before it. The clock has steps of 16 ns.
 */
static long long least(void (*f)(int), int n, long pause)
{
	long long best = -1;

	for (int i = 0; i < BATCHES; i++) {
		long long start, took;

		if (pause)
			pause_ms(pause);
		start = now();
		f(n);
		took = now() - start;
		if (best < 0 || took < best)
			best = took;
	}
	return best;
}

/* Fails if guest time does not count instructions. */
static void check_clock(void)
{
	const int loops = 100000;
	long long took = least(count_down, loops, PAUSE_MS) - least(nothing, 0, 0);

	if (took < 2 * loops - 50 || took > 2 * loops + 50)
		die("time does not count instructions: %lld ns for %d", took, 2 * loops);
}

static double by_sender(void)
{
	return (double)(least(send, BATCH, PAUSE_MS) - least(nothing, 0, 0)) / BATCH;
}

static int compare(const void *a, const void *b)
{
	const long long *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The median, as some of them can have a tick: each begins at another time after one. */
static double by_first(void)
{
	long long took[FIRSTS];

	for (int i = 0; i < FIRSTS; i++) {
		pause_ms(PAUSE_MS + i % 10);
		took[i] = -now();
		send(1);
		took[i] += now();
	}
	qsort(took, FIRSTS, sizeof(*took), compare);
	return took[FIRSTS / 2] - least(nothing, 0, 0);
}

/* QEMU counts these, and makes no code of them: that is fast. */
static void __attribute__((noinline)) idle(void)
{
	asm volatile(".rept 500\n\tnop\n\t.endr");
}

/*
 * Starts a process that uses all idle time, so that the rest is work. Returns its
 * CPU clock.
 */
static clockid_t start_idler(pid_t *pid)
{
	struct sched_param param = { 0 };
	clockid_t clock;

	*pid = fork();
	if (*pid < 0)
		die("fork: %m");
	if (!*pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (sched_setscheduler(0, SCHED_IDLE, &param))
			die("sched_setscheduler: %m");
		for (;;)
			idle();
	}
	if (clock_getcpuclockid(*pid, &clock))
		die("clock_getcpuclockid");
	pause_ms(PAUSE_MS);
	return clock;
}

/* The work in a time of constant length, with signals or without. */
static long long worked(clockid_t idler, int bursts, int burst)
{
	long long start, idle;

	start = now();
	idle = read_clock(idler);
	for (int i = 0; i < bursts; i++) {
		send(burst);
		pause_ms(PAUSE_MS);
	}
	pause_ms(LAST_PAUSE_MS);
	idle = read_clock(idler) - idle;
	return now() - start - idle;
}

static double by_system(int burst)
{
	pid_t pid;
	clockid_t idler = start_idler(&pid);
	int bursts = burst > 1 ? BURSTS : SINGLES;
	long long before, with, after;

	/* Once without a result: the start of processes leaves work behind. */
	worked(idler, bursts, 0);
	before = worked(idler, bursts, 0);
	with = worked(idler, bursts, burst);
	after = worked(idler, bursts, 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return (with - (before + after) / 2.0) / (bursts * burst);
}

static double by_row(int signals)
{
	long long start = now();

	send(signals);
	return (double)(now() - start) / signals;
}

static void __attribute__((noreturn)) usage(void)
{
	fputs("Usage: killcost handler|ignored|others sender|first|system|row [N]\n", stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	const char *load = argc > 1 ? argv[1] : "";
	const char *what = argc > 2 ? argv[2] : "";
	int signals = argc > 3 ? atoi(argv[3]) : 0;
	double cost;

	if (!strcmp(load, "handler"))
		signal(SIGUSR1, nothing);
	else if (!strcmp(load, "ignored"))
		signal(SIGUSR1, SIG_IGN);
	else if (strcmp(load, "others"))
		usage();
	self = getpid();
	send_one = to_self;
	if (!strcmp(load, "others")) {
		send_one = to_others;
		start_others();
	} else if (setuid(NOBODY)) {
		/*
		 * As a user without other processes: a signal takes a shorter path
		 * while another one is pending for its sender's user.
		 */
		die("setuid: %m");
	}
	check_clock();

	if (!strcmp(what, "sender"))
		cost = by_sender();
	else if (!strcmp(what, "first"))
		cost = by_first();
	else if (!strcmp(what, "system") && signals > 0)
		cost = by_system(signals);
	else if (!strcmp(what, "row") && signals > 0)
		cost = by_row(signals);
	else
		usage();
	printf("%.2f\n", cost);
	return 0;
}
