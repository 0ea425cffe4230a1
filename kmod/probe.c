// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: the handler of the probes.
 *
 * A probe can hit in any function and context, with any lock held: siglock, a
 * run queue's, printk's. So the handler only counts, copies and queues an
 * irq_work. It does not allocate, print or wake a task, and takes only a lock
 * that is taken nowhere else.
 *
 * Kprobes handlers do not nest on a CPU: a hit inside a handler is ignored, and
 * counted as missed. So the trigger's lock is only against other CPUs, and the
 * CPU's queue has one writer.
 */
#include <linux/irqflags.h>
#include <linux/kprobes.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/sigtrail.h>

#include "arch.h"
#include "trigger.h"

static_assert(SIGTRAIL_TRIGGER_NAME_LEN == TASK_COMM_LEN);

/*
 * Is current a thread of a process with the trigger's name, in task context? The
 * processes that get the notices do not count. The name is the group leader's,
 * as in /proc/PID/comm; get_task_comm() would take a lock.
 */
static nokprobe_inline bool
probe_is_for(struct sigtrail_trigger *t, struct pt_regs *regs, char *name)
{
	if (current->flags & PF_KTHREAD ||
	    !sigtrail_trigger_by_task(&t->probe, regs))
		return false;
	/* A released task, at the end of do_exit(), has no group leader. */
	if (!pid_alive(current))
		return false;

	memcpy(name, READ_ONCE(current->group_leader)->comm,
	       SIGTRAIL_TRIGGER_NAME_LEN);
	name[SIGTRAIL_TRIGGER_NAME_LEN - 1] = '\0';
	return !strcmp(name, t->spec.target_name) &&
	       !sigtrail_claimed_by_current() &&
	       !sigtrail_trigger_ksig_has_current();
}

static nokprobe_inline void count_up(u64 *count)
{
	WRITE_ONCE(*count, *count + 1);
}

/* The entry of a process; a new process replaces the one with the oldest hit. */
static nokprobe_inline struct sigtrail_trigger_process *
probe_process(struct sigtrail_trigger *t, u32 pid, u64 start_time)
{
	struct sigtrail_trigger_process *oldest = t->processes;
	struct sigtrail_trigger_process *p;

	for (p = t->processes; p < t->processes + SIGTRAIL_TRIGGER_PROCESSES; p++) {
		if (p->pid == pid && p->start_time == start_time)
			return p;
		if (p->last < oldest->last)
			oldest = p;
	}
	if (oldest->pid)
		count_up(&t->counts.forgotten);
	oldest->pid = pid;
	oldest->start_time = start_time;
	oldest->count = 0;
	return oldest;
}

/* The number of this hit. */
static nokprobe_inline u64
probe_count(struct sigtrail_trigger *t, u32 pid, u64 start_time, u64 now)
{
	struct sigtrail_trigger_process *p;

	count_up(&t->counts.hits);
	if (t->spec.per == SIGTRAIL_TRIGGER_PER_NAME)
		return ++t->count;
	p = probe_process(t, pid, start_time);
	p->last = now;
	return ++p->count;
}

/* Does hit number @count make a notice? */
static nokprobe_inline bool
probe_acts(struct sigtrail_trigger *t, u64 count, u64 now)
{
	if (count <= t->spec.skip)
		return false;
	if (sigtrail_trigger_budget_take(&t->notices, t->spec.rate, now))
		return true;
	count_up(&t->counts.rate_limited);
	return false;
}

static nokprobe_inline bool probe_prints(struct sigtrail_trigger *t, u64 now)
{
	if (sigtrail_trigger_budget_take(&t->lines,
					 SIGTRAIL_TRIGGER_LINES_PER_SECOND, now))
		return true;
	count_up(&t->counts.held_back);
	return false;
}

/* With the trigger's lock held. Returns whether the work has to run. */
static nokprobe_inline bool
probe_note(struct sigtrail_trigger *t, const char *name, struct pt_regs *regs)
{
	u64 start_time = READ_ONCE(current->group_leader)->start_boottime;
	u32 pid = task_tgid_nr(current);
	struct sigtrail_trigger_notice *notice;
	u64 now = local_clock();
	u64 count = probe_count(t, pid, start_time, now);
	bool acts = probe_acts(t, count, now);
	bool prints = probe_prints(t, now);

	if (!acts && !prints)
		return false;

	if (!sigtrail_trigger_queue_begin(&notice)) {
		if (acts)
			count_up(&t->counts.dropped);
		if (prints)
			count_up(&t->counts.held_back);
		return true;
	}
	if (acts)
		count_up(&t->counts.acted);
	notice->trigger = t;
	notice->time = now;
	notice->start_time = start_time;
	notice->count = count;
	notice->pid = pid;
	notice->tid = task_pid_nr(current);
	memcpy(notice->target_name, name, SIGTRAIL_TRIGGER_NAME_LEN);
	notice->acts = acts;
	notice->prints = prints;
	notice->has_args = !t->spec.offset;
	notice->user_args = notice->has_args &&
			    sigtrail_trigger_args_get(regs, t->syscall,
						      notice->args);
	sigtrail_trigger_queue_end();
	return true;
}

/**
 * sigtrail_trigger_probe_hit - the handler of all triggers' probes
 * @p: the probe
 * @regs: the registers at the hit
 *
 * Context: any, also NMI; with preemption off.
 * Return: 0: the probed function continues.
 */
int __kprobes sigtrail_trigger_probe_hit(struct kprobe *p, struct pt_regs *regs)
{
	struct sigtrail_trigger *t = container_of(p, struct sigtrail_trigger,
						  probe);
	char name[SIGTRAIL_TRIGGER_NAME_LEN];
	unsigned long flags;
	bool kick;

	if (!probe_is_for(t, regs, name))
		return 0;

	raw_local_irq_save(flags);
	arch_spin_lock(&t->lock);
	raw_write_seqcount_begin(&t->seq);
	kick = probe_note(t, name, regs);
	raw_write_seqcount_end(&t->seq);
	arch_spin_unlock(&t->lock);
	raw_local_irq_restore(flags);

	if (kick)
		sigtrail_trigger_work_kick();
	return 0;
}
