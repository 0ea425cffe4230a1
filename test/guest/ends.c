// SPDX-License-Identifier: GPL-2.0-only
/*
 * ends NOTES GROUP: ends processes without a signal by another one, and notes what their
 * records must have. GROUP is the directory of a cgroup with little memory.
 *
 * A process with the parent init is started by one that ends first.
 */
#define _GNU_SOURCE

#include <err.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Ids of nobody, as in /etc/passwd. */
#define NOBODY 65534

/* Whose child it is. */
enum parent { OURS, INITS, NAMESPACE };

static const char *group;
static FILE *notes;

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void exits0(void)
{
	_exit(0);
}

static void exits7(void)
{
	const struct timespec t = { 0, 120 * 1000000 };

	nanosleep(&t, NULL);
	_exit(7);
}

static void crashes(void)
{
	volatile int *p = mmap(NULL, sizeof(*p), PROT_NONE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*p = 1;
}

static void takes_memory(void)
{
	for (;;) {
		char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			_exit(99);
		memset(p, 1, 1 << 20);
	}
}

static void as_nobody(void)
{
	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
		_exit(99);
	_exit(3);
}

static void enter_group(void)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "0", 1) != 1)
		_exit(98);
	close(fd);
}

/* What a process says of itself before it ends. */
struct self {
	pid_t pid;
	pid_t parent;
	long long started;
	long long ends;
};

/* Waits until it may end, as its parent has ended by then, and ends. */
static void play(int go, int say, pid_t pid, void (*end)(void), int grouped)
{
	struct self self = { .pid = pid, .started = now_ms() };
	char c;

	if (grouped)
		enter_group();
	if (read(go, &c, 1) != 1)
		_exit(97);
	self.parent = getppid();
	self.ends = now_ms();
	if (write(say, &self, sizeof(self)) != sizeof(self))
		_exit(96);
	close(say);
	end();
	_exit(95);
}

/* Starts it, and returns its pid here; this process is its parent. */
static pid_t start(int go, int say, void (*end)(void), int grouped, int flags)
{
	int ids[2];
	pid_t pid;

	if (pipe(ids))
		err(1, "pipe");
	pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
	if (pid < 0)
		err(1, "clone");
	if (!pid) {
		/* In a namespace its own id is another one. */
		if (read(ids[0], &pid, sizeof(pid)) != sizeof(pid))
			_exit(94);
		close(ids[0]);
		close(ids[1]);
		play(go, say, pid, end, grouped);
	}
	if (write(ids[1], &pid, sizeof(pid)) != sizeof(pid))
		err(1, "write");
	close(ids[0]);
	close(ids[1]);
	return pid;
}

static void scenario(const char *name, enum parent parent, void (*end)(void),
		     int grouped, int status, int by_signal)
{
	int go[2], say[2], pids[2];
	struct pollfd ended;
	long long before;
	struct self self;
	pid_t pid, between;

	if (pipe(go) || pipe(say) || pipe(pids))
		err(1, "pipe");
	before = now_ms();
	if (parent == INITS) {
		between = fork();
		if (between < 0)
			err(1, "fork");
		if (!between) {
			pid = start(go[0], say[1], end, grouped, 0);
			if (write(pids[1], &pid, sizeof(pid)) != sizeof(pid))
				_exit(1);
			_exit(0);
		}
		if (read(pids[0], &pid, sizeof(pid)) != sizeof(pid) ||
		    waitpid(between, NULL, 0) != between)
			errx(1, "%s: no process", name);
	} else {
		pid = start(go[0], say[1], end, grouped,
			    parent == NAMESPACE ? CLONE_NEWPID : 0);
	}
	ended = (struct pollfd) {
		.fd = syscall(SYS_pidfd_open, pid, 0),
		.events = POLLIN,
	};
	if (ended.fd < 0)
		err(1, "pidfd_open");
	if (write(go[1], "", 1) != 1 ||
	    read(say[0], &self, sizeof(self)) != sizeof(self))
		errx(1, "%s: it says nothing", name);
	if (poll(&ended, 1, -1) != 1)
		err(1, "poll");
	if (parent == INITS ? self.parent != 1 : self.parent == 1)
		errx(1, "%s: its parent is %d", name, self.parent);
	fprintf(notes, "end scenario=%s pid=%d status=%d signal=%d min_ms=%lld max_ms=%lld\n",
		name, pid, status, by_signal, self.ends - self.started,
		now_ms() - before);
	fflush(notes);
	if (parent != INITS && waitpid(pid, NULL, 0) != pid)
		err(1, "waitpid");
	close(ended.fd);
	for (int i = 0; i < 2; i++) {
		close(go[i]);
		close(say[i]);
		close(pids[i]);
	}
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fputs("usage: ends NOTES GROUP\n", stderr);
		return 2;
	}
	notes = fopen(argv[1], "w");
	if (!notes)
		err(1, "%s", argv[1]);
	group = argv[2];
	scenario("child", OURS, exits7, 1, 7 << 8, 0);
	scenario("init_exits0", INITS, exits0, 1, 0, 0);
	scenario("init_exits7", INITS, exits7, 0, 7 << 8, 0);
	scenario("init_crashes", INITS, crashes, 1, SIGSEGV, SIGSEGV);
	scenario("init_oom", INITS, takes_memory, 1, SIGKILL, SIGKILL);
	scenario("init_nobody", INITS, as_nobody, 1, 3 << 8, 0);
	scenario("namespace", NAMESPACE, exits7, 1, 7 << 8, 0);
	return 0;
}
