// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: a record as a netlink attribute.
 *
 * It is written into the message's free space, which is checked once for all that a
 * record can have. nla_put() checks, and moves the message's end, for each attribute:
 * that is four times the work.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <net/netlink.h>

#include "internal.h"

/**
 * sigtrail_put_u64 - add a 64-bit attribute, aligned
 * @skb: the message
 * @attr: enum sigtrail_attr
 * @value: its value
 *
 * Return: 0, or -EMSGSIZE.
 */
int sigtrail_put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put_u64_64bit(skb, attr, value, SIGTRAIL_ATTR_PAD);
}

/* The functions below write at @at, and return where the next attribute begins. */

static void *sigtrail_begin(void *at, int attr, int bytes)
{
	struct nlattr *nla = at;

	nla->nla_len = NLA_HDRLEN + bytes;
	nla->nla_type = attr;
	return at + NLA_HDRLEN;
}

static void *sigtrail_u32(void *at, int attr, u32 value)
{
	at = sigtrail_begin(at, attr, sizeof(value));
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

/* Its value is aligned, as by nla_put_u64_64bit(). */
static void *sigtrail_u64(void *at, int attr, u64 value)
{
	if (!IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS) &&
	    IS_ALIGNED((unsigned long)at, sizeof(value)))
		at = sigtrail_begin(at, SIGTRAIL_ATTR_PAD, 0);
	at = sigtrail_begin(at, attr, sizeof(value));
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

/* A string with its NUL. Most are short: byte by byte is the fastest. */
static noinline void *sigtrail_string(void *at, int attr, const char *from)
{
	char *begin = at + NLA_HDRLEN;
	char *to = begin;

	do {
		*to++ = *from;
	} while (*from++);
	sigtrail_begin(at, attr, to - begin);
	while (!IS_ALIGNED(to - begin, NLA_ALIGNTO))
		*to++ = 0;
	return to;
}

static void *sigtrail_cgroup(void *at, int attr, u32 id)
{
	return id ? sigtrail_u64(at, attr, id) : at;
}

static void *sigtrail_put_process(void *at, const struct sigtrail_task *t)
{
	at = sigtrail_u32(at, SIGTRAIL_ATTR_PARENT_PID, t->pid);
	return sigtrail_string(at, SIGTRAIL_ATTR_PARENT_NAME, t->name);
}

static void *sigtrail_put_ancestors(void *at, const struct sigtrail_record *rec)
{
	void *nest;
	int i;

	for (i = 0; i < SIGTRAIL_ANCESTORS && rec->ancestor[i].pid; i++) {
		nest = at;
		at = sigtrail_put_process(at + NLA_HDRLEN, &rec->ancestor[i]);
		sigtrail_begin(nest, SIGTRAIL_ATTR_ANCESTOR | NLA_F_NESTED,
			       at - nest - NLA_HDRLEN);
	}
	return at;
}

static void *sigtrail_put_sender(void *at, const struct sigtrail_record *rec)
{
	const struct sigtrail_task *s = &rec->sender;

	if (rec->flags & SIGTRAIL_FLAG_KERNEL) {
		at = sigtrail_u32(at, SIGTRAIL_ATTR_SENDER_PID, 0);
		at = sigtrail_string(at, SIGTRAIL_ATTR_SENDER_NAME, "kernel");
		if (!s->pid)
			return at;
		at = sigtrail_u32(at, SIGTRAIL_ATTR_CONTEXT_PID, s->pid);
		at = sigtrail_u32(at, SIGTRAIL_ATTR_CONTEXT_TID, s->tid);
		return sigtrail_string(at, SIGTRAIL_ATTR_CONTEXT_NAME, s->name);
	}

	at = sigtrail_u32(at, SIGTRAIL_ATTR_SENDER_PID, s->pid);
	at = sigtrail_u32(at, SIGTRAIL_ATTR_SENDER_TID, s->tid);
	if (s->uid != SIGTRAIL_UID_UNKNOWN)
		at = sigtrail_u32(at, SIGTRAIL_ATTR_SENDER_UID, s->uid);
	at = sigtrail_string(at, SIGTRAIL_ATTR_SENDER_NAME, s->name);
	at = sigtrail_cgroup(at, SIGTRAIL_ATTR_SENDER_CGROUP, s->cgroup);
	if (!rec->parent.pid)
		return at;
	at = sigtrail_put_process(at, &rec->parent);
	return sigtrail_put_ancestors(at, rec);
}

static void *sigtrail_put_target(void *at, const struct sigtrail_record *rec)
{
	const struct sigtrail_task *t = &rec->target;

	at = sigtrail_u32(at, SIGTRAIL_ATTR_TARGET_PID, t->pid);
	at = sigtrail_u32(at, SIGTRAIL_ATTR_TARGET_TID, t->tid);
	at = sigtrail_string(at, SIGTRAIL_ATTR_TARGET_NAME, t->name);
	return sigtrail_cgroup(at, SIGTRAIL_ATTR_TARGET_CGROUP, t->cgroup);
}

static void *sigtrail_put_signal(void *at, const struct sigtrail_record *rec)
{
	if (rec->count > 1) {
		at = sigtrail_u32(at, SIGTRAIL_ATTR_COUNT, rec->count);
		at = sigtrail_u64(at, SIGTRAIL_ATTR_TIME_LAST, rec->time_last);
	}
	at = sigtrail_u32(at, SIGTRAIL_ATTR_SIGNAL, rec->signal);
	at = sigtrail_u32(at, SIGTRAIL_ATTR_CODE, rec->code);
	at = sigtrail_u32(at, SIGTRAIL_ATTR_OUTCOME, rec->outcome);
	at = sigtrail_u32(at, SIGTRAIL_ATTR_SCOPE, rec->scope);
	if (rec->flags & SIGTRAIL_FLAG_FAULT) {
		at = sigtrail_u64(at, SIGTRAIL_ATTR_FAULT_ADDRESS,
				  rec->fault_address);
		at = sigtrail_u64(at, SIGTRAIL_ATTR_FAULT_PC, rec->fault_pc);
	}
	at = sigtrail_put_sender(at, rec);
	return sigtrail_put_target(at, rec);
}

static void *sigtrail_put_exit(void *at, const struct sigtrail_record *rec)
{
	at = sigtrail_u32(at, SIGTRAIL_ATTR_EXIT_STATUS, rec->status);
	if (rec->run_time)
		at = sigtrail_u64(at, SIGTRAIL_ATTR_RUN_TIME,
				  rec->run_time * NSEC_PER_MSEC);
	if (rec->since_first)
		at = sigtrail_u64(at, SIGTRAIL_ATTR_SINCE_FIRST,
				  rec->since_first);
	if (rec->since_last)
		at = sigtrail_u64(at, SIGTRAIL_ATTR_SINCE_LAST,
				  rec->since_last);
	if (rec->peak_rss)
		at = sigtrail_u64(at, SIGTRAIL_ATTR_PEAK_RSS, rec->peak_rss);
	return sigtrail_put_target(at, rec);
}

static void *sigtrail_put_text(void *at, const struct sigtrail_record *rec)
{
	return rec->text[0] ? sigtrail_string(at, SIGTRAIL_ATTR_TEXT,
					      rec->text) : at;
}

static void *sigtrail_put_reboot(void *at, const struct sigtrail_record *rec)
{
	at = sigtrail_u32(at, SIGTRAIL_ATTR_REBOOT_CODE, rec->reboot_code);
	at = sigtrail_u32(at, SIGTRAIL_ATTR_SURVIVORS, rec->survivors);
	at = sigtrail_put_text(at, rec);
	return sigtrail_put_sender(at, rec);
}

static void *sigtrail_put_survivor(void *at, const struct sigtrail_record *rec)
{
	at = sigtrail_u32(at, SIGTRAIL_ATTR_STATE, rec->state);
	at = sigtrail_put_text(at, rec);
	return sigtrail_put_target(at, rec);
}

static void *sigtrail_put_kind(void *at, const struct sigtrail_record *rec)
{
	switch (rec->kind) {
	case SIGTRAIL_KIND_SIGNAL:
	case SIGTRAIL_KIND_SUMMARY:
		return sigtrail_put_signal(at, rec);
	case SIGTRAIL_KIND_EXIT:
		return sigtrail_put_exit(at, rec);
	case SIGTRAIL_KIND_REBOOT:
		return sigtrail_put_reboot(at, rec);
	case SIGTRAIL_KIND_SURVIVOR:
		return sigtrail_put_survivor(at, rec);
	default:
		at = sigtrail_put_text(at, rec);
		return sigtrail_put_sender(at, rec);
	}
}

/**
 * sigtrail_record_put - add a record to a message
 * @skb: the message
 * @rec: the record
 *
 * Return: 0, or -EMSGSIZE if SIGTRAIL_RECORD_BYTES may not fit; then the message is
 *	unchanged.
 */
int sigtrail_record_put(struct sk_buff *skb, const struct sigtrail_record *rec)
{
	void *nest = skb_tail_pointer(skb);
	void *at = nest + NLA_HDRLEN;

	if (skb_tailroom(skb) < SIGTRAIL_RECORD_BYTES)
		return -EMSGSIZE;

	at = sigtrail_u64(at, SIGTRAIL_ATTR_SEQ, rec->seq);
	at = sigtrail_u64(at, SIGTRAIL_ATTR_TIME, rec->time);
	at = sigtrail_u32(at, SIGTRAIL_ATTR_KIND, rec->kind);
	at = sigtrail_u32(at, SIGTRAIL_ATTR_FLAGS, rec->flags);
	at = sigtrail_put_kind(at, rec);

	sigtrail_begin(nest, SIGTRAIL_ATTR_RECORD | NLA_F_NESTED,
		       at - nest - NLA_HDRLEN);
	skb_put(skb, at - nest);
	return 0;
}
