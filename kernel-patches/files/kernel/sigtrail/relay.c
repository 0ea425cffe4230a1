// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the work that multicasts the records.
 *
 * The hooks only kick it: waking a listener's socket can send SIGIO, which takes a
 * siglock. The signals that the work itself causes in this way are left out; else
 * each message to such a listener would cause the next one.
 *
 * A kick costs a hook least if it arms no timer. The next tick runs what is queued
 * as lazy irq_work; it queues the work. A CPU whose tick is stopped gets an
 * interrupt for it, or, where an architecture cannot send one to itself, a tick. The
 * hook kicks once until the work has run.
 */
#include <linux/atomic.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

#include "compat.h"
#include "internal.h"

/* Records that are copied under one hold of the ring's lock. */
#define SIGTRAIL_RELAY_RECORDS 16U
/* While no listener has room. */
#define SIGTRAIL_RELAY_FULL DIV_ROUND_UP(HZ, 100)
/* After lack of memory, and while the only listener is in another namespace. */
#define SIGTRAIL_RELAY_RETRY (HZ / 10)
/* For signals that repeat. */
#define SIGTRAIL_RELAY_GATHER HZ
/* Without the OOM killer: a message must not cause a kill. */
#define SIGTRAIL_RELAY_GFP (GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)

static void sigtrail_relay_work(struct work_struct *work);
static void sigtrail_relay_tick(struct irq_work *kick);

/**
 * struct sigtrail_relay - what the work uses; it does not run twice at a time
 * @queue: its queue; set, as @family is, before sigtrail_ring.listening is
 * @family: the family
 * @records: records taken from the ring; those from @next to @end are not sent yet
 * @next: see @records
 * @end: see @records
 * @gathers: signals that repeat are gathered until @gather
 * @gather: jiffies
 * @pause: how long the next kick is put off, in jiffies; a kick reads it
 * @failures: messages that had no memory, or that a listener with
 *	NETLINK_BROADCAST_ERROR did not get
 */
struct sigtrail_relay {
	struct workqueue_struct *queue;
	const struct genl_family *family;
	struct sigtrail_record records[SIGTRAIL_RELAY_RECORDS];
	u32 next;
	u32 end;
	bool gathers;
	unsigned long gather;
	unsigned long pause;
	atomic64_t failures;
};

static struct sigtrail_relay sigtrail_relay;
static DECLARE_DELAYED_WORK(sigtrail_relay_send, sigtrail_relay_work);
/* Queues the work at the next tick. */
static struct irq_work sigtrail_relay_lazy =
	IRQ_WORK_INIT_LAZY(sigtrail_relay_tick);

/*
 * Does the group "events" have a member, in any network namespace? A socket of
 * another namespace can join by number. It gets nothing, but makes us multicast.
 * Not by genl_has_listeners(): that can warn, and so print, with the ring's lock
 * held.
 */
static bool sigtrail_relay_listening(void)
{
	return netlink_has_listeners(init_net.genl_sock,
				     sigtrail_relay.family->mcgrp_offset);
}

static void sigtrail_relay_start(void)
{
	mod_delayed_work(sigtrail_relay.queue, &sigtrail_relay_send,
			 READ_ONCE(sigtrail_relay.pause));
}

static void sigtrail_relay_tick(struct irq_work *kick)
{
	sigtrail_relay_start();
}

/**
 * sigtrail_relay_kick - there are records to multicast
 *
 * At the next tick, so that the records of a tick are sent together; at once if a
 * part of the ring is filled with them, and in a shutdown.
 *
 * Context: any but NMI, also with a siglock held, but not with the ring's lock.
 */
void sigtrail_relay_kick(void)
{
	const struct sigtrail_ring *ring = &sigtrail_ring;

	if (unlikely(READ_ONCE(ring->backlog) >= READ_ONCE(ring->hurry) ||
		     sigtrail_shutdown_begun()))
		sigtrail_relay_start();
	else
		irq_work_queue(&sigtrail_relay_lazy);
}

/**
 * sigtrail_record_add - add a record to the ring
 * @share: whose part it goes to
 * @rec: the record; gets its number
 *
 * Context: any but NMI.
 */
void sigtrail_record_add(u32 share, struct sigtrail_record *rec)
{
	if (sigtrail_shutdown_begun())
		rec->flags |= SIGTRAIL_FLAG_SHUTDOWN;
	if (sigtrail_ring_push(&sigtrail_ring, share, rec))
		sigtrail_relay_kick();
}

/**
 * sigtrail_record_try_add - add a record, if the ring's lock can be had
 * @rec: the record; gets its number if it is added
 *
 * The relay is not kicked, as that can take locks, too: the next record does so. It
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
	return atomic64_read(&sigtrail_relay.failures);
}

/* Takes the next records from the ring. Returns whether there are any. */
static bool sigtrail_relay_take(bool all)
{
	struct sigtrail_relay *relay = &sigtrail_relay;

	relay->next = 0;
	relay->end = sigtrail_ring_relay_take(&sigtrail_ring, relay->records,
					      SIGTRAIL_RELAY_RECORDS, all);
	return relay->end;
}

/* Fills a message. What does not fit is for the next one. */
static struct sk_buff *sigtrail_relay_message(bool all)
{
	struct sigtrail_relay *relay = &sigtrail_relay;
	size_t bytes = (relay->end - relay->next) * SIGTRAIL_RECORD_BYTES;
	struct sk_buff *skb = genlmsg_new(min_t(size_t, bytes,
						GENLMSG_DEFAULT_SIZE),
					  SIGTRAIL_RELAY_GFP);
	void *hdr;

	if (!skb)
		return NULL;
	hdr = genlmsg_put(skb, 0, 0, relay->family, 0, SIGTRAIL_CMD_EVENTS);
	do {
		if (sigtrail_record_put(skb, &relay->records[relay->next]))
			break;
		relay->next++;
	} while (relay->next < relay->end || sigtrail_relay_take(all));
	genlmsg_end(skb, hdr);
	return skb;
}

/*
 * Multicasts the records. While there are listeners and none has room, they stay in
 * the ring: nobody could get them. If one has room, those that have none get ENOBUFS
 * instead: a listener that does not read must not keep the others waiting.
 *
 * Returns for how long to pause, if not all of them are sent, or are heard.
 */
static unsigned long sigtrail_relay_run(bool all)
{
	struct sigtrail_relay *relay = &sigtrail_relay;
	unsigned long pause = 0;

	while (relay->next < relay->end || sigtrail_relay_take(all)) {
		enum sigtrail_listeners listeners =
			sigtrail_listeners(relay->family->mcgrp_offset);
		struct sk_buff *skb;
		bool heard;
		int err;

		if (listeners == SIGTRAIL_LISTENERS_FULL)
			return SIGTRAIL_RELAY_FULL;
		skb = sigtrail_relay_message(all);
		if (!skb) {
			atomic64_inc(&relay->failures);
			return SIGTRAIL_RELAY_RETRY;
		}
		err = genlmsg_multicast_netns(relay->family, &init_net, skb, 0,
					      0, SIGTRAIL_RELAY_GFP);
		heard = listeners != SIGTRAIL_LISTENERS_NONE || err != -ESRCH;
		sigtrail_ring_relay_sent(&sigtrail_ring, heard);
		if (err && err != -ESRCH)
			atomic64_inc(&relay->failures);
		pause = heard ? 0 : SIGTRAIL_RELAY_RETRY;
		cond_resched();
	}
	return pause;
}

/* Is it time to send the records that signals can still be added to? */
static bool sigtrail_relay_gathered(void)
{
	const struct sigtrail_relay *relay = &sigtrail_relay;

	return sigtrail_shutdown_begun() ||
	       (relay->gathers && time_after_eq(jiffies, relay->gather));
}

/* For how long are these records left in the ring? 0: there are none. */
static unsigned long sigtrail_relay_gather(bool all)
{
	struct sigtrail_relay *relay = &sigtrail_relay;
	unsigned long now = jiffies;

	if (!sigtrail_ring_relay_open(&sigtrail_ring)) {
		relay->gathers = false;
		return 0;
	}
	if (!relay->gathers || all) {
		relay->gathers = true;
		relay->gather = now + SIGTRAIL_RELAY_GATHER;
	}
	return max_t(long, relay->gather - now, 1);
}

static void sigtrail_relay_work(struct work_struct *work)
{
	struct sigtrail_relay *relay = &sigtrail_relay;
	bool all = sigtrail_relay_gathered();
	unsigned long pause, again;

	/* What is added from here on kicks again. */
	raw_spin_lock_irq(&sigtrail_ring.lock);
	sigtrail_ring.kicked = false;
	sigtrail_ring.hurried = false;
	raw_spin_unlock_irq(&sigtrail_ring.lock);

	WRITE_ONCE(sigtrail_state.relay_task, current);
	pause = sigtrail_relay_run(all);
	WRITE_ONCE(sigtrail_state.relay_task, NULL);

	WRITE_ONCE(relay->pause, pause);
	again = relay->next < relay->end ? pause : sigtrail_relay_gather(all);
	if (again)
		queue_delayed_work(relay->queue, &sigtrail_relay_send, again);
}

/**
 * sigtrail_relay_init - start to multicast records
 * @family: the family, already registered
 *
 * Return: 0, or -ENOMEM.
 */
int __init sigtrail_relay_init(const struct genl_family *family)
{
	struct sigtrail_relay *relay = &sigtrail_relay;

	/* Up to 6.1 its rescuer has this name: it must not be the daemon's. */
	relay->queue = alloc_ordered_workqueue("sigtrail_relay",
					       WQ_HIGHPRI | WQ_MEM_RECLAIM);
	if (!relay->queue)
		return -ENOMEM;
	relay->family = family;
	raw_spin_lock_irq(&sigtrail_ring.lock);
	sigtrail_ring.listening = sigtrail_relay_listening;
	raw_spin_unlock_irq(&sigtrail_ring.lock);
	return 0;
}
