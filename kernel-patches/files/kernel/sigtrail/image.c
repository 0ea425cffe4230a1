// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: an image of a black box, of which nothing is believed: what is whole in
 * it, and in which order.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/swab.h>

#include "internal.h"

static const struct sigtrail_box *
sigtrail_previous_box(const struct sigtrail_previous *previous)
{
	return previous->image;
}

/* A part of an image. */
struct sigtrail_previous_part {
	struct sigtrail_name_list names;
	const struct sigtrail_box_slot *slots;
	u32 size;
};

static struct sigtrail_previous_part
sigtrail_previous_part(const struct sigtrail_previous *previous, u32 share)
{
	const struct sigtrail_box_header *h =
		&sigtrail_previous_box(previous)->header;
	struct sigtrail_previous_part part = {
		.names = {
			.first = previous->image + sizeof(struct sigtrail_box),
			.stride = sizeof(struct sigtrail_box_name),
			.count = share ? h->user_names : h->names,
		},
		.size = share ? h->user_slots : h->slots,
	};

	if (share)
		part.names.first += sigtrail_part_bytes(h->slots, h->names) +
				    (share - 1) *
				    sigtrail_part_bytes(h->user_slots,
							h->user_names);
	part.slots = part.names.first + part.names.count * part.names.stride;
	return part;
}

static bool sigtrail_check_is(u32 check, u32 salt, const void *from,
			      size_t bytes)
{
	return check == sigtrail_box_check(salt, from, bytes);
}

/**
 * sigtrail_is_whole - is a struct that begins with its check as it was written?
 * @what: the struct
 * @bytes: its size
 * @salt: that of the memory
 *
 * Return: whether it is.
 */
bool sigtrail_is_whole(const void *what, size_t bytes, u32 salt)
{
	return sigtrail_check_is(*(const u32 *)what, salt, what + sizeof(u32),
				 bytes - sizeof(u32));
}

/**
 * sigtrail_box_judge - what is in memory that may be a black box?
 * @box: the memory
 * @bytes: its size
 *
 * Return: enum sigtrail_box_found.
 */
u32 sigtrail_box_judge(const struct sigtrail_box *box, u32 bytes)
{
	struct sigtrail_box_header header;
	u64 needed;

	memcpy(&header, &box->header, sizeof(header));
	if (header.magic == swab32(SIGTRAIL_BOX_MAGIC))
		return SIGTRAIL_FOUND_FOREIGN;
	if (header.magic != SIGTRAIL_BOX_MAGIC)
		return SIGTRAIL_FOUND_NOTHING;
	if (header.layout != SIGTRAIL_BOX_LAYOUT)
		return SIGTRAIL_FOUND_FOREIGN;
	if (!sigtrail_check_is(header.check, header.salt, &header,
			       offsetof(typeof(header), check)))
		return SIGTRAIL_FOUND_DAMAGED;
	needed = sizeof(*box) +
		 sigtrail_part_bytes(header.slots, header.names) +
		 SIGTRAIL_BOX_USERS *
		 sigtrail_part_bytes(header.user_slots, header.user_names);
	/* An odd number of names would misalign the slots. */
	if (header.size != bytes || needed > bytes || !header.names ||
	    !header.slots || !header.user_names || !header.user_slots ||
	    (header.names | header.user_names) & 1)
		return SIGTRAIL_FOUND_FOREIGN;
	return SIGTRAIL_FOUND_RECORDS;
}

/**
 * sigtrail_previous_alive - when was that boot last known to be alive?
 * @previous: the image
 *
 * Return: the later one of the two moments that is whole, or NULL.
 */
const struct sigtrail_box_alive *
sigtrail_previous_alive(const struct sigtrail_previous *previous)
{
	const struct sigtrail_box *box = sigtrail_previous_box(previous);
	const struct sigtrail_box_alive *found = NULL;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(box->alive); i++) {
		const struct sigtrail_box_alive *alive = &box->alive[i];

		/* The numbers of the dump must not wrap. */
		if (alive->count && alive->seq <= S64_MAX &&
		    sigtrail_is_whole(alive, sizeof(*alive), box->header.salt) &&
		    (!found || alive->count > found->count))
			found = alive;
	}
	return found;
}

static u64 sigtrail_previous_seq(const struct sigtrail_previous *previous,
				 const struct sigtrail_box_slot *slot)
{
	return previous->near + (s32)(slot->seq - (u32)previous->near);
}

/* Up to the last slot that is not empty. */
static u32 sigtrail_previous_used(const struct sigtrail_previous_part *part)
{
	u32 used = part->size;

	while (used && !memchr_inv(&part->slots[used - 1], 0,
				   sizeof(*part->slots)))
		used--;
	return used;
}

/*
 * Is a slot whole, and of a number that can be? In the memory of a new box a number
 * can seem to be before the first one.
 */
static bool sigtrail_previous_whole(const struct sigtrail_previous *previous,
				    const struct sigtrail_previous_part *part,
				    u32 place)
{
	const struct sigtrail_box_slot *slot = &part->slots[place];

	return (s64)sigtrail_previous_seq(previous, slot) > 0 &&
	       sigtrail_slot_whole(slot, sigtrail_previous_box(previous)->header.salt,
				   &part->names);
}

/* Number of the oldest record of a part that has its names. */
static u64 sigtrail_previous_kept(const struct sigtrail_previous *previous,
				  u32 share)
{
	const struct sigtrail_box *box = sigtrail_previous_box(previous);
	const struct sigtrail_box_kept *kept = &box->kept[share];

	return sigtrail_is_whole(kept, sizeof(*kept), box->header.salt) ?
		       kept->seq : 1;
}

/*
 * Which slots of a part are whole? Those before @kept need not be: their names may
 * have changed. Returns the place of the oldest one.
 */
static u32 sigtrail_previous_check(struct sigtrail_previous *previous,
				   const struct sigtrail_previous_part *part,
				   u32 used, u64 kept)
{
	u64 seq, first = U64_MAX;
	u32 place, oldest = 0;

	for (place = 0; place < used; place++) {
		previous->whole[place] =
			sigtrail_previous_whole(previous, part, place);
		seq = sigtrail_previous_seq(previous, &part->slots[place]);
		if (!previous->whole[place]) {
			previous->damaged += (s64)seq >= (s64)kept;
			continue;
		}
		/* The count of the oldest one may be in the first slot. */
		if (seq < first ||
		    (seq == first &&
		     part->slots[place].kind != SIGTRAIL_BOX_REPEATS)) {
			first = seq;
			oldest = place;
		}
	}
	return oldest;
}

/*
 * Lists the records of a part, from the oldest one on, at the end of all places. What
 * is not in order is damaged.
 */
static void sigtrail_previous_list(struct sigtrail_previous *previous, u32 share)
{
	const struct sigtrail_previous_part part =
		sigtrail_previous_part(previous, share);
	struct sigtrail_previous_run *run = &previous->run[share];
	u32 used = sigtrail_previous_used(&part);
	u64 kept = sigtrail_previous_kept(previous, share);
	u32 place = sigtrail_previous_check(previous, &part, used, kept);
	u64 seq, last = 0;
	u32 i;

	run->places = previous->places + previous->records;
	run->count = 0;
	for (i = 0; i < used; i++, place = place + 1 < used ? place + 1 : 0) {
		seq = sigtrail_previous_seq(previous, &part.slots[place]);
		if (!previous->whole[place] || seq < kept ||
		    part.slots[place].kind == SIGTRAIL_BOX_REPEATS)
			continue;
		if (seq <= last) {
			previous->damaged++;
			continue;
		}
		last = seq;
		run->places[run->count++] = place;
	}
	previous->records += run->count;
	previous->last = max(previous->last, last);
}

/**
 * sigtrail_previous_extra - the memory that the list of an image's records needs
 * @bytes: size of the image
 *
 * Return: the number of bytes.
 */
u32 sigtrail_previous_extra(u32 bytes)
{
	return bytes / sizeof(struct sigtrail_box_slot) *
	       (sizeof(u32) + sizeof(bool));
}

/**
 * sigtrail_previous_count - list and count the records of an image
 * @previous: the image, with @extra; gets the counts
 * @extra: memory of sigtrail_previous_extra()
 */
void sigtrail_previous_count(struct sigtrail_previous *previous, void *extra)
{
	const struct sigtrail_box *box = sigtrail_previous_box(previous);
	const struct sigtrail_box_alive *alive =
		sigtrail_previous_alive(previous);
	u32 share;

	previous->places = extra;
	previous->whole = extra + box->header.size /
				  sizeof(struct sigtrail_box_slot) * sizeof(u32);
	if (alive)
		previous->near = alive->seq;
	previous->last = previous->near;
	for (share = 0; share < SIGTRAIL_SHARES; share++)
		sigtrail_previous_list(previous, share);
	previous->fault = (box->fault.kind == SIGTRAIL_KIND_OOPS ||
			   box->fault.kind == SIGTRAIL_KIND_PANIC) &&
			  sigtrail_is_whole(&box->fault, sizeof(box->fault),
					    box->header.salt);
	previous->records += previous->fault;
}

static void sigtrail_fault_read(const struct sigtrail_box_fault *fault, u64 seq,
				struct sigtrail_record *rec)
{
	memset(rec, 0, sizeof(*rec));
	rec->seq = seq;
	rec->time = fault->time;
	rec->kind = fault->kind;
	rec->flags = SIGTRAIL_FLAG_KERNEL;
	rec->sender.pid = fault->pid;
	rec->sender.tid = fault->tid;
	memcpy(rec->sender.name, fault->name, sizeof(rec->sender.name));
	rec->sender.name[SIGTRAIL_NAME_LEN - 1] = '\0';
	memcpy(rec->text, fault->text, sizeof(rec->text));
	rec->text[SIGTRAIL_TEXT_LEN - 1] = '\0';
}

/* The place of a part's first record from a number on; false if there is none. */
static bool sigtrail_previous_find(const struct sigtrail_previous *previous,
				   const struct sigtrail_previous_part *part,
				   u32 share, u64 seq, u32 *place)
{
	const struct sigtrail_previous_run *run = &previous->run[share];
	u32 low = 0, high = run->count;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (sigtrail_previous_seq(previous,
					  &part->slots[run->places[middle]]) < seq)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == run->count)
		return false;
	*place = run->places[low];
	return true;
}

static void sigtrail_previous_copy(const struct sigtrail_previous *previous,
				   const struct sigtrail_previous_part *part,
				   u32 place, struct sigtrail_record *rec)
{
	const struct sigtrail_box_slot *slot = &part->slots[place];
	const struct sigtrail_box_slot *next =
		&part->slots[place + 1 < part->size ? place + 1 : 0];

	sigtrail_slot_read(rec, slot, sigtrail_previous_seq(previous, slot),
			   &part->names);
	if (next->kind == SIGTRAIL_BOX_REPEATS && next->seq == slot->seq &&
	    sigtrail_slot_whole(next, sigtrail_previous_box(previous)->header.salt,
				&part->names))
		sigtrail_slot_read_repeats(rec, next);
}

/**
 * sigtrail_previous_get - copy the record with a number, or else the next one
 * @previous: the image, with its list
 * @seq: the number
 * @rec: gets the record
 *
 * Return: false if there is none.
 */
bool sigtrail_previous_get(const struct sigtrail_previous *previous, u64 seq,
			   struct sigtrail_record *rec)
{
	const struct sigtrail_box *box = sigtrail_previous_box(previous);
	struct sigtrail_previous_part part, from;
	u64 found, first = U64_MAX;
	u32 share, place, at;

	for (share = 0; share < SIGTRAIL_SHARES; share++) {
		part = sigtrail_previous_part(previous, share);
		if (!sigtrail_previous_find(previous, &part, share, seq, &place))
			continue;
		found = sigtrail_previous_seq(previous, &part.slots[place]);
		if (found < first) {
			first = found;
			from = part;
			at = place;
		}
	}
	if (first != U64_MAX) {
		sigtrail_previous_copy(previous, &from, at, rec);
		return true;
	}
	if (!previous->fault || seq > previous->last + 1)
		return false;
	sigtrail_fault_read(&box->fault, previous->last + 1, rec);
	return true;
}
