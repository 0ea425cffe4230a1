// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: signals that are not recorded, only counted.
 */
#include <linux/atomic.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>

#include "internal.h"
#include "sender.h"

/* On machines without such an atomic, it has a raw spinlock of its own. */
static atomic64_t sigtrail_left_out[SIGTRAIL_LEFT_OUT_COUNT];

/**
 * sigtrail_leave_out - is a signal noise on a router?
 * @sig: number of the signal
 * @code: its si_code
 * @outcome: enum sigtrail_outcome
 * @within_process: sent by user space, to the sender's own process
 * @to_kthread: the target is a kernel thread
 *
 * Return: the switch that leaves it out, or SIGTRAIL_LEFT_OUT_NOT.
 */
enum sigtrail_left_out sigtrail_leave_out(int sig, int code, int outcome,
					  bool within_process, bool to_kthread)
{
	const struct sigtrail_switches *on = &sigtrail_switches;

	if (sig == SIGCHLD && !READ_ONCE(on->sigchld))
		return SIGTRAIL_LEFT_OUT_SIGCHLD;
	if (sig == SIGALRM && !READ_ONCE(on->sigalrm))
		return SIGTRAIL_LEFT_OUT_SIGALRM;
	if (sig == SIGURG && code == SI_TKILL && within_process &&
	    !READ_ONCE(on->sigurg))
		return SIGTRAIL_LEFT_OUT_SIGURG;
	if (to_kthread && outcome == SIGTRAIL_OUTCOME_IGNORED &&
	    !READ_ONCE(on->kthread))
		return SIGTRAIL_LEFT_OUT_KTHREAD;
	return SIGTRAIL_LEFT_OUT_NOT;
}

/* Sent because the relay woke a listener. Not a signal to the relay itself. */
static bool sigtrail_is_own(int sig, const struct kernel_siginfo *info)
{
	return sigtrail_relay_is_current() &&
	       (sig == SIGIO || info != SEND_SIG_PRIV);
}

/**
 * sigtrail_leave_out_signal - should a signal be left out? If so, count it
 * @sig: its number
 * @info: its siginfo, or SEND_SIG_NOINFO or SEND_SIG_PRIV
 * @t: the target
 * @result: a TRACE_SIGNAL_*
 * @flags: its flags so far; SIGTRAIL_FLAG_KERNEL is valid
 *
 * Context: any but NMI.
 * Return: whether it should.
 */
bool sigtrail_leave_out_signal(int sig, const struct kernel_siginfo *info,
			       struct task_struct *t, int result, u32 flags)
{
	enum sigtrail_left_out why;

	if (sigtrail_is_own(sig, info))
		why = SIGTRAIL_LEFT_OUT_OWN;
	else
		why = sigtrail_leave_out(sig, sigtrail_code(info), result,
					 !(flags & SIGTRAIL_FLAG_KERNEL) &&
					 same_thread_group(current, t),
					 sigtrail_task_has(t, PF_KTHREAD));
	if (!why)
		return false;

	atomic64_inc(&sigtrail_left_out[why]);
	return true;
}

/**
 * sigtrail_left_out_count - count the signals that a switch left out
 * @why: the switch
 *
 * Return: the number since boot.
 */
u64 sigtrail_left_out_count(enum sigtrail_left_out why)
{
	return atomic64_read(&sigtrail_left_out[why]);
}
