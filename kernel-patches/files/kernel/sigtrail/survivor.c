// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: a survivor, a user process that is there when reboot(2) is called: how it
 * is found, and what its record has. survivor_walk.c chooses those that get one.
 *
 * Each one can end, or be killed, at any time: a record shows what was so when it was
 * made.
 */
#include <linux/kallsyms.h>
#include <linux/kernel.h>
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

/**
 * sigtrail_survivor_next - the next survivor
 * @nr: where to go on, by ids of the initial pid namespace
 *
 * Context: task context, in an RCU read-side section: the task and its struct
 *	signal_struct are not freed before its end.
 * Return: the thread that explains it, NULL if there is none.
 */
struct task_struct *sigtrail_survivor_next(int *nr)
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

/**
 * sigtrail_survivor_fill - make the record of a survivor
 * @rec: gets it
 * @t: the thread that explains it
 *
 * Context: task context, in an RCU read-side section.
 */
void sigtrail_survivor_fill(struct sigtrail_record *rec, struct task_struct *t)
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
