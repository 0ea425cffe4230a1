// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the ends of processes.
 */
#include <linux/atomic.h>
#include <linux/cred.h>
#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/oom.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "internal.h"
#include "line.h"
#include "sender.h"

/**
 * enum sigtrail_starter - what has started a process of root's that ends
 * @SIGTRAIL_STARTER_INIT: init, or the process is the init of a pid namespace
 * @SIGTRAIL_STARTER_KERNEL: the kernel, as modprobe
 * @SIGTRAIL_STARTER_OTHER: another process, also one that has ended before
 * @SIGTRAIL_STARTERS: number of these values
 */
enum sigtrail_starter {
	SIGTRAIL_STARTER_INIT,
	SIGTRAIL_STARTER_KERNEL,
	SIGTRAIL_STARTER_OTHER,
	SIGTRAIL_STARTERS
};

/*
 * The budgets of ends of root's processes without a signal: those that succeed, and those
 * that fail. Any user can have the kernel start modprobe, and a daemon of root's start
 * others: so they leave room to each other. Protected by the ring's lock.
 */
static struct sigtrail_budget sigtrail_exit_budgets[SIGTRAIL_STARTERS][2];

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
	u32 uid;

	rcu_read_lock();
	uid = __kuid_val(__task_cred(tsk)->uid);
	rcu_read_unlock();
	return uid;
}

/*
 * Has the end of a process that is in no table a record? It has if a signal killed it
 * of which the tables have nothing: it was left out, or came before capture was on, or
 * the kernel did not send it, as with seccomp.
 */
static bool sigtrail_exit_wanted(struct task_struct *tsk, bool of_init)
{
	return sigtrail_exits_now(tsk) &&
	       !sigtrail_task_has(tsk, PF_KTHREAD) &&
	       (sigtrail_exit_status(tsk) & 0x7f ||
		sigtrail_exits_have(READ_ONCE(sigtrail_switches.exits),
				    of_init));
}

/*
 * Is it a service? A child of init is one, also one whose parent has ended before, and so
 * is the init of a pid namespace, as a jail has it.
 */
static bool sigtrail_exit_of_init(struct task_struct *tsk)
{
	bool of_init;

	rcu_read_lock();
	of_init = is_global_init(rcu_dereference(tsk->real_parent)) ||
		  is_child_reaper(task_tgid(tsk));
	rcu_read_unlock();
	return of_init;
}

/* A user can leave set-uid programs to init. */
static enum sigtrail_starter sigtrail_exit_starter(struct task_struct *tsk,
						   bool of_init)
{
	enum sigtrail_starter starter = SIGTRAIL_STARTER_OTHER;

	rcu_read_lock();
	if (sigtrail_task_has(rcu_dereference(tsk->real_parent), PF_KTHREAD))
		starter = SIGTRAIL_STARTER_KERNEL;
	else if (of_init && !sigtrail_reparented(tsk))
		starter = SIGTRAIL_STARTER_INIT;
	rcu_read_unlock();
	return starter;
}

/*
 * Is there room for the record of an end? The ends of a user's processes are bounded by
 * the user's share, with what the user sends. So are those of which no signal is the
 * cause: another one's requests can make root's processes begin and end.
 */
static bool sigtrail_exit_admit(struct task_struct *tsk, u32 share, int from,
				bool of_init, u64 now)
{
	u32 status = sigtrail_exit_status(tsk);
	enum sigtrail_starter starter;

	if (share != SIGTRAIL_SHARE_COMMON)
		return sigtrail_budget_admit(&sigtrail_users[share].own,
					     SIGTRAIL_COST_OWN, now);
	if (from >= 0 || status & 0x7f)
		return true;
	starter = sigtrail_exit_starter(tsk, of_init);
	return sigtrail_budget_admit(&sigtrail_exit_budgets[starter][status != 0],
				     starter == SIGTRAIL_STARTER_KERNEL ?
				     SIGTRAIL_COST_COMMON : SIGTRAIL_COST_OWN,
				     now);
}

/* How long has a process run? Time in suspend included. */
static u64 sigtrail_exit_run_ns(const struct task_struct *tsk)
{
	u64 now = ktime_get_boottime_ns();

	return now - min(now, tsk->start_boottime);
}

/* In KiB, as getrusage(2) has it: do_exit() has taken that of the last program. */
static u32 sigtrail_exit_peak(const struct task_struct *tsk)
{
	return min_t(u64, (u64)tsk->signal->maxrss * (PAGE_SIZE / 1024),
		     U32_MAX);
}

/**
 * __sigtrail_exit - record the end of a process
 * @tsk: a task that has become a zombie
 *
 * A process has ended when its leader has ended and no other thread is left. It
 * is recorded if it was sent a signal that can end it: the first call removes it
 * from the tables. Others are recorded as the switch exits says.
 *
 * Context: tasklist_lock held for writing.
 */
void __sigtrail_exit(struct task_struct *tsk)
{
	u32 share = SIGTRAIL_SHARE_COMMON;
	struct sigtrail_exit_times times = { };
	bool recorded, of_init, known = true;
	struct sigtrail_record rec;
	unsigned long flags;
	u64 now, run;
	u32 uid;
	int from;

	/* Its ids can be another's later. */
	atomic_inc_return_release(&sigtrail_generation);
	if (!thread_group_leader(tsk) || !thread_group_empty(tsk))
		return;
	sigtrail_claim_end(tsk);
	if (!static_branch_unlikely(&sigtrail_enabled))
		return;

	of_init = sigtrail_exit_of_init(tsk);
	run = sigtrail_exit_run_ns(tsk);
	raw_spin_lock_irqsave(&sigtrail_ring.lock, flags);
	now = local_clock();
	from = sigtrail_exit_take(task_tgid_nr(tsk),
				  (unsigned long)task_tgid(tsk), &times);
	recorded = from >= 0 || sigtrail_exit_wanted(tsk, of_init);
	if (recorded) {
		uid = sigtrail_exit_uid(tsk);
		share = sigtrail_exit_share(from, uid, now);
		/* NTP does not slew local_clock(); it slews the other one by 0.05 %. */
		known = from >= 0 ||
			sigtrail_exit_known(task_tgid_nr(tsk), uid,
					    now - min(now, run + (run >> 10)));
		if (!sigtrail_exit_admit(tsk, share, from, of_init, now)) {
			sigtrail_exit_tables.forgotten++;
			recorded = false;
		}
	}
	raw_spin_unlock_irqrestore(&sigtrail_ring.lock, flags);
	if (!recorded)
		return;

	memset(&rec, 0, sizeof(rec));
	rec.time = now;
	rec.kind = SIGTRAIL_KIND_EXIT;
	if (of_init)
		rec.flags |= SIGTRAIL_FLAG_OF_INIT;
	rec.status = sigtrail_exit_status(tsk);
	/* Also set of one that was ending anyway, and so got the last memory. */
	if (tsk_is_oom_victim(tsk) && (rec.status & 0x7f) == SIGKILL)
		rec.flags |= SIGTRAIL_FLAG_OOM;
	if (!known)
		rec.flags |= SIGTRAIL_FLAG_FORGOTTEN;
	rcu_read_lock();
	sigtrail_task_fill(&rec.target, tsk);
	rcu_read_unlock();
	rec.run_time = sigtrail_exit_ms(run);
	rec.peak_rss = sigtrail_exit_peak(tsk);
	sigtrail_exit_since(&times, &rec);
	/* The daemon that logs exits ends before the last ones. */
	if (sigtrail_shutdown_begun() && sigtrail_print_admit(share, now))
		rec.flags |= SIGTRAIL_FLAG_PRINTED;
	sigtrail_record_add(share, &rec);
	if (rec.flags & SIGTRAIL_FLAG_PRINTED)
		sigtrail_print_exit(&rec);
}
