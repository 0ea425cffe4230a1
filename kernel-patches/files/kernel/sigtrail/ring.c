// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the ring of the newest records.
 *
 * Allocated once, at boot. Writers are the hooks, on any CPU, possibly in an
 * interrupt. Readers are dumps and the relay's work. They read one record at a
 * time: the lock is not held for longer than a copy takes.
 */
#include <linux/init.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/overflow.h>
#include <linux/printk.h>
#include <linux/vmalloc.h>

#include "internal.h"

#define SIGTRAIL_RING_MIN 64
#define SIGTRAIL_RING_MAX 131072

struct sigtrail_ring sigtrail_ring = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(sigtrail_ring.lock),
	.next = 1,
	.relay = 1,
};

static unsigned int sigtrail_ring_size = 2048;
module_param_named(ring, sigtrail_ring_size, uint, 0444);
MODULE_PARM_DESC(ring, "records to keep, rounded up to a power of two");

/**
 * sigtrail_ring_init - allocate a ring's memory
 * @ring: the ring
 * @size: number of records; clamped, then rounded up to a power of two
 *
 * Context: may sleep.
 * Return: 0, or -ENOMEM.
 */
int sigtrail_ring_init(struct sigtrail_ring *ring, unsigned int size)
{
	struct sigtrail_record *slots;
	unsigned long flags;

	size = clamp_t(unsigned int, size, SIGTRAIL_RING_MIN,
		       SIGTRAIL_RING_MAX);
	size = roundup_pow_of_two(size);

	/* Whole pages: kmalloc() would round 320 KiB up to 512. */
	slots = vzalloc(array_size(size, sizeof(*slots)));
	if (!slots)
		return -ENOMEM;

	raw_spin_lock_irqsave(&ring->lock, flags);
	ring->slots = slots;
	ring->size = size;
	raw_spin_unlock_irqrestore(&ring->lock, flags);

	return 0;
}

/**
 * sigtrail_ring_free - free a ring's memory
 * @ring: a ring that is no longer used
 */
void sigtrail_ring_free(struct sigtrail_ring *ring)
{
	vfree(ring->slots);
	ring->slots = NULL;
}

static u64 sigtrail_ring_first(const struct sigtrail_ring *ring)
{
	return ring->next > ring->size ? ring->next - ring->size : 1;
}

/**
 * sigtrail_ring_push - add a copy of a record
 * @ring: the ring
 * @rec: the record; gets its number
 *
 * Context: any but NMI.
 * Return: whether it has to be multicast.
 */
bool sigtrail_ring_push(struct sigtrail_ring *ring,
			struct sigtrail_record *rec)
{
	struct sigtrail_record *place;
	unsigned long flags;
	bool added;

	added = sigtrail_ring_begin(ring, &place, &flags);
	if (added) {
		rec->seq = place->seq;
		*place = *rec;
	}
	return sigtrail_ring_end(ring, flags) && added;
}

/**
 * sigtrail_ring_read - copy the record with a number, or else the next one
 * @ring: the ring
 * @seq: the number
 * @rec: gets the record; its number is larger than @seq if records were
 *	overwritten
 *
 * Context: any but NMI.
 * Return: false if there is none yet.
 */
bool sigtrail_ring_read(struct sigtrail_ring *ring, u64 seq,
			struct sigtrail_record *rec)
{
	unsigned long flags;
	bool found;

	raw_spin_lock_irqsave(&ring->lock, flags);
	seq = max(seq, sigtrail_ring_first(ring));
	found = seq < ring->next;
	if (found)
		*rec = *sigtrail_ring_slot(ring, seq);
	raw_spin_unlock_irqrestore(&ring->lock, flags);

	return found;
}

/**
 * sigtrail_ring_relay_peek - copy the next record to multicast
 * @ring: the ring
 * @rec: gets the record; it stays the next one until
 *	sigtrail_ring_relay_done()
 *
 * Records that were overwritten before are counted in @ring->missed.
 *
 * Context: any but NMI.
 * Return: false if there is none.
 */
bool sigtrail_ring_relay_peek(struct sigtrail_ring *ring,
			      struct sigtrail_record *rec)
{
	unsigned long flags;
	bool found;
	u64 first;

	raw_spin_lock_irqsave(&ring->lock, flags);
	first = sigtrail_ring_first(ring);
	if (ring->relay < first) {
		ring->missed += first - ring->relay;
		ring->relay = first;
	}
	found = ring->relay < ring->next;
	if (found)
		*rec = *sigtrail_ring_slot(ring, ring->relay);
	raw_spin_unlock_irqrestore(&ring->lock, flags);

	return found;
}

/**
 * sigtrail_ring_relay_done - a record has been multicast
 * @ring: the ring
 * @seq: its number
 *
 * Context: any but NMI.
 */
void sigtrail_ring_relay_done(struct sigtrail_ring *ring, u64 seq)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&ring->lock, flags);
	/* @ring->relay is larger if there was no listener in between. */
	ring->relay = max(ring->relay, seq + 1);
	raw_spin_unlock_irqrestore(&ring->lock, flags);
}

/**
 * sigtrail_ring_relay_sent - a message has been multicast
 * @ring: the ring
 * @heard: there is a listener, which missed what was overwritten before
 *
 * Context: any but NMI.
 */
void sigtrail_ring_relay_sent(struct sigtrail_ring *ring, bool heard)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&ring->lock, flags);
	if (heard)
		ring->skipped += ring->missed;
	ring->missed = 0;
	raw_spin_unlock_irqrestore(&ring->lock, flags);
}

/**
 * sigtrail_ring_hear - check for listeners with the next record
 * @ring: the ring
 *
 * For a dump: a client that joins the group and then dumps the ring gets every
 * record.
 *
 * Context: any but NMI.
 */
void sigtrail_ring_hear(struct sigtrail_ring *ring)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&ring->lock, flags);
	ring->unheard = jiffies - 1;
	raw_spin_unlock_irqrestore(&ring->lock, flags);
}

/**
 * sigtrail_ring_state - read a ring's counters
 * @ring: the ring
 * @state: gets the counters
 *
 * Context: any but NMI.
 */
void sigtrail_ring_state(struct sigtrail_ring *ring,
			 struct sigtrail_ring_state *state)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&ring->lock, flags);
	state->size = ring->size;
	state->first = sigtrail_ring_first(ring);
	state->last = ring->next - 1;
	state->skipped = ring->skipped;
	raw_spin_unlock_irqrestore(&ring->lock, flags);
}

static int __init sigtrail_ring_boot(void)
{
	int err = sigtrail_ring_init(&sigtrail_ring, sigtrail_ring_size);

	if (err)
		pr_err("sigtrail: no memory for the ring, nothing is recorded\n");
	return err;
}
core_initcall(sigtrail_ring_boot);
