/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigtrail: signals that repeat. The newest record of a part of the ring can stand
 * for more than one signal: they are counted in a slot behind it.
 */
#ifndef _SIGTRAIL_REPEAT_H
#define _SIGTRAIL_REPEAT_H

#include <linux/limits.h>
#include <linux/types.h>
#include <asm/barrier.h>
#include <uapi/linux/sigtrail_box.h>

#include "slot.h"

struct css_set;
struct sigtrail_budget;
struct sigtrail_exit_entry;
struct task_struct;

/**
 * struct sigtrail_key - what is the same of signals that repeat
 * @generation: of names: while it is the same, a process with the same ids is the
 *	same process, with the same name
 * @what: signal, outcome and scope, as a slot has them
 * @flags: enum sigtrail_flag
 * @code: si_code
 * @sender_tid: 0 in an interrupt, as the next two
 * @sender_pid: its tgid
 * @sender_uid: its real uid
 * @target_tid: the target's
 * @target_pid: its tgid
 * @sender_set: the css_set of the sending thread, see sigtrail_css_set(); NULL in an
 *	interrupt
 * @target_set: that of the target
 * @sender_parent: the thread that is the sender's parent, never dereferenced; NULL in an
 *	interrupt. A process can get another one without a new generation, see
 *	sigtrail_generation_now()
 * @address: si_addr of a fault, of the first one: it is not compared, or a program that
 *	lives on faults, as some collect garbage, would fill the ring
 * @pays: the budget that pays for a record of it in the common part, NULL for none; not
 *	compared
 *
 * A record has the cgroups of the group leaders. Threads of a process are in others
 * only in a threaded cgroup: there its leader can be moved alone, and the next signal
 * be counted all the same.
 */
struct sigtrail_key {
	u32 generation;
	u32 what;
	u32 flags;
	u32 code;
	u32 sender_tid;
	u32 sender_pid;
	u32 sender_uid;
	u32 target_tid;
	u32 target_pid;
	const struct css_set *sender_set;
	const struct css_set *target_set;
	const struct task_struct *sender_parent;
	unsigned long address;
	struct sigtrail_budget *pays;
};

/**
 * struct sigtrail_quick - what is the same of signals that can be counted quickly
 * @target_tid: as in struct sigtrail_key; 0 if none can be
 * @generation: see there
 * @how: number, type, result, and whether a POSIX timer sends it
 * @code: see there
 * @handler: of the target, or SIG_DFL or SIG_IGN
 * @sender_tid: see there
 * @sender_uid: see there
 * @sender_set: see there
 * @target_set: see there
 * @sender_parent: see there
 *
 * All is as the hook finds it: of such signals, what a record says is the same, too. A
 * thread's id with its generation is enough: it could only be another process's by
 * now if threads alone had used up all ids.
 */
struct sigtrail_quick {
	u32 target_tid;
	u32 generation;
	u32 how;
	u32 code;
	u32 sender_tid;
	u32 sender_uid;
	void __user *handler;
	const struct css_set *sender_set;
	const struct css_set *target_set;
	const struct task_struct *sender_parent;
};

/* As @what: like none of a signal. */
#define SIGTRAIL_KEY_NONE U32_MAX

/**
 * struct sigtrail_last - the newest record of a part, if it can stand for more signals
 * @key: of its signals; that of a summary has its kind, and so is like none of a
 *	signal
 * @quick: the same, of a record of signals that a process sends, or causes, that the
 *	target does not block, and that are not printed
 * @serial: another one since the record or @quick has changed
 * @exit: the target's entry in the table of exits, NULL if it has none: these signals
 *	cannot end it
 * @weight: of these signals, enum sigtrail_exit_weight
 * @count: number of signals, 0 if it can have no more of them: it has been read
 * @begun: the last record of signals with this key had been read, or it is a summary:
 *	the relay gathers what follows for a second
 * @user: whose signals they are, of a summary
 * @seq: the lower 32 bits of the record's number
 * @repeats: where the signals are counted; NULL while @count is 1
 * @sender_start: ns of CLOCK_BOOTTIME, when the sender's thread began
 * @target_start: the same of the target, 0 if the record cannot stand for a signal
 *	after some process got another name, or ended
 * @parent_pid: tgid of the sender's parent
 * @check: the check of the words of @repeats before the count
 * @names: the word that the names of @repeats, which are empty, add to its check
 */
struct sigtrail_last {
	struct sigtrail_key key;
	struct sigtrail_quick quick;
	u32 serial;
	struct sigtrail_exit_entry *exit;
	u8 weight;
	u32 count;
	bool begun;
	u32 user;
	u32 seq;
	u32 parent_pid;
	u64 sender_start;
	u64 target_start;
	struct sigtrail_box_repeats *repeats;
	u32 check;
	u32 names;
};

static inline bool sigtrail_key_same(const struct sigtrail_key *a,
				     const struct sigtrail_key *b)
{
	return a->sender_tid == b->sender_tid &&
	       a->target_tid == b->target_tid && a->what == b->what &&
	       a->flags == b->flags && a->generation == b->generation &&
	       a->code == b->code && a->sender_uid == b->sender_uid &&
	       a->sender_pid == b->sender_pid &&
	       a->target_pid == b->target_pid &&
	       a->sender_set == b->sender_set &&
	       a->target_set == b->target_set &&
	       a->sender_parent == b->sender_parent;
}

static inline bool sigtrail_quick_same(const struct sigtrail_quick *a,
				       const struct sigtrail_quick *b)
{
	return a->target_tid == b->target_tid &&
	       a->generation == b->generation && a->how == b->how &&
	       a->code == b->code && a->handler == b->handler &&
	       a->sender_tid == b->sender_tid &&
	       a->sender_uid == b->sender_uid &&
	       a->sender_set == b->sender_set &&
	       a->target_set == b->target_set &&
	       a->sender_parent == b->sender_parent;
}

/* Of which signals are those that are counted quickly? With the ring's lock held. */
static inline void sigtrail_quick_set(struct sigtrail_last *last,
				      struct sigtrail_quick quick)
{
	last->quick = quick;
	/* Who reads the new number reads what it is of: see sigtrail_again(). */
	smp_store_release(&last->serial, last->serial + 1);
}

static inline void sigtrail_quick_none(struct sigtrail_last *last)
{
	last->quick.target_tid = 0;
	/* As in sigtrail_quick_set(). */
	smp_store_release(&last->serial, last->serial + 1);
}

/* Writes the count of signals, and the time of the last one. */
static __always_inline void sigtrail_repeats_put(const struct sigtrail_last *last,
						 u32 count, u64 now)
{
	struct sigtrail_pen pen = { &last->repeats->count, last->check };
	u32 time[2];

	sigtrail_words_of_u64(time, now);
	sigtrail_pen_put(&pen, count);
	sigtrail_pen_put(&pen, time[0]);
	sigtrail_pen_put(&pen, time[1]);
	last->repeats->check = sigtrail_check_word(pen.check, last->names);
}

/* So often sigtrail_last_more() looks around. */
#define SIGTRAIL_LOOK 1024U

/*
 * Is there a slot for the count, as there is from 2 on? And is it not yet time for
 * sigtrail_last_more(), which looks for a new listener, and at the largest count? From
 * 4 on: that is one instruction less on ARM.
 */
static inline bool sigtrail_last_is_quick(const struct sigtrail_last *last)
{
	return last->count % SIGTRAIL_LOOK > 3;
}

/* Counts one more signal. */
static __always_inline void sigtrail_last_add(struct sigtrail_last *last, u64 now)
{
	last->count++;
	sigtrail_repeats_put(last, last->count, now);
	wmb(); /* into RAM, as in sigtrail_part_end() */
}

#endif /* _SIGTRAIL_REPEAT_H */
