// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: how the work starts, and how to wait for it.
 *
 * A probe must not queue work, for that takes locks; it queues an irq_work,
 * which does. Where a machine has no interrupt for it, as most MIPS and some
 * ARM with one CPU, it waits for the next tick.
 */
#include <linux/irq_work.h>
#include <linux/kprobes.h>
#include <linux/workqueue.h>

#include "trigger.h"

static struct workqueue_struct *work_queue;
static struct irq_work work_kick;
static struct work_struct work_run;
static struct delayed_work work_say;

static void work_kicked(struct irq_work *work)
{
	queue_work(work_queue, &work_run);
}

/**
 * sigtrail_trigger_work_kick - there is something to relay
 *
 * Context: a probe's handler.
 */
void __kprobes sigtrail_trigger_work_kick(void)
{
	irq_work_queue(&work_kick);
}

/**
 * sigtrail_trigger_work_again - let the work run once more
 *
 * Context: any but a probe's handler.
 */
void sigtrail_trigger_work_again(void)
{
	queue_work(work_queue, &work_run);
}

/**
 * sigtrail_trigger_work_say_later - in a second, say what was not printed
 *
 * Context: any but a probe's handler.
 */
void sigtrail_trigger_work_say_later(void)
{
	queue_delayed_work(work_queue, &work_say, HZ);
}

/**
 * sigtrail_trigger_work_flush - wait until all that is queued is relayed
 *
 * Nothing is left then of a probe that was unregistered before.
 *
 * Context: may sleep.
 */
void sigtrail_trigger_work_flush(void)
{
	irq_work_sync(&work_kick);
	sigtrail_trigger_work_again();
	flush_work(&work_run);
}

/**
 * sigtrail_trigger_work_init - make what starts the work
 * @run: relays all that is queued
 * @say: says what was not printed; the two never run at one time
 *
 * Return: 0, or -ENOMEM.
 */
int sigtrail_trigger_work_init(work_func_t run, work_func_t say)
{
	init_irq_work(&work_kick, work_kicked);
	INIT_WORK(&work_run, run);
	INIT_DELAYED_WORK(&work_say, say);
	/*
	 * Of high priority, so that who is to be ended does not go on for long,
	 * and the queues do not fill up. Up to 6.1 its rescuer has just this
	 * name.
	 */
	work_queue = alloc_ordered_workqueue("sigtrail_notice",
					     WQ_MEM_RECLAIM | WQ_HIGHPRI);
	return work_queue ? 0 : -ENOMEM;
}

/**
 * sigtrail_trigger_work_exit - end the work; there are no triggers any more
 *
 * Context: may sleep.
 */
void sigtrail_trigger_work_exit(void)
{
	cancel_delayed_work_sync(&work_say);
	destroy_workqueue(work_queue);
}
