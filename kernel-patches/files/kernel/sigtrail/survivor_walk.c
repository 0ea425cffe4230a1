// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: which survivors have a record, and their order.
 *
 * A process is looked up by its id, one after the other: between two of them no
 * lock is held, so that its line can be printed.
 */
#include <linux/cred.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "internal.h"

/*
 * Maximum of records, and part of the ring: those of the signals before are what
 * the story of a shutdown is made of, and these must not overwrite them.
 */
#define SIGTRAIL_SURVIVORS_MAX 256
#define SIGTRAIL_SURVIVORS_PART 4

/* Part of them that a user's processes get: all users', a half. */
#define SIGTRAIL_SURVIVORS_USER 16

/**
 * enum sigtrail_survivor_rank - why a survivor matters
 * @SIGTRAIL_SURVIVOR_KILLED: it has to end, and has not ended
 * @SIGTRAIL_SURVIVOR_WAITS: it is in uninterruptible sleep
 * @SIGTRAIL_SURVIVOR_OTHER: it is there
 * @SIGTRAIL_SURVIVOR_RANKS: number of these values
 */
enum sigtrail_survivor_rank {
	SIGTRAIL_SURVIVOR_KILLED,
	SIGTRAIL_SURVIVOR_WAITS,
	SIGTRAIL_SURVIVOR_OTHER,
	SIGTRAIL_SURVIVOR_RANKS
};

/**
 * struct sigtrail_survivors - the survivors that have a record
 * @most: maximum of records
 * @count: number of records
 * @of_share: number of records, by share
 * @pid: tgids
 */
struct sigtrail_survivors {
	u32 most;
	u32 count;
	u32 of_share[SIGTRAIL_SHARES];
	u32 pid[SIGTRAIL_SURVIVORS_MAX];
};

static enum sigtrail_survivor_rank sigtrail_survivor_rank(struct task_struct *t)
{
	if (sigtrail_kill_pending(t))
		return SIGTRAIL_SURVIVOR_KILLED;
	return task_state_to_char(t) == 'D' ? SIGTRAIL_SURVIVOR_WAITS :
					      SIGTRAIL_SURVIVOR_OTHER;
}

static u32 sigtrail_survivor_share(struct task_struct *t)
{
	u32 uid = __kuid_val(__task_cred(t)->uid);
	unsigned long flags;
	u32 share;

	if (!uid)
		return SIGTRAIL_SHARE_COMMON;
	raw_spin_lock_irqsave(&sigtrail_ring.lock, flags);
	share = sigtrail_share_of(uid, local_clock());
	raw_spin_unlock_irqrestore(&sigtrail_ring.lock, flags);
	return share;
}

static bool sigtrail_survivor_is_known(const struct sigtrail_survivors *all,
				       u32 pid)
{
	u32 i;

	for (i = 0; i < all->count; i++)
		if (all->pid[i] == pid)
			return true;
	return false;
}

/*
 * Takes a place for a survivor that has none yet. Returns its share, or -ENOSPC.
 * In an RCU read-side section.
 */
static int sigtrail_survivor_enter(struct sigtrail_survivors *all,
				   struct task_struct *t)
{
	u32 most = all->most;
	u32 share;

	if (sigtrail_survivor_is_known(all, task_tgid_nr(t)))
		return -ENOSPC;
	share = sigtrail_survivor_share(t);
	if (share != SIGTRAIL_SHARE_COMMON)
		most /= SIGTRAIL_SURVIVORS_USER;
	if (all->of_share[share] >= most)
		return -ENOSPC;
	all->of_share[share]++;
	all->pid[all->count++] = task_tgid_nr(t);
	return share;
}

/* The next survivor of a rank, or of one before: it may have got that only now. */
static bool sigtrail_survivor_get(struct sigtrail_survivors *all, int *nr,
				  enum sigtrail_survivor_rank rank, u32 *share,
				  struct sigtrail_record *rec)
{
	struct task_struct *t;
	int entered = -ENOSPC;

	rcu_read_lock();
	do {
		t = sigtrail_survivor_next(nr);
		if (t && sigtrail_survivor_rank(t) <= rank)
			entered = sigtrail_survivor_enter(all, t);
	} while (t && entered < 0);
	if (t)
		sigtrail_survivor_fill(rec, t);
	rcu_read_unlock();
	*share = entered;

	return t;
}

static void sigtrail_survivors_walk(struct sigtrail_survivors *all,
				    enum sigtrail_survivor_rank rank)
{
	struct sigtrail_record rec;
	int nr = 1;
	u32 share;

	while (all->count < all->most &&
	       sigtrail_survivor_get(all, &nr, rank, &share, &rec)) {
		/* No user's loop of signals suppresses who outlived SIGKILL. */
		if (rec.flags & SIGTRAIL_FLAG_KILL_PENDING ?
			    sigtrail_print_wanted() :
			    sigtrail_print_admit(share, rec.time))
			rec.flags |= SIGTRAIL_FLAG_PRINTED;
		sigtrail_record_add(SIGTRAIL_SHARE_COMMON, &rec);
		if (rec.flags & SIGTRAIL_FLAG_PRINTED)
			sigtrail_print_survivor(&rec);
	}
}

/**
 * sigtrail_survivors_record - record and print the survivors
 *
 * Those that outlive SIGKILL come first, then those in uninterruptible sleep. The record
 * of the call has the number of all: it tells how many are left out, or ended meanwhile.
 *
 * Context: task context; may print, so without locks but its own.
 */
void sigtrail_survivors_record(void)
{
	/* Of two calls at once, one records them: the other one must not wait. */
	static DEFINE_MUTEX(mutex);
	static struct sigtrail_survivors all;
	struct sigtrail_ring_state state;
	enum sigtrail_survivor_rank rank;

	if (!mutex_trylock(&mutex))
		return;
	sigtrail_ring_state(&sigtrail_ring, &state);
	memset(&all, 0, sizeof(all));
	all.most = min_t(u32, SIGTRAIL_SURVIVORS_MAX,
			 state.size / SIGTRAIL_SURVIVORS_PART);
	for (rank = 0; rank < SIGTRAIL_SURVIVOR_RANKS; rank++)
		sigtrail_survivors_walk(&all, rank);
	mutex_unlock(&mutex);
}
