// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends commands to the module's family. Prints each message as one line of
 * KEY=VALUE, and for a command that is refused:
 *
 *	error=22 message=...
 */
#include "nlplay.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define REFUSED 3 /* exit status */

/* How attributes are printed. */
static const struct {
	const char *name;
	enum { NONE, U32, U64, HEX, STRING } kind;
} keys[] = {
	[SIGTRAIL_TRIGGER_ATTR_ID] = { "id", U32 },
	[SIGTRAIL_TRIGGER_ATTR_SYMBOL] = { "symbol", STRING },
	[SIGTRAIL_TRIGGER_ATTR_OFFSET] = { "offset", U32 },
	[SIGTRAIL_TRIGGER_ATTR_TARGET_NAME] = { "target_name", STRING },
	[SIGTRAIL_TRIGGER_ATTR_SKIP] = { "skip", U32 },
	[SIGTRAIL_TRIGGER_ATTR_PER] = { "per", U32 },
	[SIGTRAIL_TRIGGER_ATTR_RATE] = { "rate", U32 },
	[SIGTRAIL_TRIGGER_ATTR_FUNCTION] = { "function", STRING },
	[SIGTRAIL_TRIGGER_ATTR_HITS] = { "hits", U64 },
	[SIGTRAIL_TRIGGER_ATTR_ACTED] = { "acted", U64 },
	[SIGTRAIL_TRIGGER_ATTR_RATE_LIMITED] = { "rate_limited", U64 },
	[SIGTRAIL_TRIGGER_ATTR_DROPPED] = { "dropped", U64 },
	[SIGTRAIL_TRIGGER_ATTR_MISSED] = { "missed", U64 },
	[SIGTRAIL_TRIGGER_ATTR_FORGOTTEN] = { "forgotten", U64 },
	[SIGTRAIL_TRIGGER_ATTR_HELD_BACK] = { "held_back", U64 },
	[SIGTRAIL_TRIGGER_ATTR_TIME] = { "time", U64 },
	[SIGTRAIL_TRIGGER_ATTR_TARGET_PID] = { "target_pid", U32 },
	[SIGTRAIL_TRIGGER_ATTR_TARGET_TID] = { "target_tid", U32 },
	[SIGTRAIL_TRIGGER_ATTR_START_TIME] = { "start_time", U64 },
	[SIGTRAIL_TRIGGER_ATTR_COUNT] = { "count", U64 },
	[SIGTRAIL_TRIGGER_ATTR_ARG] = { "arg", HEX },
};

static void print_attr(const struct nlattr *attr)
{
	unsigned int type = attr->nla_type & NLA_TYPE_MASK;
	unsigned long long u64 = 0;
	unsigned int u32 = 0;

	if (type == SIGTRAIL_TRIGGER_ATTR_PAD)
		return;
	if (type > SIGTRAIL_TRIGGER_ATTR_MAX)
		die("unknown attribute %u", type);
	switch (keys[type].kind) {
	case U32:
		memcpy(&u32, attr + 1, sizeof(u32));
		printf(" %s=%u", keys[type].name, u32);
		break;
	case U64:
	case HEX:
		memcpy(&u64, attr + 1, sizeof(u64));
		printf(keys[type].kind == HEX ? " %s=%#llx" : " %s=%llu", keys[type].name, u64);
		break;
	case STRING:
		printf(" %s=%s", keys[type].name, (const char *)(attr + 1));
		break;
	default:
		die("attribute %u has no format", type);
	}
}

static void print_message(const struct nlmsghdr *nl)
{
	static const char *const cmds[] = { "none", "add", "del", "get", "notice" };
	const struct message *m = (const void *)nl;
	int len = nl->nlmsg_len - HEADERS;
	const struct nlattr *attr;

	fputs(cmds[m->genl.cmd], stdout);
	for (attr = attr_first(m->attrs, len); attr; attr = attr_next(attr, &len))
		print_attr(attr);
	putchar('\n');
}

static void print_refusal(const struct nlmsghdr *nl)
{
	const struct nlmsgerr *err = NLMSG_DATA(nl);
	const struct nlattr *text =
		attr_find(err + 1, nl->nlmsg_len - NLMSG_LENGTH(sizeof(*err)), NLMSGERR_ATTR_MSG);

	printf("error=%d message=%s\n", -err->error, text ? (const char *)(text + 1) : "");
}

/*
 * Waits for a datagram and prints its messages. Returns whether the command is
 * complete, or *messages messages have come.
 */
static bool take(int fd, int *messages)
{
	char buf[16384] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	const struct nlmsghdr *nl = (const void *)buf;
	int len;

	if (poll(&ready, 1, -1) < 0)
		die("poll: %m");
	len = recv(fd, buf, sizeof(buf), 0);
	if (len < 0 && errno == ENOBUFS) {
		puts("overrun");
		return false;
	}
	if (len < 0)
		die("recv: %m");
	for (; NLMSG_OK(nl, (unsigned int)len); nl = NLMSG_NEXT(nl, len)) {
		if (nl->nlmsg_type == NLMSG_DONE)
			return true;
		if (nl->nlmsg_type == NLMSG_ERROR) {
			if (!((const struct nlmsgerr *)NLMSG_DATA(nl))->error)
				return true;
			print_refusal(nl);
			exit(REFUSED);
		}
		print_message(nl);
		if (messages && --*messages == 0)
			return true;
	}
	return false;
}

static int ask(const struct message *m)
{
	int on = 1, fd = open_socket();

	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)))
		die("setsockopt: %m");
	if (send(fd, m, m->nl.nlmsg_len, 0) < 0)
		die("send: %m");
	while (!take(fd, NULL))
		;
	return 0;
}

static void put_u32(struct message *m, int type, const char *number)
{
	unsigned int value = strtoul(number, NULL, 0);

	message_put(m, type, &value, sizeof(value));
}

static void put_option(struct message *m, const char *option)
{
	for (int type = SIGTRAIL_TRIGGER_ATTR_OFFSET; type <= SIGTRAIL_TRIGGER_ATTR_RATE; type++) {
		size_t len = strlen(keys[type].name);

		if (!strncmp(option, keys[type].name, len) && option[len] == '=') {
			put_u32(m, type, option + len + 1);
			return;
		}
	}
	die("unknown option: %s", option);
}

static int add(const struct family *family, int argc, char **argv)
{
	struct message m;

	message_begin(&m, family->id, SIGTRAIL_TRIGGER_CMD_ADD);
	message_put(&m, SIGTRAIL_TRIGGER_ATTR_SYMBOL, argv[0], strlen(argv[0]) + 1);
	message_put(&m, SIGTRAIL_TRIGGER_ATTR_TARGET_NAME, argv[1], strlen(argv[1]) + 1);
	for (int i = 2; i < argc; i++)
		put_option(&m, argv[i]);
	return ask(&m);
}

static int del(const struct family *family, const char *id)
{
	struct message m;

	message_begin(&m, family->id, SIGTRAIL_TRIGGER_CMD_DEL);
	put_u32(&m, SIGTRAIL_TRIGGER_ATTR_ID, id);
	return ask(&m);
}

static int list(const struct family *family)
{
	struct message m;

	message_begin(&m, family->id, SIGTRAIL_TRIGGER_CMD_GET);
	m.nl.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	return ask(&m);
}

static int watch(const struct family *family, int count)
{
	int fd = open_socket();

	join(fd, family);
	puts("listening");
	while (!take(fd, count ? &count : NULL))
		;
	return 0;
}

int trigger(int argc, char **argv)
{
	struct family family = look_up(SIGTRAIL_TRIGGER_FAMILY_NAME);

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc >= 3 && !strcmp(argv[0], "add"))
		return add(&family, argc - 1, argv + 1);
	if (argc == 2 && !strcmp(argv[0], "del"))
		return del(&family, argv[1]);
	if (argc == 1 && !strcmp(argv[0], "list"))
		return list(&family);
	if (argc <= 2 && !strcmp(argv[0], "watch"))
		return watch(&family, argc == 2 ? atoi(argv[1]) : 0);
	return -1;
}
