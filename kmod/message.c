// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: the attributes of messages.
 */
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/skbuff.h>
#include <net/netlink.h>

#include "trigger.h"

static int put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put_u64_64bit(skb, attr, value, SIGTRAIL_TRIGGER_ATTR_PAD);
}

static int spec_put(struct sk_buff *skb, const struct sigtrail_trigger *t)
{
	const struct sigtrail_trigger_spec *spec = &t->spec;

	if (nla_put_u32(skb, SIGTRAIL_TRIGGER_ATTR_ID, t->id) ||
	    nla_put_string(skb, SIGTRAIL_TRIGGER_ATTR_SYMBOL, spec->symbol) ||
	    nla_put_u32(skb, SIGTRAIL_TRIGGER_ATTR_OFFSET, spec->offset) ||
	    nla_put_string(skb, SIGTRAIL_TRIGGER_ATTR_TARGET_NAME,
			   spec->target_name) ||
	    nla_put_u32(skb, SIGTRAIL_TRIGGER_ATTR_SKIP, spec->skip) ||
	    nla_put_u32(skb, SIGTRAIL_TRIGGER_ATTR_PER, spec->per) ||
	    nla_put_u32(skb, SIGTRAIL_TRIGGER_ATTR_RATE, spec->rate) ||
	    nla_put_string(skb, SIGTRAIL_TRIGGER_ATTR_FUNCTION, t->function))
		return -EMSGSIZE;
	return 0;
}

static int counts_put(struct sk_buff *skb, const struct sigtrail_trigger *t)
{
	struct sigtrail_trigger_counts c;

	sigtrail_trigger_counts_read(t, &c);
	if (put_u64(skb, SIGTRAIL_TRIGGER_ATTR_HITS, c.hits) ||
	    put_u64(skb, SIGTRAIL_TRIGGER_ATTR_ACTED, c.acted) ||
	    put_u64(skb, SIGTRAIL_TRIGGER_ATTR_RATE_LIMITED, c.rate_limited) ||
	    put_u64(skb, SIGTRAIL_TRIGGER_ATTR_DROPPED, c.dropped) ||
	    put_u64(skb, SIGTRAIL_TRIGGER_ATTR_MISSED,
		    READ_ONCE(t->probe.nmissed)) ||
	    put_u64(skb, SIGTRAIL_TRIGGER_ATTR_FORGOTTEN, c.forgotten) ||
	    put_u64(skb, SIGTRAIL_TRIGGER_ATTR_HELD_BACK, c.held_back))
		return -EMSGSIZE;
	return 0;
}

/**
 * sigtrail_trigger_message_put - put a trigger and its counters into a message
 * @skb: the message
 * @t: the trigger
 *
 * Return: 0, or -EMSGSIZE.
 */
int sigtrail_trigger_message_put(struct sk_buff *skb,
				 const struct sigtrail_trigger *t)
{
	return spec_put(skb, t) ?: counts_put(skb, t);
}

/**
 * sigtrail_trigger_message_notice_size - the maximum size of a notice
 *
 * Return: the size of its attributes.
 */
size_t sigtrail_trigger_message_notice_size(void)
{
	return 4 * nla_total_size(sizeof(u32)) +
	       nla_total_size(SIGTRAIL_TRIGGER_SYMBOL_LEN) +
	       nla_total_size(SIGTRAIL_TRIGGER_NAME_LEN) +
	       (3 + SIGTRAIL_TRIGGER_ARGS) * nla_total_size_64bit(sizeof(u64));
}

static int notice_put_args(struct sk_buff *skb,
			   const struct sigtrail_trigger_notice *notice)
{
	int i;

	if (!notice->has_args)
		return 0;
	for (i = 0; i < SIGTRAIL_TRIGGER_ARGS; i++)
		if (put_u64(skb, SIGTRAIL_TRIGGER_ATTR_ARG, notice->args[i]))
			return -EMSGSIZE;
	return 0;
}

/**
 * sigtrail_trigger_message_put_notice - put a notice into a message
 * @skb: the message
 * @notice: the notice
 *
 * Return: 0, or -EMSGSIZE.
 */
int sigtrail_trigger_message_put_notice(struct sk_buff *skb,
					const struct sigtrail_trigger_notice *notice)
{
	const struct sigtrail_trigger *t = notice->trigger;

	if (nla_put_u32(skb, SIGTRAIL_TRIGGER_ATTR_ID, t->id) ||
	    nla_put_string(skb, SIGTRAIL_TRIGGER_ATTR_SYMBOL, t->spec.symbol) ||
	    nla_put_u32(skb, SIGTRAIL_TRIGGER_ATTR_OFFSET, t->spec.offset) ||
	    nla_put_string(skb, SIGTRAIL_TRIGGER_ATTR_TARGET_NAME,
			   notice->target_name) ||
	    put_u64(skb, SIGTRAIL_TRIGGER_ATTR_TIME, notice->time) ||
	    nla_put_u32(skb, SIGTRAIL_TRIGGER_ATTR_TARGET_PID, notice->pid) ||
	    nla_put_u32(skb, SIGTRAIL_TRIGGER_ATTR_TARGET_TID, notice->tid) ||
	    put_u64(skb, SIGTRAIL_TRIGGER_ATTR_START_TIME,
		    notice->start_time) ||
	    put_u64(skb, SIGTRAIL_TRIGGER_ATTR_COUNT, notice->count))
		return -EMSGSIZE;
	return notice_put_args(skb, notice);
}
