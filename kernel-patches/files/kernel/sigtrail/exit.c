// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the ends of processes, and those that were sent a signal that can end
 * them.
 *
 * Tables of fixed size: a common one, and a small one for each user's share, so that
 * what a user sends among its own processes removes no other process. A process to
 * which a signal of the common share is sent stays in the common one.
 *
 * A table is in sets of a few entries; the process id selects the set. A kill-all
 * sends to ids in order, and so fills all sets evenly. If a set is full, a process of
 * the least weight is removed; of these the one with the oldest signal.
 */
#include <linux/atomic.h>
#include <linux/cred.h>
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "internal.h"
#include "sender.h"

/* The ring's lock protects it, so that a hook needs no second one. */
struct sigtrail_exits sigtrail_exits;

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
		sigtrail_exits.of_users--;
}

/* Finds a process in the users' tables, and its share. */
static struct sigtrail_exit_entry *
sigtrail_exit_find_user(u32 pid, unsigned long id, u32 *share)
{
	struct sigtrail_exit_entry *e;
	u32 i;

	if (!sigtrail_exits.of_users)
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

/* Makes room in a set. */
static struct sigtrail_exit_entry *sigtrail_exit_room(u32 share, u32 pid)
{
	struct sigtrail_exit_entry *set = sigtrail_exit_set(share, pid);
	struct sigtrail_exit_entry *removed = set;
	struct sigtrail_exit_entry *e;

	for (e = set; e < set + SIGTRAIL_EXIT_WAYS; e++) {
		if (e->pid == pid)	/* it ended while capture was off */
			sigtrail_exit_free(share, e);
		if (sigtrail_exit_before(e, removed))
			removed = e;
	}
	if (removed->pid)
		sigtrail_exits.forgotten++;
	else if (share != SIGTRAIL_SHARE_COMMON)
		sigtrail_exits.of_users++;
	return removed;
}

/* Enters a process into a table in which it is not. It may be in another one. */
static struct sigtrail_exit_entry *sigtrail_exit_enter(u32 share, u32 pid,
						       unsigned long id)
{
	struct sigtrail_exit_entry new = { .pid = pid, .id = id };
	struct sigtrail_exit_entry *e;
	u32 from;

	e = sigtrail_exit_find_user(pid, id, &from);
	if (e) {
		new = *e;
		sigtrail_exit_free(from, e);
	}
	e = sigtrail_exit_room(share, pid);
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
		e = sigtrail_exit_enter(share, pid, id);
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
 * sigtrail_exit_share - the share of the record of an exit
 * @from: what sigtrail_exit_take() returned
 * @uid: the process's user, 0 if its real and effective one differ
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
	return sigtrail_ring_counter(&sigtrail_exits.forgotten);
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

static u32 sigtrail_exit_uid(struct task_struct *tsk)
{
	const struct cred *cred;
	u32 uid = 0;

	rcu_read_lock();
	cred = __task_cred(tsk);
	if (uid_eq(cred->uid, cred->euid))
		uid = __kuid_val(cred->uid);
	rcu_read_unlock();
	return uid;
}

/* Does a process that is in no table end by a signal, and now? */
static bool sigtrail_exit_kills(struct task_struct *tsk)
{
	return sigtrail_exit_status(tsk) & 0x7f && sigtrail_exits_now(tsk) &&
	       !sigtrail_task_has(tsk, PF_KTHREAD);
}

/**
 * __sigtrail_exit - record the end of a process
 * @tsk: a task that has become a zombie
 *
 * A process has ended when its leader has ended and no other thread is left. It
 * is recorded if it was sent a signal that can end it: the first call removes it
 * from the tables. It is also recorded if a signal has killed it of which the
 * tables have nothing: it was left out, or came before capture was on, or the
 * kernel did not send it, as with seccomp.
 *
 * Context: tasklist_lock held for writing.
 */
void __sigtrail_exit(struct task_struct *tsk)
{
	u32 share = SIGTRAIL_SHARE_COMMON;
	struct sigtrail_exit_times times = { };
	struct sigtrail_record rec;
	unsigned long flags;
	bool recorded;
	int from;
	u64 now;

	/* Its ids can be another's later. */
	atomic_inc_return_release(&sigtrail_generation);
	if (!thread_group_leader(tsk) || !thread_group_empty(tsk))
		return;
	sigtrail_claim_end(tsk);
	if (!static_branch_unlikely(&sigtrail_enabled))
		return;

	raw_spin_lock_irqsave(&sigtrail_ring.lock, flags);
	now = local_clock();
	from = sigtrail_exit_take(task_tgid_nr(tsk),
				  (unsigned long)task_tgid(tsk), &times);
	recorded = from >= 0 || sigtrail_exit_kills(tsk);
	if (recorded)
		share = sigtrail_exit_share(from, sigtrail_exit_uid(tsk), now);
	/* The ends of a user's processes are bounded as what it sends. */
	if (share != SIGTRAIL_SHARE_COMMON &&
	    !sigtrail_share_admit(&sigtrail_users[share], now)) {
		sigtrail_exits.forgotten++;
		recorded = false;
	}
	raw_spin_unlock_irqrestore(&sigtrail_ring.lock, flags);
	if (!recorded)
		return;

	memset(&rec, 0, sizeof(rec));
	rec.time = now;
	rec.kind = SIGTRAIL_KIND_EXIT;
	rcu_read_lock();
	sigtrail_task_fill(&rec.target, tsk);
	rcu_read_unlock();
	rec.status = sigtrail_exit_status(tsk);
	sigtrail_exit_since(&times, &rec);
	/* The daemon that logs exits ends before the last ones. */
	if (sigtrail_shutdown_begun() && sigtrail_print_admit(share, now))
		rec.flags |= SIGTRAIL_FLAG_PRINTED;
	sigtrail_record_add(share, &rec);
	if (rec.flags & SIGTRAIL_FLAG_PRINTED)
		sigtrail_print_exit(&rec);
}
