// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the processes that were sent a signal that can end them.
 *
 * Tables of fixed size: a common one, and a small one for each user's share, so that
 * what a user sends among its own processes removes no other process. A process to
 * which a signal of the common share is sent stays in the common one.
 *
 * A table is in sets of a few entries; the process id selects the set. A kill-all
 * sends to ids in order, and so fills all sets evenly. If a set is full, a process of
 * the least weight is removed; of these the one with the oldest signal.
 */
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "internal.h"

/* The ring's lock protects it, so that a hook needs no second one. */
struct sigtrail_exit_tables sigtrail_exit_tables;

/* The time of the last signal that asked the process to end, else of the last one. */
static u64 sigtrail_exit_last(const struct sigtrail_exit_times *times)
{
	return times->first ? max(times->first, times->last) : times->other;
}

/* Is an entry to be removed rather than another one? */
static bool sigtrail_exit_before(const struct sigtrail_exit_entry *e,
				 const struct sigtrail_exit_entry *other)
{
	if (!e->pid || !other->pid)
		return other->pid;
	if (e->weight != other->weight)
		return e->weight < other->weight;
	return sigtrail_exit_last(&e->times) < sigtrail_exit_last(&other->times);
}

static struct sigtrail_exit_entry *sigtrail_exit_find(u32 share, u32 pid,
						      unsigned long id)
{
	struct sigtrail_exit_entry *set = sigtrail_exit_set(share, pid);
	struct sigtrail_exit_entry *e;

	for (e = set; e < set + SIGTRAIL_EXIT_WAYS; e++)
		if (e->pid == pid && e->id == id)
			return e;
	return NULL;
}

static void sigtrail_exit_free(u32 share, struct sigtrail_exit_entry *e)
{
	e->pid = 0;
	e->id = 0;
	if (share != SIGTRAIL_SHARE_COMMON)
		sigtrail_exit_tables.of_users--;
}

/* Finds a process in the users' tables, and its share. */
static struct sigtrail_exit_entry *
sigtrail_exit_find_user(u32 pid, unsigned long id, u32 *share)
{
	struct sigtrail_exit_entry *e;
	u32 i;

	if (!sigtrail_exit_tables.of_users)
		return NULL;
	for (i = SIGTRAIL_SHARE_COMMON + 1; i < SIGTRAIL_SHARES; i++) {
		e = sigtrail_exit_find(i, pid, id);
		if (e) {
			*share = i;
			return e;
		}
	}
	return NULL;
}

static struct sigtrail_exit_full *sigtrail_exit_full(u32 share, u32 pid)
{
	if (share == SIGTRAIL_SHARE_COMMON)
		return &sigtrail_exit_tables.full[pid % SIGTRAIL_EXIT_SETS];
	return &sigtrail_exit_tables.user_full[share - 1]
					      [pid % SIGTRAIL_EXIT_USER_SETS];
}

/* A set has no room. Its share can be another user's later. */
static void sigtrail_exit_fill(u32 share, u32 pid, u64 now)
{
	struct sigtrail_exit_full *full = sigtrail_exit_full(share, pid);
	u32 uid = sigtrail_users[share].uid;

	if (share == SIGTRAIL_SHARE_COMMON || share == SIGTRAIL_SHARE_LAST ||
	    (full->time && full->uid != uid))
		uid = SIGTRAIL_UID_UNKNOWN;
	full->time = now;
	full->uid = uid;
	sigtrail_exit_tables.forgotten++;
}

/* Makes room in a set. */
static struct sigtrail_exit_entry *sigtrail_exit_room(u32 share, u32 pid,
						      u64 now)
{
	struct sigtrail_exit_entry *set = sigtrail_exit_set(share, pid);
	struct sigtrail_exit_entry *removed = set;
	struct sigtrail_exit_entry *e;

	for (e = set; e < set + SIGTRAIL_EXIT_WAYS; e++) {
		if (e->pid == pid)	/* another one, whose end was missed */
			sigtrail_exit_free(share, e);
		if (sigtrail_exit_before(e, removed))
			removed = e;
	}
	if (removed->pid)
		sigtrail_exit_fill(share, pid, now);
	else if (share != SIGTRAIL_SHARE_COMMON)
		sigtrail_exit_tables.of_users++;
	return removed;
}

/* Enters a process into a table in which it is not. It may be in another one. */
static struct sigtrail_exit_entry *sigtrail_exit_enter(u32 share, u32 pid,
						       unsigned long id, u64 now)
{
	struct sigtrail_exit_entry new = { .pid = pid, .id = id };
	struct sigtrail_exit_entry *e;
	u32 from;

	e = sigtrail_exit_find_user(pid, id, &from);
	if (e) {
		new = *e;
		sigtrail_exit_free(from, e);
	}
	e = sigtrail_exit_room(share, pid, now);
	*e = new;
	return e;
}

/**
 * sigtrail_exit_note_any - sigtrail_exit_note(), wherever the process is
 * @share: the signal's
 * @pid: its tgid
 * @id: its struct pid, as a number
 * @now: ns of local_clock()
 * @weight: what the signal means for it
 *
 * Context: any but NMI, with the ring's lock held.
 * Return: the process's entry.
 */
struct sigtrail_exit_entry *
sigtrail_exit_note_any(u32 share, u32 pid, unsigned long id, u64 now,
		       enum sigtrail_exit_weight weight)
{
	struct sigtrail_exit_entry *e = sigtrail_exit_find(share, pid, id);

	lockdep_assert_held(&sigtrail_ring.lock);
	if (!e && share != SIGTRAIL_SHARE_COMMON)
		e = sigtrail_exit_find(SIGTRAIL_SHARE_COMMON, pid, id);
	if (!e)
		e = sigtrail_exit_enter(share, pid, id, now);
	sigtrail_exit_stamp(e, now, weight);
	return e;
}

/**
 * sigtrail_exit_take - a process ends: was it sent a signal that can end it?
 * @pid: its tgid
 * @id: its struct pid, as a number
 * @times: gets the times of these signals
 *
 * Removes the process.
 *
 * Context: any but NMI, with the ring's lock held.
 * Return: the share whose table had it, or -ENOENT.
 */
int sigtrail_exit_take(u32 pid, unsigned long id,
		       struct sigtrail_exit_times *times)
{
	u32 share = SIGTRAIL_SHARE_COMMON;
	struct sigtrail_exit_entry *e = sigtrail_exit_find(share, pid, id);

	lockdep_assert_held(&sigtrail_ring.lock);
	if (!e)
		e = sigtrail_exit_find_user(pid, id, &share);
	if (!e)
		return -ENOENT;
	*times = e->times;
	sigtrail_exit_free(share, e);
	return share;
}

/**
 * sigtrail_exit_known - do the tables have all signals since a time?
 * @pid: the tgid of a process that is in none of them
 * @uid: its real uid
 * @since: ns of local_clock(), when the process began
 *
 * A user fills sets of its own share only: that says nothing of others' processes. A
 * process that was the user's, and then became root's, is not thought of.
 *
 * Context: any but NMI, with the ring's lock held.
 * Return: false if an entry like this process's was removed, or capture was off, after
 *	that.
 */
bool sigtrail_exit_known(u32 pid, u32 uid, u64 since)
{
	const struct sigtrail_exit_full *full;
	u32 share;

	lockdep_assert_held(&sigtrail_ring.lock);
	for (share = 0; share < SIGTRAIL_SHARES; share++) {
		full = sigtrail_exit_full(share, pid);
		if (full->time && since <= full->time &&
		    (share == SIGTRAIL_SHARE_COMMON ||
		     (uid && (full->uid == uid ||
			      full->uid == SIGTRAIL_UID_UNKNOWN))))
			return false;
	}
	return since >= sigtrail_exit_tables.since;
}

/**
 * sigtrail_exit_begin - capture begins
 * @since: ns of local_clock(), or U64_MAX while it is being turned on: then all
 *	processes of before are forgotten, as they can have ended since
 *
 * Context: any but NMI.
 */
void sigtrail_exit_begin(u64 since)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&sigtrail_ring.lock, flags);
	sigtrail_exit_tables.since = since;
	if (since == U64_MAX) {
		memset(sigtrail_exit_tables.common, 0,
		       sizeof(sigtrail_exit_tables.common));
		memset(sigtrail_exit_tables.user, 0,
		       sizeof(sigtrail_exit_tables.user));
		sigtrail_exit_tables.of_users = 0;
	}
	raw_spin_unlock_irqrestore(&sigtrail_ring.lock, flags);
}

/**
 * sigtrail_exit_share - the share of the record of an exit
 * @from: what sigtrail_exit_take() returned
 * @uid: the process's real user
 * @now: ns of local_clock()
 *
 * A user can have its own processes killed without an entry, as often as it likes:
 * by more of them than its table holds, and up to 5.15 by seccomp. So this does not
 * show that another process, or the kernel, is the cause.
 *
 * Context: any but NMI, with the ring's lock held.
 * Return: the share.
 */
u32 sigtrail_exit_share(int from, u32 uid, u64 now)
{
	if (from == SIGTRAIL_SHARE_COMMON || !uid)
		return SIGTRAIL_SHARE_COMMON;
	return sigtrail_share_of(uid, now);
}

/* From a time until another. At least 1, as 0 is unknown, like the first time. */
static u64 sigtrail_exit_ns(u64 from, u64 to)
{
	return from ? max_t(u64, to - min(from, to), 1) : 0;
}

/**
 * sigtrail_exit_since - the time from the signals to the exit
 * @times: the times of the signals; 0: unknown
 * @rec: the record of the exit, with its time; gets both values
 *
 * The clocks of two CPUs may differ a little: the exit can have an earlier time
 * than a signal, and the last signal an earlier time than the first.
 */
void sigtrail_exit_since(const struct sigtrail_exit_times *times,
			 struct sigtrail_record *rec)
{
	rec->since_first = sigtrail_exit_ns(times->first, rec->time);
	rec->since_last = sigtrail_exit_ns(sigtrail_exit_last(times), rec->time);
}

/**
 * sigtrail_exit_forgotten - count processes removed because their set was full
 *
 * Return: the number since boot.
 */
u64 sigtrail_exit_forgotten(void)
{
	return sigtrail_ring_counter(&sigtrail_exit_tables.forgotten);
}
