// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: which processes were sent a signal that can end them.
 *
 * A table of fixed size, in sets of a few ways that a process id selects. A
 * kill-all goes through ids in order and so fills all sets alike. When a set
 * is full, the entry that was signalled the longest ago is forgotten.
 */
#include <linux/spinlock.h>

#include "internal.h"

/**
 * struct sigtrail_exit_entry - a signalled process
 * @pid: its tgid in the initial pid namespace, 0 for a free entry
 * @id: its struct pid, never looked into: it tells it from a later user of @pid
 * @times: when it was signalled
 */
struct sigtrail_exit_entry {
	u32 pid;
	unsigned long id;
	struct sigtrail_exit_times times;
};

/* Protects the table and the count; taken with interrupts off. */
static DEFINE_RAW_SPINLOCK(sigtrail_exit_lock);
static struct sigtrail_exit_entry
	sigtrail_exit_table[SIGTRAIL_EXIT_SETS][SIGTRAIL_EXIT_WAYS];
static u64 sigtrail_exit_forgotten_count;

static struct sigtrail_exit_entry *sigtrail_exit_set(u32 pid)
{
	return sigtrail_exit_table[pid % SIGTRAIL_EXIT_SETS];
}

/**
 * sigtrail_exit_note - a process was sent a signal that can end it
 * @pid: its tgid
 * @id: its struct pid, as a number
 * @now: ns of local_clock()
 *
 * Context: any but NMI.
 */
void sigtrail_exit_note(u32 pid, unsigned long id, u64 now)
{
	struct sigtrail_exit_entry *set = sigtrail_exit_set(pid);
	struct sigtrail_exit_entry *oldest = set;
	struct sigtrail_exit_entry *e;
	unsigned long flags;

	raw_spin_lock_irqsave(&sigtrail_exit_lock, flags);
	for (e = set; e < set + SIGTRAIL_EXIT_WAYS; e++) {
		if (e->pid == pid && e->id == id) {
			e->times.last = now;
			goto out;
		}
		if (e->pid == pid)	/* its exit was not seen: capture was off */
			e->pid = 0;
		if (!e->pid)
			oldest = e;
		else if (oldest->pid && e->times.last < oldest->times.last)
			oldest = e;
	}
	if (oldest->pid)
		sigtrail_exit_forgotten_count++;
	oldest->pid = pid;
	oldest->id = id;
	oldest->times.first = now;
	oldest->times.last = now;
out:
	raw_spin_unlock_irqrestore(&sigtrail_exit_lock, flags);
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

	raw_spin_lock_irqsave(&sigtrail_exit_lock, flags);
	for (e = set; e < set + SIGTRAIL_EXIT_WAYS; e++) {
		if (e->pid == pid && e->id == id) {
			*times = e->times;
			e->pid = 0;
			found = true;
			break;
		}
	}
	raw_spin_unlock_irqrestore(&sigtrail_exit_lock, flags);

	return found;
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

	raw_spin_lock_irqsave(&sigtrail_exit_lock, flags);
	count = sigtrail_exit_forgotten_count;
	raw_spin_unlock_irqrestore(&sigtrail_exit_lock, flags);

	return count;
}
