/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigtrail: the ends of processes, and those that were sent a signal that can end them,
 * see exit.c and exit_table.c.
 */
#ifndef _SIGTRAIL_EXIT_H
#define _SIGTRAIL_EXIT_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/time64.h>
#include <linux/types.h>

#include "record.h"
#include "ring.h"

/* Sets of the common table, and of a user's. */
#define SIGTRAIL_EXIT_SETS 128
#define SIGTRAIL_EXIT_USER_SETS 16
/* Processes of a set. */
#define SIGTRAIL_EXIT_WAYS 4

/**
 * enum sigtrail_exit_weight - what a signal means for its target
 * @SIGTRAIL_EXIT_OTHER: it can end the process
 * @SIGTRAIL_EXIT_ASKS: it asks the process to end
 * @SIGTRAIL_EXIT_FATAL: it ends the process
 *
 * The larger one stays longer in a full set.
 */
enum sigtrail_exit_weight {
	SIGTRAIL_EXIT_OTHER,
	SIGTRAIL_EXIT_ASKS,
	SIGTRAIL_EXIT_FATAL,
};

/**
 * struct sigtrail_exit_times - when a process was sent signals that can end it
 * @first: ns of local_clock(), of the first one that asked it to end; 0: none has
 * @last: ns of local_clock(), of the last one that did
 * @other: ns of local_clock(), of the last one that did not; 0: none
 */
struct sigtrail_exit_times {
	u64 first;
	u64 last;
	u64 other;
};

/**
 * struct sigtrail_exit_entry - a signalled process
 * @pid: its tgid in the initial pid namespace, 0 for a free entry
 * @weight: enum sigtrail_exit_weight, the largest of its signals
 * @id: address of its struct pid, never dereferenced; another process with the
 *	same @pid has another one
 * @times: when it was signalled
 */
struct sigtrail_exit_entry {
	u32 pid : 30;
	u32 weight : 2;
	unsigned long id;
	struct sigtrail_exit_times times;
};

/**
 * struct sigtrail_exit_full - when a set last had no room
 * @time: ns of local_clock(), 0 for never
 * @uid: whose processes were removed, SIGTRAIL_UID_UNKNOWN for any
 */
struct sigtrail_exit_full {
	u64 time;
	u32 uid;
};

/**
 * struct sigtrail_exit_tables - the signalled processes; each is in one table, once
 * @common: those to which a signal of the common share was sent
 * @user: the others, by share
 * @of_users: number of entries in @user
 * @forgotten: processes removed because their set was full, and ends that their
 *	share had no record for, since boot
 * @since: ns of local_clock(), when capture was last turned on
 * @full: when a set of @common last had no room
 * @user_full: the same of @user
 */
struct sigtrail_exit_tables {
	struct sigtrail_exit_entry common[SIGTRAIL_EXIT_SETS]
					 [SIGTRAIL_EXIT_WAYS];
	struct sigtrail_exit_entry user[SIGTRAIL_BOX_USERS]
				       [SIGTRAIL_EXIT_USER_SETS]
				       [SIGTRAIL_EXIT_WAYS];
	u32 of_users;
	u64 forgotten;
	u64 since;
	struct sigtrail_exit_full full[SIGTRAIL_EXIT_SETS];
	struct sigtrail_exit_full user_full[SIGTRAIL_BOX_USERS]
					   [SIGTRAIL_EXIT_USER_SETS];
};

extern struct sigtrail_exit_tables sigtrail_exit_tables;

struct sigtrail_exit_entry *
sigtrail_exit_note_any(u32 share, u32 pid, unsigned long id, u64 now,
		       enum sigtrail_exit_weight weight);

/* The set of a process: its id selects it. */
static inline struct sigtrail_exit_entry *sigtrail_exit_set(u32 share, u32 pid)
{
	if (share == SIGTRAIL_SHARE_COMMON)
		return sigtrail_exit_tables.common[pid % SIGTRAIL_EXIT_SETS];
	return sigtrail_exit_tables.user[share - 1]
					[pid % SIGTRAIL_EXIT_USER_SETS];
}

/* Takes the time of a signal. */
static inline void sigtrail_exit_stamp(struct sigtrail_exit_entry *e, u64 now,
				       enum sigtrail_exit_weight weight)
{
	if (weight == SIGTRAIL_EXIT_OTHER) {
		e->times.other = now;
		return;
	}
	if (e->weight < weight)
		e->weight = weight;
	if (!e->times.first)
		e->times.first = now;
	e->times.last = now;
}

/**
 * sigtrail_exit_note - a process was sent a signal that can end it
 * @share: the signal's
 * @pid: its tgid
 * @id: its struct pid, as a number
 * @now: ns of local_clock()
 * @weight: what the signal means for it
 *
 * Context: any but NMI, with the ring's lock held.
 * Return: the process's entry, which has @id until it becomes another one's.
 */
static inline struct sigtrail_exit_entry *
sigtrail_exit_note(u32 share, u32 pid, unsigned long id, u64 now,
		   enum sigtrail_exit_weight weight)
{
	struct sigtrail_exit_entry *e = sigtrail_exit_set(share, pid);

	if (unlikely(e->id != id || e->pid != pid))
		return sigtrail_exit_note_any(share, pid, id, now, weight);
	sigtrail_exit_stamp(e, now, weight);
	return e;
}

int sigtrail_exit_take(u32 pid, unsigned long id,
		       struct sigtrail_exit_times *times);
bool sigtrail_exit_known(u32 pid, u32 uid, u64 since);
void sigtrail_exit_begin(u64 since);
u32 sigtrail_exit_share(int from, u32 uid, u64 now);
void sigtrail_exit_since(const struct sigtrail_exit_times *times,
			 struct sigtrail_record *rec);
u64 sigtrail_exit_forgotten(void);

/**
 * sigtrail_exits_have - has an end without a signal a record?
 * @exits: the switch
 * @of_init: a child of init ended, or the init of a pid namespace
 *
 * Return: whether it has.
 */
static inline bool sigtrail_exits_have(enum sigtrail_exits exits, bool of_init)
{
	return exits == SIGTRAIL_EXITS_ALL ||
	       (exits == SIGTRAIL_EXITS_SERVICES && of_init);
}

/**
 * sigtrail_exit_ms - a run time, as a record has it
 * @ns: in ns
 *
 * Return: ms, rounded up, at least 1, as 0 is unknown, and of 40 bits.
 */
static inline u64 sigtrail_exit_ms(u64 ns)
{
	return min(DIV_ROUND_UP_ULL(ns ?: 1, NSEC_PER_MSEC), BIT_ULL(40) - 1);
}

#endif /* _SIGTRAIL_EXIT_H */
