// SPDX-License-Identifier: GPL-2.0-only
/*
 * listener reads the multicasts of the family "sigtrail" and does nothing with them: what
 * no listener can do without.
 */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/sigtrail.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char buf[32 << 10];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Returns the attribute of a type, NULL if it is not there. */
static void *find(void *attrs, int len, int type)
{
	while (len >= NLA_HDRLEN) {
		struct nlattr *a = attrs;

		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
		attrs = (char *)attrs + NLA_ALIGN(a->nla_len);
		len -= NLA_ALIGN(a->nla_len);
	}
	return NULL;
}

static void *payload(struct nlattr *a)
{
	return (char *)a + NLA_HDRLEN;
}

/* Returns the id of the family's only group. */
static int group(int fd)
{
	struct {
		struct nlmsghdr n;
		struct genlmsghdr g;
		struct nlattr a;
		char name[NLA_ALIGN(sizeof(SIGTRAIL_FAMILY_NAME))];
	} ask = {
		.n = { sizeof(ask), GENL_ID_CTRL, NLM_F_REQUEST },
		.g = { CTRL_CMD_GETFAMILY, 1, 0 },
		.a = { NLA_HDRLEN + sizeof(SIGTRAIL_FAMILY_NAME), CTRL_ATTR_FAMILY_NAME },
		.name = SIGTRAIL_FAMILY_NAME,
	};
	struct nlattr *groups, *id;
	int len;

	if (send(fd, &ask, sizeof(ask), 0) < 0)
		die("send");
	len = recv(fd, buf, sizeof(buf), 0);
	if (len < (int)(NLMSG_HDRLEN + GENL_HDRLEN))
		die("recv");
	groups = find(buf + NLMSG_HDRLEN + GENL_HDRLEN, len - NLMSG_HDRLEN - GENL_HDRLEN, CTRL_ATTR_MCAST_GROUPS);
	if (!groups) {
		fputs("listener: no family\n", stderr);
		exit(1);
	}
	groups = payload(groups); /* the first one */
	id = find(payload(groups), groups->nla_len - NLA_HDRLEN, CTRL_ATTR_MCAST_GRP_ID);
	return id ? *(int *)payload(id) : 0;
}

int main(void)
{
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	int id;

	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)))
		die("socket");
	id = group(fd);
	if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &id, sizeof(id)))
		die("join");
	puts("listens");
	fflush(stdout);
	for (;;)
		if (recv(fd, buf, sizeof(buf), 0) < 0)
			die("recv");
}
