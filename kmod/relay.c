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
#define SIGTRAIL_LINES 64

/**
 * struct sigtrail_lines - hits that wait to be printed, by number
 * @slots: the hit numbered n is in slots[n % SIGTRAIL_LINES]
 * @head: the next to be added
 * @tail: the next to be printed
 *
 * All by the work alone.
 */
struct sigtrail_lines {
	struct sigtrail_notice slots[SIGTRAIL_LINES];
	unsigned int head;
	unsigned int tail;
};

static struct sigtrail_lines sigtrail_lines;
static struct workqueue_struct *sigtrail_relay_queue;
static struct irq_work sigtrail_relay_irq_work;
/* There were hits since sigtrail_relay_say() ran; by the works alone. */
static bool sigtrail_relay_hit;

static void sigtrail_relay_run(struct work_struct *work);
static void sigtrail_relay_say(struct work_struct *work);

static DECLARE_WORK(sigtrail_relay_work, sigtrail_relay_run);
static DECLARE_DELAYED_WORK(sigtrail_relay_say_work, sigtrail_relay_say);

static void sigtrail_relay_kicked(struct irq_work *work)
{
	queue_work(sigtrail_relay_queue, &sigtrail_relay_work);
}

/**
 * sigtrail_relay_kick - there is something to relay
 *
 * Context: a probe's handler.
 */
void __kprobes sigtrail_relay_kick(void)
{
	irq_work_queue(&sigtrail_relay_irq_work);
}

static void sigtrail_relay_act(const struct sigtrail_notice *notice)
{
	struct sigtrail_trigger *t = notice->trigger;

	if (!sigtrail_notice_multicast(notice))
		WRITE_ONCE(t->unsent, t->unsent + 1);
	sigtrail_ksig_send(notice->pid);
}

static void sigtrail_relay_add_line(const struct sigtrail_notice *notice)
{
	struct sigtrail_lines *lines = &sigtrail_lines;
	struct sigtrail_trigger *t = notice->trigger;

	if (lines->head - lines->tail < SIGTRAIL_LINES)
		lines->slots[lines->head++ % SIGTRAIL_LINES] = *notice;
	else
		WRITE_ONCE(t->unprinted, t->unprinted + 1);
}

static void sigtrail_relay_act_all(void)
{
	struct sigtrail_notice notice;

	while (sigtrail_queue_take(&notice)) {
		if (notice.acts)
			sigtrail_relay_act(&notice);
		if (notice.prints)
			sigtrail_relay_add_line(&notice);
		cond_resched();
	}
}

/* In a second, say what was not printed. */
static void sigtrail_relay_say_later(void)
{
	queue_delayed_work(sigtrail_relay_queue, &sigtrail_relay_say_work, HZ);
}

static void sigtrail_relay_run(struct work_struct *work)
{
	struct sigtrail_lines *lines = &sigtrail_lines;
	unsigned int end;

	sigtrail_relay_hit = true;
	sigtrail_relay_say_later();
	sigtrail_relay_act_all();
	/* What comes later is for a later run: this one can be waited for. */
	end = lines->head;
	while (lines->tail != end) {
		sigtrail_print_notice(&lines->slots[lines->tail++ %
						    SIGTRAIL_LINES]);
		sigtrail_relay_act_all();
	}
	if (lines->head != end)
		queue_work(sigtrail_relay_queue, &sigtrail_relay_work);
}

/*
 * A hit that is held back for the rate starts no work, but one of the same
 * second did before. So the last time has to be a second after the last work,
 * while this run can be for an earlier one.
 */
static void sigtrail_relay_say(struct work_struct *work)
{
	if (sigtrail_relay_hit)
		sigtrail_relay_say_later();
	sigtrail_relay_hit = false;
	sigtrail_table_say_held_back();
}

/**
 * sigtrail_relay_flush - wait until all that is queued is relayed
 *
 * Nothing is left then of a probe that was unregistered before.
 *
 * Context: may sleep.
 */
void sigtrail_relay_flush(void)
{
	irq_work_sync(&sigtrail_relay_irq_work);
	queue_work(sigtrail_relay_queue, &sigtrail_relay_work);
	flush_work(&sigtrail_relay_work);
}

/**
 * sigtrail_relay_init - make what probes need
 *
 * Return: 0, or -ENOMEM.
 */
int sigtrail_relay_init(void)
{
	int err = sigtrail_queue_init();

	if (err)
		return err;
	init_irq_work(&sigtrail_relay_irq_work, sigtrail_relay_kicked);
	/*
	 * Of high priority, so that who is to be ended does not go on for long,
	 * and the queues do not fill up. Up to 6.1 its rescuer has just this
	 * name.
	 */
	sigtrail_relay_queue = alloc_ordered_workqueue("sigtrail_notice",
						       WQ_MEM_RECLAIM |
						       WQ_HIGHPRI);
	if (!sigtrail_relay_queue) {
		sigtrail_queue_exit();
		return -ENOMEM;
	}
	return 0;
}

/**
 * sigtrail_relay_exit - end the work; there are no triggers any more
 *
 * Context: may sleep.
 */
void sigtrail_relay_exit(void)
{
	cancel_delayed_work_sync(&sigtrail_relay_say_work);
	destroy_workqueue(sigtrail_relay_queue);
	sigtrail_queue_exit();
}
