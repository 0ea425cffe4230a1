/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigtrail: the sender of a signal, and how a task is copied into a record.
 * Inline: a hook spends most of its time here.
 */
#ifndef _SIGTRAIL_SENDER_H
#define _SIGTRAIL_SENDER_H

#include <linux/cred.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/string.h>

#include "cgroup.h"
#include "internal.h"
#include "line.h"

static_assert(SIGTRAIL_NAME_LEN == TASK_COMM_LEN);

/**
 * sigtrail_code - a signal's si_code
 * @info: its siginfo, or SEND_SIG_NOINFO or SEND_SIG_PRIV, which are not
 *	pointers
 *
 * Return: the code that the target sees.
 */
static inline int sigtrail_code(const struct kernel_siginfo *info)
{
	if (info == SEND_SIG_NOINFO)
		return SI_USER;
	if (info == SEND_SIG_PRIV)
		return SI_KERNEL;
	return info->si_code;
}

/**
 * sigtrail_is_fault - does the kernel send a signal for a fault of its target?
 * @sig: its number
 * @code: its si_code; one of a POSIX timer is not above 0
 *
 * Return: whether it does: its siginfo has an address then.
 */
static inline bool sigtrail_is_fault(int sig, int code)
{
	if (code <= 0 ||
	    !siginmask(sig, rt_sigmask(SIGSEGV) | rt_sigmask(SIGBUS) |
			    rt_sigmask(SIGILL) | rt_sigmask(SIGFPE)))
		return false;
	switch (siginfo_layout(sig, code)) {
	case SIL_KILL: /* SI_KERNEL */
	case SIL_POLL:
		return false;
	default: /* the layouts of faults, of which newer kernels have more */
		return true;
	}
}

/**
 * sigtrail_sender_is_kernel - did the kernel send a signal, or current?
 * @code: the signal's si_code
 * @timer: a POSIX timer sends it; si_code does not show that, since a caller of
 *	rt_sigqueueinfo(2) may choose SI_TIMER
 * @in_task: it is sent in task context
 * @kthread: current is a kernel thread
 *
 * A process can send itself a signal with an si_code above 0, by
 * rt_sigqueueinfo(2). The kernel is then recorded as the sender. To other
 * processes this is not possible. docs/kernel.md of sigtrail lists the other
 * limits.
 *
 * Return: true for the kernel, false for current.
 */
static inline bool sigtrail_sender_is_kernel(int code, bool timer, bool in_task,
					     bool kthread)
{
	return timer || !in_task || kthread || code > 0;
}

/*
 * Copies the group leader's name: /proc/PID/comm shows it for the process.
 * get_task_comm() takes a lock that is not safe in an interrupt. If the name
 * changes during the copy, the copy may be a mix, but always has a NUL.
 */
static inline void sigtrail_name_copy(char *to, struct task_struct *from)
{
	struct task_struct *leader = READ_ONCE(from->group_leader);

	memcpy(to, leader->comm, SIGTRAIL_NAME_LEN);
	to[SIGTRAIL_NAME_LEN - 1] = '\0';
}

/* The cgroup of its process, as its leader has it. In an RCU read-side section. */
static inline u32 sigtrail_cgroup_of(const struct task_struct *t)
{
	return sigtrail_cgroup_id(sigtrail_css_set(READ_ONCE(t->group_leader)));
}

/**
 * sigtrail_task_fill - copy a task's ids, name and cgroup, but not its uid
 * @to: gets them
 * @from: a task that is not released yet; a released task has no group leader
 *
 * Context: any, in an RCU read-side section.
 */
static inline void sigtrail_task_fill(struct sigtrail_task *to,
				      struct task_struct *from)
{
	to->pid = task_tgid_nr(from);
	to->tid = task_pid_nr(from);
	to->cgroup = sigtrail_cgroup_of(from);
	sigtrail_name_copy(to->name, from);
}

/* Is it still the process of a recent name? With the ring's lock held. */
static __always_inline bool sigtrail_recent_is(const struct sigtrail_recent *recent,
					       struct task_struct *t,
					       u32 generation)
{
	const struct task_struct *leader = READ_ONCE(t->group_leader);

	return recent->leader == leader &&
	       recent->set == sigtrail_css_set(leader) &&
	       recent->pid == task_tgid_nr(t) &&
	       recent->generation == generation;
}

/**
 * sigtrail_name_of_process - a process's name and cgroup, as a record gets them
 * @names: the table of names
 * @t: one of its threads, not released yet
 * @role: what the record has the name for, but SIGTRAIL_BOX_PARENT
 * @generation: of names, read before
 *
 * Context: any, in an RCU read-side section, with the ring's lock held.
 * Return: the name.
 */
static __always_inline const struct sigtrail_name *
sigtrail_name_of_process(struct sigtrail_names *names, struct task_struct *t,
			 enum sigtrail_box_role role, u32 generation)
{
	struct sigtrail_recent *recent = &names->recent[role];

	if (unlikely(!sigtrail_recent_is(recent, t, generation)))
		sigtrail_name_again(names, recent, READ_ONCE(t->group_leader),
				    generation);
	return recent->name;
}

/**
 * sigtrail_line_of_process - the line of a process's children, as a record gets it
 * @names: the table of names
 * @t: one of its threads, not released yet
 * @generation: of names, read before
 *
 * Context: any, in an RCU read-side section, with the ring's lock held.
 * Return: the line.
 */
static __always_inline const struct sigtrail_name *
sigtrail_line_of_process(struct sigtrail_names *names, struct task_struct *t,
			 u32 generation)
{
	struct sigtrail_recent *recent = &names->recent[SIGTRAIL_BOX_PARENT];
	const struct task_struct *leader = READ_ONCE(t->group_leader);

	/* Re-parented without a new generation: see sigtrail_generation_now(). */
	if (unlikely(!sigtrail_recent_is(recent, t, generation) ||
		     recent->above != rcu_access_pointer(leader->real_parent)))
		sigtrail_line_again(names, t, generation);
	return recent->name;
}

#endif /* _SIGTRAIL_SENDER_H */
