// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the records that outlived the last reset. They are copied before the
 * ring is cleared, and stay until the daemon has stored them, or forever.
 */
#include <linux/init.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/swab.h>
#include <linux/vmalloc.h>
#include <net/netlink.h>

#include "internal.h"

static struct sigtrail_previous sigtrail_previous;

/* Protects sigtrail_previous against being freed during a dump. */
static DEFINE_MUTEX(sigtrail_previous_mutex);

static const struct sigtrail_box *
sigtrail_previous_box(const struct sigtrail_previous *previous)
{
	return previous->image;
}

static struct sigtrail_name_list
sigtrail_previous_names(const struct sigtrail_previous *previous)
{
	const struct sigtrail_box *box = previous->image;

	return (struct sigtrail_name_list) {
		.first = box + 1,
		.stride = SIGTRAIL_NAME_LEN,
		.count = box->header.names,
	};
}

static const struct sigtrail_box_slot *
sigtrail_previous_slots(const struct sigtrail_previous *previous)
{
	const struct sigtrail_box *box = previous->image;

	return (const void *)(box + 1) + box->header.names * SIGTRAIL_NAME_LEN;
}

static bool sigtrail_check_is(u32 check, u32 salt, const void *from,
			      size_t bytes)
{
	return check == sigtrail_box_check(salt, from, bytes);
}

/* Is a struct that begins with its check as it was written? */
static bool sigtrail_is_whole(const void *what, size_t bytes, u32 salt)
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
	needed = sizeof(*box) + (u64)header.names * SIGTRAIL_NAME_LEN +
		 (u64)header.slots * sizeof(struct sigtrail_box_slot);
	if (header.size != bytes || needed > bytes || !header.names ||
	    !header.slots)
		return SIGTRAIL_FOUND_FOREIGN;
	return SIGTRAIL_FOUND_RECORDS;
}

/* The later one of the two moments that is whole, or NULL. */
static const struct sigtrail_box_alive *
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

/* The slot of a number that is close to @near. */
static u32 sigtrail_previous_place(const struct sigtrail_previous *previous,
				   u64 seq)
{
	u32 slots = sigtrail_previous_box(previous)->header.slots;
	s32 away = seq - previous->near;

	/* No division of 64 bits for each slot. */
	if (away >= 0)
		return (previous->near_place + (u32)away % slots) % slots;
	return (previous->near_place + slots - -(u32)away % slots) % slots;
}

/* The number of a slot's record, 0 if the slot is not whole, or not that number's. */
static u64 sigtrail_previous_seq(const struct sigtrail_previous *previous,
				 u32 place)
{
	const struct sigtrail_box *box = sigtrail_previous_box(previous);
	const struct sigtrail_box_slot *slot =
		&sigtrail_previous_slots(previous)[place];
	const struct sigtrail_name_list names =
		sigtrail_previous_names(previous);
	u64 seq = previous->near + (s32)(slot->seq - (u32)previous->near);

	/* A box that is new, and a number before the first one. */
	if ((s64)seq <= 0 || sigtrail_previous_place(previous, seq) != place)
		return 0;
	return sigtrail_slot_whole(slot, box->header.salt, &names) ? seq : 0;
}

/*
 * Counts the slots after the newest record in the first lap that are not empty: a
 * record that was torn by the reset, or damage.
 */
static u32 sigtrail_previous_torn(const struct sigtrail_previous *previous)
{
	const struct sigtrail_box *box = sigtrail_previous_box(previous);
	const struct sigtrail_box_slot *slots =
		sigtrail_previous_slots(previous);
	u32 torn = 0;
	u64 place;

	for (place = previous->last; place < box->header.slots; place++)
		if (memchr_inv(&slots[place], 0, sizeof(*slots)))
			torn++;
	return torn;
}

/* The oldest number that the ring can have, up to the one after the newest. */
static u64 sigtrail_previous_first(const struct sigtrail_previous *previous)
{
	const struct sigtrail_box *box = sigtrail_previous_box(previous);
	u64 first = 1;

	if (previous->last > box->header.slots)
		first = previous->last - box->header.slots + 1;
	if (sigtrail_is_whole(&box->kept, sizeof(box->kept), box->header.salt))
		first = max(first, box->kept.seq);
	return min(first, previous->last + 1);
}

/**
 * sigtrail_previous_count - count the records of an image
 * @previous: the image; gets the counts
 *
 * A record is damaged if the ring kept one of that number when it was last written,
 * and its slot is not whole now.
 */
void sigtrail_previous_count(struct sigtrail_previous *previous)
{
	const struct sigtrail_box *box = sigtrail_previous_box(previous);
	const struct sigtrail_box_alive *alive =
		sigtrail_previous_alive(previous);
	u64 oldest = U64_MAX, seq;
	u32 i;

	if (alive)
		previous->near = alive->seq;
	if (previous->near)
		div_u64_rem(previous->near - 1, box->header.slots,
			    &previous->near_place);
	else	/* the place before that of number 1 */
		previous->near_place = box->header.slots - 1;
	previous->last = previous->near;

	for (i = 0; i < box->header.slots; i++) {
		seq = sigtrail_previous_seq(previous, i);
		if (!seq)
			continue;
		previous->records++;
		previous->last = max(previous->last, seq);
		oldest = min(oldest, seq);
	}
	previous->first = sigtrail_previous_first(previous);
	/* Whole, but given up for a name, or stale. */
	for (i = 0; oldest < previous->first && i < box->header.slots; i++) {
		seq = sigtrail_previous_seq(previous, i);
		if (seq && seq < previous->first)
			previous->records--;
	}
	previous->damaged = sigtrail_previous_torn(previous) +
			    previous->last + 1 - previous->first -
			    previous->records;
	previous->fault = (box->fault.kind == SIGTRAIL_KIND_OOPS ||
			   box->fault.kind == SIGTRAIL_KIND_PANIC) &&
			  sigtrail_is_whole(&box->fault, sizeof(box->fault),
					    box->header.salt);
	previous->records += previous->fault;
}

/**
 * sigtrail_previous_keep - copy what is in the black box
 * @memory: the black box
 * @bytes: its size
 *
 * Context: may sleep.
 * Return: the old salt, so that the new one can be another; 0 if there is none.
 */
u32 __init sigtrail_previous_keep(void *memory, u32 bytes)
{
	struct sigtrail_previous *previous = &sigtrail_previous;

	previous->found = sigtrail_box_judge(memory, bytes);
	if (previous->found != SIGTRAIL_FOUND_RECORDS)
		return 0;
	previous->image = vmalloc(bytes);
	if (!previous->image) {
		pr_err("sigtrail: no memory for the records of the boot before\n");
		return 0;
	}
	memcpy(previous->image, memory, bytes);
	sigtrail_previous_count(previous);
	pr_info("sigtrail: the black box has %u records of the boot before, and %u damaged ones\n",
		previous->records, previous->damaged);
	return sigtrail_previous_box(previous)->header.salt;
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

/**
 * sigtrail_previous_get - copy the record with a number, or else the next one
 * @previous: the image
 * @seq: the number
 * @rec: gets the record
 *
 * Return: false if there is none.
 */
bool sigtrail_previous_get(const struct sigtrail_previous *previous, u64 seq,
			   struct sigtrail_record *rec)
{
	const struct sigtrail_box *box = sigtrail_previous_box(previous);
	const struct sigtrail_name_list names =
		sigtrail_previous_names(previous);
	u32 place;

	for (seq = max(seq, previous->first); seq <= previous->last; seq++) {
		div_u64_rem(seq - 1, box->header.slots, &place);
		if (sigtrail_previous_seq(previous, place) != seq) {
			cond_resched();
			continue;
		}
		sigtrail_slot_read(rec, &sigtrail_previous_slots(previous)[place],
				   seq, &names);
		return true;
	}
	if (!previous->fault || seq > previous->last + 1)
		return false;
	sigtrail_fault_read(&box->fault, previous->last + 1, rec);
	return true;
}

/**
 * sigtrail_previous_read - sigtrail_previous_get() of what was kept at boot
 * @seq: the number
 * @rec: gets the record
 *
 * Context: may sleep.
 * Return: false if there is none, or they have been freed.
 */
bool sigtrail_previous_read(u64 seq, struct sigtrail_record *rec)
{
	bool found;

	mutex_lock(&sigtrail_previous_mutex);
	found = sigtrail_previous.image &&
		sigtrail_previous_get(&sigtrail_previous, seq, rec);
	mutex_unlock(&sigtrail_previous_mutex);

	return found;
}

/**
 * sigtrail_previous_free - free what was kept at boot
 *
 * Context: may sleep.
 */
void sigtrail_previous_free(void)
{
	mutex_lock(&sigtrail_previous_mutex);
	vfree(sigtrail_previous.image);
	sigtrail_previous.image = NULL;
	mutex_unlock(&sigtrail_previous_mutex);
}

static int sigtrail_previous_put_clocks(struct sk_buff *skb)
{
	const struct sigtrail_box_alive *alive =
		sigtrail_previous_alive(&sigtrail_previous);

	if (!alive)
		return 0;
	if (sigtrail_put_u64(skb, SIGTRAIL_ATTR_PREVIOUS_SEQ, alive->seq) ||
	    sigtrail_put_u64(skb, SIGTRAIL_ATTR_PREVIOUS_LOCAL, alive->local) ||
	    sigtrail_put_u64(skb, SIGTRAIL_ATTR_PREVIOUS_BOOTTIME,
			     alive->boottime) ||
	    sigtrail_put_u64(skb, SIGTRAIL_ATTR_PREVIOUS_REALTIME,
			     alive->realtime))
		return -EMSGSIZE;
	return 0;
}

static int sigtrail_previous_put_boot(struct sk_buff *skb)
{
	const struct sigtrail_box *box =
		sigtrail_previous_box(&sigtrail_previous);
	char id[SIGTRAIL_BOOT_ID_LEN];

	if (!sigtrail_is_whole(&box->boot, sizeof(box->boot), box->header.salt))
		return 0;
	memcpy(id, box->boot.id, sizeof(id));
	id[sizeof(id) - 1] = '\0';
	return nla_put_string(skb, SIGTRAIL_ATTR_PREVIOUS_BOOT_ID, id);
}

/**
 * sigtrail_previous_put - add what was found at boot to a message
 * @skb: the message
 *
 * Context: may sleep.
 * Return: 0, or -EMSGSIZE.
 */
int sigtrail_previous_put(struct sk_buff *skb)
{
	const struct sigtrail_previous *previous = &sigtrail_previous;
	int err;

	err = nla_put_u32(skb, SIGTRAIL_ATTR_BOX_FOUND, previous->found);
	if (err)
		return err;
	mutex_lock(&sigtrail_previous_mutex);
	if (previous->image)
		err = nla_put_u32(skb, SIGTRAIL_ATTR_PREVIOUS_RECORDS,
				  previous->records) ?:
		      nla_put_u32(skb, SIGTRAIL_ATTR_PREVIOUS_DAMAGED,
				  previous->damaged) ?:
		      sigtrail_previous_put_clocks(skb) ?:
		      sigtrail_previous_put_boot(skb);
	mutex_unlock(&sigtrail_previous_mutex);

	return err;
}
