/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigtrail: a sender's line: its parent, and the ancestors beyond. It is an entry of the
 * table of names, and has names by their places there.
 *
 * Its pids are those of ancestors, as that of the parent is in the slot: so the signals
 * of all children of a daemon, which init has started, have one line.
 */
#ifndef _SIGTRAIL_LINE_H
#define _SIGTRAIL_LINE_H

#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "names.h"
#include "record.h"
#include "slot.h"

/**
 * sigtrail_ancestor - the parent of a process, for a line
 * @t: one of its threads
 *
 * Its leader is asked: a thread that has started a process may have been released by
 * now. The parent cannot be freed in this RCU section if the leader is alive at the
 * beginning: it leaves its parent's list of children only when it, or the parent, is
 * released.
 *
 * Context: any, in an RCU read-side section.
 * Return: the parent, or a thread of it; NULL if it has none, as init has none, or
 *	has been released.
 */
static inline struct task_struct *sigtrail_ancestor(struct task_struct *t)
{
	t = READ_ONCE(t->group_leader);
	if (!pid_alive(t))
		return NULL;
	t = rcu_dereference(t->real_parent);
	return task_tgid_nr(t) ? t : NULL;
}

/**
 * sigtrail_reparented - has a former parent of a process ended?
 * @t: one of its threads
 *
 * A child begins with the number of programs that its parent has run, which grows. Its
 * parent has run fewer if it is another one. With CLONE_PARENT a child has the parent and
 * the number of the process that starts it: the former parent was that one's.
 *
 * Without CONFIG_64BIT only the lower halves are compared, as one of 64 bits could be torn:
 * what has run 2 ^ 32 programs looks as if it had run none.
 *
 * Context: any, in an RCU read-side section.
 * Return: true if it has. False tells nothing: the one that has ended may have run no
 *	program since the parent started it, the parent may have run more since, or the
 *	one that has ended may descend from another process than the parent.
 */
static inline bool sigtrail_reparented(const struct task_struct *t)
{
	const struct task_struct *parent;

	if (!pid_alive(t))
		return false;
	parent = rcu_dereference(t->real_parent);
	return (unsigned long)t->parent_exec_id >
	       (unsigned long)READ_ONCE(parent->self_exec_id);
}

struct sigtrail_name *sigtrail_line_of(struct sigtrail_names *names,
				       const struct sigtrail_record *rec);
void sigtrail_line_again(struct sigtrail_names *names,
			 struct task_struct *parent, u32 generation);
void sigtrail_line_read(struct sigtrail_record *rec,
			const struct sigtrail_name_list *names, u32 place);
bool sigtrail_line_check(u32 *check, u32 salt,
			 const struct sigtrail_name_list *names, u32 place);
void sigtrail_caller_fill(struct sigtrail_record *rec);

#endif /* _SIGTRAIL_LINE_H */
