// SPDX-License-Identifier: GPL-2.0-only
/* Messages of generic netlink. */
#include "nlplay.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int open_socket(void)
{
	struct sockaddr_nl self = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_GENERIC);

	if (fd < 0 || bind(fd, (struct sockaddr *)&self, sizeof(self)))
		die("socket: %m");
	return fd;
}

void message_begin(struct message *m, int family, int cmd)
{
	memset(m, 0, HEADERS);
	m->nl.nlmsg_len = HEADERS;
	m->nl.nlmsg_type = family;
	m->nl.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	m->genl.cmd = cmd;
	m->genl.version = 1;
}

void message_put(struct message *m, int type, const void *value, int len)
{
	struct nlattr *attr = (struct nlattr *)(m->attrs + m->nl.nlmsg_len - HEADERS);

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	memset(attr + 1, 0, NLA_ALIGN(len));
	memcpy(attr + 1, value, len);
	m->nl.nlmsg_len += NLA_HDRLEN + NLA_ALIGN(len);
}

static const struct nlattr *whole(const struct nlattr *attr, int len)
{
	return len >= NLA_HDRLEN && attr->nla_len >= NLA_HDRLEN && attr->nla_len <= len ?
	       attr : NULL;
}

const struct nlattr *attr_first(const void *from, int len)
{
	return whole(from, len);
}

const struct nlattr *attr_next(const struct nlattr *attr, int *len)
{
	int step = NLA_ALIGN(attr->nla_len);

	*len -= step;
	return whole((const void *)((const char *)attr + step), *len);
}

const struct nlattr *attr_find(const void *from, int len, int type)
{
	const struct nlattr *attr = whole(from, len);

	while (attr && (attr->nla_type & NLA_TYPE_MASK) != type)
		attr = attr_next(attr, &len);
	return attr;
}

int attr_count(const void *from, int len, int type)
{
	int count = 0;

	for (const struct nlattr *attr = whole(from, len); attr; attr = attr_next(attr, &len))
		count += (attr->nla_type & NLA_TYPE_MASK) == type;
	return count;
}

static const struct nlattr *inside(const struct nlattr *nest, int type)
{
	return nest ? attr_find(nest + 1, nest->nla_len - NLA_HDRLEN, type) : NULL;
}

void join(int fd, const struct family *family)
{
	if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &family->group,
		       sizeof(family->group)))
		die("cannot join: %m");
}

struct family look_up(const char *name)
{
	const struct nlattr *id, *group;
	struct family family;
	struct message m;
	int fd = open_socket();
	int len;

	message_begin(&m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	m.nl.nlmsg_flags = NLM_F_REQUEST;
	message_put(&m, CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
	if (send(fd, &m, m.nl.nlmsg_len, 0) < 0)
		die("send: %m");
	len = recv(fd, &m, sizeof(m), 0);
	if (len < 0 || m.nl.nlmsg_type == NLMSG_ERROR)
		die("the kernel has no family %s", name);
	id = attr_find(m.attrs, len - HEADERS, CTRL_ATTR_FAMILY_ID);
	/* Its only group. */
	group = inside(inside(attr_find(m.attrs, len - HEADERS, CTRL_ATTR_MCAST_GROUPS), 1),
		       CTRL_ATTR_MCAST_GRP_ID);
	if (!id || !group)
		die("the family has no id or no group");
	family.id = *(const unsigned short *)(id + 1);
	family.group = *(const int *)(group + 1);
	close(fd);
	return family;
}
