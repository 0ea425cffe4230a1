/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigtrail: the ring of the newest records. What a hook calls is inline.
 */
#ifndef _SIGTRAIL_RING_H
#define _SIGTRAIL_RING_H

#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "record.h"

/**
 * struct sigtrail_ring - the newest records
 * @lock: protects all below; taken with a siglock held and interrupts off
 * @slots: record n is in slots[n & (size - 1)]; NULL until allocated at boot
 * @size: size of @slots, a power of two
 * @next: number of the next record, from 1
 * @relay: number of the next record to multicast
 * @missed: records overwritten before they were multicast, since the last message
 * @skipped: the sum of those that a listener missed
 * @listening: is there a listener? Called with the lock held; NULL until the
 *	relay can multicast
 * @unheard: the last tick without a listener; @listening is called once in such
 *	a tick, and again after sigtrail_ring_hear()
 */
struct sigtrail_ring {
	raw_spinlock_t lock;
	struct sigtrail_record *slots;
	u32 size;
	bool (*listening)(void);
	unsigned long unheard;
	u64 next;
	u64 relay;
	u64 missed;
	u64 skipped;
};

/**
 * struct sigtrail_ring_state - a ring's counters, read at the same time
 * @size: its capacity in records
 * @first: number of the oldest record
 * @last: number of the newest record, 0 before the first one
 * @skipped: as in struct sigtrail_ring
 */
struct sigtrail_ring_state {
	u32 size;
	u64 first;
	u64 last;
	u64 skipped;
};

static inline struct sigtrail_record *
sigtrail_ring_slot(struct sigtrail_ring *ring, u64 seq)
{
	return &ring->slots[(u32)seq & (ring->size - 1)];
}

/**
 * sigtrail_ring_begin - start to write a record in place
 * @ring: the ring
 * @rec: gets the slot of the record, which is the oldest record's
 * @flags: for sigtrail_ring_end()
 *
 * The slot is not cleared. The caller sets every field that the record's kind
 * has, except for its number; on each path, or user space reads an older
 * record's bytes.
 *
 * Context: any but NMI. Returns with the ring's lock held.
 * Return: false while the ring has no memory.
 */
static inline bool sigtrail_ring_begin(struct sigtrail_ring *ring,
				       struct sigtrail_record **rec,
				       unsigned long *flags)
	__acquires(&ring->lock)
{
	raw_spin_lock_irqsave(&ring->lock, *flags);
	if (unlikely(!ring->slots))
		return false;
	*rec = sigtrail_ring_slot(ring, ring->next);
	(*rec)->seq = ring->next++;
	return true;
}

/**
 * sigtrail_ring_end - the record is written
 * @ring: the ring
 * @flags: from sigtrail_ring_begin()
 *
 * Context: with the ring's lock held, which it releases.
 * Return: whether the record has to be multicast.
 */
static inline bool sigtrail_ring_end(struct sigtrail_ring *ring,
				     unsigned long flags)
	__releases(&ring->lock)
{
	unsigned long tick = jiffies;
	bool listening = false;

	if (ring->unheard != tick) {
		listening = ring->listening && ring->listening();
		if (!listening)
			ring->unheard = tick;
	}
	if (!listening)
		ring->relay = ring->next;
	raw_spin_unlock_irqrestore(&ring->lock, flags);

	return listening;
}

/* The ring that the hooks write to; tests have their own. */
extern struct sigtrail_ring sigtrail_ring;

int sigtrail_ring_init(struct sigtrail_ring *ring, unsigned int size);
void sigtrail_ring_free(struct sigtrail_ring *ring);
bool sigtrail_ring_push(struct sigtrail_ring *ring,
			struct sigtrail_record *rec);
bool sigtrail_ring_read(struct sigtrail_ring *ring, u64 seq,
			struct sigtrail_record *rec);
bool sigtrail_ring_relay_peek(struct sigtrail_ring *ring,
			      struct sigtrail_record *rec);
void sigtrail_ring_relay_done(struct sigtrail_ring *ring, u64 seq);
void sigtrail_ring_relay_sent(struct sigtrail_ring *ring, bool heard);
void sigtrail_ring_hear(struct sigtrail_ring *ring);
void sigtrail_ring_state(struct sigtrail_ring *ring,
			 struct sigtrail_ring_state *state);

#endif /* _SIGTRAIL_RING_H */
