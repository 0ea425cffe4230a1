// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the users' shares. What a user sends among its own processes has a part
 * of the ring, a budget of records and one of printed lines, and places in the table
 * of exits. So it costs nobody else any of these. What it sends to others has a budget,
 * too.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/time64.h>
#include <linux/user_namespace.h>

#include "action.h"
#include "internal.h"

/* Records in a burst. A part has room for it. */
#define SIGTRAIL_SHARE_BURST 32

/* A share whose user has sent nothing for so long can be another's. */
#define SIGTRAIL_SHARE_IDLE (60ULL * NSEC_PER_SEC)

/* By share. Protected by the ring's lock, as what follows. */
struct sigtrail_user sigtrail_users[SIGTRAIL_SHARES];
/* Of signals to root's processes that were typed. */
struct sigtrail_budget sigtrail_typed;
struct sigtrail_user *sigtrail_user_recent = sigtrail_users;

/* When did a user last send? A signal that is counted quickly is only in the ring. */
static u64 sigtrail_user_used(const struct sigtrail_user *user)
{
	const struct sigtrail_last *last =
		&sigtrail_ring.part[user - sigtrail_users].last;

	return last->count > 1 ? max(user->used, last->repeats->time_last) :
				 user->used;
}

/**
 * sigtrail_share_of - a user's share
 * @uid: the user, in the initial user namespace, not 0
 * @now: ns of local_clock()
 *
 * Context: any, with the ring's lock held.
 * Return: the share; SIGTRAIL_SHARE_LAST if all others are in use.
 */
u32 sigtrail_share_of(u32 uid, u64 now)
{
	struct sigtrail_user *user = &sigtrail_users[1];
	struct sigtrail_user *idle = user;

	for (; user < &sigtrail_users[SIGTRAIL_SHARE_LAST]; user++)
		if (user->uid == uid)
			goto found;
	while (user-- > &sigtrail_users[1])
		if (sigtrail_user_used(user) < sigtrail_user_used(idle))
			idle = user;
	/* A free one was never used. */
	if (idle->uid &&
	    now - min(now, sigtrail_user_used(idle)) < SIGTRAIL_SHARE_IDLE)
		return SIGTRAIL_SHARE_LAST;
	user = idle;
	*user = (struct sigtrail_user) { .uid = uid };
found:
	user->used = now;
	sigtrail_user_recent = user;
	return user - sigtrail_users;
}

/**
 * sigtrail_budget_has - has a budget room for one more record?
 * @budget: the budget
 * @cost: of a record, in ns
 * @now: ns of local_clock()
 *
 * Once it has none, a quarter of the burst is saved up before it has again: so that
 * there is not a summary after each record.
 *
 * Context: any but NMI, with the ring's lock held.
 * Return: whether it has.
 */
bool sigtrail_budget_has(struct sigtrail_budget *budget, u64 cost, u64 now)
{
	u64 least = budget->over ? SIGTRAIL_SHARE_BURST / 4 : 1;

	budget->paid = max(budget->paid, now);
	budget->over = budget->paid + least * cost >
		       now + SIGTRAIL_SHARE_BURST * cost;
	return !budget->over;
}

/**
 * sigtrail_budget_admit - may a signal, or an end, have a record of its own?
 * @budget: gets the record's cost
 * @cost: it, in ns
 * @now: ns of local_clock()
 *
 * Context: any but NMI, with the ring's lock held.
 * Return: whether it may; if not, a signal belongs to a summary, and an end is only
 *	counted.
 */
bool sigtrail_budget_admit(struct sigtrail_budget *budget, u64 cost, u64 now)
{
	if (!sigtrail_budget_has(budget, cost, now))
		return false;
	budget->paid += cost;
	return true;
}

/*
 * Did the target ask for a signal by F_SETOWN of fcntl(2)? The kernel makes it in the
 * context of the process that writes: the target can choose that one, as a daemon that
 * answers. A caller of rt_sigqueueinfo(2) may choose SI_SIGIO, but of signals with codes of
 * their own the kernel has no other.
 */
static bool sigtrail_is_asked(int sig, int code)
{
	return (siginfo_layout(sig, code) == SIL_POLL &&
		(code > 0 || sig_specific_sicodes(sig))) ||
	       (code == SI_KERNEL && (sig == SIGIO || /* without F_SETSIG */
				      sig == SIGURG));
}

/*
 * Does a process of root's cause a signal, without sending it? A user can have it do so:
 * by F_SETOWN, a new size of a terminal, a hangup, or by PR_SET_PDEATHSIG, for which the
 * kernel sends as if the process did that ends.
 */
static bool sigtrail_is_caused(int code)
{
	return code > 0 || code == SI_SIGIO ||
	       (code == SI_USER && sigtrail_task_has(current, PF_EXITING));
}

/*
 * Was it typed at a terminal? Who did is not known: it can be any user's. Init gets SIGINT
 * for Ctrl-Alt-Del.
 */
static bool sigtrail_is_typed(int sig, int code, struct task_struct *t)
{
	return code == SI_KERNEL && !is_global_init(t) &&
	       siginmask(sig, rt_sigmask(SIGINT) | rt_sigmask(SIGQUIT) |
			      rt_sigmask(SIGTSTP));
}

/*
 * Is a SIGKILL or SIGTERM that the kernel makes of its own or of root's choice, as that of
 * the OOM killer or of sysrq? A process can have its own timers send one, and the limit of
 * its processor time, which the tick finds; a user can fill its own control group's memory;
 * and the init of a pid namespace ends with all that is in it.
 */
static bool sigtrail_is_chosen(int code, struct task_struct *t, bool by_task,
			       bool crosses)
{
	if (code != SI_KERNEL)
		return false;
	if (!by_task)
		return !same_thread_group(current, t);
	return sigtrail_task_has(current, PF_KTHREAD) ||
	       (crosses && !sigtrail_task_has(current, PF_EXITING));
}

/*
 * Is a process root's, or trusted to send signals to any other one? What a user starts
 * that is set-uid root does what the user asks for.
 */
static bool sigtrail_is_trusted(const struct cred *cred)
{
	return uid_eq(cred->uid, GLOBAL_ROOT_UID) ||
	       (uid_eq(cred->uid, cred->euid) &&
		cred->user_ns == &init_user_ns &&
		cap_raised(cred->cap_effective, CAP_KILL));
}

/* The common share, as long as a budget has room; then @share. */
static u32 sigtrail_share_paid(u32 share, struct sigtrail_budget *budget,
			       struct sigtrail_budget **pays, u64 now)
{
	if (!sigtrail_budget_has(budget, SIGTRAIL_COST_COMMON, now))
		return share;
	*pays = budget;
	return SIGTRAIL_SHARE_COMMON;
}

/*
 * The share of a signal that a process that is not trusted sends, or has the kernel send,
 * to another user's.
 */
static u32 sigtrail_share_across(const struct cred *sender, int sig,
				 struct sigtrail_budget **pays, u64 now)
{
	u32 share = sigtrail_share_of(__kuid_val(sender->uid), now);
	struct sigtrail_user *user = &sigtrail_users[share];

	return sigtrail_share_paid(share, &user->across[sigtrail_can_end(sig)],
				   pays, now);
}

/**
 * sigtrail_share_find - the share of a signal
 * @sig: its number
 * @code: its si_code
 * @t: its target
 * @by_task: current is the sender, or the context in which the kernel made it; not so
 *	for a POSIX timer, which can be on another process's processor time
 * @pays: gets the budget that pays for a record of the common part, if one does
 * @now: ns of local_clock()
 *
 * It is a user's if it does not cross users: its sender, or the task in whose context
 * the kernel made it, has the target's real user. Or if it does, and is one too many, or
 * is not of the sender's choice.
 *
 * The user of current is that of its real credentials: the kernel can act with those of
 * another one for a moment, as overlayfs does with those of who has mounted it.
 *
 * Context: any but NMI, in an RCU read-side section, with the ring's lock held.
 * Return: the share.
 */
u32 sigtrail_share_find(int sig, int code, struct task_struct *t, bool by_task,
			struct sigtrail_budget **pays, u64 now)
{
	const struct cred *sender = current_real_cred();
	kuid_t target = __task_cred(t)->uid;
	bool roots = uid_eq(target, GLOBAL_ROOT_UID);
	bool by_kthread = by_task && sigtrail_task_has(current, PF_KTHREAD);
	bool crosses = by_task && !by_kthread && !uid_eq(sender->uid, target);

	if ((sig == SIGKILL || sig == SIGTERM) &&
	    sigtrail_is_chosen(code, t, by_task, crosses))
		return SIGTRAIL_SHARE_COMMON;
	if (crosses && (roots || !sigtrail_is_asked(sig, code))) {
		if (!sigtrail_is_trusted(sender))
			return sigtrail_share_across(sender, sig, pays, now);
		if (roots || !sigtrail_is_caused(code))
			return SIGTRAIL_SHARE_COMMON;
	}
	if (!roots)
		return sigtrail_share_of(__kuid_val(target), now);
	if (by_kthread && sigtrail_is_typed(sig, code, t))
		return sigtrail_share_paid(SIGTRAIL_SHARE_LAST, &sigtrail_typed,
					   pays, now);
	return SIGTRAIL_SHARE_COMMON;
}

/**
 * sigtrail_share_of_exit - the share in which the target of a signal is tracked
 * @share: the signal's
 * @t: the target
 * @now: ns of local_clock()
 *
 * A signal of a user's share can be one too many of those to others: these are tracked
 * where this user does not push them out.
 *
 * Context: any but NMI, with the ring's lock held.
 * Return: the share.
 */
u32 sigtrail_share_of_exit(u32 share, struct task_struct *t, u64 now)
{
	u32 uid;

	if (share == SIGTRAIL_SHARE_COMMON)
		return share;
	rcu_read_lock();
	uid = __kuid_val(__task_cred(t)->uid);
	rcu_read_unlock();
	return uid ? sigtrail_share_of(uid, now) : SIGTRAIL_SHARE_COMMON;
}
