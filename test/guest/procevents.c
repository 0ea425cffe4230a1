// SPDX-License-Identifier: GPL-2.0-only
/*
 * procevents listens to the process events connector (drivers/connector/cn_proc.c)
 * and gets a signal for each event (F_SETOWN). A task sends the event of its exit
 * at the end of do_exit(), when it may be released already: it then has no parent,
 * no leader and no sighand any more, but it sends SIGIO.
 *
 * Threads and children exit as fast as they can, unwaited for, and leaders before
 * their threads. When the events of all exits have come, procevents prints one
 * line for each task, with the number of its events: its forks, the name that it
 * sets, and its exit as the last one.
 *
 *	tid=N pid=N events=N name=NAME
 *
 * Then "listener pid=N signals=N".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PLAYERS 3 /* at once, more than there are processors */
#define ROUNDS 40
#define THREADS 4
#define ORPHANS 2
/* In a round: threads, a child, a leader and its thread, a parent and its orphans. */
#define LEAVERS (PLAYERS * ROUNDS * (THREADS + 1 + 2 + 1 + ORPHANS))
/* Events are read after all have exited: room for four events of each. */
#define QUEUE (LEAVERS * 4 * 1024)

struct leaver {
	pid_t tid, pid;
	const char *name;
	int events;
	bool heard;
};

/* Shared between the processes. */
static struct shared {
	atomic_int count;
	struct leaver leavers[LEAVERS];
} *shared;

static volatile sig_atomic_t signals;

static void __attribute__((format(printf, 1, 2), noreturn)) die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("procevents: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	_exit(1);
}

static void count(int sig)
{
	(void)sig;
	signals++;
}

static pid_t fork_or_die(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork: %m");
	return pid;
}

static void start_thread(void *(*body)(void *), void *arg)
{
	pthread_attr_t detached;
	pthread_t thread;

	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	/* The stacks of threads that are exiting are not free yet. */
	while ((errno = pthread_create(&thread, &detached, body, arg)) == EAGAIN)
		sched_yield();
	if (errno)
		die("pthread_create: %m");
}

/* The last step of a task before its exit. */
static void leave_as(const char *name, int forks)
{
	struct leaver *l = &shared->leavers[atomic_fetch_add(&shared->count, 1)];

	prctl(PR_SET_NAME, name);
	*l = (struct leaver){ gettid(), getpid(), name, forks + 2, false };
}

static void *thread(void *unused)
{
	leave_as("thread", 0);
	return unused;
}

static void child(void)
{
	leave_as("child", 0);
	_exit(0);
}

/* The last thread of a process also releases its leader. */
static void *last_thread(void *unused)
{
	const struct timespec moment = { 0, 2000000 };

	nanosleep(&moment, NULL);
	leave_as("last-thread", 0);
	return unused;
}

static void leader(void)
{
	start_thread(last_thread, NULL);
	leave_as("leader", 1);
	syscall(SYS_exit, 0);
}

/* Exits at the same time as its children, or before them. */
static void parent(void)
{
	for (int i = 0; i < ORPHANS; i++)
		if (!fork_or_die()) {
			leave_as("orphan", 0);
			_exit(0);
		}
	leave_as("parent", ORPHANS);
	_exit(0);
}

/* The kernel reaps its children, and their children. */
static void play(void)
{
	static void (*const lives[])(void) = { child, leader, parent };

	signal(SIGCHLD, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < THREADS; i++)
			start_thread(thread, NULL);
		for (size_t i = 0; i < sizeof(lives) / sizeof(*lives); i++)
			if (!fork_or_die())
				lives[i]();
		while (wait(NULL) != -1 || errno == EINTR)
			;
	}
	/* Only this thread: exit() would kill threads that have not exited yet. */
	syscall(SYS_exit, 0);
}

static int listen_to_events(void)
{
	const struct sigaction action = { .sa_handler = count, .sa_flags = SA_RESTART };
	struct sockaddr_nl self = { .nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC };
	struct {
		struct nlmsghdr nl;
		struct cn_msg cn;
		enum proc_cn_mcast_op op;
	} __attribute__((packed)) m = {
		.nl = { .nlmsg_len = sizeof(m), .nlmsg_type = NLMSG_DONE },
		.cn = { .id = { CN_IDX_PROC, CN_VAL_PROC }, .len = sizeof(m.op) },
		.op = PROC_CN_MCAST_LISTEN,
	};
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
	int size = QUEUE;

	sigaction(SIGIO, &action, NULL);
	if (fd < 0 || bind(fd, (struct sockaddr *)&self, sizeof(self)))
		die("no process events: is CONFIG_PROC_EVENTS set? %m");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    fcntl(fd, F_SETOWN, getpid()) ||
	    fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK) ||
	    send(fd, &m, sizeof(m), 0) != sizeof(m))
		die("listen: %m");
	return fd;
}

static int hear_exit(const struct proc_event *event)
{
	for (int i = 0; i < LEAVERS; i++) {
		struct leaver *l = &shared->leavers[i];

		if (l->tid != event->event_data.exit.process_pid || l->heard)
			continue;
		if (l->pid != event->event_data.exit.process_tgid)
			die("%s %d is not of process %d", l->name, l->tid, l->pid);
		l->heard = true;
		return 1;
	}
	return 0; /* another process's */
}

/* Reads until the events of all exits have come. */
static void hear_all(int fd)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };
	struct {
		struct nlmsghdr nl;
		struct cn_msg cn;
		char event[sizeof(struct proc_event)]; /* not aligned */
	} m;
	struct proc_event event;
	int heard = 0;

	while (heard < LEAVERS) {
		/* Half a minute is long even for an emulated machine under load. */
		if (!poll(&waiting, 1, 30000))
			die("got %d exit events, not %d", heard, LEAVERS);
		while (recv(fd, &m, sizeof(m), 0) > 0) {
			memcpy(&event, m.event, sizeof(event));
			if (event.what == PROC_EVENT_EXIT)
				heard += hear_exit(&event);
		}
		if (errno != EAGAIN && errno != EINTR)
			die("recv: %m");
	}
}

int main(void)
{
	int fd, status;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("mmap: %m");
	fd = listen_to_events();
	for (int i = 0; i < PLAYERS; i++)
		if (!fork_or_die())
			play();
	for (int i = 0; i < PLAYERS; i++)
		if (wait(&status) < 0 || status)
			die("a player ended with %#x", status);
	if (shared->count != LEAVERS)
		die("%d tasks have exited, not %d", shared->count, LEAVERS);
	hear_all(fd);

	for (struct leaver *l = shared->leavers; l < shared->leavers + LEAVERS; l++)
		printf("tid=%d pid=%d events=%d name=%s\n", l->tid, l->pid, l->events, l->name);
	printf("listener pid=%d signals=%d\n", getpid(), signals);
	return 0;
}
