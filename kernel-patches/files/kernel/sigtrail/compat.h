/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between the kernel versions that sigtrail has patches for.
 */
#ifndef _SIGTRAIL_COMPAT_H
#define _SIGTRAIL_COMPAT_H

#include <linux/version.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sysctl.h>
#include <linux/timer.h>
#include <net/genetlink.h>
/* Declares panic_notifier_list. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 14, 0)
#include <linux/panic_notifier.h>
#else
#include <linux/kernel.h>
#endif

/* The table of a sysctl handler is const. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define SIGTRAIL_SYSCTL_CONST const
#else
#define SIGTRAIL_SYSCTL_CONST
#endif

/* The empty entry that ends a sysctl table. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define SIGTRAIL_SYSCTL_END
#else
#define SIGTRAIL_SYSCTL_END { }
#endif

/* In struct genl_multicast_group: joining needs CAP_NET_ADMIN. */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define SIGTRAIL_MCGRP_FOR_ADMIN .flags = GENL_MCAST_CAP_NET_ADMIN
#else
#define SIGTRAIL_MCGRP_FOR_ADMIN .flags = GENL_UNS_ADMIN_PERM
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
#define nla_strscpy nla_strlcpy
#define IRQ_WORK_INIT_LAZY(_func) \
	{ .flags = ATOMIC_INIT(IRQ_WORK_LAZY), .func = (_func) }
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define timer_delete_sync del_timer_sync
#endif

/* KUnit runs its suites at every boot, not only when asked to. */
#define SIGTRAIL_KUNIT_ALWAYS (LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0))

/* In signal->flags: the process is ending. */
#ifdef SIGNAL_GROUP_COREDUMP
#define SIGTRAIL_GROUP_ENDS (SIGNAL_GROUP_EXIT | SIGNAL_GROUP_COREDUMP)
#else
#define SIGTRAIL_GROUP_ENDS SIGNAL_GROUP_EXIT
#endif

/* Sends with the siglock held. 5.10 and 5.15 do not declare it in a header. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 18, 0)
int send_signal(int sig, struct kernel_siginfo *info, struct task_struct *t,
		enum pid_type type);
#define send_signal_locked send_signal
#endif

/* Memory of reserve_mem=. */
static inline bool sigtrail_reserved_by_name(const char *name,
					     phys_addr_t *start,
					     phys_addr_t *size)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	return reserve_mem_find_by_name(name, start, size);
#else
	return false;
#endif
}

/*
 * Where a task waits in the kernel, 0 if it does not. Up to 5.15 get_wchan() does
 * not keep it from waking up meanwhile, and a stack that changes is misread.
 */
static inline unsigned long sigtrail_wait_channel(struct task_struct *t)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
	return get_wchan(t);
#else
	unsigned long pc = 0;
	bool waits;

	raw_spin_lock_irq(&t->pi_lock);
	waits = task_state_to_char(t) != 'R';
	smp_rmb(); /* as the later get_wchan(): see try_to_wake_up() */
	if (waits && !t->on_rq)
		pc = get_wchan(t);
	raw_spin_unlock_irq(&t->pi_lock);

	return pc;
#endif
}

/* A dump's attributes, parsed by the family's policy. */
static inline struct nlattr **sigtrail_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return genl_dumpit_info(cb)->info.attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

#endif /* _SIGTRAIL_COMPAT_H */
