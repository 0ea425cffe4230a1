// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: start the work, and wait for it.
 *
 * A probe cannot queue work, as that takes locks. It queues an irq_work, which
 * queues the work. On a machine without an interrupt for it (most MIPS, and some
 * ARM with one CPU) the irq_work runs at the next tick.
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
 * sigtrail_trigger_work_kick - start the work, from a probe
 *
 * Context: a probe's handler.
 */
void __kprobes sigtrail_trigger_work_kick(void)
{
	irq_work_queue(&work_kick);
}

/**
 * sigtrail_trigger_work_again - start the work
 *
 * Context: any but a probe's handler.
 */
void sigtrail_trigger_work_again(void)
{
	queue_work(work_queue, &work_run);
}

/**
 * sigtrail_trigger_work_say_later - in a second, print the lines held back
 *
 * Context: any but a probe's handler.
 */
void sigtrail_trigger_work_say_later(void)
{
	queue_delayed_work(work_queue, &work_say, HZ);
}

/**
 * sigtrail_trigger_work_flush - wait until all queued notices are sent
 *
 * Afterwards no notice is left of a probe that was unregistered before.
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
 * sigtrail_trigger_work_init - set up the work
 * @run: sends and prints all queued notices
 * @say: prints how many lines were held back; never runs at the same time as
 *	@run
 *
 * Return: 0, or -ENOMEM.
 */
int sigtrail_trigger_work_init(work_func_t run, work_func_t say)
{
	init_irq_work(&work_kick, work_kicked);
	INIT_WORK(&work_run, run);
	INIT_DELAYED_WORK(&work_say, say);
	/*
	 * High priority, so that a process is killed soon after its hit, and the
	 * queues do not fill up. Up to 6.1 its rescuer has this name.
	 */
	work_queue = alloc_ordered_workqueue("sigtrail_notice",
					     WQ_MEM_RECLAIM | WQ_HIGHPRI);
	return work_queue ? 0 : -ENOMEM;
}

/**
 * sigtrail_trigger_work_exit - free the work, after all triggers
 *
 * Context: may sleep.
 */
void sigtrail_trigger_work_exit(void)
{
	cancel_delayed_work_sync(&work_say);
	destroy_workqueue(work_queue);
}
