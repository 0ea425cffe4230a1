// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: how a record is written into the ring's memory.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "line.h"
#include "slot.h"

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
	d->sender = sigtrail_name_of(names, &rec->sender);
	d->parent = sigtrail_line_of(names, rec);
}

static void sigtrail_draft_fault(struct sigtrail_draft *d,
				 const struct sigtrail_record *rec)
{
	u32 word[2];

	sigtrail_words_of_u64(word, rec->fault_address);
	d->sender_pid = word[0];
	d->sender_tid = word[1];
	sigtrail_words_of_u64(word, rec->fault_pc);
	d->sender_uid = word[0];
	d->parent_pid = word[1];
}

static void sigtrail_draft_exit(struct sigtrail_draft *d,
				const struct sigtrail_record *rec)
{
	u32 word[2];
	u64 ms = rec->run_time;

	d->what = sigtrail_what(rec->kind, ms & U8_MAX, ms >> 8 & U8_MAX,
				ms >> 16 & U8_MAX);
	d->value = (rec->status & U16_MAX) | (u32)(ms >> 24) << 16;
	sigtrail_words_of_u64(word, rec->since_first);
	d->sender_pid = word[0];
	d->sender_tid = word[1];
	sigtrail_words_of_u64(word, rec->since_last);
	d->sender_uid = word[0];
	d->parent_pid = word[1];
	d->target_tid = rec->peak_rss;
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
	struct sigtrail_task part = { };
	u32 check, sum, i;

	if (sigtrail_has_sender(rec->kind, rec->flags))
		sigtrail_draft_sender(&d, names, rec);
	if (sigtrail_kind_has_target(rec->kind)) {
		d.target_pid = rec->target.pid;
		d.target_tid = rec->target.tid;
		d.target = sigtrail_name_of(names, &rec->target);
	}
	switch (rec->kind) {
	case SIGTRAIL_KIND_SIGNAL:
	case SIGTRAIL_KIND_SUMMARY:
		d.value = rec->code;
		if (rec->flags & SIGTRAIL_FLAG_FAULT)
			sigtrail_draft_fault(&d, rec);
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
		for (i = 0; i < SIGTRAIL_BOX_TEXT; i++) {
			memcpy(part.name, rec->text + i * SIGTRAIL_NAME_LEN,
			       SIGTRAIL_NAME_LEN);
			text[i] = sigtrail_name_of(names, &part);
		}
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
