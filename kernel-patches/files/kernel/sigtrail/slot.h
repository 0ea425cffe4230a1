/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigtrail: a record as the ring's memory has it.
 */
#ifndef _SIGTRAIL_SLOT_H
#define _SIGTRAIL_SLOT_H

#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/byteorder.h>

#include "names.h"
#include "record.h"

/**
 * struct sigtrail_draft - what is written into a slot
 * @time: ns of local_clock()
 * @what: kind, signal, outcome and scope, see sigtrail_what()
 * @flags: enum sigtrail_flag
 * @value: as in struct sigtrail_box_slot, as all below
 * @sender_pid: or what the kind has there, as the next five
 * @sender_tid: see there
 * @sender_uid: see there
 * @parent_pid: see there
 * @target_pid: see there
 * @target_tid: see there
 * @sender: the name
 * @parent: the line
 * @target: the name
 *
 * On a hook's path it is in registers: each field is a word, and what reads it is
 * inline.
 */
struct sigtrail_draft {
	u64 time;
	u32 what;
	u32 flags;
	u32 value;
	u32 sender_pid;
	u32 sender_tid;
	u32 sender_uid;
	u32 parent_pid;
	u32 target_pid;
	u32 target_tid;
	const struct sigtrail_name *sender;
	const struct sigtrail_name *parent;
	const struct sigtrail_name *target;
};

/* Words of memory that has bytes, halves, or a word of 64 bits. None is too large. */
static inline u32 sigtrail_word_of_bytes(u32 a, u32 b, u32 c, u32 d)
{
#ifdef __BIG_ENDIAN
	return a << 24 | b << 16 | c << 8 | d;
#else
	return d << 24 | c << 16 | b << 8 | a;
#endif
}

/* Kind, signal, outcome and scope of a slot. */
static inline u32 sigtrail_what(u32 kind, u32 signal, u32 outcome, u32 scope)
{
	return sigtrail_word_of_bytes(kind, signal, outcome, scope);
}

/* Its kind, also the others below. */
static inline u8 sigtrail_what_kind(u32 what)
{
	return ((const u8 *)&what)[0];
}

static inline u8 sigtrail_what_signal(u32 what)
{
	return ((const u8 *)&what)[1];
}

static inline u8 sigtrail_what_outcome(u32 what)
{
	return ((const u8 *)&what)[2];
}

static inline u8 sigtrail_what_scope(u32 what)
{
	return ((const u8 *)&what)[3];
}

static inline u32 sigtrail_what_summary(u32 what)
{
	((u8 *)&what)[0] = SIGTRAIL_KIND_SUMMARY;
	return what;
}

static inline u32 sigtrail_word_of_halves(u32 a, u32 b)
{
#ifdef __BIG_ENDIAN
	return a << 16 | b;
#else
	return b << 16 | a;
#endif
}

static inline void sigtrail_words_of_u64(u32 *to, u64 value)
{
#ifdef __BIG_ENDIAN
	to[0] = upper_32_bits(value);
	to[1] = lower_32_bits(value);
#else
	to[0] = lower_32_bits(value);
	to[1] = upper_32_bits(value);
#endif
}

/**
 * struct sigtrail_pen - where in a slot the next word goes
 * @word: its place
 * @check: the check of the words before
 */
struct sigtrail_pen {
	u32 *word;
	u32 check;
};

static __always_inline void sigtrail_pen_put(struct sigtrail_pen *pen, u32 word)
{
	OPTIMIZER_HIDE_VAR(word);
	*pen->word++ = word;
	pen->check = sigtrail_check_word(pen->check, word);
}

/**
 * sigtrail_slot_put - write a slot, but not its check
 * @slot: the slot
 * @salt: of the ring
 * @seq: the lower 32 bits of the record's number
 * @d: the record
 *
 * Each word is written once and none is read: the memory can be uncached. Until
 * the check is written the slot is neither the old record nor the new one.
 *
 * Context: any, with the ring's lock held.
 * Return: the check of these words, without that of the names.
 */
static __always_inline u32 sigtrail_slot_put(struct sigtrail_box_slot *slot,
					     u32 salt, u32 seq,
					     const struct sigtrail_draft *d)
{
	struct sigtrail_pen pen = { &slot->seq, salt };
	u32 time[2];

	BUILD_BUG_ON(sizeof(*slot) != 14 * sizeof(u32));
	BUILD_BUG_ON(offsetof(struct sigtrail_box_slot, seq) != sizeof(u32));
	/* They share a word with a place. */
	BUILD_BUG_ON(SIGTRAIL_FLAG_FAULT > U16_MAX);

	sigtrail_words_of_u64(time, d->time);
	sigtrail_pen_put(&pen, seq);
	sigtrail_pen_put(&pen, time[0]);
	sigtrail_pen_put(&pen, time[1]);
	sigtrail_pen_put(&pen, d->what);
	sigtrail_pen_put(&pen,
			 sigtrail_word_of_halves(d->flags, d->sender->place));
	sigtrail_pen_put(&pen, sigtrail_word_of_halves(d->parent->place,
						       d->target->place));
	sigtrail_pen_put(&pen, d->value);
	sigtrail_pen_put(&pen, d->sender_pid);
	sigtrail_pen_put(&pen, d->sender_tid);
	sigtrail_pen_put(&pen, d->sender_uid);
	sigtrail_pen_put(&pen, d->parent_pid);
	sigtrail_pen_put(&pen, d->target_pid);
	sigtrail_pen_put(&pen, d->target_tid);
	return pen.check;
}

/* The word of a slot's check that its names make. */
static __always_inline u32 sigtrail_names_sum(const struct sigtrail_name *sender,
					      const struct sigtrail_name *parent,
					      const struct sigtrail_name *target)
{
	return sender->check + rol32(parent->check, 5) +
	       rol32(target->check, 10);
}

/* Does a record of this kind have a text? It may be empty. */
static inline bool sigtrail_kind_has_text(u32 kind)
{
	return kind != SIGTRAIL_KIND_SIGNAL && kind != SIGTRAIL_KIND_EXIT &&
	       kind != SIGTRAIL_KIND_SUMMARY && kind != SIGTRAIL_BOX_REPEATS;
}

/* Does a record of this kind have a target? */
static inline bool sigtrail_kind_has_target(u32 kind)
{
	return kind == SIGTRAIL_KIND_SIGNAL || kind == SIGTRAIL_KIND_EXIT ||
	       kind == SIGTRAIL_KIND_SURVIVOR || kind == SIGTRAIL_KIND_SUMMARY;
}

/* Does a record have a sender in its slot? That of a fault is its target. */
static inline bool sigtrail_has_sender(u32 kind, u32 flags)
{
	return kind != SIGTRAIL_KIND_EXIT && kind != SIGTRAIL_KIND_SURVIVOR &&
	       !(flags & SIGTRAIL_FLAG_FAULT);
}

/* The name of a process, looked up. */
static inline const struct sigtrail_name *
sigtrail_name_of(struct sigtrail_names *names, const struct sigtrail_task *task)
{
	u32 word[SIGTRAIL_NAME_WORDS];

	memcpy(word, task->name, SIGTRAIL_NAME_LEN);
	word[4] = task->cgroup;
	return sigtrail_name_find(names, word, false);
}

/* Reads the name of a process, and its cgroup. */
static inline void sigtrail_task_read(struct sigtrail_task *to,
				      const struct sigtrail_name_list *names,
				      u32 place)
{
	const struct sigtrail_box_name *name = sigtrail_name_at(names, place);

	memcpy(to->name, name->name, SIGTRAIL_NAME_LEN);
	to->name[SIGTRAIL_NAME_LEN - 1] = '\0';
	to->cgroup = name->cgroup;
}

void sigtrail_slot_write(struct sigtrail_box_slot *slot,
			 struct sigtrail_names *names, u64 seq,
			 const struct sigtrail_record *rec);
void sigtrail_slot_read(struct sigtrail_record *rec,
			const struct sigtrail_box_slot *slot, u64 seq,
			const struct sigtrail_name_list *names);
bool sigtrail_slot_whole(const struct sigtrail_box_slot *slot, u32 salt,
			 const struct sigtrail_name_list *names);

void sigtrail_slot_read_repeats(struct sigtrail_record *rec,
				const struct sigtrail_box_slot *slot);

#endif /* _SIGTRAIL_SLOT_H */
