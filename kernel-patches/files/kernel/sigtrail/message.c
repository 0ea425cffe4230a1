// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: a record as a netlink attribute.
 */
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

static int sigtrail_sender_put(struct sk_buff *skb,
			       const struct sigtrail_record *rec)
{
	const struct sigtrail_task *s = &rec->sender;

	if (rec->flags & SIGTRAIL_FLAG_KERNEL) {
		if (nla_put_u32(skb, SIGTRAIL_ATTR_SENDER_PID, 0) ||
		    nla_put_string(skb, SIGTRAIL_ATTR_SENDER_NAME, "kernel"))
			return -EMSGSIZE;
		if (s->pid &&
		    (nla_put_u32(skb, SIGTRAIL_ATTR_CONTEXT_PID, s->pid) ||
		     nla_put_u32(skb, SIGTRAIL_ATTR_CONTEXT_TID, s->tid) ||
		     nla_put_string(skb, SIGTRAIL_ATTR_CONTEXT_NAME, s->name)))
			return -EMSGSIZE;
		return 0;
	}

	if (nla_put_u32(skb, SIGTRAIL_ATTR_SENDER_PID, s->pid) ||
	    nla_put_u32(skb, SIGTRAIL_ATTR_SENDER_TID, s->tid) ||
	    nla_put_u32(skb, SIGTRAIL_ATTR_SENDER_UID, s->uid) ||
	    nla_put_string(skb, SIGTRAIL_ATTR_SENDER_NAME, s->name))
		return -EMSGSIZE;
	if (rec->parent.pid &&
	    (nla_put_u32(skb, SIGTRAIL_ATTR_PARENT_PID, rec->parent.pid) ||
	     nla_put_string(skb, SIGTRAIL_ATTR_PARENT_NAME, rec->parent.name)))
		return -EMSGSIZE;
	return 0;
}

static int sigtrail_target_put(struct sk_buff *skb,
			       const struct sigtrail_record *rec)
{
	const struct sigtrail_task *t = &rec->target;

	if (nla_put_u32(skb, SIGTRAIL_ATTR_TARGET_PID, t->pid) ||
	    nla_put_u32(skb, SIGTRAIL_ATTR_TARGET_TID, t->tid) ||
	    nla_put_string(skb, SIGTRAIL_ATTR_TARGET_NAME, t->name))
		return -EMSGSIZE;
	return 0;
}

static int sigtrail_signal_put(struct sk_buff *skb,
			       const struct sigtrail_record *rec)
{
	if (rec->count > 1 &&
	    (nla_put_u32(skb, SIGTRAIL_ATTR_COUNT, rec->count) ||
	     sigtrail_put_u64(skb, SIGTRAIL_ATTR_TIME_LAST, rec->time_last)))
		return -EMSGSIZE;
	if (nla_put_u32(skb, SIGTRAIL_ATTR_SIGNAL, rec->signal) ||
	    nla_put_s32(skb, SIGTRAIL_ATTR_CODE, rec->code) ||
	    nla_put_u32(skb, SIGTRAIL_ATTR_OUTCOME, rec->outcome) ||
	    nla_put_u32(skb, SIGTRAIL_ATTR_SCOPE, rec->scope))
		return -EMSGSIZE;
	return sigtrail_sender_put(skb, rec) ?: sigtrail_target_put(skb, rec);
}

static int sigtrail_exit_put(struct sk_buff *skb,
			     const struct sigtrail_record *rec)
{
	if (nla_put_u32(skb, SIGTRAIL_ATTR_EXIT_STATUS, rec->status) ||
	    (rec->since_first &&
	     sigtrail_put_u64(skb, SIGTRAIL_ATTR_SINCE_FIRST,
			      rec->since_first)) ||
	    (rec->since_last &&
	     sigtrail_put_u64(skb, SIGTRAIL_ATTR_SINCE_LAST,
			      rec->since_last)))
		return -EMSGSIZE;
	return sigtrail_target_put(skb, rec);
}

static int sigtrail_text_put(struct sk_buff *skb,
			     const struct sigtrail_record *rec)
{
	return rec->text[0] ?
		       nla_put_string(skb, SIGTRAIL_ATTR_TEXT, rec->text) : 0;
}

static int sigtrail_reboot_put(struct sk_buff *skb,
			       const struct sigtrail_record *rec)
{
	if (nla_put_u32(skb, SIGTRAIL_ATTR_REBOOT_CODE, rec->reboot_code) ||
	    nla_put_u32(skb, SIGTRAIL_ATTR_SURVIVORS, rec->survivors))
		return -EMSGSIZE;
	return sigtrail_text_put(skb, rec) ?: sigtrail_sender_put(skb, rec);
}

static int sigtrail_survivor_put(struct sk_buff *skb,
				 const struct sigtrail_record *rec)
{
	if (nla_put_u32(skb, SIGTRAIL_ATTR_STATE, rec->state))
		return -EMSGSIZE;
	return sigtrail_text_put(skb, rec) ?: sigtrail_target_put(skb, rec);
}

static int sigtrail_kind_put(struct sk_buff *skb,
			     const struct sigtrail_record *rec)
{
	switch (rec->kind) {
	case SIGTRAIL_KIND_SIGNAL:
	case SIGTRAIL_KIND_SUMMARY:
		return sigtrail_signal_put(skb, rec);
	case SIGTRAIL_KIND_EXIT:
		return sigtrail_exit_put(skb, rec);
	case SIGTRAIL_KIND_REBOOT:
		return sigtrail_reboot_put(skb, rec);
	case SIGTRAIL_KIND_SURVIVOR:
		return sigtrail_survivor_put(skb, rec);
	default:
		return sigtrail_text_put(skb, rec) ?:
		       sigtrail_sender_put(skb, rec);
	}
}

/**
 * sigtrail_record_put - add a record to a message
 * @skb: the message
 * @rec: the record
 *
 * Return: 0, or -EMSGSIZE if it does not fit; then the message is unchanged.
 */
int sigtrail_record_put(struct sk_buff *skb, const struct sigtrail_record *rec)
{
	struct nlattr *nest = nla_nest_start(skb, SIGTRAIL_ATTR_RECORD);

	if (!nest)
		return -EMSGSIZE;

	if (sigtrail_put_u64(skb, SIGTRAIL_ATTR_SEQ, rec->seq) ||
	    sigtrail_put_u64(skb, SIGTRAIL_ATTR_TIME, rec->time) ||
	    nla_put_u32(skb, SIGTRAIL_ATTR_KIND, rec->kind) ||
	    nla_put_u32(skb, SIGTRAIL_ATTR_FLAGS, rec->flags) ||
	    sigtrail_kind_put(skb, rec))
		goto nla_put_failure;

	nla_nest_end(skb, nest);
	return 0;

nla_put_failure:
	nla_nest_cancel(skb, nest);
	return -EMSGSIZE;
}
