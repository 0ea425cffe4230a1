// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims the log in every way that must work, and in those that must not. The log
 * must not be claimed before. Ends with an error if a claim is lost, or outlives its
 * process.
 */
#include "nlplay.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct family family;

/* Sends a request, and returns the length of the answer in m. */
static int ask(int fd, int cmd, int flags, struct message *m)
{
	struct pollfd answer = { .fd = fd, .events = POLLIN };
	int len;

	message_begin(m, family.id, cmd);
	m->nl.nlmsg_flags = NLM_F_REQUEST | flags;
	if (send(fd, m, m->nl.nlmsg_len, 0) < 0 || poll(&answer, 1, -1) != 1)
		die("send: %m");
	len = recv(fd, m, sizeof(*m), 0);
	if (len < (int)HEADERS)
		die("recv: %m");
	return len;
}

/* Returns 0, or the kernel's error. */
static int claim(int fd)
{
	struct message m;

	ask(fd, SIGTRAIL_CMD_CLAIM, NLM_F_ACK, &m);
	return -((struct nlmsgerr *)NLMSG_DATA(&m.nl))->error;
}

static pid_t claimant(int fd)
{
	struct message m;
	int len = ask(fd, SIGTRAIL_CMD_INFO_GET, 0, &m);
	const struct nlattr *pid = attr_find(m.attrs, len - HEADERS, SIGTRAIL_ATTR_CLAIM_PID);

	if (!pid)
		die("no claim in the answer");
	return *(const int *)(pid + 1);
}

static void expect(const char *what, int got, int want)
{
	if (got != want)
		die("%s: %d, not %d", what, got, want);
}

static pid_t fork_or_die(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork: %m");
	return pid;
}

static void run(void (*play)(void))
{
	pid_t pid = fork_or_die();
	int status;

	if (!pid) {
		play();
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		die("a player failed: status %#x", status);
}

/* One claim at a time; it ends with its socket. */
static void one_at_a_time(void)
{
	int first = open_socket(), second = open_socket();

	expect("claim", claim(first), 0);
	expect("claim again", claim(first), 0);
	expect("claim of a second socket", claim(second), EBUSY);
	expect("claimant", claimant(second), getpid());
	close(first);
	expect("claimant after close", claimant(second), 0);
	expect("claim after close", claim(second), 0);
}

/* The other process lives on with the socket when this one ends. */
static int told[2], hold[2];

static void leave_socket(void)
{
	int fd = open_socket();
	char c;

	expect("claim", claim(fd), 0);
	if (!fork_or_die()) {
		expect("claim by an inherited socket", claim(fd), EBUSY);
		close(hold[1]);
		_exit(write(told[1], "", 1) + read(hold[0], &c, 1));
	}
	close(told[1]);
	expect("the other process", read(told[0], &c, 1), 1);
	expect("claimant", claimant(fd), getpid());
}

static void inherited(void)
{
	int fd = open_socket();

	if (pipe(told) || pipe(hold))
		die("pipe: %m");
	run(leave_socket);
	expect("claimant after its end", claimant(fd), 0);
	expect("claim after its end", claim(fd), 0);
	close(hold[1]);
	expect("claimant", claimant(fd), getpid());
}

/* A thread closes a socket, while another takes its port, and claims. */
static struct sockaddr_nl address;
static pthread_barrier_t barrier;
static int closing;

static void *close_it(void *unused)
{
	pthread_barrier_wait(&barrier);
	close(closing);
	return unused;
}

static int bound(unsigned int port, bool must)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	address.nl_family = AF_NETLINK;
	address.nl_pid = port;
	while (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		if (must || errno != EADDRINUSE)
			die("bind: %m");
	return fd;
}

static void same_port(bool claimed)
{
	const unsigned int port = 0x51671a11;
	pthread_t thread;
	int fd;

	closing = bound(port, true);
	/* The kernel leaves each group before it reports the close. */
	for (int group = 1; group < 32; group++)
		setsockopt(closing, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group));
	if (claimed)
		expect("claim", claim(closing), 0);
	if (pthread_create(&thread, NULL, close_it, NULL))
		die("pthread_create: %m");
	pthread_barrier_wait(&barrier);
	fd = bound(port, false);
	expect("claim of the same port", claim(fd), 0);
	pthread_join(thread, NULL);
	expect("claimant after the close of another socket", claimant(fd), getpid());
	close(fd);
}

static void same_ports(void)
{
	struct timespec now, end;

	if (pthread_barrier_init(&barrier, NULL, 2))
		die("pthread_barrier_init");
	clock_gettime(CLOCK_MONOTONIC, &end);
	do {
		same_port(true);
		same_port(false);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec + 5);
}

int claims(void)
{
	family = look_up(SIGTRAIL_FAMILY_NAME);
	run(one_at_a_time);
	run(inherited);
	run(same_ports);
	expect("claimant at the end", claimant(open_socket()), 0);
	return 0;
}
