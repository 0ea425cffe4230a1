/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigtrail: the ring of the newest records. What a hook calls is inline.
 *
 * It has a common part, and parts for what users send among their own processes: so
 * no user's noise overwrites anything else. The numbers of the records are common.
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
#include "repeat.h"
#include "slot.h"

/* The shares of the ring: each has a part. See share.c. */
#define SIGTRAIL_SHARE_COMMON 0
#define SIGTRAIL_SHARES (1 + SIGTRAIL_BOX_USERS)

/**
 * struct sigtrail_part - a part of the ring
 * @share: whose it is
 * @slots: its slots; NULL until there is memory
 * @size: number of slots
 * @place: of the next one in @slots
 * @filled: number of slots that have a record, @size at most
 * @unsent: number of slots, up to the newest one, that were not multicast
 * @epoch_slots: slots until an epoch of names begins
 * @names: the table of names
 * @last: the newest record, and whether it can stand for more signals
 */
struct sigtrail_part {
	u32 share;
	struct sigtrail_box_slot *slots;
	u32 size;
	u32 place;
	u32 filled;
	u32 unsent;
	u32 epoch_slots;
	struct sigtrail_last last;
	struct sigtrail_names names;
};

/**
 * struct sigtrail_ring - the newest records
 * @lock: protects all below, and what @box points to; taken with a siglock held
 *	and interrupts off
 * @kicked: the relay has been kicked, and has not run since
 * @hurried: it has been kicked to start at once, and has not run since
 * @box: the memory, see sigtrail_box.h; NULL until there is one
 * @salt: of the checks
 * @backlog: number of slots that were not multicast, of all parts
 * @hurry: the relay starts at once when so many were not
 * @listening: is there a listener? Called with the lock held; NULL until the
 *	relay can multicast
 * @unheard: the last tick without a listener; @listening is called once in such
 *	a tick, and again after sigtrail_ring_hear()
 * @next: number of the next record, from 1
 * @signals: number of signals, but for those of records that can have more
 * @missed: records overwritten before they were multicast, since the last message
 * @missed_signals: the signals of these
 * @skipped: the sum of those that a listener missed
 * @skipped_signals: the signals of these
 * @recent: the part of the last signal; read without the lock as a hint
 * @part: by share
 */
struct sigtrail_ring {
	raw_spinlock_t lock;
	bool kicked;
	bool hurried;
	struct sigtrail_box *box;
	u32 salt;
	u32 backlog;
	u32 hurry;
	bool (*listening)(void);
	unsigned long unheard;
	u64 next;
	u64 signals;
	u64 missed;
	u64 missed_signals;
	u64 skipped;
	u64 skipped_signals;
	struct sigtrail_part *recent;
	struct sigtrail_part part[SIGTRAIL_SHARES];
};

/**
 * struct sigtrail_ring_state - a ring's counters, read at the same time
 * @size: capacity of its common part, in records
 * @first: number of the oldest record
 * @last: number of the newest record, 0 before the first one
 * @signals: signals, each one of a record's count included
 * @skipped: as in struct sigtrail_ring
 * @skipped_signals: as in struct sigtrail_ring
 */
struct sigtrail_ring_state {
	u32 size;
	u64 first;
	u64 last;
	u64 signals;
	u64 skipped;
	u64 skipped_signals;
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
 * sigtrail_part_back - the place of a slot
 * @part: its part
 * @back: 1 for the newest one, 2 for the one before, up to the part's size
 *
 * Return: the place.
 */
static inline u32 sigtrail_part_back(const struct sigtrail_part *part, u32 back)
{
	return part->place >= back ? part->place - back :
				     part->place + part->size - back;
}

/* Number of the newest record of a user's part: its epochs have one slot. */
static inline u64 sigtrail_part_newest(const struct sigtrail_part *part)
{
	return *sigtrail_epoch_begins(&part->names, part->names.epoch);
}

/**
 * sigtrail_last_close - the newest record can stand for no more signals
 * @ring: the ring
 * @part: a part of it
 *
 * Context: any, with the ring's lock held.
 */
static inline void sigtrail_last_close(struct sigtrail_ring *ring,
				       struct sigtrail_part *part)
{
	ring->signals += part->last.count;
	part->last.count = 0;
}

/* The newest record is not a signal's that could repeat. */
static inline void sigtrail_last_forget(struct sigtrail_part *part)
{
	part->last.key.what = SIGTRAIL_KEY_NONE;
	sigtrail_quick_none(&part->last);
}

/* Must the relay be kicked for a record? */
static inline bool sigtrail_ring_kicks(struct sigtrail_ring *ring)
{
	bool hurries = ring->backlog >= ring->hurry && !ring->hurried;
	bool kicks = !ring->kicked || hurries;

	ring->kicked = true;
	ring->hurried |= hurries;
	return kicks;
}

void sigtrail_part_lose(struct sigtrail_ring *ring, struct sigtrail_part *part);

/**
 * sigtrail_part_slot - the slot that is written next
 * @ring: the ring
 * @part: a part of it
 *
 * Context: any but NMI, with the ring's lock held.
 * Return: the slot.
 */
static inline struct sigtrail_box_slot *
sigtrail_part_slot(struct sigtrail_ring *ring, struct sigtrail_part *part)
{
	if (unlikely(!part->epoch_slots--)) {
		part->epoch_slots = (1 << part->names.shift) - 1;
		sigtrail_names_next_epoch(&part->names, ring->next);
	}
	if (unlikely(part->unsent == part->size))
		sigtrail_part_lose(ring, part);
	return &part->slots[part->place];
}

/**
 * sigtrail_part_end - the slot has been written
 * @part: its part
 *
 * After the barrier the slot is in RAM, or on its way with nothing that waits for
 * more: the memory is mapped so that writes are combined and not cached. On ARMv7
 * that is one instruction, which waits for the words just written; with some outer
 * caches it is a few more.
 *
 * Context: any but NMI, with the ring's lock held.
 */
static inline void sigtrail_part_end(struct sigtrail_part *part)
{
	wmb(); /* the slot is in RAM if the processor is reset now */
	if (unlikely(++part->place == part->size))
		part->place = 0;
	part->filled += part->filled < part->size;
}

void sigtrail_ring_forget_unsent(struct sigtrail_ring *ring);

/**
 * sigtrail_ring_hears - must the slot just written be multicast?
 * @ring: the ring
 * @part: the slot's part
 *
 * Context: any, with the ring's lock held.
 * Return: whether it must.
 */
static inline bool sigtrail_ring_hears(struct sigtrail_ring *ring,
				       struct sigtrail_part *part)
{
	unsigned long tick = jiffies;

	if (likely(ring->unheard == tick))
		return false;
	if (!ring->listening || !ring->listening()) {
		ring->unheard = tick;
		if (unlikely(ring->backlog))
			sigtrail_ring_forget_unsent(ring);
		return false;
	}
	/* Or it would be the same again when jiffies have wrapped around. */
	ring->unheard = tick - 1;
	part->unsent++;
	ring->backlog++;
	return true;
}

/* Of its common part, in records. */
#define SIGTRAIL_RING_MIN 64U
#define SIGTRAIL_RING_MAX 131072U

/* The ring that the hooks write to; tests have their own. */
extern struct sigtrail_ring sigtrail_ring;

/* The size of a part with its names. */
static inline u64 sigtrail_part_bytes(u32 slots, u32 names)
{
	return (u64)names * sizeof(struct sigtrail_box_name) +
	       (u64)slots * sizeof(struct sigtrail_box_slot);
}

size_t sigtrail_ring_bytes(u32 records);
int sigtrail_ring_init(struct sigtrail_ring *ring, void *memory, size_t bytes,
		       u32 salt);
void sigtrail_ring_free(struct sigtrail_ring *ring);
void sigtrail_ring_age(struct sigtrail_ring *ring);
bool sigtrail_ring_push(struct sigtrail_ring *ring, u32 share,
			struct sigtrail_record *rec);
bool sigtrail_ring_try_push(struct sigtrail_ring *ring,
			    struct sigtrail_record *rec);
bool sigtrail_ring_read(struct sigtrail_ring *ring, u64 seq,
			struct sigtrail_record *rec);
u32 sigtrail_ring_relay_take(struct sigtrail_ring *ring,
			     struct sigtrail_record *recs, u32 most, bool held);
bool sigtrail_ring_relay_open(struct sigtrail_ring *ring);
void sigtrail_ring_relay_sent(struct sigtrail_ring *ring, bool heard);
void sigtrail_ring_hear(struct sigtrail_ring *ring);
u64 sigtrail_ring_counter(const u64 *counter);
void sigtrail_ring_state(struct sigtrail_ring *ring,
			 struct sigtrail_ring_state *state);

#endif /* _SIGTRAIL_RING_H */
