/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sigtrail: who sent it, and how a task is noted. Inline, as it is the larger
 * part of what a hook does.
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
 * @info: its siginfo, or SEND_SIG_NOINFO or SEND_SIG_PRIV, which are no
 *	pointers
 *
 * Return: the code that the receiver sees.
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
 * sigtrail_sender_is_kernel - the sender rule
 * @info: the signal's siginfo, or SEND_SIG_NOINFO or SEND_SIG_PRIV, which are
 *	no pointers
 * @timer: it comes from a POSIX timer; si_code cannot tell, since a caller of
 *	rt_sigqueueinfo(2) may choose SI_TIMER
 * @in_task: it is sent in task context
 * @kthread: current is a kernel thread
 *
 * A caller of rt_sigqueueinfo(2) can give a signal to itself an si_code above
 * 0, and is then taken for the kernel; to others it cannot. docs/kernel.md of
 * sigtrail lists what else cannot be told apart.
 *
 * Return: true if the kernel made it, false if current did.
 */
static inline bool
sigtrail_sender_is_kernel(const struct kernel_siginfo *info, bool timer,
			  bool in_task, bool kthread)
{
	return timer || !in_task || kthread || sigtrail_code(info) > 0;
}

/*
 * The name is the group leader's, as /proc/PID/comm shows it for the process.
 * get_task_comm() takes a lock that is not safe in an interrupt; a name that
 * changes under this copy may come out mixed, but always ends.
 */
static inline void sigtrail_name_copy(char *to, struct task_struct *from)
{
	struct task_struct *leader = READ_ONCE(from->group_leader);

	memcpy(to, leader->comm, SIGTRAIL_NAME_LEN);
	to[SIGTRAIL_NAME_LEN - 1] = '\0';
}

/**
 * sigtrail_task_fill - note who a task is, but for its uid
 * @to: gets it
 * @from: a task that is not released yet: only then does it keep its leader
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
 * sigtrail_caller_fill - make current a record's sender, with its parent
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
		/* Released, at the end of do_exit(): all it has is itself. */
		rec->sender.pid = task_tgid_nr(current);
		rec->sender.tid = task_pid_nr(current);
		memcpy(rec->sender.name, current->comm, SIGTRAIL_NAME_LEN);
		rec->sender.name[SIGTRAIL_NAME_LEN - 1] = '\0';
		rec->parent.pid = 0;
	}
	rcu_read_unlock();
}

#endif /* _SIGTRAIL_SENDER_H */
