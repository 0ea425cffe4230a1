/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nlplay sends messages to sigtrail's generic netlink families: wrong ones, to
 * test the kernel and its checks of rights; and correct ones, for tests that need
 * each attribute.
 */
#ifndef NLPLAY_H
#define NLPLAY_H

#define _GNU_SOURCE /* so include this header first */

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/sigtrail.h>
#include <linux/sigtrail_trigger.h>

struct message {
	struct nlmsghdr nl;
	struct genlmsghdr genl;
	unsigned char attrs[4096];
};

#define HEADERS (NLMSG_HDRLEN + GENL_HDRLEN)

/* Numbers in the initial network namespace. */
struct family {
	int id, group;
};

void __attribute__((format(printf, 1, 2), noreturn)) die(const char *format, ...);

/* message.c */
int open_socket(void);
void join(int fd, const struct family *family);
void message_begin(struct message *m, int family, int cmd);
void message_put(struct message *m, int type, const void *value, int len);
struct family look_up(const char *name);

/* Attributes one by one, and the first of a type; NULL if there is none. */
const struct nlattr *attr_first(const void *from, int len);
const struct nlattr *attr_next(const struct nlattr *attr, int *len);
const struct nlattr *attr_find(const void *from, int len, int type);
int attr_count(const void *from, int len, int type);

/* The modes, one file each. */
int fuzz(const char *family, long count, unsigned long seed, const char *rights);
int claims(void);
int foreign(char **program);
int sigio(int ms);
int trigger(int argc, char **argv);

#endif
