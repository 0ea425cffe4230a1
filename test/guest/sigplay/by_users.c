// SPDX-License-Identifier: GPL-2.0-only
/* Signals from one process to another, by each system call. */
#include "sigplay.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What targets do before a signal is sent */

static pid_t catch_usr1(void)
{
	player_catch(SIGUSR1);
	return gettid();
}

static pid_t catch_cont(void)
{
	player_catch(SIGCONT);
	return gettid();
}

static pid_t catch_urg(void)
{
	player_catch(SIGURG);
	return gettid();
}

static pid_t ignore_term(void)
{
	signal(SIGTERM, SIG_IGN);
	return gettid();
}

static pid_t block_usr1(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return gettid();
}

static pid_t own_group(void)
{
	setpgid(0, 0);
	return catch_usr1();
}

/* No queue for a real-time signal. */
static pid_t no_queue(void)
{
	struct rlimit limit = { 0, 0 };

	setrlimit(RLIMIT_SIGPENDING, &limit);
	player_catch(RT_SIGNAL);
	return gettid();
}

static void *rest(void *tid)
{
	prctl(PR_SET_NAME, "another-thread");
	__atomic_store_n((pid_t *)tid, gettid(), __ATOMIC_RELEASE);
	while (pause())
		; /* always */
	return NULL;
}

/* A second thread, with another name, as the target. */
static pid_t second_thread(void)
{
	static pid_t tid;
	pthread_t thread;

	player_catch(SIGUSR1);
	if (pthread_create(&thread, NULL, rest, &tid))
		die("pthread_create: %m");
	while (!__atomic_load_n(&tid, __ATOMIC_ACQUIRE))
		sleep_ms(1);
	return tid;
}

static const struct scenario {
	struct role role; /* its name is the scenario's */
	way *send;
	int sig, code;
	const char *scope, *outcome;
	int error;
} scenarios[] = {
	{ { "kill", NULL, NULL, -SIGTERM },
	  by_kill, SIGTERM, SI_USER, "process", "delivered", 0 },
	{ { "kill_caught", catch_usr1, NULL, 1 },
	  by_kill, SIGUSR1, SI_USER, "process", "delivered", 0 },
	{ { "kill_group", own_group, NULL, 1 },
	  by_kill_group, SIGUSR1, SI_USER, "process", "delivered", 0 },
	{ { "kill_by_thread", catch_usr1, NULL, 1 },
	  by_thread, SIGUSR1, SI_USER, "process", "delivered", 0 },
	{ { "tkill", second_thread, NULL, 1 },
	  by_tkill, SIGUSR1, SI_TKILL, "thread", "delivered", 0 },
	{ { "tgkill", second_thread, NULL, 1 },
	  by_tgkill, SIGUSR1, SI_TKILL, "thread", "delivered", 0 },
	{ { "sigqueue_lie", catch_usr1, NULL, 1 },
	  by_sigqueue, SIGUSR1, SI_QUEUE, "process", "delivered", 0 },
	{ { "sigqueue_timer", catch_usr1, NULL, 1 },
	  by_sigqueue, SIGUSR1, SI_TIMER, "process", "delivered", 0 },
	{ { "tgsigqueue", second_thread, NULL, 1 },
	  by_tgsigqueue, SIGUSR1, SI_QUEUE, "thread", "delivered", 0 },
	{ { "pidfd", catch_usr1, NULL, 1 },
	  by_pidfd, SIGUSR1, SI_USER, "process", "delivered", 0 },
	{ { "ignored", ignore_term, NULL, 0 },
	  by_kill, SIGTERM, SI_USER, "process", "ignored", 0 },
	{ { "ignored_default", NULL, NULL, 0 },
	  by_kill, SIGWINCH, SI_USER, "process", "ignored", 0 },
	{ { "cont_caught", catch_cont, NULL, 1 },
	  by_kill, SIGCONT, SI_USER, "process", "delivered", 0 },
	{ { "overflow_fail", no_queue, NULL, 0 },
	  by_sigqueue, RT_SIGNAL, SI_QUEUE, "process", "overflow_fail", EAGAIN },
	/* kill() succeeds even then, but without its siginfo. */
	{ { "lose_info", no_queue, NULL, 1 },
	  by_kill, RT_SIGNAL, SI_USER, "process", "lose_info", 0 },
	/* Go's preemption sends SIGURG within one process; this is between two. */
	{ { "urg_by_other", catch_urg, NULL, 1 },
	  by_tgkill, SIGURG, SI_TKILL, "thread", "delivered", 0 },
};

static void write_down(const char *scenario, const struct player *to, int sig,
		       int code, const char *scope, const char *outcome,
		       const char *left_out)
{
	char name[NAME_LEN];

	prctl(PR_GET_NAME, name);
	note_write(&(struct note){
		.scenario = scenario, .sender_pid = getpid(), .sender_tid = sender_tid,
		.sender_name = name, .target_pid = to->pid,
		.target_tid = to->tid, .target_name = to->name, .sig = sig,
		.code = code, .scope = scope, .outcome = outcome,
		.left_out = left_out });
}

static void send(const struct scenario *s, const struct player *to)
{
	int error;

	sender_tid = gettid();
	error = s->send(to, s->sig, s->code) < 0 ? errno : 0;
	if (error != s->error)
		die("%s: %s, not %s", s->role.name, strerror(error), strerror(s->error));
	write_down(s->role.name, to, s->sig, s->code, s->scope, s->outcome, NULL);
}

/* The first is still pending when the second is sent. */
static void send_pending(void)
{
	const struct role role = { "pending", block_usr1, NULL, 0 };
	struct scenario s = { { "pending_first", NULL, NULL, 0 }, by_kill, SIGUSR1,
			  SI_USER, "process", "delivered", 0 };
	struct player p;

	player_start(&p, &role);
	send(&s, &p);
	s.role.name = "pending_again";
	s.outcome = "already_pending";
	send(&s, &p);
	player_end(&p, &role);
}

static void send_stop_and_cont(void)
{
	const struct role role = { "stop", NULL, NULL, 0 };
	struct scenario s = { { "stop", NULL, NULL, 0 }, by_kill, SIGSTOP, SI_USER,
			  "process", "delivered", 0 };
	struct player p;
	int status;

	player_start(&p, &role);
	send(&s, &p);
	if (waitpid(p.pid, &status, WUNTRACED) != p.pid || !WIFSTOPPED(status))
		die("stop: %m");

	/* It wakes the stopped process and is then dropped: it has no handler. */
	s.role.name = "cont_default";
	s.sig = SIGCONT;
	s.outcome = "ignored";
	send(&s, &p);
	player_end(&p, &role);
}

/* A signal to a zombie has no effect. */
static void send_dying(void)
{
	const struct role role = { "dying", NULL, NULL, 0 };
	const struct scenario s = { { "dying", NULL, NULL, 0 }, by_kill, SIGTERM,
				SI_USER, "process", "dying", 0 };
	struct player p;
	siginfo_t info;

	player_start(&p, &role);
	close(p.down);
	if (waitid(P_PID, p.pid, &info, WEXITED | WNOWAIT))
		die("dying: %m");
	send(&s, &p);
	close(p.up);
	player_await(p.pid, &role);
}

static void *outlive(void *down)
{
	char c;

	if (read(*(int *)down, &c, 1))
		_exit(255);
	_exit(0);
}

static void __attribute__((noreturn)) exit_leader(const char *name, int fd)
{
	static int down;
	pthread_t thread;

	down = fd;
	prctl(PR_SET_NAME, name);
	if (pthread_create(&thread, NULL, outlive, &down))
		_exit(255);
	for (;;)
		syscall(SYS_exit, 0);
}

static bool is_zombie(pid_t pid)
{
	char path[64], text[64] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		die("%s: %m", path);
	close(fd);
	return strstr(text, ") Z ");
}

/* The leader has exited, and another thread lives on. */
static void send_exiting(void)
{
	const struct scenario s = { { "exiting_leader", NULL, NULL, 0 }, by_tgkill,
				SIGUSR1, SI_TKILL, "thread", "dying", 0 };
	struct player p = { .name = "exiting_leader" };
	int down[2];

	if (pipe(down))
		die("pipe: %m");
	p.pid = fork_or_die();
	if (!p.pid) {
		close(down[1]);
		exit_leader(p.name, down[0]);
	}
	p.tid = p.pid;
	close(down[0]);
	while (!is_zombie(p.pid))
		sleep_ms(1);
	send(&s, &p);
	close(down[1]);
	player_await(p.pid, &s.role);
}

/* Kernel threads ignore all signals. */
static void send_kthread(void)
{
	const struct player kthreadd = { .pid = 2, .tid = 2, .name = "kthreadd" };
	char name[NAME_LEN] = "";
	int fd = open("/proc/2/comm", O_RDONLY);

	if (read(fd, name, sizeof(name)) < 0 || strcmp(name, "kthreadd\n"))
		die("process 2 is not kthreadd");
	close(fd);
	sender_tid = gettid();
	if (kill(kthreadd.pid, SIGUSR1))
		die("kthread: %m");
	write_down("kthread", &kthreadd, SIGUSR1, SI_USER, "process", "ignored",
		   "kthread");
}

void signals_by_users(void)
{
	struct player p;

	for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++) {
		player_start(&p, &scenarios[i].role);
		send(&scenarios[i], &p);
		player_end(&p, &scenarios[i].role);
	}
	send_pending();
	send_stop_and_cont();
	send_dying();
	send_exiting();
	send_kthread();
}
