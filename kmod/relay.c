// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: the work that takes notices from the probes to the world.
 *
 * A probe must not queue work, for that takes locks; it queues an irq_work,
 * which does. Where a machine has no interrupt for it, as most MIPS and some
 * ARM with one CPU, it waits for the next tick.
 *
 * On a serial console a line takes milliseconds. So what is to be printed waits
 * in a queue of its own, and before each line all that is to be acted on is.
 */
#include <linux/irq_work.h>
#include <linux/kprobes.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

#include "trigger.h"

/* Hits that wait to be printed; a power of two. */
#define RELAY_LINES 64

/**
 * struct sigtrail_trigger_lines - hits that wait to be printed, by number
 * @slots: the hit numbered n is in slots[n % RELAY_LINES]
 * @head: the next to be added
 * @tail: the next to be printed
 *
 * All by the work alone.
 */
struct sigtrail_trigger_lines {
	struct sigtrail_trigger_notice slots[RELAY_LINES];
	unsigned int head;
	unsigned int tail;
};

static struct sigtrail_trigger_lines lines;
static struct workqueue_struct *relay_queue;
static struct irq_work relay_irq_work;
/* There were hits since relay_say() ran; by the works alone. */
static bool relay_hit;

static void relay_run(struct work_struct *work);
static void relay_say(struct work_struct *work);

static DECLARE_WORK(relay_work, relay_run);
static DECLARE_DELAYED_WORK(relay_say_work, relay_say);

static void relay_kicked(struct irq_work *work)
{
	queue_work(relay_queue, &relay_work);
}

/**
 * sigtrail_trigger_relay_kick - there is something to relay
 *
 * Context: a probe's handler.
 */
void __kprobes sigtrail_trigger_relay_kick(void)
{
	irq_work_queue(&relay_irq_work);
}

static void relay_act(const struct sigtrail_trigger_notice *notice)
{
	struct sigtrail_trigger *t = notice->trigger;

	if (!sigtrail_trigger_notice_multicast(notice))
		WRITE_ONCE(t->unsent, t->unsent + 1);
	sigtrail_trigger_ksig_send(notice->pid);
}

static void relay_add_line(const struct sigtrail_trigger_notice *notice)
{
	struct sigtrail_trigger *t = notice->trigger;

	if (lines.head - lines.tail < RELAY_LINES)
		lines.slots[lines.head++ % RELAY_LINES] = *notice;
	else
		WRITE_ONCE(t->unprinted, t->unprinted + 1);
}

static void relay_act_all(void)
{
	struct sigtrail_trigger_notice notice;

	while (sigtrail_trigger_queue_take(&notice)) {
		if (notice.acts)
			relay_act(&notice);
		if (notice.prints)
			relay_add_line(&notice);
		cond_resched();
	}
}

/* In a second, say what was not printed. */
static void relay_say_later(void)
{
	queue_delayed_work(relay_queue, &relay_say_work, HZ);
}

static void relay_run(struct work_struct *work)
{
	unsigned int end;

	relay_hit = true;
	relay_say_later();
	relay_act_all();
	/* What comes later is for a later run: this one can be waited for. */
	end = lines.head;
	while (lines.tail != end) {
		sigtrail_trigger_print_notice(&lines.slots[lines.tail++ % RELAY_LINES]);
		relay_act_all();
	}
	if (lines.head != end)
		queue_work(relay_queue, &relay_work);
}

/*
 * A hit that is held back for the rate starts no work, but one of the same
 * second did before. So the last time has to be a second after the last work,
 * while this run can be for an earlier one.
 */
static void relay_say(struct work_struct *work)
{
	if (relay_hit)
		relay_say_later();
	relay_hit = false;
	sigtrail_trigger_table_say_held_back();
}

/**
 * sigtrail_trigger_relay_flush - wait until all that is queued is relayed
 *
 * Nothing is left then of a probe that was unregistered before.
 *
 * Context: may sleep.
 */
void sigtrail_trigger_relay_flush(void)
{
	irq_work_sync(&relay_irq_work);
	queue_work(relay_queue, &relay_work);
	flush_work(&relay_work);
}

/**
 * sigtrail_trigger_relay_init - make what probes need
 *
 * Return: 0, or -ENOMEM.
 */
int sigtrail_trigger_relay_init(void)
{
	int err = sigtrail_trigger_queue_init();

	if (err)
		return err;
	init_irq_work(&relay_irq_work, relay_kicked);
	/*
	 * Of high priority, so that who is to be ended does not go on for long,
	 * and the queues do not fill up. Up to 6.1 its rescuer has just this
	 * name.
	 */
	relay_queue = alloc_ordered_workqueue("sigtrail_notice",
					      WQ_MEM_RECLAIM | WQ_HIGHPRI);
	if (!relay_queue) {
		sigtrail_trigger_queue_exit();
		return -ENOMEM;
	}
	return 0;
}

/**
 * sigtrail_trigger_relay_exit - end the work; there are no triggers any more
 *
 * Context: may sleep.
 */
void sigtrail_trigger_relay_exit(void)
{
	cancel_delayed_work_sync(&relay_say_work);
	destroy_workqueue(relay_queue);
	sigtrail_trigger_queue_exit();
}
