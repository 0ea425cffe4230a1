// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends wrong generic netlink messages to a family of sigtrail: random and half
 * correct ones, with wrong lengths, over sockets that are closed in the middle of
 * a reply; as root, with CAP_NET_ADMIN alone ("admin"), as a user without rights, and
 * as root of another user and network namespace.
 *
 * The last two must be refused in everything, and admin in what changes the kernel's
 * code, else it fails. Errors of the kernel are on its console.
 */
#include "nlplay.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOCKETS 8
#define NOBODY 65534

enum rights { ROOT, ADMIN, USER, NAMESPACE, RIGHTS };

static const char *const rights_names[] = { "root", "admin", "user", "namespace" };

/* A family, and how to make messages that are almost correct. */
struct subject {
	const char *name;
	int cmd_max, attr_max, dump;
	unsigned int forbidden; /* bits of the commands that CAP_NET_ADMIN does not allow */
	void (*put_text)(struct message *m);
	void (*complete)(struct message *m, int cmd);
};

static unsigned long state;
static int sockets[SOCKETS];

/* Marsaglia's xorshift: the same seed gives the same messages. */
static unsigned long draw(unsigned long below)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

static void put_mark(struct message *m)
{
	message_put(m, SIGTRAIL_ATTR_TEXT, "forbidden", sizeof("forbidden"));
}

static void complete_sigtrail(struct message *m, int cmd)
{
	unsigned char on = 1;

	if (cmd == SIGTRAIL_CMD_MARK)
		put_mark(m);
	if (cmd == SIGTRAIL_CMD_SET)
		message_put(m, SIGTRAIL_ATTR_SIGCHLD, &on, sizeof(on));
}

/* Places for a probe, also on the path of signals. */
static void put_place(struct message *m)
{
	static const char *const symbols[] = {
		"write", "sys_kill", "complete_signal", "prepare_signal", "try_to_wake_up",
		"do_exit", "schedule", "vprintk_emit", "netlink_broadcast", "memcpy",
		"_raw_spin_lock", "sigtrail_escape", "no_such_function" };
	const char *symbol = symbols[draw(sizeof(symbols) / sizeof(*symbols))];

	message_put(m, SIGTRAIL_TRIGGER_ATTR_SYMBOL, symbol, strlen(symbol) + 1);
	message_put(m, SIGTRAIL_TRIGGER_ATTR_TARGET_NAME, "nlplay", sizeof("nlplay"));
}

static void complete_trigger(struct message *m, int cmd)
{
	unsigned int id = 1;

	if (cmd == SIGTRAIL_TRIGGER_CMD_ADD)
		put_place(m);
	if (cmd == SIGTRAIL_TRIGGER_CMD_DEL)
		message_put(m, SIGTRAIL_TRIGGER_ATTR_ID, &id, sizeof(id));
}

static const struct subject subjects[] = {
	{ SIGTRAIL_FAMILY_NAME, SIGTRAIL_CMD_MAX, SIGTRAIL_ATTR_MAX,
	  SIGTRAIL_CMD_EVENTS_GET, 0, put_mark, complete_sigtrail },
	{ SIGTRAIL_TRIGGER_FAMILY_NAME, SIGTRAIL_TRIGGER_CMD_MAX, SIGTRAIL_TRIGGER_ATTR_MAX,
	  SIGTRAIL_TRIGGER_CMD_GET,
	  1 << SIGTRAIL_TRIGGER_CMD_ADD | 1 << SIGTRAIL_TRIGGER_CMD_DEL, put_place, complete_trigger },
};

static const struct subject *subject;

/* A value that a policy accepts, or just refuses. */
static void put_likely(struct message *m)
{
	static const unsigned long long numbers[] = {
		0, 1, 2, 3, 200, 10000, 10001, 0x7fffffff, 0xffffffff, 1ULL << 32, ~0ULL };
	static const int lens[] = { 1, 4, 4, 8, 8 };
	unsigned long long number = numbers[draw(sizeof(numbers) / sizeof(*numbers))];
	int type = draw(subject->attr_max + 3);
	char text[2 * SIGTRAIL_TEXT_LEN];

	if (draw(4)) {
		message_put(m, type, &number, lens[draw(5)]);
		return;
	}
	if (draw(2)) {
		subject->put_text(m);
		return;
	}
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = draw(256);
	message_put(m, type, text, draw(sizeof(text) + 1));
}

static void put_noise(struct message *m)
{
	unsigned char noise[64];

	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = draw(256);
	message_put(m, draw(65536), noise, draw(sizeof(noise) + 1));
}

/* Sets wrong lengths. */
static void spoil_lengths(struct message *m)
{
	struct nlattr *first = (struct nlattr *)m->attrs;

	if (m->nl.nlmsg_len > HEADERS)
		first->nla_len = draw(3) ? draw(first->nla_len + 8) : draw(65536);
	if (!draw(4))
		m->nl.nlmsg_len = draw(m->nl.nlmsg_len + 64);
}

static int make(struct message *m, const struct family *family)
{
	static const int flags[] = { 0, NLM_F_ACK, NLM_F_DUMP, NLM_F_DUMP | NLM_F_ACK,
				     NLM_F_ROOT, NLM_F_MATCH, NLM_F_ECHO };
	int len;

	message_begin(m, draw(50) ? family->id : (int)draw(65536),
	      draw(10) ? draw(subject->cmd_max + 1) : draw(256));
	m->nl.nlmsg_flags = draw(20) ? NLM_F_REQUEST | flags[draw(7)] : draw(65536);
	m->nl.nlmsg_seq = draw(65536);
	m->genl.version = draw(5) ? 1 : draw(256);
	for (int n = draw(5); n > 0; n--) {
		if (draw(4))
			put_likely(m);
		else
			put_noise(m);
	}
	len = m->nl.nlmsg_len;
	if (!draw(5))
		spoil_lengths(m);
	return draw(20) ? len : (int)draw(len + 1);
}

static bool may(enum rights rights, int cmd)
{
	return rights == ROOT || (rights == ADMIN && !(subject->forbidden >> cmd & 1));
}

static bool refused(enum rights rights, int error)
{
	if (rights == ADMIN)
		return error == -EPERM;
	return error == -EPERM || error == -ENOENT || error == -EINVAL ||
	       error == -EOPNOTSUPP || error == -ERANGE || error == -EACCES;
}

/*
 * Reads all messages. Without rights there may only be errors; the answer to probe, a
 * command or 0, has to be one.
 */
static void drain(int fd, enum rights rights, const struct family *family, int probe)
{
	char buf[16384] __attribute__((aligned(NLMSG_ALIGNTO)));
	int len, error;

	while ((len = recv(fd, buf, sizeof(buf), 0)) > 0) {
		struct nlmsghdr *nl = (struct nlmsghdr *)buf;

		for (; NLMSG_OK(nl, (unsigned int)len); nl = NLMSG_NEXT(nl, len)) {
			if (nl->nlmsg_type == family->id &&
			    !may(rights, ((struct message *)nl)->genl.cmd))
				die("%s got a reply", rights_names[rights]);
			if (nl->nlmsg_type != NLMSG_ERROR || !probe || may(rights, probe))
				continue;
			error = ((struct nlmsgerr *)NLMSG_DATA(nl))->error;
			if (!refused(rights, error))
				die("%s was not refused: %d", rights_names[rights], error);
		}
	}
}

/* Sends each command in its correct form, but without the rights. */
static void try_commands(enum rights rights, const struct family *family)
{
	int fd = open_socket();
	struct message m;

	for (int cmd = 1; cmd <= subject->cmd_max; cmd++) {
		message_begin(&m, family->id, cmd);
		if (cmd == subject->dump)
			m.nl.nlmsg_flags |= NLM_F_DUMP;
		subject->complete(&m, cmd);
		if (send(fd, &m, m.nl.nlmsg_len, 0) < 0)
			die("send: %m");
		drain(fd, rights, family, cmd);
	}
	if (rights == USER &&
	    (!setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &family->group,
			 sizeof(family->group)) || errno != EPERM))
		die("a user without rights can join the group: %m");
	/* In a namespace a socket can join the group, but gets nothing. */
	if (rights == NAMESPACE)
		setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &family->group,
			   sizeof(family->group));
	for (int i = 0; i < 100; i++)
		raise(SIGCONT);
	usleep(100000); /* more than the relay's delay */
	drain(fd, rights, family, 0);
	close(fd);
}

static void keep_capability(int cap)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { .effective = 1U << cap, .permitted = 1U << cap } };

	if (syscall(SYS_capset, &head, data))
		die("capset: %m");
}

static void take_rights(enum rights rights)
{
	if (rights == ADMIN)
		keep_capability(CAP_NET_ADMIN);
	if (rights == USER && (setgid(NOBODY) || setuid(NOBODY)))
		die("setuid: %m");
	if (rights == NAMESPACE && unshare(CLONE_NEWUSER | CLONE_NEWNET))
		die("unshare: %m");
}

static void fuzz_as(long count, enum rights rights, const struct family *family)
{
	struct message m;
	int group = family->group;

	for (int i = 0; i < SOCKETS; i++)
		sockets[i] = open_socket();
	while (count--) {
		int *fd = &sockets[draw(SOCKETS)];

		send(*fd, &m, make(&m, family), MSG_DONTWAIT);
		if (!draw(10))
			setsockopt(*fd, SOL_NETLINK, draw(2) ? NETLINK_ADD_MEMBERSHIP :
				   NETLINK_DROP_MEMBERSHIP, &group, sizeof(group));
		if (!draw(3))
			drain(*fd, rights, family, 0);
		if (!draw(20)) {
			close(*fd);
			*fd = open_socket();
		}
	}
	for (int i = 0; i < SOCKETS; i++)
		drain(sockets[i], rights, family, 0);
}

static const struct subject *find_subject(const char *name)
{
	for (size_t i = 0; i < sizeof(subjects) / sizeof(*subjects); i++)
		if (!strcmp(subjects[i].name, name))
			return &subjects[i];
	die("not a family of sigtrail: %s", name);
}

static enum rights find_rights(const char *name)
{
	enum rights rights = ROOT;

	while (rights < RIGHTS && strcmp(rights_names[rights], name))
		rights++;
	if (rights == RIGHTS)
		die("not one of root, admin, user, namespace: %s", name);
	return rights;
}

int fuzz(const char *name, long count, unsigned long seed, const char *with)
{
	enum rights first = with ? find_rights(with) : ROOT;
	enum rights last = with ? first : RIGHTS - 1;
	struct family family = look_up(name);
	int status, failed = 0;

	subject = find_subject(name);
	for (enum rights rights = first; rights <= last; rights++) {
		if (fork())
			continue;
		state = seed * RIGHTS + rights + 1;
		take_rights(rights);
		if (rights > ADMIN || (rights == ADMIN && subject->forbidden))
			try_commands(rights, &family);
		fuzz_as(count / (last - first + 1), rights, &family);
		exit(0);
	}
	while (wait(&status) > 0)
		failed |= status;
	printf("fuzz messages=%ld failed=%d\n", count, failed != 0);
	return failed != 0;
}
