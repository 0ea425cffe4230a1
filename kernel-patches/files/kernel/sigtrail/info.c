// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: state, counters and clocks, for SIGTRAIL_CMD_INFO_GET.
 */
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/sched/clock.h>
#include <net/genetlink.h>

#include "internal.h"

static int sigtrail_info_put_counts(struct sk_buff *skb)
{
	static const int left_out[SIGTRAIL_LEFT_OUT_COUNT] = {
		[SIGTRAIL_LEFT_OUT_SIGCHLD] = SIGTRAIL_ATTR_LEFT_OUT_SIGCHLD,
		[SIGTRAIL_LEFT_OUT_SIGALRM] = SIGTRAIL_ATTR_LEFT_OUT_SIGALRM,
		[SIGTRAIL_LEFT_OUT_SIGURG] = SIGTRAIL_ATTR_LEFT_OUT_SIGURG,
		[SIGTRAIL_LEFT_OUT_KTHREAD] = SIGTRAIL_ATTR_LEFT_OUT_KTHREAD,
		[SIGTRAIL_LEFT_OUT_OWN] = SIGTRAIL_ATTR_LEFT_OUT_OWN,
	};
	struct sigtrail_ring_state state;
	int why;

	sigtrail_ring_state(&sigtrail_ring, &state);
	if (nla_put_u32(skb, SIGTRAIL_ATTR_RING_SIZE, state.size) ||
	    sigtrail_put_u64(skb, SIGTRAIL_ATTR_SEQ_FIRST, state.first) ||
	    sigtrail_put_u64(skb, SIGTRAIL_ATTR_SEQ_LAST, state.last) ||
	    sigtrail_put_u64(skb, SIGTRAIL_ATTR_RELAY_SKIPPED,
			     state.skipped) ||
	    sigtrail_put_u64(skb, SIGTRAIL_ATTR_SIGNALS, state.signals) ||
	    sigtrail_put_u64(skb, SIGTRAIL_ATTR_SIGNALS_SKIPPED,
			     state.skipped_signals) ||
	    sigtrail_put_u64(skb, SIGTRAIL_ATTR_RELAY_FAILED,
			     sigtrail_relay_failed()) ||
	    sigtrail_put_u64(skb, SIGTRAIL_ATTR_HELD_BACK,
			     sigtrail_held_back_count()) ||
	    sigtrail_put_u64(skb, SIGTRAIL_ATTR_EXIT_FORGOTTEN,
			     sigtrail_exit_forgotten()))
		return -EMSGSIZE;

	for (why = SIGTRAIL_LEFT_OUT_NOT + 1; why < SIGTRAIL_LEFT_OUT_COUNT;
	     why++)
		if (sigtrail_put_u64(skb, left_out[why],
				     sigtrail_left_out_count(why)))
			return -EMSGSIZE;
	return 0;
}

static int sigtrail_info_put_switches(struct sk_buff *skb)
{
	const struct sigtrail_switches *on = &sigtrail_switches;

	if (nla_put_u8(skb, SIGTRAIL_ATTR_ENABLE, sigtrail_switch_enabled()) ||
	    nla_put_u32(skb, SIGTRAIL_ATTR_PRINTK, READ_ONCE(on->printk)) ||
	    nla_put_u32(skb, SIGTRAIL_ATTR_PRINTK_RATE,
			READ_ONCE(on->printk_rate)) ||
	    nla_put_u8(skb, SIGTRAIL_ATTR_SIGCHLD, READ_ONCE(on->sigchld)) ||
	    nla_put_u8(skb, SIGTRAIL_ATTR_SIGALRM, READ_ONCE(on->sigalrm)) ||
	    nla_put_u8(skb, SIGTRAIL_ATTR_SIGURG, READ_ONCE(on->sigurg)) ||
	    nla_put_u8(skb, SIGTRAIL_ATTR_KTHREAD, READ_ONCE(on->kthread)) ||
	    nla_put_u32(skb, SIGTRAIL_ATTR_EXITS, READ_ONCE(on->exits)))
		return -EMSGSIZE;
	return 0;
}

static int sigtrail_info_put_state(struct sk_buff *skb)
{
	unsigned long flags;
	u64 local, boot, real;

	/* At the same time, so that one can be converted into the others. */
	local_irq_save(flags);
	local = local_clock();
	boot = ktime_get_boottime_ns();
	real = ktime_get_real_ns();
	local_irq_restore(flags);

	if (sigtrail_claim_put(skb) ||
	    nla_put_u8(skb, SIGTRAIL_ATTR_SHUTDOWN,
		       sigtrail_shutdown_begun()) ||
	    sigtrail_put_u64(skb, SIGTRAIL_ATTR_CLOCK_LOCAL, local) ||
	    sigtrail_put_u64(skb, SIGTRAIL_ATTR_CLOCK_BOOTTIME, boot) ||
	    sigtrail_put_u64(skb, SIGTRAIL_ATTR_CLOCK_REALTIME, real))
		return -EMSGSIZE;
	return 0;
}

/**
 * sigtrail_info_put - add state, counters and clocks to a message
 * @skb: the message
 *
 * Return: 0, or -EMSGSIZE.
 */
int sigtrail_info_put(struct sk_buff *skb)
{
	return sigtrail_info_put_counts(skb) ?:
	       sigtrail_info_put_switches(skb) ?:
	       sigtrail_info_put_state(skb) ?: sigtrail_place_put(skb) ?:
	       sigtrail_previous_put(skb);
}
