// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the survivors, user processes that are there when reboot(2) is called.
 *
 * A process is looked up by its id, one after the other: between two of them no
 * lock is held, so that its line can be printed. Each one can end, or be killed, at
 * any time: a record shows what was so when it was made.
 */
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>

#include "compat.h"
#include "internal.h"
#include "sender.h"

/*
 * Maximum of records, and part of the ring: those of the signals before are what
 * the story of a shutdown is made of, and these must not overwrite them.
 */
#define SIGTRAIL_SURVIVORS_MAX 256
#define SIGTRAIL_SURVIVORS_PART 4

/* Init and the caller are there by their nature; kernel threads always are. */
static bool sigtrail_can_survive(struct task_struct *p)
{
	return !sigtrail_task_has(p, PF_KTHREAD) && !is_global_init(p) &&
	       !same_thread_group(p, current);
}

/*
 * The thread that explains why its process is there: one in uninterruptible sleep,
 * else the leader, else the first one that has not ended. NULL: a zombie.
 */
static struct task_struct *sigtrail_survivor_thread(struct task_struct *p)
{
	struct task_struct *first = p->exit_state ? NULL : p;
	struct task_struct *t;

	for_each_thread(p, t) {
		if (t->exit_state)
			continue;
		if (task_state_to_char(t) == 'D')
			return t;
		if (!first)
			first = t;
	}
	return first;
}

/*
 * The next survivor, by the thread that explains it. @nr: where to go on, by ids of
 * the initial pid namespace. In an RCU read-side section: the task and its struct
 * signal_struct are not freed before its end.
 */
static struct task_struct *sigtrail_survivor_next(int *nr)
{
	struct task_struct *p, *t;
	struct pid *pid;

	while ((pid = find_ge_pid(*nr, &init_pid_ns))) {
		*nr = pid_nr(pid) + 1;
		p = pid_task(pid, PIDTYPE_TGID);
		if (!p || !sigtrail_can_survive(p))
			continue;
		t = sigtrail_survivor_thread(p);
		if (t)
			return t;
	}
	return NULL;
}

/**
 * sigtrail_kill_pending - has a process to end, by SIGKILL or another signal?
 * @t: one of its threads that has not ended
 *
 * A signal that ends a process makes SIGKILL pending for each thread
 * (complete_signal()). A thread that takes it has it no longer pending, and can
 * then wait in do_exit(): the process has an exit status by then. If each thread
 * was in do_exit() before, by exit(2), SIGKILL is pending for the process alone.
 * Read without the siglock: each is one word.
 *
 * Context: any, in an RCU read-side section.
 * Return: whether it has.
 */
bool sigtrail_kill_pending(struct task_struct *t)
{
	struct signal_struct *signal = t->signal;

	return sigismember(&t->pending.signal, SIGKILL) ||
	       sigismember(&signal->shared_pending.signal, SIGKILL) ||
	       (signal->flags & SIGTRAIL_GROUP_ENDS &&
		signal->group_exit_code & 0x7f);
}

/* Not inline: the name takes half a kilobyte of stack. */
static noinline void sigtrail_wait_fill(char *text, struct task_struct *t)
{
	char name[KSYM_NAME_LEN];
	unsigned long pc;

	/* A task that ends meanwhile loses its stack before it is freed. */
	if (!try_get_task_stack(t))
		return;
	pc = sigtrail_wait_channel(t);
	put_task_stack(t);

	/* Without kallsyms there is no name, and an address says nothing. */
	if (pc && !lookup_symbol_name(pc, name))
		strscpy(text, name, SIGTRAIL_TEXT_LEN);
}

static void sigtrail_survivor_fill(struct sigtrail_record *rec,
				   struct task_struct *t)
{
	memset(rec, 0, sizeof(*rec));
	rec->time = local_clock();
	rec->kind = SIGTRAIL_KIND_SURVIVOR;
	rec->state = task_state_to_char(t);
	if (sigtrail_kill_pending(t))
		rec->flags |= SIGTRAIL_FLAG_KILL_PENDING;
	sigtrail_task_fill(&rec->target, t);
	if (rec->state != 'R')
		sigtrail_wait_fill(rec->text, t);
}

/* The next survivor for which SIGKILL is pending, or for which it is not. */
static bool sigtrail_survivor_get(int *nr, bool killed,
				  struct sigtrail_record *rec)
{
	struct task_struct *t;

	rcu_read_lock();
	do {
		t = sigtrail_survivor_next(nr);
	} while (t && sigtrail_kill_pending(t) != killed);
	if (t)
		sigtrail_survivor_fill(rec, t);
	rcu_read_unlock();

	return t;
}

/* Returns how many more records there may be. */
static unsigned int sigtrail_survivors_walk(bool killed, unsigned int left)
{
	struct sigtrail_record rec;
	int nr = 1;

	while (left && sigtrail_survivor_get(&nr, killed, &rec)) {
		left--;
		/* No user's loop of signals suppresses who outlived SIGKILL. */
		if (killed ? sigtrail_print_wanted() :
			     sigtrail_print_admit(SIGTRAIL_SHARE_COMMON,
						  rec.time))
			rec.flags |= SIGTRAIL_FLAG_PRINTED;
		sigtrail_record_add(SIGTRAIL_SHARE_COMMON, &rec);
		if (rec.flags & SIGTRAIL_FLAG_PRINTED)
			sigtrail_print_survivor(&rec);
	}
	return left;
}

/**
 * sigtrail_survivors_count - count the survivors
 *
 * Context: task context.
 * Return: their number.
 */
u32 sigtrail_survivors_count(void)
{
	u32 count = 0;
	int nr = 1;

	rcu_read_lock();
	while (sigtrail_survivor_next(&nr))
		count++;
	rcu_read_unlock();

	return count;
}

/**
 * sigtrail_survivors_record - record and print the survivors
 *
 * Those that outlive SIGKILL come first. The record of the call has the number of
 * all: it tells how many are left out, or were killed between the two walks.
 *
 * Context: task context; may print, so without locks.
 */
void sigtrail_survivors_record(void)
{
	struct sigtrail_ring_state state;
	unsigned int left;

	sigtrail_ring_state(&sigtrail_ring, &state);
	left = min_t(unsigned int, SIGTRAIL_SURVIVORS_MAX,
		     state.size / SIGTRAIL_SURVIVORS_PART);
	left = sigtrail_survivors_walk(true, left);
	sigtrail_survivors_walk(false, left);
}
