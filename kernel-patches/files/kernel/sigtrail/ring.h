/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigtrail: the ring of the newest records. What a hook calls is inline.
 */
#ifndef _SIGTRAIL_RING_H
#define _SIGTRAIL_RING_H

#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <asm/barrier.h>

#include "record.h"
#include "slot.h"

/**
 * struct sigtrail_ring - the newest records
 * @lock: protects all below, and what @box points to; taken with a siglock held
 *	and interrupts off
 * @box: the memory, see sigtrail_box.h; NULL until there is one
 * @slots: record n is in slots[(n - 1) % size]; NULL until there is memory
 * @size: number of slots
 * @place: of the next record in @slots
 * @names: the table of names
 * @epoch_mask: an epoch of names begins with a number that has none of these bits
 * @next: number of the next record, from 1
 * @kept: number of the oldest record, if it has not been overwritten
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
	struct sigtrail_box *box;
	struct sigtrail_box_slot *slots;
	u32 size;
	u32 place;
	struct sigtrail_names names;
	u32 epoch_mask;
	bool (*listening)(void);
	unsigned long unheard;
	u64 next;
	u64 kept;
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

/*
 * For a hook: its siglock has interrupts off already, but with PREEMPT_RT, where that
 * lock may sleep.
 */
static inline unsigned long sigtrail_ring_lock(struct sigtrail_ring *ring)
	__acquires(&ring->lock)
{
	unsigned long flags = 0;

	if (IS_ENABLED(CONFIG_PREEMPT_RT)) {
		raw_spin_lock_irqsave(&ring->lock, flags);
	} else {
		lockdep_assert_irqs_disabled();
		raw_spin_lock(&ring->lock);
	}
	return flags;
}

static inline void sigtrail_ring_unlock(struct sigtrail_ring *ring,
					unsigned long flags)
	__releases(&ring->lock)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		raw_spin_unlock_irqrestore(&ring->lock, flags);
	else
		raw_spin_unlock(&ring->lock);
}

/**
 * sigtrail_ring_begin - a record is to be added
 * @ring: the ring
 *
 * Context: any but NMI, with the ring's lock held.
 * Return: its slot.
 */
static inline struct sigtrail_box_slot *
sigtrail_ring_begin(struct sigtrail_ring *ring)
{
	if (unlikely(!((u32)ring->next & ring->epoch_mask)))
		sigtrail_names_next_epoch(&ring->names);
	return &ring->slots[ring->place];
}

/**
 * sigtrail_ring_end - the record is in its slot
 * @ring: the ring
 *
 * After the barrier the record is in RAM, or on its way with nothing that waits
 * for more: the memory is mapped so that writes are combined and not cached. On
 * ARMv7 that is one instruction, which waits for the words just written; with some
 * outer caches it is a few more.
 *
 * Context: any but NMI, with the ring's lock held.
 */
static inline void sigtrail_ring_end(struct sigtrail_ring *ring)
{
	wmb(); /* the record is in RAM if the processor is reset now */
	ring->next++;
	if (unlikely(++ring->place == ring->size))
		ring->place = 0;
}

/**
 * sigtrail_ring_hears - must the newest record be multicast?
 * @ring: the ring
 *
 * Context: any, with the ring's lock held.
 * Return: whether it must.
 */
static inline bool sigtrail_ring_hears(struct sigtrail_ring *ring)
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
	return listening;
}

/* Of its records. */
#define SIGTRAIL_RING_MIN 64U
#define SIGTRAIL_RING_MAX 131072U

/* The ring that the hooks write to; tests have their own. */
extern struct sigtrail_ring sigtrail_ring;

size_t sigtrail_ring_bytes(u32 records);
int sigtrail_ring_init(struct sigtrail_ring *ring, void *memory, size_t bytes,
		       u32 salt);
void sigtrail_ring_free(struct sigtrail_ring *ring);
bool sigtrail_ring_push(struct sigtrail_ring *ring,
			struct sigtrail_record *rec);
bool sigtrail_ring_try_push(struct sigtrail_ring *ring,
			    struct sigtrail_record *rec);
void sigtrail_ring_read_slot(struct sigtrail_ring *ring,
			     const struct sigtrail_box_slot *slot, u64 seq,
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
