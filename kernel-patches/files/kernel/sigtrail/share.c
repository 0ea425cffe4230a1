// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the users' shares. What a user sends among its own processes has a part
 * of the ring, a budget of records and one of printed lines, and places in the table
 * of exits. So it costs nobody else any of these.
 */
#include <linux/minmax.h>
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
