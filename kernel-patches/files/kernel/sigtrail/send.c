// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: send a signal with a value to a task that handles it.
 *
 * For the trigger module. Checking the task and queueing the signal must happen
 * under one siglock, and no function that does so is exported to modules.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>

#include "compat.h"
#include "internal.h"

/* Is it caught, or blocked, as for signalfd(2) or sigtimedwait(2)? */
static bool sigtrail_takes(struct task_struct *t, int sig)
{
	/* Stable: its siglock is held. */
	struct sighand_struct *sighand = rcu_dereference_protected(t->sighand,
								   true);
	void __user *handler = sighand->action[sig - 1].sa.sa_handler;

	return sigismember(&t->blocked, sig) ||
	       sigismember(&t->real_blocked, sig) ||
	       (handler != SIG_DFL && handler != SIG_IGN);
}

/**
 * sigtrail_send_value - queue a real-time signal with a number
 * @t: the target; the signal is for this thread, not for its process
 * @sig: number of the signal
 * @value: its si_int; its si_code is SI_QUEUE
 *
 * Nothing is sent if the signal's default action would end the process.
 *
 * Context: task context; the caller holds a reference to @t.
 * Return: 0; -ESRCH if the thread has ended; -EPERM if it neither catches nor
 *	blocks the signal; -EAGAIN if its queue is full.
 */
int sigtrail_send_value(struct task_struct *t, int sig, int value)
{
	struct kernel_siginfo info;
	unsigned long flags;
	int err;

	clear_siginfo(&info);
	info.si_signo = sig;
	info.si_code = SI_QUEUE;
	info.si_int = value;

	if (!lock_task_sighand(t, &flags))
		return -ESRCH;
	if (sigtrail_task_has(t, PF_EXITING))
		err = -ESRCH;
	else if (!sigtrail_takes(t, sig))
		err = -EPERM;
	else
		err = send_signal_locked(sig, &info, t, PIDTYPE_PID);
	unlock_task_sighand(t, &flags);

	return err;
}
EXPORT_SYMBOL_GPL(sigtrail_send_value);
