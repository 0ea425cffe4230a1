// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the ring of the newest records: its memory, and how records are added.
 *
 * Its memory is given once, at boot. Writers are the hooks, on any CPU, possibly in
 * an interrupt. Readers are in read.c.
 */
#include <linux/bits.h>
#include <linux/delay.h>
#include <linux/minmax.h>
#include <linux/preempt.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "internal.h"

struct sigtrail_ring sigtrail_ring = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(sigtrail_ring.lock),
	.next = 1,
	.recent = sigtrail_ring.part,
};

/*
 * Slots and names of a user's part: a user's burst of records, see share.c, each with
 * a slot for its count. One with a name of its own in each record has fewer.
 */
#define SIGTRAIL_USER_SLOTS 64
#define SIGTRAIL_USER_NAMES 32

/*
 * One name, or line, for 8 records: most repeat. One for 7 would leave 320 KiB fewer than
 * 5,000 records; where each has a new line, one for 8 keeps an eighth. An epoch uses up
 * three quarters, at most: ten for each of its records, and those that it begins with.
 * Their number is even, so that the slots behind them are aligned.
 */
static u32 sigtrail_ring_names(u32 slots)
{
	return max(slots / 16 * 2, SIGTRAIL_RING_MIN);
}

/* All but the common part. */
static size_t sigtrail_ring_overhead(void)
{
	return sizeof(struct sigtrail_box) +
	       SIGTRAIL_BOX_USERS * sigtrail_part_bytes(SIGTRAIL_USER_SLOTS,
							SIGTRAIL_USER_NAMES);
}

/**
 * sigtrail_ring_bytes - the memory that a ring needs
 * @records: capacity of its common part, in records
 *
 * Return: the number of bytes.
 */
size_t sigtrail_ring_bytes(u32 records)
{
	return sigtrail_ring_overhead() +
	       sigtrail_part_bytes(records, sigtrail_ring_names(records));
}

/* How many records fit into the common part? */
static u32 sigtrail_ring_slots(size_t bytes)
{
	size_t rest = bytes - sigtrail_ring_overhead();
	u32 slots;

	if (bytes < sigtrail_ring_bytes(SIGTRAIL_RING_MIN))
		return 0;
	/* 8 records and their name, or records beside the least number of names. */
	slots = rest / (8 * sizeof(struct sigtrail_box_slot) +
			sizeof(struct sigtrail_box_name)) * 8;
	if (slots < 8 * SIGTRAIL_RING_MIN)
		slots = (rest - SIGTRAIL_RING_MIN *
				sizeof(struct sigtrail_box_name)) /
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
	struct sigtrail_box_header header = {
		.magic = SIGTRAIL_BOX_MAGIC,
		.layout = SIGTRAIL_BOX_LAYOUT,
		.size = bytes,
		.slots = slots,
		.names = sigtrail_ring_names(slots),
		.user_slots = SIGTRAIL_USER_SLOTS,
		.user_names = SIGTRAIL_USER_NAMES,
		.salt = salt,
	};
	struct sigtrail_box *box = memory;
	unsigned long flags;
	void *tables, *at;
	u32 share;

	if (!slots)
		return -ENOSPC;
	tables = vzalloc(sigtrail_names_bytes(header.names, slots) +
			 SIGTRAIL_BOX_USERS *
			 sigtrail_names_bytes(SIGTRAIL_USER_NAMES,
					      SIGTRAIL_USER_SLOTS));
	if (!tables)
		return -ENOMEM;

	sigtrail_box_format(box, &header);

	raw_spin_lock_irqsave(&ring->lock, flags);
	ring->box = box;
	ring->salt = salt;
	ring->hurry = slots / 8;
	at = box + 1;
	for (share = 0; share < SIGTRAIL_SHARES; share++) {
		struct sigtrail_part *part = &ring->part[share];
		u32 names = share ? header.user_names : header.names;

		part->share = share;
		part->size = share ? header.user_slots : header.slots;
		sigtrail_names_init(&part->names, tables, at, &box->kept[share],
				    names, part->size, salt);
		part->epoch_slots = 0;
		part->slots = at + names * sizeof(struct sigtrail_box_name);
		at += sigtrail_part_bytes(part->size, names);
		tables += sigtrail_names_bytes(names, part->size);
	}
	raw_spin_unlock_irqrestore(&ring->lock, flags);

	return 0;
}

/**
 * sigtrail_ring_free - free what a ring has allocated; not its memory
 * @ring: a ring that is no longer used
 */
void sigtrail_ring_free(struct sigtrail_ring *ring)
{
	/* The tables of all parts: one allocation. */
	vfree(ring->part[SIGTRAIL_SHARE_COMMON].names.table);
	ring->box = NULL;
	memset(ring->part, 0, sizeof(ring->part));
}

/**
 * sigtrail_part_lose - a slot will never be multicast: the oldest of those to be
 * @ring: the ring
 * @part: a part of it
 *
 * Context: any but NMI, with the ring's lock held.
 */
noinline void sigtrail_part_lose(struct sigtrail_ring *ring,
				 struct sigtrail_part *part)
{
	const struct sigtrail_box_slot *slot =
		&part->slots[sigtrail_part_back(part, part->unsent)];
	struct sigtrail_record rec;

	part->unsent--;
	ring->backlog--;
	switch (slot->kind) {
	case SIGTRAIL_BOX_REPEATS:
		sigtrail_slot_read_repeats(&rec, slot);
		ring->missed_signals += rec.count - 1;
		return;
	case SIGTRAIL_KIND_SIGNAL:
	case SIGTRAIL_KIND_SUMMARY:
		ring->missed_signals++;
		break;
	}
	ring->missed++;
}

/**
 * sigtrail_ring_forget_unsent - nobody hears what was not multicast
 * @ring: the ring
 *
 * Context: any, with the ring's lock held.
 */
noinline void sigtrail_ring_forget_unsent(struct sigtrail_ring *ring)
{
	u32 share;

	for (share = 0; share < SIGTRAIL_SHARES; share++)
		ring->part[share].unsent = 0;
	ring->backlog = 0;
}

static bool sigtrail_ring_add(struct sigtrail_ring *ring, u32 share,
			      struct sigtrail_record *rec)
{
	struct sigtrail_part *part = &ring->part[share];
	struct sigtrail_box_slot *slot;

	sigtrail_last_close(ring, part);
	sigtrail_last_forget(part);
	slot = sigtrail_part_slot(ring, part);
	rec->seq = ring->next;
	if (share != SIGTRAIL_SHARE_COMMON)
		rec->flags |= SIGTRAIL_FLAG_SHARE;
	sigtrail_slot_write(slot, &part->names, ring->next, rec);
	sigtrail_part_end(part);
	ring->next++;
	return sigtrail_ring_hears(ring, part);
}

/**
 * sigtrail_ring_push - add a record that is not a signal's
 * @ring: the ring
 * @share: its share
 * @rec: the record; gets its number
 *
 * Context: any but NMI.
 * Return: whether the relay is to be kicked.
 */
bool sigtrail_ring_push(struct sigtrail_ring *ring, u32 share,
			struct sigtrail_record *rec)
{
	unsigned long flags;
	bool kick = false;

	raw_spin_lock_irqsave(&ring->lock, flags);
	if (ring->box && sigtrail_ring_add(ring, share, rec))
		kick = sigtrail_ring_kicks(ring);
	raw_spin_unlock_irqrestore(&ring->lock, flags);

	return kick;
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
	added = ring->box;
	if (added)
		sigtrail_ring_add(ring, SIGTRAIL_SHARE_COMMON, rec);
	raw_spin_unlock_irqrestore(&ring->lock, flags);

	return added;
}

/**
 * sigtrail_ring_hear - check for listeners with the next record
 * @ring: the ring
 *
 * For a dump: a client that joins the group and then dumps the ring gets every
 * signal. So no record that nobody heard goes on counting.
 *
 * Context: any but NMI.
 */
void sigtrail_ring_hear(struct sigtrail_ring *ring)
{
	unsigned long flags;
	u32 share;

	raw_spin_lock_irqsave(&ring->lock, flags);
	ring->unheard = jiffies - 1;
	for (share = 0; share < SIGTRAIL_SHARES; share++)
		if (!ring->part[share].unsent)
			sigtrail_last_close(ring, &ring->part[share]);
	raw_spin_unlock_irqrestore(&ring->lock, flags);
}

/*
 * A slot has the lower 32 bits of its record's number. A user's part has 64 slots: if
 * none is further than this from the next one, their numbers are not ambiguous.
 */
#define SIGTRAIL_PART_AGE BIT(24)

/* Forgets the slots of the common part that are half of the numbers away. */
static void sigtrail_part_age(const struct sigtrail_ring *ring,
			      struct sigtrail_part *part)
{
	while (part->filled > part->unsent &&
	       (u32)ring->next -
	       part->slots[sigtrail_part_back(part, part->filled)].seq >= BIT(31))
		part->filled--;
}

/**
 * sigtrail_ring_age - give up records that are too old for their numbers
 * @ring: the ring, which has memory
 *
 * Called every few seconds, so that none is further away than that, and a few numbers.
 *
 * Context: any, with the ring's lock held.
 */
void sigtrail_ring_age(struct sigtrail_ring *ring)
{
	u32 share;

	sigtrail_part_age(ring, &ring->part[SIGTRAIL_SHARE_COMMON]);
	for (share = SIGTRAIL_SHARE_COMMON + 1; share < SIGTRAIL_SHARES; share++) {
		struct sigtrail_part *part = &ring->part[share];

		if (!part->filled ||
		    ring->next - sigtrail_part_newest(part) < SIGTRAIL_PART_AGE)
			continue;
		sigtrail_last_close(ring, part);
		sigtrail_last_forget(part);
		while (part->unsent)
			sigtrail_part_lose(ring, part);
		memset(part->slots, 0, part->size * sizeof(*part->slots));
		part->place = 0;
		part->filled = 0;
	}
}
