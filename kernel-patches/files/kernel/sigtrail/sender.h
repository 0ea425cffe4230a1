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
#include <linux/string.h>

#include "internal.h"

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
 * sigtrail_sender_is_kernel - did the kernel send a signal, or current?
 * @info: the signal's siginfo, or SEND_SIG_NOINFO or SEND_SIG_PRIV, which are
 *	not pointers
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
static inline bool
sigtrail_sender_is_kernel(const struct kernel_siginfo *info, bool timer,
			  bool in_task, bool kthread)
{
	return timer || !in_task || kthread || sigtrail_code(info) > 0;
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

/**
 * sigtrail_task_fill - copy a task's ids and name, but not its uid
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
	sigtrail_name_copy(to->name, from);
}

/**
 * sigtrail_name_of_process - a process's name, as a record gets it
 * @names: the table of names
 * @t: one of its threads, not released yet
 * @role: what the record has the name for
 * @generation: of names, read before
 *
 * Context: any, in an RCU read-side section, with the ring's lock held.
 * Return: the name.
 */
static __always_inline const struct sigtrail_name *
sigtrail_name_of_process(struct sigtrail_names *names, struct task_struct *t,
			 enum sigtrail_box_role role, u32 generation)
{
	const struct task_struct *leader = READ_ONCE(t->group_leader);
	struct sigtrail_recent *recent = &names->recent[role];

	if (unlikely(recent->leader != leader ||
		     recent->pid != task_tgid_nr(t) ||
		     recent->generation != generation))
		sigtrail_name_again(names, recent, leader, generation);
	return recent->name;
}

/**
 * sigtrail_caller_fill - set sender and parent of a record from current
 * @rec: the record
 *
 * Context: task context.
 */
static inline void sigtrail_caller_fill(struct sigtrail_record *rec)
{
	struct task_struct *parent;

	rec->sender.uid = __kuid_val(current_uid());

	rcu_read_lock();
	if (pid_alive(current)) {
		sigtrail_task_fill(&rec->sender, current);
		parent = rcu_dereference(current->real_parent);
		rec->parent.pid = task_tgid_nr(parent);
		sigtrail_name_copy(rec->parent.name, parent);
	} else {
		/* Released, at the end of do_exit(): no leader, no parent. */
		rec->sender.pid = task_tgid_nr(current);
		rec->sender.tid = task_pid_nr(current);
		memcpy(rec->sender.name, current->comm, SIGTRAIL_NAME_LEN);
		rec->sender.name[SIGTRAIL_NAME_LEN - 1] = '\0';
		rec->parent.pid = 0;
	}
	rcu_read_unlock();
}

#endif /* _SIGTRAIL_SENDER_H */
