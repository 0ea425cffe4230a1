// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: how records are read from the ring, by dumps and by the relay. A record
 * that is read stands for no more signals than it was read with.
 */
#include <linux/minmax.h>

#include "internal.h"

static u64 sigtrail_slot_seq(const struct sigtrail_ring *ring,
			     const struct sigtrail_box_slot *slot)
{
	return ring->next - ((u32)ring->next - slot->seq);
}

/* Makes a record of a slot, and of that of its count. */
static void sigtrail_part_get(struct sigtrail_ring *ring,
			      struct sigtrail_part *part, u32 back,
			      struct sigtrail_record *rec)
{
	const struct sigtrail_name_list names = {
		.first = part->names.table,
		.stride = sizeof(*part->names.table),
		.count = part->names.count,
	};
	/* In one go: the memory can be uncached. */
	const struct sigtrail_box_slot slot =
		part->slots[sigtrail_part_back(part, back)];
	u64 seq = sigtrail_slot_seq(ring, &slot);

	sigtrail_slot_read(rec, &slot, seq, &names);
	if (back > 1) {
		const struct sigtrail_box_slot *next =
			&part->slots[sigtrail_part_back(part, back - 1)];

		if (next->kind == SIGTRAIL_BOX_REPEATS)
			sigtrail_slot_read_repeats(rec, next);
	}
	if (part->last.count && part->last.seq == slot.seq)
		sigtrail_last_close(ring, part);
}

/* How many slots back is the first record from a number on? 0 if there is none. */
static u32 sigtrail_part_find(const struct sigtrail_ring *ring,
			      const struct sigtrail_part *part, u64 seq)
{
	u32 near = 0, far = part->filled;

	seq = max(seq, part->names.first);
	/* Those up to @near slots back are from the number on, but none at @far + 1. */
	while (near < far) {
		u32 back = far - (far - near) / 2;
		const struct sigtrail_box_slot *slot =
			&part->slots[sigtrail_part_back(part, back)];

		if (sigtrail_slot_seq(ring, slot) >= seq)
			near = back;
		else
			far = back - 1;
	}
	/* The count of a record that has been overwritten. */
	if (near && part->slots[sigtrail_part_back(part, near)].kind ==
		    SIGTRAIL_BOX_REPEATS)
		near--;
	return near;
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
	struct sigtrail_part *from = NULL;
	u32 share, back, from_back;
	unsigned long flags;
	u64 found, first = U64_MAX;

	raw_spin_lock_irqsave(&ring->lock, flags);
	for (share = 0; share < SIGTRAIL_SHARES; share++) {
		struct sigtrail_part *part = &ring->part[share];

		back = sigtrail_part_find(ring, part, seq);
		if (!back)
			continue;
		found = sigtrail_slot_seq(ring,
					  &part->slots[sigtrail_part_back(part, back)]);
		if (found < first) {
			first = found;
			from = part;
			from_back = back;
		}
	}
	if (from)
		sigtrail_part_get(ring, from, from_back, rec);
	raw_spin_unlock_irqrestore(&ring->lock, flags);

	return from;
}

/* How many slots has a part that are to be multicast later, as they still count? */
static u32 sigtrail_part_held(const struct sigtrail_part *part)
{
	const struct sigtrail_last *last = &part->last;

	if (!last->count || !last->begun)
		return 0;
	return min(part->unsent, last->repeats ? 2U : 1U);
}

static u32 sigtrail_ring_held(const struct sigtrail_ring *ring)
{
	u32 share, held = 0;

	for (share = 0; share < SIGTRAIL_SHARES; share++)
		held += sigtrail_part_held(&ring->part[share]);
	return held;
}

/* The part that has the oldest record that was not multicast. */
static struct sigtrail_part *sigtrail_ring_unsent(struct sigtrail_ring *ring)
{
	struct sigtrail_part *oldest = NULL;
	u32 share, age, most = 0;

	for (share = 0; share < SIGTRAIL_SHARES; share++) {
		struct sigtrail_part *part = &ring->part[share];

		if (!part->unsent)
			continue;
		age = (u32)ring->next -
		      part->slots[sigtrail_part_back(part, part->unsent)].seq;
		if (age > most) {
			most = age;
			oldest = part;
		}
	}
	return oldest;
}

/* Takes the oldest record that was not multicast. Returns 0 for a count alone. */
static u32 sigtrail_part_take(struct sigtrail_ring *ring,
			      struct sigtrail_part *part,
			      struct sigtrail_record *rec)
{
	u32 back = part->unsent;
	const struct sigtrail_box_slot *slot =
		&part->slots[sigtrail_part_back(part, back)];
	u32 slots = 1;

	/* Its record has been overwritten, or given up for a name. */
	if (slot->kind == SIGTRAIL_BOX_REPEATS ||
	    sigtrail_slot_seq(ring, slot) < part->names.first) {
		sigtrail_part_lose(ring, part);
		return 0;
	}
	sigtrail_part_get(ring, part, back, rec);
	if (rec->count)
		slots = 2;
	part->unsent -= slots;
	ring->backlog -= slots;
	return 1;
}

/* Slots that are looked at under one hold of the lock: many may have been given up. */
#define SIGTRAIL_TAKE_STEPS 64

/**
 * sigtrail_ring_relay_take - copy the next records to multicast
 * @ring: the ring
 * @recs: get the records, in the order of their numbers
 * @most: number of @recs
 * @held: also those that are held, as they still count signals
 *
 * A record that is held is taken nevertheless if one with a later number is not.
 *
 * Context: any but NMI.
 * Return: the number of records taken.
 */
u32 sigtrail_ring_relay_take(struct sigtrail_ring *ring,
			     struct sigtrail_record *recs, u32 most, bool held)
{
	struct sigtrail_part *part;
	unsigned long flags;
	u32 taken = 0, leave, steps;
	bool more;

	do {
		raw_spin_lock_irqsave(&ring->lock, flags);
		leave = held ? 0 : sigtrail_ring_held(ring);
		steps = SIGTRAIL_TAKE_STEPS;
		while (steps-- && taken < most && ring->backlog > leave) {
			part = sigtrail_ring_unsent(ring);
			if (!held && part->unsent == sigtrail_part_held(part))
				leave -= part->unsent;
			taken += sigtrail_part_take(ring, part, &recs[taken]);
		}
		more = !taken && ring->backlog > leave;
		raw_spin_unlock_irqrestore(&ring->lock, flags);
	} while (more);

	return taken;
}

/**
 * sigtrail_ring_relay_open - is a record held that has to be multicast?
 * @ring: the ring
 *
 * Context: any but NMI.
 * Return: whether one is.
 */
bool sigtrail_ring_relay_open(struct sigtrail_ring *ring)
{
	unsigned long flags;
	bool open;

	raw_spin_lock_irqsave(&ring->lock, flags);
	/* A dump may have closed it meanwhile. For what is new a kick is on its way. */
	open = ring->backlog;
	raw_spin_unlock_irqrestore(&ring->lock, flags);

	return open;
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
	if (heard) {
		ring->skipped += ring->missed;
		ring->skipped_signals += ring->missed_signals;
	}
	ring->missed = 0;
	ring->missed_signals = 0;
	raw_spin_unlock_irqrestore(&ring->lock, flags);
}

/**
 * sigtrail_ring_counter - read a counter that the lock of sigtrail_ring protects
 * @counter: the counter
 *
 * Context: any but NMI.
 * Return: its value.
 */
u64 sigtrail_ring_counter(const u64 *counter)
{
	unsigned long flags;
	u64 value;

	raw_spin_lock_irqsave(&sigtrail_ring.lock, flags);
	value = *counter;
	raw_spin_unlock_irqrestore(&sigtrail_ring.lock, flags);

	return value;
}

/* Number of a part's oldest record, or of the ring's next one. */
static u64 sigtrail_part_first(const struct sigtrail_ring *ring,
			       const struct sigtrail_part *part)
{
	u32 back = sigtrail_part_find(ring, part, 1);

	if (!back)
		return ring->next;
	return sigtrail_slot_seq(ring,
				 &part->slots[sigtrail_part_back(part, back)]);
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
	u32 share;

	raw_spin_lock_irqsave(&ring->lock, flags);
	state->size = ring->part[SIGTRAIL_SHARE_COMMON].size;
	state->first = ring->next;
	state->last = ring->next - 1;
	state->signals = ring->signals;
	for (share = 0; share < SIGTRAIL_SHARES; share++) {
		struct sigtrail_part *part = &ring->part[share];

		state->first = min(state->first,
				   sigtrail_part_first(ring, part));
		state->signals += part->last.count;
	}
	state->skipped = ring->skipped;
	state->skipped_signals = ring->skipped_signals;
	raw_spin_unlock_irqrestore(&ring->lock, flags);
}
