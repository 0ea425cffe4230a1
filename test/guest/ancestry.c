// SPDX-License-Identifier: GPL-2.0-only
/*
 * ancestry: sends signals to itself from the end of a line of processes, by a process whose
 * parent has ended, and by a child of that. It prints for each what the record must have:
 * the sender, and its parent and ancestors as they said it of themselves.
 *
 * One more process repeats a signal while its grandparent ends.
 */
#define _GNU_SOURCE

#include <err.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEPTH 6
#define REPEATS 20

static pid_t target;

static pid_t start(void)
{
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	return pid;
}

static void await(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "a process failed: %d", status);
}

static void send(const char *scenario, int sig, const char *above)
{
	if (kill(target, sig))
		err(1, "kill");
	dprintf(STDOUT_FILENO, "%s signal=%d sender=%d line=%s\n", scenario, sig, getpid(), above);
}

/* The last one of the line sends. What is above a process is its parent's line. */
static void descend(int left, const char *above)
{
	char name[] = "line (0)", line[256];
	pid_t pid;

	if (!left) {
		send("deep", SIGUSR1, above);
		return;
	}
	name[6] += left;
	prctl(PR_SET_NAME, name);
	snprintf(line, sizeof(line), "%d:%s%s%s", getpid(), name, *above ? "," : "", above);
	pid = start();
	if (!pid) {
		descend(left - 1, line);
		exit(0);
	}
	await(pid);
}

/*
 * Waits until init is the parent, after the end of a pipe that the parent had: it closes its
 * files before its children have another parent, see do_exit() in kernel/exit.c.
 */
static void await_init(void)
{
	while (getppid() != 1)
		sched_yield();
}

static void orphan(int parent_lives)
{
	char c, line[32];
	pid_t pid;

	if (read(parent_lives, &c, 1) != 0)
		errx(1, "the parent %d lives", getppid());
	await_init();
	send("orphan", SIGUSR2, "1:");
	snprintf(line, sizeof(line), "%d:orphan,1:", getpid());
	prctl(PR_SET_NAME, "orphan");
	pid = start();
	if (!pid) {
		send("child_of_orphan", SIGURG, line);
		exit(0);
	}
	await(pid);
}

static void leave_orphan(void)
{
	int lives[2], ends[2];
	pid_t pid;
	char c;

	if (pipe(lives) || pipe(ends))
		err(1, "pipe");
	pid = start();
	if (!pid) {
		if (!start()) {
			close(lives[1]);
			close(ends[0]);
			orphan(lives[0]);
			exit(0);
		}
		exit(0);
	}
	await(pid);
	close(lives[1]);
	close(ends[1]);
	if (read(ends[0], &c, 1) != 0)
		err(1, "read");
}

static void repeat(const char *above)
{
	int i;

	for (i = 0; i < REPEATS; i++)
		if (kill(target, SIGWINCH))
			err(1, "kill");
	dprintf(STDOUT_FILENO, "repeat signal=%d sender=%d count=%d line=%s\n", SIGWINCH, getpid(),
		REPEATS, above);
}

static void tell(int fd)
{
	if (write(fd, "", 1) != 1)
		err(1, "write");
}

/* Returns false at the end of a pipe. */
static int is_told(int fd)
{
	char c;
	ssize_t n = read(fd, &c, 1);

	if (n < 0)
		err(1, "read");
	return n;
}

/* Its parent ends while its child repeats a signal: nothing else has a record meanwhile. */
static void below(pid_t above, int end_above, int above_lives)
{
	int told[2], sent[2];
	char line[64];
	pid_t pid;

	prctl(PR_SET_NAME, "below");
	if (pipe(told) || pipe(sent))
		err(1, "pipe");
	pid = start();
	if (!pid) {
		snprintf(line, sizeof(line), "%d:below,%d:above", getppid(), above);
		repeat(line);
		tell(sent[1]);
		is_told(told[0]);
		snprintf(line, sizeof(line), "%d:below,1:", getppid());
		repeat(line);
		exit(0);
	}
	is_told(sent[0]);
	tell(end_above);
	if (is_told(above_lives))
		errx(1, "the parent %d lives", getppid());
	await_init();
	tell(told[1]);
	await(pid);
}

static void change_grandparent(void)
{
	int lives[2], ask[2], ends[2];
	pid_t pid;

	if (pipe(lives) || pipe(ask) || pipe(ends))
		err(1, "pipe");
	pid = start();
	if (!pid) {
		prctl(PR_SET_NAME, "above");
		pid = getpid();
		if (!start()) {
			close(lives[1]);
			below(pid, ask[1], lives[0]);
			exit(0);
		}
		is_told(ask[0]);
		exit(0);
	}
	close(lives[1]);
	close(ends[1]);
	await(pid);
	is_told(ends[0]);
}

int main(void)
{
	pid_t pid;

	target = getpid();
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	pid = start();
	if (!pid) {
		descend(DEPTH, "");
		exit(0);
	}
	await(pid);
	leave_orphan();
	change_grandparent();
	return 0;
}
