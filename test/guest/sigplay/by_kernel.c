// SPDX-License-Identifier: GPL-2.0-only
/* Signals by the kernel, and signals that look like them. */
#include "sigplay.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int tty; /* a pty's master, shared with the player on its other side */
static int pid_pipe[2];

static void null_pointer(void)
{
	const struct rlimit no_core = { 0, 0 };
	volatile int *volatile null = NULL; /* keeps the compiler from dropping it */

	setrlimit(RLIMIT_CORE, &no_core);
	*null = 1;
}

/* SIGPIPE has no siginfo, as if the writer had sent it to itself. */
static void broken_pipe(void)
{
	int fds[2];

	player_catch(SIGPIPE);
	if (pipe(fds))
		_exit(255);
	close(fds[0]);
	if (write(fds[1], "", 1) != -1)
		_exit(255);
}

static void run_timer(int notify)
{
	const struct itimerspec soon = { .it_value.tv_nsec = 1000000 };
	struct sigevent event = { .sigev_notify = notify, .sigev_signo = SIGUSR2 };
	timer_t timer;

	player_catch(SIGUSR2);
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif
	event.sigev_notify_thread_id = gettid();
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) ||
	    timer_settime(timer, 0, &soon, NULL))
		_exit(255);
	player_wait_caught(1);
}

static void timer_for_process(void)
{
	run_timer(SIGEV_SIGNAL);
}

static void timer_for_thread(void)
{
	run_timer(SIGEV_THREAD_ID);
}

static void alarm_clock(void)
{
	const struct itimerval soon = { .it_value.tv_usec = 1000 };

	player_catch(SIGALRM);
	setitimer(ITIMER_REAL, &soon, NULL);
	player_wait_caught(1);
}

static void preempt_itself(void)
{
	player_catch(SIGURG);
	syscall(SYS_tgkill, getpid(), gettid(), SIGURG);
}

/* A process can send itself a signal that is recorded as the kernel's. */
static void claim_kernel(void)
{
	siginfo_t info;

	player_catch(SIGUSR1);
	memset(&info, 0, sizeof(info));
	info.si_signo = SIGUSR1;
	info.si_code = SI_KERNEL;
	syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &info);
}

static pid_t control_tty(void)
{
	int slave;

	player_catch(SIGINT);
	setsid();
	slave = open(ptsname(tty), O_RDWR); /* becomes its controlling tty */
	if (slave < 0)
		die("%s: %m", ptsname(tty));
	return gettid();
}

static void wait_for_one(void)
{
	player_wait_caught(1);
}

enum context { ITSELF, VARIES };

static const struct scenario {
	struct role role;
	int sig, code;
	const char *scope;
	bool kernel;
	enum context context;
	const char *left_out;
} scenarios[] = {
	{ { "null_pointer", NULL, null_pointer, -SIGSEGV },
	  SIGSEGV, SEGV_MAPERR, "thread", true, ITSELF, NULL },
	{ { "broken_pipe", NULL, broken_pipe, 1 },
	  SIGPIPE, SI_USER, "thread", false, ITSELF, NULL },
	{ { "timer", NULL, timer_for_process, 1 },
	  SIGUSR2, SI_TIMER, "process", true, VARIES, NULL },
	{ { "timer_thread", NULL, timer_for_thread, 1 },
	  SIGUSR2, SI_TIMER, "thread", true, VARIES, NULL },
	{ { "alarm", NULL, alarm_clock, 1 },
	  SIGALRM, SI_KERNEL, "process", true, VARIES, "sigalrm" },
	{ { "urg_by_itself", NULL, preempt_itself, 1 },
	  SIGURG, SI_TKILL, "thread", false, ITSELF, "sigurg" },
	{ { "claim_kernel", NULL, claim_kernel, 1 },
	  SIGUSR1, SI_KERNEL, "process", true, ITSELF, NULL },
};

static void write_down(const struct scenario *s, const struct player *p)
{
	struct note note = {
		.scenario = s->role.name, .target_pid = p->pid,
		.target_tid = p->tid, .target_name = p->name, .sig = s->sig,
		.code = s->code, .scope = s->scope, .outcome = "delivered",
		.kernel = s->kernel, .left_out = s->left_out };

	if (!s->kernel) {
		note.sender_pid = p->pid;
		note.sender_tid = p->tid;
		note.sender_name = p->name;
	} else if (s->context == ITSELF) {
		note.context_pid = p->pid;
		note.context_tid = p->tid;
	}
	note_write(&note);
}

/* Ctrl-C on a session's terminal: a kernel worker signals its process group. */
static void make_ctrl_c(void)
{
	const struct scenario s = { { "ctrl_c", control_tty, wait_for_one, 1 },
		SIGINT, SI_KERNEL, "process", true, VARIES, NULL };
	struct player p;

	tty = posix_openpt(O_RDWR | O_NOCTTY);
	if (tty < 0 || grantpt(tty) || unlockpt(tty))
		die("ctrl_c: no pty, is /dev/pts mounted? %m");
	player_start(&p, &s.role);
	if (write(tty, "\x03", 1) != 1)
		die("ctrl_c: %m");
	player_act(&p);
	write_down(&s, &p);
	player_end(&p, &s.role);
	close(tty);
}

/* SIGCHLD to a process whose child ends: code CLD_EXITED. */
static pid_t child;

static void have_child(void)
{
	int status;

	player_catch(SIGCHLD);
	child = fork_or_die();
	if (!child)
		_exit(0);
	waitpid(child, &status, 0);
	if (write(pid_pipe[1], &child, sizeof(child)) != sizeof(child))
		_exit(255);
}

static pid_t read_pid(void)
{
	pid_t pid;

	if (read(pid_pipe[0], &pid, sizeof(pid)) != sizeof(pid))
		die("no pid from a player");
	return pid;
}

static void make_sigchld(void)
{
	const struct role role = { "child_exit", NULL, have_child, 1 };
	struct player p;
	pid_t pid;

	player_start(&p, &role);
	player_act(&p);
	pid = read_pid();
	note_write(&(struct note){
		.scenario = role.name, .context_pid = pid, .context_tid = pid,
		.target_pid = p.pid, .target_tid = p.tid, .target_name = p.name,
		.sig = SIGCHLD, .code = CLD_EXITED, .scope = "process",
		.outcome = "delivered", .kernel = true, .left_out = "sigchld" });
	player_end(&p, &role);
}

/*
 * The parent's death signal is recorded as sent by the parent. Here the player is
 * the parent; its child writes its pid when it is ready to be orphaned.
 */
static const struct role orphan_role = { "pdeath_child", NULL, NULL, 1 };

static void have_orphan(void)
{
	pid_t pid = fork_or_die();

	if (pid)
		return;
	pid = getpid();
	prctl(PR_SET_NAME, orphan_role.name);
	player_catch(SIGUSR1);
	prctl(PR_SET_PDEATHSIG, SIGUSR1);
	if (write(pid_pipe[1], &pid, sizeof(pid)) != sizeof(pid))
		_exit(255);
	player_wait_caught(1);
	_exit(caught);
}

static void make_pdeathsig(void)
{
	const struct role role = { "pdeath_parent", NULL, have_orphan, 0 };
	struct player p;
	pid_t orphan;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	player_start(&p, &role);
	player_act(&p);
	orphan = read_pid();
	player_end(&p, &role);
	note_write(&(struct note){
		.scenario = "pdeathsig", .sender_pid = p.pid, .sender_tid = p.tid,
		.sender_name = p.name, .target_pid = orphan,
		.target_tid = orphan, .target_name = orphan_role.name,
		.sig = SIGUSR1, .code = SI_USER, .scope = "process",
		.outcome = "delivered" });
	player_await(orphan, &orphan_role);
}

void signals_by_kernel(void)
{
	struct player p;

	for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++) {
		player_start(&p, &scenarios[i].role);
		player_act(&p);
		write_down(&scenarios[i], &p);
		player_end(&p, &scenarios[i].role);
	}
	make_ctrl_c();
	if (pipe(pid_pipe))
		die("pipe: %m");
	make_sigchld();
	make_pdeathsig();
}
