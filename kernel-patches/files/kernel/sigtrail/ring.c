// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the ring of the newest records.
 *
 * Its memory is given once, at boot. Writers are the hooks, on any CPU, possibly in
 * an interrupt. Readers are dumps and the relay's work. They read one record at a
 * time: the lock is not held for longer than a copy takes.
 */
#include <linux/delay.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "internal.h"

struct sigtrail_ring sigtrail_ring = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(sigtrail_ring.lock),
	.next = 1,
	.kept = 1,
	.relay = 1,
};

/* One name for 8 records: most repeat. An epoch uses up three quarters, at most. */
static u32 sigtrail_ring_names(u32 slots)
{
	return max(slots / 8, SIGTRAIL_RING_MIN);
}

/**
 * sigtrail_ring_bytes - the memory that a ring needs
 * @records: its capacity, in records
 *
 * Return: the number of bytes.
 */
size_t sigtrail_ring_bytes(u32 records)
{
	return sizeof(struct sigtrail_box) +
	       sigtrail_ring_names(records) * SIGTRAIL_NAME_LEN +
	       records * sizeof(struct sigtrail_box_slot);
}

/* How many records fit? */
static u32 sigtrail_ring_slots(size_t bytes)
{
	size_t rest = bytes - sizeof(struct sigtrail_box);
	u32 slots;

	if (bytes < sigtrail_ring_bytes(SIGTRAIL_RING_MIN))
		return 0;
	/* 8 records and their name, or records beside the least number of names. */
	slots = rest / (8 * sizeof(struct sigtrail_box_slot) +
			SIGTRAIL_NAME_LEN) * 8;
	if (slots < 8 * SIGTRAIL_RING_MIN)
		slots = (rest - SIGTRAIL_RING_MIN * SIGTRAIL_NAME_LEN) /
			sizeof(struct sigtrail_box_slot);
	return min(slots, SIGTRAIL_RING_MAX);
}

/**
 * sigtrail_ring_init - give a ring its memory, and clear it
 * @ring: the ring
 * @memory: the memory, aligned to 8 bytes
 * @bytes: its size
 * @salt: a number that no ring has had in this memory before
 *
 * Context: may sleep.
 * Return: 0, -ENOSPC if the memory is too small, or -ENOMEM.
 */
int sigtrail_ring_init(struct sigtrail_ring *ring, void *memory, size_t bytes,
		       u32 salt)
{
	u32 slots = sigtrail_ring_slots(bytes);
	u32 names = sigtrail_ring_names(slots);
	struct sigtrail_box *box = memory;
	unsigned long flags;
	int err;

	if (!slots)
		return -ENOSPC;
	err = sigtrail_names_init(&ring->names, box, names, slots, salt);
	if (err)
		return err;

	sigtrail_box_format(box, bytes, slots, names, salt);

	raw_spin_lock_irqsave(&ring->lock, flags);
	ring->box = box;
	ring->slots = (void *)(box + 1) + names * SIGTRAIL_NAME_LEN;
	ring->size = slots;
	ring->epoch_mask = BIT(ring->names.shift) - 1;
	raw_spin_unlock_irqrestore(&ring->lock, flags);

	return 0;
}

/**
 * sigtrail_ring_free - free what a ring has allocated; not its memory
 * @ring: a ring that is no longer used
 */
void sigtrail_ring_free(struct sigtrail_ring *ring)
{
	sigtrail_names_free(&ring->names);
	ring->box = NULL;
	ring->slots = NULL;
}

static u64 sigtrail_ring_first(const struct sigtrail_ring *ring)
{
	return max(ring->kept,
		   ring->next > ring->size ? ring->next - ring->size : 1);
}

static void sigtrail_ring_add(struct sigtrail_ring *ring,
			      struct sigtrail_record *rec)
{
	struct sigtrail_box_slot *slot = sigtrail_ring_begin(ring);

	rec->seq = ring->next;
	sigtrail_slot_write(slot, &ring->names, rec, &ring->kept);
	sigtrail_ring_end(ring);
}

/**
 * sigtrail_ring_push - add a record
 * @ring: the ring
 * @rec: the record; gets its number
 *
 * Context: any but NMI.
 * Return: whether it has to be multicast.
 */
bool sigtrail_ring_push(struct sigtrail_ring *ring, struct sigtrail_record *rec)
{
	unsigned long flags;
	bool hears = false;

	raw_spin_lock_irqsave(&ring->lock, flags);
	if (ring->slots) {
		sigtrail_ring_add(ring, rec);
		hears = sigtrail_ring_hears(ring);
	}
	raw_spin_unlock_irqrestore(&ring->lock, flags);

	return hears;
}

/* Attempts to get the lock, a microsecond apart. */
#define SIGTRAIL_RING_TRIES 10000

/**
 * sigtrail_ring_try_push - add a record, if the lock can be had
 * @ring: the ring
 * @rec: the record; gets its number if it is added
 *
 * The lock's holder may be this CPU, or one that has been stopped. On a uniprocessor
 * kernel each attempt succeeds; the fault was then in the code of the ring itself,
 * if the lock was held: the record takes the slot that was being written.
 *
 * Context: any. In an NMI nothing is added: it may have interrupted the holder.
 * Return: whether it was added.
 */
bool sigtrail_ring_try_push(struct sigtrail_ring *ring,
			    struct sigtrail_record *rec)
{
	int tries = SIGTRAIL_RING_TRIES;
	unsigned long flags;
	bool added;

	if (in_nmi())
		return false;
	while (!raw_spin_trylock_irqsave(&ring->lock, flags)) {
		if (!--tries)
			return false;
		udelay(1);
	}
	added = ring->slots;
	if (added)
		sigtrail_ring_add(ring, rec);
	raw_spin_unlock_irqrestore(&ring->lock, flags);

	return added;
}

/**
 * sigtrail_ring_read_slot - make a record of a slot
 * @ring: the ring
 * @slot: its slot
 * @seq: number of its record, which the ring keeps
 * @rec: gets the record
 *
 * Context: any, with the ring's lock held.
 */
void sigtrail_ring_read_slot(struct sigtrail_ring *ring,
			     const struct sigtrail_box_slot *slot, u64 seq,
			     struct sigtrail_record *rec)
{
	const struct sigtrail_name_list names = {
		.first = ring->names.table,
		.stride = sizeof(*ring->names.table),
		.count = ring->names.count,
	};
	/* In one go: the memory can be uncached. */
	const struct sigtrail_box_slot copy = *slot;

	sigtrail_slot_read(rec, &copy, seq, &names);
}

static void sigtrail_ring_get(struct sigtrail_ring *ring, u64 seq,
			      struct sigtrail_record *rec)
{
	u32 back = ring->next - seq;
	u32 place = ring->place >= back ? ring->place - back :
					  ring->place + ring->size - back;

	sigtrail_ring_read_slot(ring, &ring->slots[place], seq, rec);
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
		sigtrail_ring_get(ring, seq, rec);
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
		sigtrail_ring_get(ring, ring->relay, rec);
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
