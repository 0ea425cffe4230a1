// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the users' shares. What a user sends among its own processes has a part
 * of the ring, a budget of records and one of printed lines, and places in the table
 * of exits. So it costs nobody else any of these.
 */
#include <linux/cred.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/time64.h>

#include "internal.h"

/* Records in a burst, and in a second after that. A part has room for the burst. */
#define SIGTRAIL_SHARE_BURST 32
#define SIGTRAIL_SHARE_RATE 8

/* A share whose user has sent nothing for so long can be another's. */
#define SIGTRAIL_SHARE_IDLE (60ULL * NSEC_PER_SEC)

/* Time of the rate that a record costs. */
#define SIGTRAIL_SHARE_COST (NSEC_PER_SEC / SIGTRAIL_SHARE_RATE)

/* By share. Protected by the ring's lock. */
struct sigtrail_user sigtrail_users[SIGTRAIL_SHARES];
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

/*
 * Did the target ask for a signal, by fcntl(2) with F_SETOWN? The kernel makes it in
 * the context of the process that writes. The target can choose that one, as a daemon of
 * root's.
 */
static bool sigtrail_is_io(int sig, int code)
{
	return siginfo_layout(sig, code) == SIL_POLL ||
	       (sig == SIGIO && code == SI_KERNEL); /* without F_SETSIG */
}

/*
 * Is a SIGKILL that no user process sent one of the kernel's or of root's choice, as the
 * OOM killer's? A process can have its own timers and its F_SETSIG send one, and the
 * limit of its processor time, which the tick finds.
 */
static bool sigtrail_is_chosen(int code, struct task_struct *t, bool by_task)
{
	return code == SI_KERNEL &&
	       (by_task || !same_thread_group(current, t));
}

/**
 * sigtrail_share_find - the share of a signal
 * @sig: its number
 * @code: its si_code
 * @t: its target
 * @by_task: current is the sender, or the context in which the kernel made it
 * @now: ns of local_clock()
 *
 * It is a user's if it does not cross users: its sender, or the task in whose context
 * the kernel made it, has the target's real user.
 *
 * Context: any but NMI, in an RCU read-side section, with the ring's lock held.
 * Return: the share.
 */
u32 sigtrail_share_find(int sig, int code, struct task_struct *t, bool by_task,
			u64 now)
{
	const struct cred *target = __task_cred(t);
	const struct cred *sender = current_cred();

	if (uid_eq(target->uid, GLOBAL_ROOT_UID))
		return SIGTRAIL_SHARE_COMMON;
	if (by_task && !sigtrail_task_has(current, PF_KTHREAD) &&
	    !sigtrail_is_io(sig, code)) {
		if (!uid_eq(sender->uid, target->uid))
			return SIGTRAIL_SHARE_COMMON;
	} else if (sig == SIGKILL && sigtrail_is_chosen(code, t, by_task)) {
		return SIGTRAIL_SHARE_COMMON;
	}
	return sigtrail_share_of(__kuid_val(target->uid), now);
}

/**
 * sigtrail_share_admit - may a user's signal, or an end, have a record of its own?
 * @user: the user; gets the record's cost
 * @now: ns of local_clock()
 *
 * Once it may not, a quarter of the burst is saved up before it may again: so that
 * there is not a summary after each record.
 *
 * Return: whether it may; if not, a signal belongs to a summary, and an end is only
 *	counted.
 */
bool sigtrail_share_admit(struct sigtrail_user *user, u64 now)
{
	u64 least = user->summary ? SIGTRAIL_SHARE_BURST / 4 : 1;

	user->paid = max(user->paid, now);
	user->summary = user->paid + least * SIGTRAIL_SHARE_COST >
			now + SIGTRAIL_SHARE_BURST * (u64)SIGTRAIL_SHARE_COST;
	if (user->summary)
		return false;
	user->paid += SIGTRAIL_SHARE_COST;
	return true;
}
