/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigtrail: declarations for all of its files.
 *
 * Locks, outermost first: the target's siglock (the hooks run under it, or
 * under tasklist_lock), then the ring's, a raw spinlock, which also protects the
 * tables of exits and the budgets of printed lines. Code that holds it must not
 * send a signal, wake a task or print. A hook also queues work, without it: that
 * takes no lock, or, in a hurry, that of a worker pool or a timer base, and may wake
 * a worker, as complete_signal() wakes the target. A hook does not take the claim's
 * lock, with which records are added. So are they with the mutex of the switches.
 * That of previous.c is taken alone.
 */
#ifndef _SIGTRAIL_INTERNAL_H
#define _SIGTRAIL_INTERNAL_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/jump_label.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/time64.h>
#include <linux/types.h>
#include <linux/sigtrail.h>

#include "exit.h"
#include "previous.h"
#include "print.h"
#include "record.h"
#include "ring.h"

struct genl_family;
struct genl_info;
struct kernel_siginfo;
struct sk_buff;
struct task_struct;

/**
 * sigtrail_task_has - has a task one of two flags?
 * @t: the task
 * @flag: PF_KTHREAD, which is set before it runs, or PF_EXITING, at its end
 *
 * Its other flags it changes without a lock. They do not matter here.
 *
 * Return: whether it has.
 */
static inline bool sigtrail_task_has(const struct task_struct *t, u32 flag)
{
	/* Other bits may change now. */
	return data_race(t->flags) & flag;
}

/* switch.c, also see below */

/**
 * struct sigtrail_state - state that every hook reads
 * @relay_task: the relay's worker while it multicasts, else NULL
 * @claim_pid: tgid of the process that has claimed the log, or 0; set under the
 *	claim's lock, and cleared without it when the process ends
 * @shutdown: shutdown has begun; never cleared
 *
 * In one struct, so that a hook needs one address and one cache line. Read
 * without a lock.
 */
struct sigtrail_state {
	struct task_struct *relay_task;
	u32 claim_pid;
	bool shutdown;
};

extern struct sigtrail_state sigtrail_state;

/**
 * sigtrail_generation_now - the generation of what signals have in common
 *
 * While it is the same, a process that still has its ids has its name, too, and the
 * switches, the claim and the shutdown are as they were: each change of these, and each
 * end of a process, begins the next one. Read it before what it is of: if that changes
 * meanwhile, there is a new generation.
 *
 * A process can get another parent without one. The children of a process with threads
 * are init's when all of them have begun to end, and it is a zombie only when the last of
 * them has been released. So parents are compared, too: see struct sigtrail_key and
 * struct sigtrail_recent.
 *
 * A zombie has ended. Until it is reaped its ids stay, and with threads alone all
 * others can be used up without a new generation: of a task with an exit_state,
 * nothing is known to be the same later.
 *
 * Context: any.
 * Return: the generation.
 */
static inline u32 sigtrail_generation_now(void)
{
	return atomic_read_acquire(&sigtrail_generation);
}

/* The switches, the claim or the shutdown have changed. */
static inline void sigtrail_generation_next(void)
{
	atomic_inc_return_release(&sigtrail_generation);
}

/* leave_out.c */

/**
 * enum sigtrail_left_out - why a signal was not recorded
 * @SIGTRAIL_LEFT_OUT_NOT: it was recorded
 * @SIGTRAIL_LEFT_OUT_SIGCHLD: switch sigchld is off
 * @SIGTRAIL_LEFT_OUT_SIGALRM: switch sigalrm is off
 * @SIGTRAIL_LEFT_OUT_SIGURG: switch sigurg is off
 * @SIGTRAIL_LEFT_OUT_KTHREAD: switch kthread is off
 * @SIGTRAIL_LEFT_OUT_OWN: the relay's own message caused it
 * @SIGTRAIL_LEFT_OUT_COUNT: number of these values
 */
enum sigtrail_left_out {
	SIGTRAIL_LEFT_OUT_NOT,
	SIGTRAIL_LEFT_OUT_SIGCHLD,
	SIGTRAIL_LEFT_OUT_SIGALRM,
	SIGTRAIL_LEFT_OUT_SIGURG,
	SIGTRAIL_LEFT_OUT_KTHREAD,
	SIGTRAIL_LEFT_OUT_OWN,
	SIGTRAIL_LEFT_OUT_COUNT
};

enum sigtrail_left_out sigtrail_leave_out(int sig, int code, int outcome,
					  bool within_process, bool to_kthread);
bool sigtrail_leave_out_signal(int sig, const struct kernel_siginfo *info,
			       struct task_struct *t, int result, u32 flags);
u64 sigtrail_left_out_count(enum sigtrail_left_out why);

/* fault.c */

void sigtrail_fault(u8 kind, const char *format, ...) __printf(2, 3);

/* message.c */

/* What a record takes in a message, at most. */
#define SIGTRAIL_RECORD_BYTES 352

int sigtrail_put_u64(struct sk_buff *skb, int attr, u64 value);
int sigtrail_record_put(struct sk_buff *skb, const struct sigtrail_record *rec);

/* alive.c */

void sigtrail_alive_boot(const char *id);
void sigtrail_alive_now(void);
void sigtrail_alive_start(void);
void sigtrail_alive_fault(const struct sigtrail_record *rec);

/* repeat.c */

bool sigtrail_last_more(struct sigtrail_ring *ring, struct sigtrail_part *part,
			u64 now);

/**
 * sigtrail_last_count - count a signal, if the newest record can stand for it
 * @ring: the ring
 * @part: a part of it
 * @key: of the signal
 * @now: ns of local_clock()
 *
 * Context: any but NMI, with the ring's lock held.
 * Return: whether it was counted; if not, it needs a record of its own.
 */
static __always_inline bool sigtrail_last_count(struct sigtrail_ring *ring,
						struct sigtrail_part *part,
						const struct sigtrail_key *key,
						u64 now)
{
	struct sigtrail_last *last = &part->last;

	if (!sigtrail_key_same(&last->key, key))
		return false;
	if (unlikely(!sigtrail_last_is_quick(last)))
		return sigtrail_last_more(ring, part, now);
	sigtrail_last_add(last, now);
	return true;
}

/* add.c */

void sigtrail_signal_fill(struct sigtrail_record *rec, struct task_struct *t,
			  u64 now, const struct sigtrail_key *key, bool by_task);
bool sigtrail_signal_add(struct sigtrail_ring *ring, struct sigtrail_part *part,
			 struct task_struct *t, u64 now,
			 struct sigtrail_key *key, bool by_task);

/* box.c */

u32 sigtrail_box_check(u32 salt, const void *from, size_t bytes);
void sigtrail_box_store(u32 salt, void *to, const void *from, size_t bytes);
void sigtrail_box_forget(struct sigtrail_box *box);
void sigtrail_box_format(struct sigtrail_box *box,
			 const struct sigtrail_box_header *header);

/* place.c */

int sigtrail_place_put(struct sk_buff *skb);

/* listeners.c */

/**
 * enum sigtrail_listeners - the listeners of the events
 * @SIGTRAIL_LISTENERS_NONE: there are none
 * @SIGTRAIL_LISTENERS_FULL: none has room for a message
 * @SIGTRAIL_LISTENERS_ROOM: one has
 */
enum sigtrail_listeners {
	SIGTRAIL_LISTENERS_NONE,
	SIGTRAIL_LISTENERS_FULL,
	SIGTRAIL_LISTENERS_ROOM,
};

enum sigtrail_listeners sigtrail_listeners(u32 group);

/* relay.c */

void sigtrail_relay_kick(void);
void sigtrail_record_add(u32 share, struct sigtrail_record *rec);
bool sigtrail_record_try_add(struct sigtrail_record *rec);

/**
 * sigtrail_relay_is_current - is the relay's work current?
 *
 * Return: whether it is; false in an interrupt.
 */
static inline bool sigtrail_relay_is_current(void)
{
	return READ_ONCE(sigtrail_state.relay_task) == current && in_task();
}

u64 sigtrail_relay_failed(void);
int sigtrail_relay_init(const struct genl_family *family);

/* claim.c */

/**
 * sigtrail_claim_pid - the process that has claimed the log
 *
 * Context: any.
 * Return: its tgid, or 0 if there is none.
 */
static inline u32 sigtrail_claim_pid(void)
{
	return READ_ONCE(sigtrail_state.claim_pid);
}

int sigtrail_claim_put(struct sk_buff *skb);
int sigtrail_claim_set(struct sk_buff *request, struct genl_info *info);
void sigtrail_claim_end(struct task_struct *p);
int sigtrail_claim_init(void);

/* info.c */

int sigtrail_info_put(struct sk_buff *skb);

/* set.c */

int sigtrail_switch_get(int attr);
const char * const *sigtrail_switch_words(int attr);
void sigtrail_switch_text(char *text, int attr, int value);
void sigtrail_switch_set(int attr, int value);

/* share.c */

/* That of all users beyond. */
#define SIGTRAIL_SHARE_LAST SIGTRAIL_BOX_USERS

/*
 * What a record costs, in ns: so 8 a second of what users send among their own
 * processes, and of most ends without a signal; and 1 of what any user can cause in the
 * common part.
 */
#define SIGTRAIL_COST_OWN ((u64)NSEC_PER_SEC / 8)
#define SIGTRAIL_COST_COMMON ((u64)NSEC_PER_SEC)

/**
 * struct sigtrail_budget - a budget of records
 * @paid: ns of local_clock(), at which it is full again
 * @over: it is used up, and what it is for is only counted now
 */
struct sigtrail_budget {
	u64 paid;
	bool over;
};

/**
 * struct sigtrail_user - a user who has a share
 * @uid: in the initial user namespace, 0 for none
 * @used: ns of local_clock(), when it was last used
 * @own: of records in its part
 * @across: of records in the common part, of signals to processes of others: those that
 *	cannot end their target, and those that can
 */
struct sigtrail_user {
	u32 uid;
	u64 used;
	struct sigtrail_budget own;
	struct sigtrail_budget across[2];
};

extern struct sigtrail_user sigtrail_users[SIGTRAIL_SHARES];
extern struct sigtrail_budget sigtrail_typed;
/* Mostly the next signal is of the same user. */
extern struct sigtrail_user *sigtrail_user_recent;

u32 sigtrail_share_of(u32 uid, u64 now);
u32 sigtrail_share_find(int sig, int code, struct task_struct *t, bool by_task,
			struct sigtrail_budget **pays, u64 now);
u32 sigtrail_share_of_exit(u32 share, struct task_struct *t, u64 now);
bool sigtrail_budget_has(struct sigtrail_budget *budget, u64 cost, u64 now);
bool sigtrail_budget_admit(struct sigtrail_budget *budget, u64 cost, u64 now);

/* shutdown.c */

/**
 * sigtrail_shutdown_begun - has shutdown begun?
 *
 * Return: whether it has.
 */
static inline bool sigtrail_shutdown_begun(void)
{
	return READ_ONCE(sigtrail_state.shutdown);
}

void sigtrail_shutdown_begin(void);
bool sigtrail_shutdown_starts(int sig, int outcome, bool to_init,
			      bool from_init, enum pid_type type);

/* survivor.c */

struct task_struct *sigtrail_survivor_next(int *nr);
bool sigtrail_kill_pending(struct task_struct *t);
void sigtrail_survivor_fill(struct sigtrail_record *rec, struct task_struct *t);
u32 sigtrail_survivors_count(void);

/* survivor_walk.c */

void sigtrail_survivors_record(void);

/* switch.c */

/**
 * struct sigtrail_switches - switches, set at boot and at run time
 * @printk: enum sigtrail_printk
 * @printk_rate: lines per second, and a burst of 8 times as many
 * @sigchld: record SIGCHLD
 * @sigalrm: record SIGALRM
 * @sigurg: record SIGURG by tgkill(2) within one process
 * @kthread: record what kernel threads ignore
 * @exits: enum sigtrail_exits
 *
 * Each is one word, written and read without a lock: a hook may see the old or
 * the new value.
 */
struct sigtrail_switches {
	int printk;
	int printk_rate;
	int sigchld;
	int sigalrm;
	int sigurg;
	int kthread;
	int exits;
};

/* More than any console can show. A netlink policy takes an s16. */
#define SIGTRAIL_PRINTK_RATE_MAX 10000

extern struct sigtrail_switches sigtrail_switches;

/**
 * sigtrail_print_wanted - does the mode allow printing now?
 *
 * Return: whether it does.
 */
static inline bool sigtrail_print_wanted(void)
{
	switch (READ_ONCE(sigtrail_switches.printk)) {
	case SIGTRAIL_PRINTK_OFF:
		return false;
	case SIGTRAIL_PRINTK_ALWAYS:
		return true;
	default:
		return !sigtrail_claim_pid() || sigtrail_shutdown_begun();
	}
}

extern const char * const sigtrail_printk_words[];
extern const char * const sigtrail_exits_words[];

bool sigtrail_switch_enabled(void);

#endif /* _SIGTRAIL_INTERNAL_H */
