// SPDX-License-Identifier: GPL-2.0-only
/*
 * auditlog has the kernel's audit record the system calls that send signals, and writes
 * what it gets to a file: the smallest reader that audit can have.
 *
 *	auditlog FILE
 *
 * It ends on SIGTERM, when it has read what is queued, and prints the number of the
 * calls that it has written.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As in auditd's rules. */
#define BACKLOG 8192
/* Without a record for so long: nothing is queued. */
#define QUIET_MS 1000

static const int calls[] = {
	SYS_kill, SYS_tkill, SYS_tgkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo,
	424 /* pidfd_send_signal */,
};

static int netlink;
static long kept;
static volatile sig_atomic_t ending;

static void __attribute__((format(printf, 1, 2), noreturn)) die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("auditlog: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static void end(int unused)
{
	(void)unused;
	ending = 1;
}

/* Sends a request, and waits for the kernel's answer. */
static void request(int type, const void *data, size_t size)
{
	struct {
		struct nlmsghdr h;
		char data[sizeof(struct audit_rule_data)];
	} m = { .h = {
		.nlmsg_len = NLMSG_LENGTH(size), .nlmsg_type = type,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
	} };
	char answer[8192];
	struct nlmsghdr *h = (struct nlmsghdr *)answer;

	memcpy(m.data, data, size);
	if (send(netlink, &m, m.h.nlmsg_len, 0) < 0)
		die("send: %m");
	do {
		if (recv(netlink, answer, sizeof(answer), 0) < 0)
			die("recv: %m");
	} while (h->nlmsg_type != NLMSG_ERROR);
	errno = -((struct nlmsgerr *)NLMSG_DATA(h))->error;
	if (errno)
		die("request %d: %m", type);
}

static void start_audit(void)
{
	struct audit_status status = {
		.mask = AUDIT_STATUS_ENABLED | AUDIT_STATUS_PID | AUDIT_STATUS_BACKLOG_LIMIT,
		.enabled = 1, .pid = getpid(), .backlog_limit = BACKLOG,
	};
	struct audit_rule_data rule = { .flags = AUDIT_FILTER_EXIT, .action = AUDIT_ALWAYS };

	request(AUDIT_SET, &status, sizeof(status));
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		rule.mask[AUDIT_WORD(calls[i])] |= AUDIT_BIT(calls[i]);
	request(AUDIT_ADD_RULE, &rule, sizeof(rule));
}

/* Writes all that is queued by as few writes as possible. */
static void drain(int out)
{
	static char batch[65536], message[9000];
	size_t used = 0;
	ssize_t n;

	while ((n = recv(netlink, message, sizeof(message), MSG_DONTWAIT)) > 0) {
		struct nlmsghdr *h = (struct nlmsghdr *)message;

		/* The length in the header of a record lacks the header. */
		kept += h->nlmsg_type == AUDIT_SYSCALL;
		used += snprintf(batch + used, sizeof(batch) - used, "type=%d %.*s\n",
				 h->nlmsg_type, (int)(n - NLMSG_HDRLEN), (char *)NLMSG_DATA(h));
		if (used < sizeof(batch) - sizeof(message) - 32)
			continue;
		if (write(out, batch, used) != (ssize_t)used)
			die("write: %m");
		used = 0;
	}
	if (used && write(out, batch, used) != (ssize_t)used)
		die("write: %m");
}

int main(int argc, char **argv)
{
	struct pollfd fd = { .events = POLLIN };
	int out;

	if (argc != 2)
		die("usage: auditlog FILE");
	out = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	if (out < 0 || netlink < 0)
		die("%s: %m", argv[1]);
	start_audit();
	signal(SIGTERM, end);
	puts("ready");
	fflush(stdout);
	fd.fd = netlink;
	while (poll(&fd, 1, QUIET_MS) || !ending)
		drain(out);
	printf("kept=%ld\n", kept);
	return 0;
}
