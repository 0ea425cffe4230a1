/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nlplay speaks with sigtrail's generic netlink family in ways that nobody
 * should: to see that the kernel, and its rights, hold.
 */
#ifndef NLPLAY_H
#define NLPLAY_H

#define _GNU_SOURCE /* hence this header comes first */

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/sigtrail.h>

struct message {
	struct nlmsghdr nl;
	struct genlmsghdr genl;
	unsigned char attrs[4096];
};

#define HEADERS (NLMSG_HDRLEN + GENL_HDRLEN)

/* As the initial network namespace has them. */
struct family {
	int id, group;
};

void __attribute__((format(printf, 1, 2), noreturn)) die(const char *format, ...);

/* message.c */
int open_socket(void);
void message_begin(struct message *m, int family, int cmd);
void message_put(struct message *m, int type, const void *value, int len);
struct family look_up(void);

/* The first attribute of a type; NULL: there is none. */
const struct nlattr *attr_find(const void *from, int len, int type);
int attr_count(const void *from, int len, int type);

/* The modes, each in a file of its own. */
int fuzz(long count, unsigned long seed);
int sigio(int ms);

#endif
