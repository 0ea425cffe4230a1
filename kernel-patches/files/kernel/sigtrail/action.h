/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigtrail: what a target does with a signal, as far as it is known when it is sent.
 * Inline: a hook spends much of its time here.
 */
#ifndef _SIGTRAIL_ACTION_H
#define _SIGTRAIL_ACTION_H

#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <trace/events/signal.h>

#include "compat.h"
#include "internal.h"

static_assert((int)SIGTRAIL_OUTCOME_DELIVERED == TRACE_SIGNAL_DELIVERED);
static_assert((int)SIGTRAIL_OUTCOME_IGNORED == TRACE_SIGNAL_IGNORED);
static_assert((int)SIGTRAIL_OUTCOME_ALREADY_PENDING ==
	      TRACE_SIGNAL_ALREADY_PENDING);
static_assert((int)SIGTRAIL_OUTCOME_OVERFLOW_FAIL ==
	      TRACE_SIGNAL_OVERFLOW_FAIL);
static_assert((int)SIGTRAIL_OUTCOME_LOSE_INFO == TRACE_SIGNAL_LOSE_INFO);

static inline bool sigtrail_blocks(struct task_struct *t, int sig)
{
	/* sigtimedwait(2) unblocks what it waits for; real_blocked has the mask. */
	return sigismember(&t->blocked, sig) |
	       sigismember(&t->real_blocked, sig);
}

static inline void __user *sigtrail_handler(const struct task_struct *t, int sig)
{
	/* Stable: its siglock is held. */
	const struct sighand_struct *sighand =
		rcu_dereference_protected(t->sighand, true);

	lockdep_assert_held(&sighand->siglock);
	return sighand->action[sig - 1].sa.sa_handler;
}

/* What the threads do that a signal is for. */
enum sigtrail_threads {
	SIGTRAIL_THREADS_EXIT,	/* all */
	SIGTRAIL_THREADS_BLOCK,	/* all that do not exit */
	SIGTRAIL_THREADS_TAKE,	/* at least one */
};

static inline enum sigtrail_threads
sigtrail_threads(int sig, struct task_struct *p, enum pid_type type)
{
	enum sigtrail_threads found = SIGTRAIL_THREADS_EXIT;
	struct task_struct *t;

	/* A leader that has exited blocks nothing, and takes nothing. */
	if (likely(!sigtrail_task_has(p, PF_EXITING))) {
		if (likely(!sigtrail_blocks(p, sig)))
			return SIGTRAIL_THREADS_TAKE;
		found = SIGTRAIL_THREADS_BLOCK;
	}
	if (type == PIDTYPE_PID || thread_group_empty(p))
		return found;
	for_each_thread(p, t) {
		if (sigtrail_task_has(t, PF_EXITING))
			continue;
		if (!sigtrail_blocks(t, sig))
			return SIGTRAIL_THREADS_TAKE;
		found = SIGTRAIL_THREADS_BLOCK;
	}
	return found;
}

/* Is a signal pending, now or before? */
static inline bool sigtrail_is_pending(int result)
{
	return result != SIGTRAIL_OUTCOME_IGNORED &&
	       result != SIGTRAIL_OUTCOME_OVERFLOW_FAIL;
}

/* Does its default action end the process? */
static inline bool sigtrail_can_end(int sig)
{
	return !sig_kernel_ignore(sig) && !sig_kernel_stop(sig);
}

/*
 * Is the process asked to end by it? A signal that a process handles, as HUP, can
 * be one to reload; TERM is not. A terminal's INT and QUIT interrupt a shell.
 */
static inline enum sigtrail_exit_weight sigtrail_exit_weight(int sig,
							     u32 flags)
{
	if (flags & SIGTRAIL_FLAG_FATAL)
		return SIGTRAIL_EXIT_FATAL;
	if (!siginmask(sig, rt_sigmask(SIGKILL) | rt_sigmask(SIGTERM) |
			    rt_sigmask(SIGINT) | rt_sigmask(SIGQUIT)))
		return SIGTRAIL_EXIT_OTHER;
	if (flags & SIGTRAIL_FLAG_KERNEL && sig != SIGKILL && sig != SIGTERM)
		return SIGTRAIL_EXIT_OTHER;
	return SIGTRAIL_EXIT_ASKS;
}

/* What the target will do with the signal, as far as it is known here. */
static inline u32 sigtrail_action_flags(int sig, struct task_struct *t,
					enum pid_type type, bool pending)
{
	void __user *handler = sigtrail_handler(t, sig);
	enum sigtrail_threads threads = sigtrail_threads(sig, t, type);
	u32 flags = 0;

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

/* From 7.2 on a signal to a thread that exits is dropped, too. */
static inline int sigtrail_outcome(int result, struct task_struct *t,
				   enum pid_type type)
{
	if (result != SIGTRAIL_OUTCOME_IGNORED)
		return result;
	return t->signal->flags & SIGTRAIL_GROUP_ENDS ||
	       (type == PIDTYPE_PID && sigtrail_task_has(t, PF_EXITING)) ?
		       SIGTRAIL_OUTCOME_DYING : result;
}

#endif /* _SIGTRAIL_ACTION_H */
