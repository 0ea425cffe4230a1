/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigtrail: the hooks that kernel/signal.c, kernel/ptrace.c and fs/exec.c call.
 *
 * Each costs one static branch while capture is off, but for those for exits and
 * for new names. None costs anything without CONFIG_SIGTRAIL.
 */
#ifndef _LINUX_SIGTRAIL_H
#define _LINUX_SIGTRAIL_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/jump_label.h>
#include <linux/pid.h>
#include <linux/types.h>
#include <uapi/linux/sigtrail.h>

struct kernel_siginfo;
struct task_struct;

#ifdef CONFIG_SIGTRAIL

DECLARE_STATIC_KEY_TRUE(sigtrail_enabled);
extern atomic_t sigtrail_generation;

/* With a TRACE_SIGNAL_*: a POSIX timer sends the signal. */
#define SIGTRAIL_TIMER BIT(4)

void __sigtrail_signal(int sig, const struct kernel_siginfo *info,
		       struct task_struct *t, enum pid_type type, int how);
void __sigtrail_injected(int sig, struct task_struct *t);
void __sigtrail_exit(struct task_struct *tsk);

static inline bool sigtrail_result_sent(int result)
{
	return result == SIGTRAIL_OUTCOME_DELIVERED ||
	       result == SIGTRAIL_OUTCOME_LOSE_INFO;
}

/**
 * sigtrail_signal_sent - a signal is pending; complete_signal() is next
 * @sig: its number
 * @info: its siginfo, or SEND_SIG_NOINFO or SEND_SIG_PRIV
 * @t: the target; its siglock is held
 * @type: as for complete_signal()
 * @result: TRACE_SIGNAL_DELIVERED or TRACE_SIGNAL_LOSE_INFO
 */
static inline void sigtrail_signal_sent(int sig,
					const struct kernel_siginfo *info,
					struct task_struct *t,
					enum pid_type type, int result)
{
	if (static_branch_unlikely(&sigtrail_enabled))
		__sigtrail_signal(sig, info, t, type, result);
}

/**
 * sigtrail_signal_dropped - a signal was not queued
 * @sig: its number
 * @info: its siginfo, or SEND_SIG_NOINFO or SEND_SIG_PRIV
 * @t: the target; its siglock is held
 * @type: as for complete_signal()
 * @result: a TRACE_SIGNAL_*; ignored if sigtrail_signal_sent() has recorded
 *	the signal, as both paths lead to this hook
 */
static inline void sigtrail_signal_dropped(int sig,
					   const struct kernel_siginfo *info,
					   struct task_struct *t,
					   enum pid_type type, int result)
{
	if (static_branch_unlikely(&sigtrail_enabled) &&
	    !sigtrail_result_sent(result))
		__sigtrail_signal(sig, info, t, type, result);
}

/**
 * sigtrail_timer_sent - sigtrail_signal_sent() for a POSIX timer
 * @sig: its number
 * @info: its siginfo
 * @t: the target; its siglock is held
 * @type: as for complete_signal()
 */
static inline void sigtrail_timer_sent(int sig,
				       const struct kernel_siginfo *info,
				       struct task_struct *t,
				       enum pid_type type)
{
	if (static_branch_unlikely(&sigtrail_enabled))
		__sigtrail_signal(sig, info, t, type,
				  SIGTRAIL_OUTCOME_DELIVERED | SIGTRAIL_TIMER);
}

/**
 * sigtrail_timer_dropped - sigtrail_signal_dropped() for a POSIX timer
 * @sig: its number
 * @info: its siginfo
 * @t: the target; its siglock is held
 * @type: as for complete_signal()
 * @result: a TRACE_SIGNAL_*
 */
static inline void sigtrail_timer_dropped(int sig,
					  const struct kernel_siginfo *info,
					  struct task_struct *t,
					  enum pid_type type, int result)
{
	if (static_branch_unlikely(&sigtrail_enabled) &&
	    !sigtrail_result_sent(result))
		__sigtrail_signal(sig, info, t, type, result | SIGTRAIL_TIMER);
}

/**
 * sigtrail_signal_injected - a tracer resumes a task with a signal
 * @sig: its number, 0 for none
 * @t: the task; it stays stopped until current, its tracer, wakes it
 */
static inline void sigtrail_signal_injected(int sig, struct task_struct *t)
{
	if (static_branch_unlikely(&sigtrail_enabled) && sig)
		__sigtrail_injected(sig, t);
}

/**
 * sigtrail_task_exited - a task is a zombie; its parent is notified next
 * @tsk: the task; tasklist_lock is held for writing
 *
 * Also while capture is off: a claim ends with its process.
 */
static inline void sigtrail_task_exited(struct task_struct *tsk)
{
	__sigtrail_exit(tsk);
}

/**
 * sigtrail_task_renamed - a task has a new name
 *
 * Also while capture is off: it can be on again before the next signal. A release,
 * so that who reads the new generation and then the name reads the new name.
 */
static inline void sigtrail_task_renamed(void)
{
	atomic_inc_return_release(&sigtrail_generation);
}

/* For the module sigtrail_trigger, not for hooks. */

/* Bytes that an escaped text of this size needs: each byte may become \xNN. */
#define SIGTRAIL_ESCAPED(size) (4 * ((size) - 1) + 1)

char *sigtrail_escape(char *to, const char *from, int size);
bool sigtrail_claimed_by_current(void);
int sigtrail_send_value(struct task_struct *t, int sig, int value);

#else /* CONFIG_SIGTRAIL */

static inline void sigtrail_signal_sent(int sig,
					const struct kernel_siginfo *info,
					struct task_struct *t,
					enum pid_type type, int result)
{
}

static inline void sigtrail_signal_dropped(int sig,
					   const struct kernel_siginfo *info,
					   struct task_struct *t,
					   enum pid_type type, int result)
{
}

static inline void sigtrail_timer_sent(int sig,
				       const struct kernel_siginfo *info,
				       struct task_struct *t,
				       enum pid_type type)
{
}

static inline void sigtrail_timer_dropped(int sig,
					  const struct kernel_siginfo *info,
					  struct task_struct *t,
					  enum pid_type type, int result)
{
}

static inline void sigtrail_signal_injected(int sig, struct task_struct *t)
{
}

static inline void sigtrail_task_exited(struct task_struct *tsk)
{
}

static inline void sigtrail_task_renamed(void)
{
}

#endif /* CONFIG_SIGTRAIL */

#endif /* _LINUX_SIGTRAIL_H */
