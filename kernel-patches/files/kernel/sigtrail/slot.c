// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: a record as the ring's memory has it.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "slot.h"

/* Does a record of this kind have a text? It may be empty. */
static bool sigtrail_kind_has_text(u32 kind)
{
	return kind != SIGTRAIL_KIND_SIGNAL && kind != SIGTRAIL_KIND_EXIT &&
	       kind != SIGTRAIL_KIND_SUMMARY && kind != SIGTRAIL_BOX_REPEATS;
}

/* Does a record of this kind have a sender? */
static bool sigtrail_kind_has_sender(u32 kind)
{
	return kind != SIGTRAIL_KIND_EXIT && kind != SIGTRAIL_KIND_SURVIVOR;
}

/* Does a record of this kind have a target? */
static bool sigtrail_kind_has_target(u32 kind)
{
	return kind == SIGTRAIL_KIND_SIGNAL || kind == SIGTRAIL_KIND_EXIT ||
	       kind == SIGTRAIL_KIND_SURVIVOR || kind == SIGTRAIL_KIND_SUMMARY;
}

static const struct sigtrail_name *
sigtrail_name_of(struct sigtrail_names *names, const char *name)
{
	u32 word[SIGTRAIL_NAME_WORDS];

	memcpy(word, name, sizeof(word));
	return sigtrail_name_find(names, word);
}

static void sigtrail_draft_text(struct sigtrail_draft *d, u32 kind,
				const struct sigtrail_name **text)
{
	u32 first = sigtrail_word_of_halves(text[0]->place, text[1]->place);
	u32 second = sigtrail_word_of_halves(text[2]->place, text[3]->place);

	BUILD_BUG_ON(SIGTRAIL_BOX_TEXT != 4);
	if (kind == SIGTRAIL_KIND_SURVIVOR) {
		d->sender_pid = first;
		d->sender_tid = second;
	} else {
		d->target_pid = first;
		d->target_tid = second;
	}
}

static void sigtrail_draft_sender(struct sigtrail_draft *d,
				  struct sigtrail_names *names,
				  const struct sigtrail_record *rec)
{
	d->sender_pid = rec->sender.pid;
	d->sender_tid = rec->sender.tid;
	d->sender_uid = rec->sender.uid;
	d->parent_pid = rec->parent.pid;
	d->sender = sigtrail_name_of(names, rec->sender.name);
	d->parent = sigtrail_name_of(names, rec->parent.name);
}

static void sigtrail_draft_exit(struct sigtrail_draft *d,
				const struct sigtrail_record *rec)
{
	u32 word[2];

	d->value = rec->status;
	sigtrail_words_of_u64(word, rec->since_first);
	d->sender_pid = word[0];
	d->sender_tid = word[1];
	sigtrail_words_of_u64(word, rec->since_last);
	d->sender_uid = word[0];
	d->parent_pid = word[1];
}

/**
 * sigtrail_slot_write - write a slot of any kind
 * @slot: the slot
 * @names: the table of names
 * @seq: the record's number
 * @rec: the record; its count is not written
 *
 * Context: any, with the ring's lock held.
 */
void sigtrail_slot_write(struct sigtrail_box_slot *slot,
			 struct sigtrail_names *names, u64 seq,
			 const struct sigtrail_record *rec)
{
	struct sigtrail_draft d = {
		.time = rec->time,
		.what = sigtrail_what(rec->kind, rec->signal, rec->outcome,
				      rec->scope),
		.flags = rec->flags,
		.sender = names->table,
		.parent = names->table,
		.target = names->table,
	};
	const struct sigtrail_name *text[SIGTRAIL_BOX_TEXT];
	bool has_text = sigtrail_kind_has_text(rec->kind);
	u32 check, sum, i;

	if (sigtrail_kind_has_sender(rec->kind))
		sigtrail_draft_sender(&d, names, rec);
	if (sigtrail_kind_has_target(rec->kind)) {
		d.target_pid = rec->target.pid;
		d.target_tid = rec->target.tid;
		d.target = sigtrail_name_of(names, rec->target.name);
	}
	switch (rec->kind) {
	case SIGTRAIL_KIND_SIGNAL:
	case SIGTRAIL_KIND_SUMMARY:
		d.value = rec->code;
		break;
	case SIGTRAIL_KIND_EXIT:
		sigtrail_draft_exit(&d, rec);
		break;
	case SIGTRAIL_KIND_REBOOT:
		d.value = rec->reboot_code |
			  min_t(u32, rec->survivors, U16_MAX) << 16;
		break;
	}
	if (has_text) {
		for (i = 0; i < SIGTRAIL_BOX_TEXT; i++)
			text[i] = sigtrail_name_of(names,
						   rec->text + i * SIGTRAIL_NAME_LEN);
		sigtrail_draft_text(&d, rec->kind, text);
	}

	check = sigtrail_slot_put(slot, names->salt, seq, &d);
	sum = sigtrail_names_sum(d.sender, d.parent, d.target);
	if (has_text)
		for (i = 0; i < SIGTRAIL_BOX_TEXT; i++)
			sum += rol32(text[i]->check,
				     5 * (SIGTRAIL_BOX_ROLES + i));
	slot->check = sigtrail_check_word(check, sum);
}

static const void *sigtrail_name_at(const struct sigtrail_name_list *names,
				    u32 place)
{
	return names->first + place * names->stride;
}

static void sigtrail_name_read(char *to, const struct sigtrail_name_list *names,
			       u32 place)
{
	memcpy(to, sigtrail_name_at(names, place), SIGTRAIL_NAME_LEN);
	to[SIGTRAIL_NAME_LEN - 1] = '\0';
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
	if (sigtrail_kind_has_sender(kind)) {
		rec->sender.pid = slot->sender_pid;
		rec->sender.tid = slot->sender_tid;
		rec->sender.uid = slot->sender_uid;
		rec->parent.pid = slot->parent_pid;
		sigtrail_name_read(rec->sender.name, names,
				   slot->name[SIGTRAIL_BOX_SENDER]);
		sigtrail_name_read(rec->parent.name, names,
				   slot->name[SIGTRAIL_BOX_PARENT]);
	}
	if (sigtrail_kind_has_target(kind)) {
		rec->target.pid = slot->target_pid;
		rec->target.tid = slot->target_tid;
		sigtrail_name_read(rec->target.name, names,
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
		break;
	case SIGTRAIL_KIND_EXIT:
		rec->status = slot->value;
		rec->since_first = slot->since_first;
		rec->since_last = slot->since_last;
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

	if (place >= names->count)
		return false;
	memcpy(word, sigtrail_name_at(names, place), sizeof(word));
	*sum += rol32(sigtrail_name_check(salt, word), 5 * nth);
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
