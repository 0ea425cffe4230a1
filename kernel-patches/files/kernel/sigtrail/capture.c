// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the hooks for signals, in kernel/signal.c and kernel/ptrace.c.
 *
 * They run with the target's siglock held, possibly in an interrupt; the one for
 * tracers takes it. They copy a
 * record of fixed size into the ring, and queue the relay's work if there is a
 * listener. They do not allocate, and take only the locks that internal.h names.
 */
#include <linux/hardirq.h>
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/string.h>
#include <trace/events/signal.h>

#include "compat.h"
#include "internal.h"
#include "sender.h"

static_assert((int)SIGTRAIL_OUTCOME_DELIVERED == TRACE_SIGNAL_DELIVERED);
static_assert((int)SIGTRAIL_OUTCOME_IGNORED == TRACE_SIGNAL_IGNORED);
static_assert((int)SIGTRAIL_OUTCOME_ALREADY_PENDING ==
	      TRACE_SIGNAL_ALREADY_PENDING);
static_assert((int)SIGTRAIL_OUTCOME_OVERFLOW_FAIL ==
	      TRACE_SIGNAL_OVERFLOW_FAIL);
static_assert((int)SIGTRAIL_OUTCOME_LOSE_INFO == TRACE_SIGNAL_LOSE_INFO);

/* A cheap first check, so that most signals need no second one. */
static bool sigtrail_may_be_left_out(int sig, int result,
				     const struct task_struct *t)
{
	return siginmask(sig, rt_sigmask(SIGCHLD) | rt_sigmask(SIGALRM) |
			      rt_sigmask(SIGURG)) ||
	       (result == TRACE_SIGNAL_IGNORED && t->flags & PF_KTHREAD) ||
	       READ_ONCE(sigtrail_state.relay_task) == current;
}

static bool sigtrail_blocks(struct task_struct *t, int sig)
{
	/* sigtimedwait(2) unblocks what it waits for; real_blocked has the mask. */
	return sigismember(&t->blocked, sig) |
	       sigismember(&t->real_blocked, sig);
}

/* What the threads do that a signal is for. */
enum sigtrail_threads {
	SIGTRAIL_THREADS_EXIT,	/* all */
	SIGTRAIL_THREADS_BLOCK,	/* all that do not exit */
	SIGTRAIL_THREADS_TAKE,	/* at least one */
};

static enum sigtrail_threads sigtrail_threads(int sig, struct task_struct *p,
					      enum pid_type type)
{
	enum sigtrail_threads found = SIGTRAIL_THREADS_EXIT;
	struct task_struct *t;

	/* A leader that has exited blocks nothing, and takes nothing. */
	if (likely(!(p->flags & PF_EXITING))) {
		if (likely(!sigtrail_blocks(p, sig)))
			return SIGTRAIL_THREADS_TAKE;
		found = SIGTRAIL_THREADS_BLOCK;
	}
	if (type == PIDTYPE_PID || thread_group_empty(p))
		return found;
	for_each_thread(p, t) {
		if (t->flags & PF_EXITING)
			continue;
		if (!sigtrail_blocks(t, sig))
			return SIGTRAIL_THREADS_TAKE;
		found = SIGTRAIL_THREADS_BLOCK;
	}
	return found;
}

/* Does its default action end the process? */
static bool sigtrail_can_end(int sig)
{
	return !sig_kernel_ignore(sig) && !sig_kernel_stop(sig);
}

/*
 * Is the process asked to end by it? A signal that a process handles, as HUP, can
 * be one to reload; TERM is not. A terminal's INT and QUIT interrupt a shell.
 */
static bool sigtrail_asks_to_end(int sig, u32 flags)
{
	if (flags & SIGTRAIL_FLAG_FATAL)
		return true;
	if (!siginmask(sig, rt_sigmask(SIGKILL) | rt_sigmask(SIGTERM) |
			    rt_sigmask(SIGINT) | rt_sigmask(SIGQUIT)))
		return false;
	return !(flags & SIGTRAIL_FLAG_KERNEL) || sig == SIGKILL ||
	       sig == SIGTERM;
}

/* What the target will do with the signal, as far as it is known here. */
static u32 sigtrail_action_flags(int sig, struct task_struct *t,
				 enum pid_type type, bool pending)
{
	/* Stable: its siglock is held. */
	struct sighand_struct *sighand = rcu_dereference_protected(t->sighand,
								   true);
	void __user *handler = sighand->action[sig - 1].sa.sa_handler;
	enum sigtrail_threads threads = sigtrail_threads(sig, t, type);
	u32 flags = 0;

	lockdep_assert_held(&sighand->siglock);
	if (threads == SIGTRAIL_THREADS_BLOCK)
		flags |= SIGTRAIL_FLAG_BLOCKED;
	if (handler == SIG_DFL) {
		flags |= SIGTRAIL_FLAG_DEFAULT;
		if (pending && threads == SIGTRAIL_THREADS_TAKE &&
		    sigtrail_can_end(sig) &&
		    (sig == SIGKILL || !(t->signal->flags & SIGNAL_UNKILLABLE)))
			flags |= SIGTRAIL_FLAG_FATAL;
	} else if (handler != SIG_IGN) {
		flags |= SIGTRAIL_FLAG_CAUGHT;
	}
	return flags;
}

/*
 * Notes the signal for the record of the exit. A zombie has had its exit, but up
 * to 5.15 a signal to it is still queued. The id is the process's: it stays the
 * same when a thread that is not the leader calls exec().
 */
static __always_inline void sigtrail_note_exit(struct task_struct *t, u64 now,
					       bool asks)
{
	if (t->flags & PF_KTHREAD || (t->exit_state && thread_group_empty(t)))
		return;
	sigtrail_exit_note(task_tgid_nr(t), (unsigned long)task_tgid(t), now,
			   asks);
}

/* From 7.2 on a signal to a thread that exits is dropped, too. */
static int sigtrail_outcome(int result, struct task_struct *t,
			    enum pid_type type)
{
	if (result != SIGTRAIL_OUTCOME_IGNORED)
		return result;
	return t->signal->flags & SIGTRAIL_GROUP_ENDS ||
	       (type == PIDTYPE_PID && t->flags & PF_EXITING) ?
		       SIGTRAIL_OUTCOME_DYING : result;
}

static noinline bool sigtrail_is_left_out(int sig,
					  const struct kernel_siginfo *info,
					  struct task_struct *t, int result,
					  u32 flags)
{
	unsigned long irqflags;

	if (!sigtrail_leave_out_signal(sig, info, t, result, flags))
		return false;

	/* The signal is noise, but the exit that it causes is not. */
	if (flags & SIGTRAIL_FLAG_FATAL) {
		irqflags = sigtrail_ring_lock(&sigtrail_ring);
		sigtrail_note_exit(t, local_clock(), true);
		sigtrail_ring_unlock(&sigtrail_ring, irqflags);
	}
	return true;
}

/**
 * struct sigtrail_sent - a signal, as far as it is known before the ring is locked
 * @sig: its number
 * @code: its si_code
 * @outcome: enum sigtrail_outcome
 * @scope: enum sigtrail_scope
 * @flags: enum sigtrail_flag
 */
struct sigtrail_sent {
	u32 sig;
	u32 code;
	u32 outcome;
	u32 scope;
	u32 flags;
};

/*
 * Writes the record of a signal that current sends, or in whose context it is made.
 * The names first: what is needed of them is in few registers then.
 */
static __always_inline void sigtrail_write_current(struct sigtrail_ring *ring,
						   struct sigtrail_box_slot *slot,
						   struct task_struct *t, u64 now,
						   struct sigtrail_sent sent)
{
	struct sigtrail_names *names = &ring->names;
	struct task_struct *parent = rcu_dereference(current->real_parent);
	const struct sigtrail_name *by =
		sigtrail_name_of_process(names, current, SIGTRAIL_BOX_SENDER,
					 &ring->kept);
	const struct sigtrail_name *under =
		sigtrail_name_of_process(names, parent, SIGTRAIL_BOX_PARENT,
					 &ring->kept);
	const struct sigtrail_name *to =
		sigtrail_name_of_process(names, t, SIGTRAIL_BOX_TARGET,
					 &ring->kept);
	struct sigtrail_draft d = {
		.time = now,
		.kind = SIGTRAIL_KIND_SIGNAL,
		.signal = sent.sig,
		.outcome = sent.outcome,
		.scope = sent.scope,
		.flags = sent.flags,
		.value = sent.code,
		.sender_pid = task_tgid_nr(current),
		.sender_tid = task_pid_nr(current),
		.sender_uid = __kuid_val(current_uid()),
		.parent_pid = task_tgid_nr(parent),
		.target_pid = task_tgid_nr(t),
		.target_tid = task_pid_nr(t),
		.sender = by,
		.parent = under,
		.target = to,
	};
	u32 check = sigtrail_slot_put(slot, names->salt, ring->next, &d);

	slot->check = sigtrail_check_word(check, sigtrail_draft_names(&d));
}

/* The same in an interrupt, or when current has been released. */
static noinline void sigtrail_write_other(struct sigtrail_ring *ring,
					  struct sigtrail_box_slot *slot,
					  struct task_struct *t, u64 now,
					  struct sigtrail_sent sent)
{
	struct sigtrail_record rec = {
		.seq = ring->next,
		.time = now,
		.kind = SIGTRAIL_KIND_SIGNAL,
		.signal = sent.sig,
		.outcome = sent.outcome,
		.scope = sent.scope,
		.flags = sent.flags,
		.code = sent.code,
	};

	sigtrail_task_fill(&rec.target, t);
	if (in_task())
		sigtrail_caller_fill(&rec);
	sigtrail_slot_write(slot, &ring->names, &rec, &ring->kept);
}

/* Prints a copy, after the ring's lock is released. */
static noinline void sigtrail_unlock_and_print(const struct sigtrail_box_slot *slot,
					       unsigned long irqflags)
	__releases(&sigtrail_ring.lock)
{
	struct sigtrail_record rec;

	sigtrail_ring_read_slot(&sigtrail_ring, slot, 0, &rec);
	sigtrail_ring_unlock(&sigtrail_ring, irqflags);
	sigtrail_print_signal(&rec);
}

/**
 * __sigtrail_signal - record a signal
 * @sig: its number
 * @info: its siginfo, or SEND_SIG_NOINFO or SEND_SIG_PRIV
 * @t: the target
 * @type: as for complete_signal()
 * @result: a TRACE_SIGNAL_*
 * @timer: a POSIX timer sends it
 *
 * Context: any but NMI, with the siglock of @t held.
 */
void __sigtrail_signal(int sig, const struct kernel_siginfo *info,
		       struct task_struct *t, enum pid_type type, int result,
		       bool timer)
{
	bool by_task = in_task();
	bool pending = result != SIGTRAIL_OUTCOME_IGNORED &&
		       result != SIGTRAIL_OUTCOME_OVERFLOW_FAIL;
	u32 flags = sigtrail_action_flags(sig, t, type, pending);
	struct sigtrail_ring *ring = &sigtrail_ring;
	struct sigtrail_box_slot *slot;
	struct sigtrail_sent sent;
	unsigned long irqflags;
	bool hears;
	u64 now;

	if (sigtrail_sender_is_kernel(info, timer, by_task,
				      current->flags & PF_KTHREAD))
		flags |= SIGTRAIL_FLAG_KERNEL;
	if (unlikely(sigtrail_may_be_left_out(sig, result, t)) &&
	    sigtrail_is_left_out(sig, info, t, result, flags))
		return;

	if (!(flags & SIGTRAIL_FLAG_KERNEL) &&
	    task_tgid_nr(current) == sigtrail_claim_pid())
		flags |= SIGTRAIL_FLAG_BY_SIGTRAIL;

	if (unlikely(is_global_init(t) || is_global_init(current)) &&
	    sigtrail_shutdown_starts(sig, result, is_global_init(t),
				     !(flags & SIGTRAIL_FLAG_KERNEL) &&
				     is_global_init(current), type))
		sigtrail_shutdown_begin();
	if (sigtrail_shutdown_begun())
		flags |= SIGTRAIL_FLAG_SHUTDOWN;
	if (sigtrail_print_wanted() && sigtrail_result_sent(result) &&
	    sigtrail_print_admit(local_clock()))
		flags |= SIGTRAIL_FLAG_PRINTED;

	sent = (struct sigtrail_sent) {
		.sig = sig,
		.code = sigtrail_code(info),
		.outcome = sigtrail_outcome(result, t, type),
		.scope = type == PIDTYPE_PID ? SIGTRAIL_SCOPE_THREAD :
					       SIGTRAIL_SCOPE_PROCESS,
		.flags = flags,
	};

	rcu_read_lock();
	irqflags = sigtrail_ring_lock(ring);
	now = local_clock();
	if (pending && sigtrail_can_end(sig))
		sigtrail_note_exit(t, now,
				   sigtrail_asks_to_end(sig, flags));
	if (unlikely(!ring->slots)) {
		sigtrail_ring_unlock(ring, irqflags);
		rcu_read_unlock();
		return;
	}

	slot = sigtrail_ring_begin(ring);
	if (likely(by_task && pid_alive(current)))
		sigtrail_write_current(ring, slot, t, now, sent);
	else
		sigtrail_write_other(ring, slot, t, now, sent);
	sigtrail_ring_end(ring);
	hears = sigtrail_ring_hears(ring);
	rcu_read_unlock();
	if (unlikely(flags & SIGTRAIL_FLAG_PRINTED))
		sigtrail_unlock_and_print(slot, irqflags);
	else
		sigtrail_ring_unlock(ring, irqflags);
	if (hears)
		sigtrail_relay_kick();
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
				  SIGTRAIL_OUTCOME_DELIVERED, false);
	unlock_task_sighand(t, &flags);
}
