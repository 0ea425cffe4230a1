// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitlog listens to the process events connector (drivers/connector/cn_proc.c), and
 * writes what it gets to a file, as forkstat does. The connector has no signals: of
 * a process that a signal has ended it has the exit, with the signal's number.
 *
 *	exitlog FILE
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void __attribute__((format(printf, 1, 2), noreturn)) die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("exitlog: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

int main(int argc, char **argv)
{
	struct sockaddr_nl group = { .nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC };
	struct __attribute__((packed)) {
		struct nlmsghdr h;
		struct cn_msg cn;
		enum proc_cn_mcast_op op;
	} listen = {
		.h = { .nlmsg_len = sizeof(listen), .nlmsg_type = NLMSG_DONE },
		.cn = { .id = { CN_IDX_PROC, CN_VAL_PROC }, .len = sizeof(listen.op) },
		.op = PROC_CN_MCAST_LISTEN,
	};
	char message[1024];
	int out, netlink;
	ssize_t n;

	if (argc != 2)
		die("usage: exitlog FILE");
	out = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0644);
	netlink = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_CONNECTOR);
	if (out < 0 || netlink < 0)
		die("%s: %m", argv[1]);
	if (bind(netlink, (void *)&group, sizeof(group)) || send(netlink, &listen, sizeof(listen), 0) < 0)
		die("connector: %m");
	puts("ready");
	fflush(stdout);
	while ((n = recv(netlink, message, sizeof(message), 0)) > 0)
		if (write(out, message, n) != n)
			die("write: %m");
	die("recv: %m");
}
