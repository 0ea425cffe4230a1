// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the ends of processes, and those that were sent a signal that can end
 * them.
 *
 * A table of fixed size, in sets of a few entries; the process id selects the
 * set. A kill-all sends to ids in order, and so fills all sets evenly. If a set
 * is full, a process that was not asked to end is removed, else one that was; of
 * these the one with the oldest signal.
 */
#include <linux/atomic.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "internal.h"
#include "sender.h"

/* The ring's lock protects both, so that a hook needs no second one. */
struct sigtrail_exit_entry
	sigtrail_exit_table[SIGTRAIL_EXIT_SETS][SIGTRAIL_EXIT_WAYS];
static u64 sigtrail_exit_forgotten_count;

static struct sigtrail_exit_entry *sigtrail_exit_set(u32 pid)
{
	return sigtrail_exit_table[pid % SIGTRAIL_EXIT_SETS];
}

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
	if (!e->times.first != !other->times.first)
		return !e->times.first;
	return sigtrail_exit_last(&e->times) < sigtrail_exit_last(&other->times);
}

/* Enters a process that is not in its set. */
static noinline void sigtrail_exit_enter(struct sigtrail_exit_entry *set,
					 u32 pid, unsigned long id, u64 now,
					 bool asks)
{
	struct sigtrail_exit_entry *removed = set;
	struct sigtrail_exit_entry *e;

	for (e = set; e < set + SIGTRAIL_EXIT_WAYS; e++) {
		if (e->pid == pid)	/* it ended while capture was off */
			e->pid = 0;
		if (sigtrail_exit_before(e, removed))
			removed = e;
	}
	if (removed->pid)
		sigtrail_exit_forgotten_count++;
	removed->pid = pid;
	removed->id = id;
	memset(&removed->times, 0, sizeof(removed->times));
	sigtrail_exit_stamp(&removed->times, now, asks);
}

/**
 * sigtrail_exit_note_any - a process was sent a signal that can end it
 * @pid: its tgid
 * @id: its struct pid, as a number
 * @now: ns of local_clock()
 * @asks: the signal asks it to end
 *
 * Context: any but NMI.
 */
void sigtrail_exit_note_any(u32 pid, unsigned long id, u64 now, bool asks)
{
	struct sigtrail_exit_entry *set = sigtrail_exit_set(pid);
	struct sigtrail_exit_entry *e;

	lockdep_assert_held(&sigtrail_ring.lock);
	for (e = set; e < set + SIGTRAIL_EXIT_WAYS; e++) {
		if (e->id == id && e->pid == pid) {
			sigtrail_exit_stamp(&e->times, now, asks);
			return;
		}
	}
	sigtrail_exit_enter(set, pid, id, now, asks);
}

/**
 * sigtrail_exit_take - a process ends: was it sent a signal that can end it?
 * @pid: its tgid
 * @id: its struct pid, as a number
 * @times: gets the times of these signals
 *
 * Removes the process from the table.
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
	unsigned long flags;
	u64 count;

	raw_spin_lock_irqsave(&sigtrail_ring.lock, flags);
	count = sigtrail_exit_forgotten_count;
	raw_spin_unlock_irqrestore(&sigtrail_ring.lock, flags);

	return count;
}

static u32 sigtrail_exit_status(const struct task_struct *tsk)
{
	return tsk->signal->flags & SIGNAL_GROUP_EXIT ?
		       tsk->signal->group_exit_code : tsk->exit_code;
}

/*
 * do_notify_parent() is called again when a zombie's tracer lets it go, and when
 * its parent ends. The first call is by the process itself, or for a task that is
 * still traced. Not so if the last thread was traced and the leader was not: then
 * the tracer makes the call, and only an entry of the table has the exit recorded.
 */
static bool sigtrail_exits_now(struct task_struct *tsk)
{
	return same_thread_group(current, tsk) || tsk->ptrace;
}

/**
 * __sigtrail_exit - record the end of a process
 * @tsk: a task that has become a zombie
 *
 * A process has ended when its leader has ended and no other thread is left. It
 * is recorded if it was sent a signal that can end it: the first call removes it
 * from the table. It is also recorded if a signal has killed it of which the
 * table has nothing: it was left out, or came before capture was on, or the
 * kernel did not send it, as with seccomp.
 *
 * Context: tasklist_lock held for writing.
 */
void __sigtrail_exit(struct task_struct *tsk)
{
	struct sigtrail_exit_times times = { };
	struct sigtrail_record rec;

	/* Its ids can be another's later. */
	atomic_inc_return_release(&sigtrail_name_generation);
	if (!thread_group_leader(tsk) || !thread_group_empty(tsk))
		return;
	sigtrail_claim_end(tsk);
	if (!static_branch_unlikely(&sigtrail_enabled))
		return;
	if (!sigtrail_exit_take(task_tgid_nr(tsk),
				(unsigned long)task_tgid(tsk), &times) &&
	    !(sigtrail_exit_status(tsk) & 0x7f && sigtrail_exits_now(tsk) &&
	      !(tsk->flags & PF_KTHREAD)))
		return;

	memset(&rec, 0, sizeof(rec));
	rec.time = local_clock();
	rec.kind = SIGTRAIL_KIND_EXIT;
	rcu_read_lock();
	sigtrail_task_fill(&rec.target, tsk);
	rcu_read_unlock();
	rec.status = sigtrail_exit_status(tsk);
	sigtrail_exit_since(&times, &rec);
	/* The daemon that logs exits ends before the last ones. */
	if (sigtrail_shutdown_begun() && sigtrail_print_admit(rec.time))
		rec.flags |= SIGTRAIL_FLAG_PRINTED;
	sigtrail_record_add(&rec);
	if (rec.flags & SIGTRAIL_FLAG_PRINTED)
		sigtrail_print_exit(&rec);
}
