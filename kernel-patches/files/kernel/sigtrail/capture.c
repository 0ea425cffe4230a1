// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the hooks for signals, in kernel/signal.c and kernel/ptrace.c.
 *
 * They run with the target's siglock held, possibly in an interrupt; the one for
 * tracers takes it. They count a signal that is like the one before, or add a record
 * of fixed size to the ring, and kick the relay if there is a listener. They do not
 * allocate, and take only the locks that internal.h names.
 */
#include <linux/cred.h>
#include <linux/hardirq.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>

#include "action.h"
#include "cgroup.h"
#include "internal.h"
#include "sender.h"

/* A cheap first check, so that most signals need no second one. */
static bool sigtrail_may_be_left_out(int sig, int result,
				     const struct task_struct *t)
{
	return siginmask(sig, rt_sigmask(SIGCHLD) | rt_sigmask(SIGALRM) |
			      rt_sigmask(SIGURG)) ||
	       (result == TRACE_SIGNAL_IGNORED &&
		sigtrail_task_has(t, PF_KTHREAD)) ||
	       READ_ONCE(sigtrail_state.relay_task) == current;
}

/*
 * Notes the signal for the record of the exit. A zombie has had its exit, but up
 * to 5.15 a signal to it is still queued. The id is the process's: it stays the
 * same when a thread that is not the leader calls exec().
 */
static __always_inline struct sigtrail_exit_entry *
sigtrail_note_exit(u32 share, struct task_struct *t, u64 now,
		   enum sigtrail_exit_weight weight)
{
	if (sigtrail_task_has(t, PF_KTHREAD) ||
	    (t->exit_state && thread_group_empty(t)))
		return NULL;
	if (unlikely(share))
		share = sigtrail_share_of_exit(share, t, now);
	return sigtrail_exit_note(share, task_tgid_nr(t),
				  (unsigned long)task_tgid(t), now, weight);
}

/*
 * sigtrail_share_find(), quickly where the sender is root, or a user that sends to
 * itself again.
 */
static __always_inline u32 sigtrail_share(int sig, int code,
					  struct task_struct *t, u32 flags,
					  bool by_task,
					  struct sigtrail_budget **pays,
					  u64 now)
{
	const struct cred *cred = current_real_cred();
	struct sigtrail_user *user = sigtrail_user_recent;

	if (unlikely(!by_task || flags & SIGTRAIL_FLAG_KERNEL ||
		     code == SI_SIGIO || sigtrail_task_has(current, PF_EXITING)))
		return sigtrail_share_find(sig, code, t, by_task, pays, now);
	if (uid_eq(cred->uid, GLOBAL_ROOT_UID))
		return SIGTRAIL_SHARE_COMMON;
	if (__task_cred(t) != cred || __kuid_val(cred->uid) != user->uid)
		return sigtrail_share_find(sig, code, t, by_task, pays, now);
	user->used = now;
	return user - sigtrail_users;
}

static noinline bool sigtrail_is_left_out(int sig,
					  const struct kernel_siginfo *info,
					  struct task_struct *t, int result,
					  u32 flags, bool by_task)
{
	struct sigtrail_budget *pays = NULL;
	unsigned long irqflags;
	u32 share;
	u64 now;

	if (!sigtrail_leave_out_signal(sig, info, t, result, flags))
		return false;

	/* The signal is noise, but the exit that it causes is not. */
	if (flags & SIGTRAIL_FLAG_FATAL) {
		rcu_read_lock();
		irqflags = sigtrail_ring_lock(&sigtrail_ring);
		now = local_clock();
		share = sigtrail_share_find(sig, sigtrail_code(info), t,
					    by_task, &pays, now);
		if (pays)
			sigtrail_budget_admit(pays, SIGTRAIL_COST_COMMON, now);
		sigtrail_note_exit(share, t, now, SIGTRAIL_EXIT_FATAL);
		sigtrail_ring_unlock(&sigtrail_ring, irqflags);
		rcu_read_unlock();
	}
	return true;
}

/* Prints the signal, after the ring's lock is released. */
static noinline void sigtrail_unlock_and_print(struct sigtrail_ring *ring,
					       unsigned long irqflags,
					       struct task_struct *t, u64 now,
					       const struct sigtrail_key *key,
					       bool by_task)
	__releases(&ring->lock)
{
	struct sigtrail_record rec;

	sigtrail_ring_unlock(ring, irqflags);
	sigtrail_signal_fill(&rec, t, now, key, by_task);
	sigtrail_print_settle(true);
	sigtrail_print_signal(&rec);
}

/* Notes a signal like the last one for the record of the exit. */
static __always_inline void sigtrail_again_exit(struct sigtrail_part *part,
						struct task_struct *t, u64 now)
{
	struct sigtrail_last *last = &part->last;

	if (!last->exit)
		return;
	if (likely(last->exit->id == (unsigned long)task_tgid(t)))
		sigtrail_exit_stamp(last->exit, now, last->weight);
	else
		last->exit = sigtrail_note_exit(part->share, t, now,
						last->weight);
}

/*
 * Is a signal like the last one of a user's share still of that share? Sender and target
 * can have other rights by now. The real user of the sender is the same.
 */
static __always_inline bool sigtrail_again_shared(struct task_struct *t)
{
	bool same;

	if (likely(t == current))
		return true;
	rcu_read_lock();
	same = uid_eq(__task_cred(t)->uid, current_real_cred()->uid);
	rcu_read_unlock();
	return same;
}

/*
 * What a signal of current has in common with one like it, and is quick to tell. Its
 * target takes it, and is not ending.
 */
static __always_inline struct sigtrail_quick
sigtrail_quick(int sig, const struct kernel_siginfo *info,
	       const struct task_struct *t, enum pid_type type, int how,
	       u32 generation)
{
	return (struct sigtrail_quick) {
		.target_tid = t->pid,
		.generation = generation,
		.how = sig | type << 8 | how << 11,
		.code = sigtrail_code(info),
		.handler = sigtrail_handler(t, sig),
		.sender_tid = current->pid,
		.sender_uid = __kuid_val(current_real_cred()->uid),
		.sender_set = sigtrail_css_set(current),
		.target_set = sigtrail_css_set(t),
		.sender_parent = rcu_access_pointer(current->real_parent),
	};
}

/*
 * Counts a signal, if it is like the last one. Most of what sigtrail_any() looks at
 * is then as it was. It is compared without the lock: if it is the same, and the serial
 * number is, too, with the lock held, nothing has changed meanwhile.
 */
static __always_inline bool sigtrail_again(int sig,
					   const struct kernel_siginfo *info,
					   struct task_struct *t,
					   enum pid_type type, int how)
{
	struct sigtrail_ring *ring = &sigtrail_ring;
	struct sigtrail_part *part = READ_ONCE(ring->recent);
	struct sigtrail_last *last = &part->last;
	/* Before what it is of. */
	u32 serial = smp_load_acquire(&last->serial);
	u32 generation = sigtrail_generation_now();
	const struct sigtrail_quick quick =
		sigtrail_quick(sig, info, t, type, how, generation);
	unsigned long irqflags;
	u64 now;

	/* Without the lock, see above. */
	if (!data_race(sigtrail_quick_same(&last->quick, &quick)) ||
	    !in_task() || sigtrail_task_has(t, PF_EXITING) ||
	    sigtrail_blocks(t, sig) ||
	    ((how & ~SIGTRAIL_TIMER) == SIGTRAIL_OUTCOME_IGNORED &&
	     t->signal->flags & SIGTRAIL_GROUP_ENDS))
		return false;

	irqflags = sigtrail_ring_lock(ring);
	if (last->serial != serial || !sigtrail_last_is_quick(last) ||
	    (part->share && !sigtrail_again_shared(t))) {
		sigtrail_ring_unlock(ring, irqflags);
		return false;
	}
	now = local_clock();
	sigtrail_again_exit(part, t, now);
	sigtrail_last_add(last, now);
	sigtrail_ring_unlock(ring, irqflags);
	return true;
}

/* Records any signal. */
static noinline void sigtrail_any(int sig, const struct kernel_siginfo *info,
				  struct task_struct *t, enum pid_type type,
				  int how)
{
	/* Before any name is read. */
	u32 generation = sigtrail_generation_now();
	bool by_task = in_task();
	bool by_current = by_task && !(how & SIGTRAIL_TIMER);
	bool by_kthread = by_task && sigtrail_task_has(current, PF_KTHREAD);
	int result = how & ~SIGTRAIL_TIMER;
	u32 flags = sigtrail_action_flags(sig, t, type,
					  sigtrail_is_pending(result));
	struct sigtrail_exit_entry *exit = NULL;
	struct sigtrail_ring *ring = &sigtrail_ring;
	struct sigtrail_part *part;
	enum sigtrail_exit_weight weight;
	bool prints, released = false, kick = false;
	/* All fields: the compiler would clear it first. */
	struct sigtrail_key key = {
		.generation = generation,
		.flags = 0,
		.code = sigtrail_code(info),
		.sender_tid = by_task ? current->pid : 0,
		.sender_pid = by_task ? task_tgid_nr(current) : 0,
		.sender_uid = by_task ? __kuid_val(current_real_cred()->uid) : 0,
		.target_tid = t->pid,
		.target_pid = task_tgid_nr(t),
		.sender_set = by_task ? sigtrail_css_set(current) : NULL,
		.target_set = sigtrail_css_set(t),
		.sender_parent = by_task ?
			rcu_access_pointer(current->real_parent) : NULL,
		.address = 0,
		.pays = NULL,
		.what = sigtrail_what(SIGTRAIL_KIND_SIGNAL, sig,
				      sigtrail_outcome(result, t, type),
				      type == PIDTYPE_PID ?
					      SIGTRAIL_SCOPE_THREAD :
					      SIGTRAIL_SCOPE_PROCESS),
	};
	unsigned long irqflags;
	u32 share;
	u64 now;

	if (sigtrail_sender_is_kernel(key.code, how & SIGTRAIL_TIMER, by_task,
				      by_kthread)) {
		flags |= SIGTRAIL_FLAG_KERNEL;
		released = by_task && !pid_alive(current);
		if (by_task && !by_kthread && t == current &&
		    sigtrail_is_fault(sig, key.code)) {
			flags |= SIGTRAIL_FLAG_FAULT;
			key.address = (unsigned long)info->si_addr;
		}
	}
	weight = sigtrail_exit_weight(sig, flags);
	if (unlikely(sigtrail_may_be_left_out(sig, result, t)) &&
	    sigtrail_is_left_out(sig, info, t, result, flags, by_current))
		return;

	if (unlikely(key.sender_pid == sigtrail_claim_pid()) &&
	    !(flags & SIGTRAIL_FLAG_KERNEL))
		flags |= SIGTRAIL_FLAG_BY_SIGTRAIL;

	if (unlikely(key.target_pid == 1 || key.sender_pid == 1) &&
	    sigtrail_shutdown_starts(sig, result, is_global_init(t),
				     !(flags & SIGTRAIL_FLAG_KERNEL) &&
				     is_global_init(current), type))
		sigtrail_shutdown_begin();
	if (unlikely(sigtrail_shutdown_begun()))
		flags |= SIGTRAIL_FLAG_SHUTDOWN;

	rcu_read_lock();
	irqflags = sigtrail_ring_lock(ring);
	now = local_clock();
	share = sigtrail_share(sig, key.code, t, flags, by_current, &key.pays,
			       now);
	if (sigtrail_is_pending(result) && sigtrail_can_end(sig))
		exit = sigtrail_note_exit(share, t, now, weight);
	prints = sigtrail_print_wanted() && sigtrail_result_sent(result);
	if (unlikely(prints) && sigtrail_print_spend(share, now))
		flags |= SIGTRAIL_FLAG_PRINTED;
	/* Each has a line: so each costs, also if it is only counted. */
	if (unlikely(prints && key.pays)) {
		sigtrail_budget_admit(key.pays, SIGTRAIL_COST_COMMON, now);
		key.pays = NULL;
	}
	if (unlikely(share))
		flags |= SIGTRAIL_FLAG_SHARE;
	if (!(flags & SIGTRAIL_FLAG_KERNEL) && sigtrail_reparented(current))
		flags |= SIGTRAIL_FLAG_REPARENTED;
	key.flags = flags;

	part = &ring->part[share];
	/* It has another name than in the record before. */
	if (unlikely(released) && !sigtrail_what_kind(part->last.key.what))
		sigtrail_last_forget(part);
	if (likely(ring->box))
		kick = sigtrail_signal_add(ring, part, t, now, &key, by_task);
	/* Its ids can be another's later, without a new generation. */
	if (unlikely(t->exit_state || (by_task && current->exit_state)) &&
	    !sigtrail_what_kind(part->last.key.what))
		sigtrail_last_forget(part);
	WRITE_ONCE(ring->recent, part);
	if (by_task && !by_kthread && !released && !prints &&
	    !(flags & SIGTRAIL_FLAG_BLOCKED) &&
	    !(share && flags & SIGTRAIL_FLAG_KERNEL) &&
	    !sigtrail_what_kind(part->last.key.what)) {
		sigtrail_quick_set(&part->last,
				   sigtrail_quick(sig, info, t, type, how,
						  generation));
		part->last.exit = exit;
		part->last.weight = weight;
	}
	if (unlikely(flags & SIGTRAIL_FLAG_PRINTED)) {
		sigtrail_unlock_and_print(ring, irqflags, t, now, &key, by_task);
	} else {
		sigtrail_ring_unlock(ring, irqflags);
		if (unlikely(prints))
			sigtrail_print_settle(false);
	}
	rcu_read_unlock();
	if (kick)
		sigtrail_relay_kick();
}

/**
 * __sigtrail_signal - record a signal
 * @sig: its number
 * @info: its siginfo, or SEND_SIG_NOINFO or SEND_SIG_PRIV
 * @t: the target
 * @type: as for complete_signal()
 * @how: a TRACE_SIGNAL_*; with SIGTRAIL_TIMER, if a POSIX timer sends it
 *
 * Context: any but NMI, with the siglock of @t held.
 */
void __sigtrail_signal(int sig, const struct kernel_siginfo *info,
		       struct task_struct *t, enum pid_type type, int how)
{
	if (!sigtrail_again(sig, info, t, type, how))
		sigtrail_any(sig, info, t, type, how);
}

/*
 * Will the task take a signal with which it is resumed? It is in a stop of
 * PTRACE_EVENT_* if si_code says so, and in a group stop without a siginfo: there
 * the kernel drops the signal. The signal that it stopped for was recorded when it
 * was sent. A tracer can change the siginfo before, and so hide what it injects.
 */
static bool sigtrail_takes_injected(const struct kernel_siginfo *stop, int sig)
{
	return stop && stop->si_code <= 0xff && stop->si_signo != sig;
}

/**
 * __sigtrail_injected - record a signal with which a tracer resumes a task
 * @sig: its number
 * @t: the task
 *
 * Such a signal is not sent: the task takes it as if it had dequeued it.
 *
 * Context: task context of the tracer.
 */
void __sigtrail_injected(int sig, struct task_struct *t)
{
	unsigned long flags;

	/* In some kernels PTRACE_KILL resumes a task that has ended. */
	if (!lock_task_sighand(t, &flags))
		return;
	/* The siginfo is on the stack of the task: stable under its siglock. */
	if (sigtrail_takes_injected(t->last_siginfo, sig))
		__sigtrail_signal(sig, SEND_SIG_NOINFO, t, PIDTYPE_PID,
				  SIGTRAIL_OUTCOME_DELIVERED);
	unlock_task_sighand(t, &flags);
}
