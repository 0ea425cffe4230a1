// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: how a record is read from the ring's memory, and whether it is whole.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "line.h"
#include "slot.h"

static void sigtrail_exit_read(struct sigtrail_record *rec,
			       const struct sigtrail_box_slot *slot)
{
	rec->signal = 0;
	rec->outcome = 0;
	rec->scope = 0;
	rec->status = slot->value & U16_MAX;
	rec->peak_rss = slot->peak_rss;
	rec->target.tid = slot->target_pid;
	rec->run_time = slot->signal | slot->outcome << 8 | slot->scope << 16 |
			(u64)(slot->value >> 16) << 24;
	rec->since_first = slot->since_first;
	rec->since_last = slot->since_last;
}

/* Its context is its target. */
static void sigtrail_slot_read_fault(struct sigtrail_record *rec,
				     const struct sigtrail_box_slot *slot)
{
	rec->fault_address = slot->fault_address;
	rec->fault_pc = slot->fault_pc;
	rec->sender = rec->target;
}

static const __u16 *sigtrail_slot_places(const struct sigtrail_box_slot *slot)
{
	return slot->kind == SIGTRAIL_KIND_SURVIVOR ? slot->wait : slot->text;
}

/**
 * sigtrail_slot_read - make a record of a slot
 * @rec: gets it
 * @slot: a slot that is whole
 * @seq: the record's number
 * @names: the names
 */
void sigtrail_slot_read(struct sigtrail_record *rec,
			const struct sigtrail_box_slot *slot, u64 seq,
			const struct sigtrail_name_list *names)
{
	u32 kind = slot->kind;
	int i;

	memset(rec, 0, sizeof(*rec));
	rec->seq = seq;
	rec->time = slot->time;
	rec->kind = kind;
	rec->signal = slot->signal;
	rec->outcome = slot->outcome;
	rec->scope = slot->scope;
	rec->flags = slot->flags;
	if (sigtrail_has_sender(kind, rec->flags)) {
		rec->sender.pid = slot->sender_pid;
		rec->sender.tid = slot->sender_tid;
		rec->sender.uid = slot->sender_uid;
		rec->parent.pid = slot->parent_pid;
		sigtrail_task_read(&rec->sender, names,
				   slot->name[SIGTRAIL_BOX_SENDER]);
		sigtrail_line_read(rec, names, slot->name[SIGTRAIL_BOX_PARENT]);
	}
	if (sigtrail_kind_has_target(kind)) {
		rec->target.pid = slot->target_pid;
		rec->target.tid = slot->target_tid;
		sigtrail_task_read(&rec->target, names,
				   slot->name[SIGTRAIL_BOX_TARGET]);
	}
	if (sigtrail_kind_has_text(kind)) {
		for (i = 0; i < SIGTRAIL_BOX_TEXT; i++)
			memcpy(rec->text + i * SIGTRAIL_NAME_LEN,
			       sigtrail_name_at(names, sigtrail_slot_places(slot)[i]),
			       SIGTRAIL_NAME_LEN);
		rec->text[SIGTRAIL_TEXT_LEN - 1] = '\0';
	}

	switch (kind) {
	case SIGTRAIL_KIND_SIGNAL:
	case SIGTRAIL_KIND_SUMMARY:
		rec->code = slot->value;
		if (rec->flags & SIGTRAIL_FLAG_FAULT)
			sigtrail_slot_read_fault(rec, slot);
		break;
	case SIGTRAIL_KIND_EXIT:
		sigtrail_exit_read(rec, slot);
		break;
	case SIGTRAIL_KIND_REBOOT:
		rec->reboot_code = slot->value & U16_MAX;
		rec->survivors = slot->value >> 16;
		break;
	case SIGTRAIL_KIND_SURVIVOR:
		rec->state = slot->signal;
		break;
	}
}

/**
 * sigtrail_slot_read_repeats - read how many signals a record stands for
 * @rec: the record; gets count and time of the last one
 * @slot: a slot of kind SIGTRAIL_BOX_REPEATS that is whole, or the record's
 */
void sigtrail_slot_read_repeats(struct sigtrail_record *rec,
				const struct sigtrail_box_slot *slot)
{
	const struct sigtrail_box_repeats *repeats = (const void *)slot;

	BUILD_BUG_ON(sizeof(*repeats) != sizeof(*slot));
	BUILD_BUG_ON(offsetof(typeof(*repeats), kind) !=
		     offsetof(typeof(*slot), kind));
	rec->count = repeats->count;
	rec->time_last = repeats->time_last;
}

/* Adds the check of the nth name. Returns false if there is no such name. */
static bool sigtrail_name_add(u32 *sum, u32 salt,
			      const struct sigtrail_name_list *names, u32 place,
			      u32 nth)
{
	u32 word[SIGTRAIL_NAME_WORDS];
	u32 check;

	if (place >= names->count)
		return false;
	if (nth == SIGTRAIL_BOX_PARENT) {
		if (!sigtrail_line_check(&check, salt, names, place))
			return false;
	} else {
		memcpy(word, sigtrail_name_at(names, place), sizeof(word));
		check = sigtrail_name_check(salt, word, NULL, 0);
	}
	*sum += rol32(check, 5 * nth);
	return true;
}

/**
 * sigtrail_slot_whole - is a slot as it was written, with its names?
 * @slot: the slot, of any content
 * @salt: that of the ring
 * @names: the names, of any content
 *
 * Return: whether it is, and a record of a kind that is known.
 */
bool sigtrail_slot_whole(const struct sigtrail_box_slot *slot, u32 salt,
			 const struct sigtrail_name_list *names)
{
	u32 word[sizeof(*slot) / sizeof(u32)];
	u32 check = salt;
	u32 sum = 0;
	u32 i;

	if (slot->kind > SIGTRAIL_KIND_SUMMARY &&
	    slot->kind != SIGTRAIL_BOX_REPEATS)
		return false;
	memcpy(word, slot, sizeof(word));
	for (i = 1; i < ARRAY_SIZE(word); i++)
		check = sigtrail_check_word(check, word[i]);
	for (i = 0; i < SIGTRAIL_BOX_ROLES; i++)
		if (!sigtrail_name_add(&sum, salt, names, slot->name[i], i))
			return false;
	if (sigtrail_kind_has_text(slot->kind))
		for (i = 0; i < SIGTRAIL_BOX_TEXT; i++)
			if (!sigtrail_name_add(&sum, salt, names,
					       sigtrail_slot_places(slot)[i],
					       SIGTRAIL_BOX_ROLES + i))
				return false;
	return sigtrail_check_word(check, sum) == slot->check;
}
