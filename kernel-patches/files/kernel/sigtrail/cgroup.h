/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigtrail: the cgroup of a process, in the hierarchy of version 2.
 */
#ifndef _SIGTRAIL_CGROUP_H
#define _SIGTRAIL_CGROUP_H

#include <linux/cgroup.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

/**
 * sigtrail_css_set - the css_set of a task
 * @t: a task that is not freed
 *
 * The hierarchy's cgroup of a css_set never changes. So a task that still has the
 * same one is in the same cgroup. The exception: it was moved twice, and the last
 * css_set got the memory of the first, which RCU had freed meanwhile.
 *
 * Context: any.
 * Return: it; to be dereferenced in an RCU read-side section. NULL without
 *	CONFIG_CGROUPS.
 */
static __always_inline const struct css_set *
sigtrail_css_set(const struct task_struct *t)
{
#ifdef CONFIG_CGROUPS
	return rcu_dereference_raw(t->cgroups);
#else
	return NULL;
#endif
}

/**
 * sigtrail_cgroup_id - the id of a css_set's cgroup
 * @set: the css_set
 *
 * Context: any, in an RCU read-side section.
 * Return: the lower 32 bits of its inode number, or 0 without CONFIG_CGROUPS. The
 *	number comes from an IDR, so no two cgroups have these in common at a time.
 */
static inline u32 sigtrail_cgroup_id(const struct css_set *set)
{
#ifdef CONFIG_CGROUPS
	return cgroup_ino(set->dfl_cgrp);
#else
	return 0;
#endif
}

#endif /* _SIGTRAIL_CGROUP_H */
