// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the work that multicasts the records.
 *
 * The hooks only queue the work: waking a listener's socket can send SIGIO,
 * which takes a siglock. The signals that the work itself causes in this way
 * are left out; else each message to such a listener would cause the next one.
 */
#include <linux/atomic.h>
#include <linux/sched.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

#include "internal.h"

/* One tick: the records of a tick are sent together. */
#define SIGTRAIL_RELAY_DELAY 1
/*
 * After lack of memory, and while the only listener is in another namespace or
 * its queue is full: the multicast returns -ESRCH for both.
 */
#define SIGTRAIL_RELAY_RETRY (HZ / 10)
/* Without the OOM killer: a message must not cause a kill. */
#define SIGTRAIL_RELAY_GFP (GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)

static void sigtrail_relay_work(struct work_struct *work);

static DECLARE_DELAYED_WORK(sigtrail_relay, sigtrail_relay_work);
/* Both are set before sigtrail_ring.listening is. */
static struct workqueue_struct *sigtrail_relay_queue;
static const struct genl_family *sigtrail_relay_family;
static atomic64_t sigtrail_relay_failures;
/* Only the work writes it. */
static bool sigtrail_relay_unheard;

/*
 * Does the group "events" have a member, in any network namespace? A socket of
 * another namespace can join by number. It gets nothing, but makes us multicast.
 * Not by genl_has_listeners(): that can warn, and so print, with the ring's lock
 * held.
 */
static bool sigtrail_relay_listening(void)
{
	return netlink_has_listeners(init_net.genl_sock,
				     sigtrail_relay_family->mcgrp_offset);
}

/**
 * sigtrail_relay_kick - queue the work: there are records to multicast
 *
 * Context: any but NMI, also with a siglock held.
 */
void sigtrail_relay_kick(void)
{
	unsigned long delay = SIGTRAIL_RELAY_DELAY;

	if (sigtrail_shutdown_begun())
		delay = 0;
	else if (READ_ONCE(sigtrail_relay_unheard))
		delay = SIGTRAIL_RELAY_RETRY;
	queue_delayed_work(sigtrail_relay_queue, &sigtrail_relay, delay);
}

/**
 * sigtrail_record_add - add a record to the ring
 * @rec: the record; gets its number
 *
 * Context: any but NMI.
 */
void sigtrail_record_add(struct sigtrail_record *rec)
{
	if (sigtrail_shutdown_begun())
		rec->flags |= SIGTRAIL_FLAG_SHUTDOWN;
	if (sigtrail_ring_push(&sigtrail_ring, rec))
		sigtrail_relay_kick();
}

/**
 * sigtrail_record_try_add - add a record, if the ring's lock can be had
 * @rec: the record; gets its number if it is added
 *
 * The work is not queued, as that takes locks, too: the next record does so. It
 * follows soon after an oops, as the task's exit.
 *
 * Context: any.
 * Return: whether it was added.
 */
bool sigtrail_record_try_add(struct sigtrail_record *rec)
{
	if (sigtrail_shutdown_begun())
		rec->flags |= SIGTRAIL_FLAG_SHUTDOWN;
	return sigtrail_ring_try_push(&sigtrail_ring, rec);
}

/**
 * sigtrail_relay_failed - count the multicasts that failed
 *
 * Return: the number since boot.
 */
u64 sigtrail_relay_failed(void)
{
	return atomic64_read(&sigtrail_relay_failures);
}

/* Sends one message. Returns its number of records, 0 if there were none. */
static int sigtrail_relay_batch(void)
{
	struct sigtrail_record rec;
	struct sk_buff *skb;
	int records = 0;
	void *hdr;
	int err;

	if (!sigtrail_ring_relay_peek(&sigtrail_ring, &rec))
		return 0;

	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, SIGTRAIL_RELAY_GFP);
	if (!skb)
		return -ENOMEM;
	hdr = genlmsg_put(skb, 0, 0, sigtrail_relay_family, 0,
			  SIGTRAIL_CMD_EVENTS);

	do {
		if (sigtrail_record_put(skb, &rec))
			break;
		sigtrail_ring_relay_done(&sigtrail_ring, rec.seq);
		records++;
	} while (sigtrail_ring_relay_peek(&sigtrail_ring, &rec));

	genlmsg_end(skb, hdr);
	err = genlmsg_multicast_netns(sigtrail_relay_family, &init_net, skb, 0,
				      0, SIGTRAIL_RELAY_GFP);
	WRITE_ONCE(sigtrail_relay_unheard, err == -ESRCH);
	/*
	 * A process that has claimed the log listens, even if its queue is full.
	 * A listener of another namespace would have got nothing.
	 */
	sigtrail_ring_relay_sent(&sigtrail_ring,
				 err != -ESRCH || sigtrail_claim_pid());
	if (err && err != -ESRCH)
		atomic64_inc(&sigtrail_relay_failures);
	return records;
}

static void sigtrail_relay_work(struct work_struct *work)
{
	int sent;

	WRITE_ONCE(sigtrail_state.relay_task, current);
	do {
		sent = sigtrail_relay_batch();
		cond_resched();
	} while (sent > 0);
	WRITE_ONCE(sigtrail_state.relay_task, NULL);

	if (sent < 0) {
		/* The records stay in the ring meanwhile. */
		atomic64_inc(&sigtrail_relay_failures);
		queue_delayed_work(sigtrail_relay_queue, &sigtrail_relay,
				   SIGTRAIL_RELAY_RETRY);
	}
}

/**
 * sigtrail_relay_init - start to multicast records
 * @family: the family, already registered
 *
 * Return: 0, or -ENOMEM.
 */
int __init sigtrail_relay_init(const struct genl_family *family)
{
	/* Up to 6.1 its rescuer has this name: it must not be the daemon's. */
	sigtrail_relay_queue = alloc_ordered_workqueue("sigtrail_relay",
						       WQ_MEM_RECLAIM);
	if (!sigtrail_relay_queue)
		return -ENOMEM;
	sigtrail_relay_family = family;
	raw_spin_lock_irq(&sigtrail_ring.lock);
	sigtrail_ring.listening = sigtrail_relay_listening;
	raw_spin_unlock_irq(&sigtrail_ring.lock);
	return 0;
}
