// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: which processes were sent a signal that can end them.
 *
 * A table of fixed size, in sets of a few ways that a process id selects. A
 * kill-all goes through ids in order and so fills all sets alike. When a set
 * is full, the entry that was signalled the longest ago is forgotten.
 */
#include <linux/minmax.h>
#include <linux/spinlock.h>

#include "internal.h"

/* The ring's lock protects the table and the count: a hook takes only one. */
struct sigtrail_exit_entry
	sigtrail_exit_table[SIGTRAIL_EXIT_SETS][SIGTRAIL_EXIT_WAYS];
static u64 sigtrail_exit_forgotten_count;

static struct sigtrail_exit_entry *sigtrail_exit_set(u32 pid)
{
	return sigtrail_exit_table[pid % SIGTRAIL_EXIT_SETS];
}

/* The place for a process that is not in its set yet. */
static noinline void sigtrail_exit_enter(struct sigtrail_exit_entry *set,
					 u32 pid, unsigned long id, u64 now)
{
	struct sigtrail_exit_entry *oldest = set;
	struct sigtrail_exit_entry *e;

	for (e = set; e < set + SIGTRAIL_EXIT_WAYS; e++) {
		if (e->pid == pid)	/* its exit was not seen: capture was off */
			e->pid = 0;
		if (oldest->pid &&
		    (!e->pid || e->times.last < oldest->times.last))
			oldest = e;
	}
	if (oldest->pid)
		sigtrail_exit_forgotten_count++;
	oldest->pid = pid;
	oldest->id = id;
	oldest->times.first = now;
	oldest->times.last = now;
}

/**
 * sigtrail_exit_note_any - a process was sent a signal that can end it
 * @pid: its tgid
 * @id: its struct pid, as a number
 * @now: ns of local_clock()
 *
 * Context: any but NMI.
 */
void sigtrail_exit_note_any(u32 pid, unsigned long id, u64 now)
{
	struct sigtrail_exit_entry *set = sigtrail_exit_set(pid);
	struct sigtrail_exit_entry *e;

	lockdep_assert_held(&sigtrail_ring.lock);
	for (e = set; e < set + SIGTRAIL_EXIT_WAYS; e++) {
		if (e->id == id && e->pid == pid) {
			e->times.last = now;
			return;
		}
	}
	sigtrail_exit_enter(set, pid, id, now);
}

/**
 * sigtrail_exit_take - a process ends: was it sent a signal that can end it?
 * @pid: its tgid
 * @id: its struct pid, as a number
 * @times: gets when it was
 *
 * The process is taken out of the table: the second time it is not found.
 *
 * Context: any but NMI.
 * Return: whether it was in the table.
 */
bool sigtrail_exit_take(u32 pid, unsigned long id,
			struct sigtrail_exit_times *times)
{
	struct sigtrail_exit_entry *set = sigtrail_exit_set(pid);
	struct sigtrail_exit_entry *e;
	unsigned long flags;
	bool found = false;

	raw_spin_lock_irqsave(&sigtrail_ring.lock, flags);
	for (e = set; e < set + SIGTRAIL_EXIT_WAYS; e++) {
		if (e->pid == pid && e->id == id) {
			*times = e->times;
			e->pid = 0;
			found = true;
			break;
		}
	}
	raw_spin_unlock_irqrestore(&sigtrail_ring.lock, flags);

	return found;
}

/**
 * sigtrail_exit_since - how long before its end a process was signalled
 * @times: when it was
 * @rec: the record of its end, with its time; gets both figures
 *
 * The clocks of two CPUs may differ a little, so that the end can seem to come
 * before a signal, and the last signal before the first.
 */
void sigtrail_exit_since(const struct sigtrail_exit_times *times,
			 struct sigtrail_record *rec)
{
	u64 last = max(times->first, times->last);

	rec->since_first = rec->time - min(times->first, rec->time);
	rec->since_last = rec->time - min(last, rec->time);
}

/**
 * sigtrail_exit_forgotten - processes forgotten because their set was full
 *
 * Return: how many, since boot.
 */
u64 sigtrail_exit_forgotten(void)
{
	unsigned long flags;
	u64 count;

	raw_spin_lock_irqsave(&sigtrail_ring.lock, flags);
	count = sigtrail_exit_forgotten_count;
	raw_spin_unlock_irqrestore(&sigtrail_ring.lock, flags);

	return count;
}
