// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: how notices get from the probes to the world.
 *
 * Each CPU has a queue with one writer, its probes, and one reader, the work:
 * no lock is needed. A probe must not queue work, for that takes locks; it
 * queues an irq_work, which does. Where a machine has no interrupt for it, as
 * most MIPS and some ARM with one CPU, it waits for the next tick.
 */
#include <linux/cpumask.h>
#include <linux/irq_work.h>
#include <linux/kprobes.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "trigger.h"

/* Notices that a CPU's queue holds; a power of two. */
#define SIGTRAIL_QUEUE_SIZE 128

/**
 * struct sigtrail_queue - notices of one CPU, by number
 * @slots: the notice numbered n is in slots[n % SIGTRAIL_QUEUE_SIZE]
 * @head: the next to be written; by this CPU's probes alone
 * @tail: the next to be given up; like the rest, by the work alone
 * @acted: the next to be multicast
 * @end: where this run of the work stops to print
 */
struct sigtrail_queue {
	struct sigtrail_notice *slots;
	unsigned int head;
	unsigned int tail;
	unsigned int acted;
	unsigned int end;
};

static DEFINE_PER_CPU(struct sigtrail_queue, sigtrail_queues);
static struct workqueue_struct *sigtrail_notice_queue;

static void sigtrail_notice_relay(struct work_struct *work);
static void sigtrail_notice_say(struct work_struct *work);

static DECLARE_WORK(sigtrail_notice_work, sigtrail_notice_relay);
static DECLARE_DELAYED_WORK(sigtrail_notice_say_work, sigtrail_notice_say);

static void sigtrail_notice_kicked(struct irq_work *work)
{
	queue_work(sigtrail_notice_queue, &sigtrail_notice_work);
}

static struct irq_work sigtrail_notice_irq_work;

static nokprobe_inline struct sigtrail_notice *
sigtrail_slot(struct sigtrail_queue *q, unsigned int n)
{
	return &q->slots[n % SIGTRAIL_QUEUE_SIZE];
}

/**
 * sigtrail_notice_begin - take the place of this CPU's next notice
 * @notice: gets the place
 *
 * Context: a probe's handler.
 * Return: false if the queue is full.
 */
bool __kprobes sigtrail_notice_begin(struct sigtrail_notice **notice)
{
	struct sigtrail_queue *q = this_cpu_ptr(&sigtrail_queues);

	/* Pairs with sigtrail_print_next(): it is done with the slot. */
	if (q->head - smp_load_acquire(&q->tail) >= SIGTRAIL_QUEUE_SIZE)
		return false;
	*notice = sigtrail_slot(q, q->head);
	return true;
}

/**
 * sigtrail_notice_end - the notice is written
 *
 * Context: a probe's handler, on the CPU of sigtrail_notice_begin().
 */
void __kprobes sigtrail_notice_end(void)
{
	struct sigtrail_queue *q = this_cpu_ptr(&sigtrail_queues);

	/* Pairs with the loads of it in the work. */
	smp_store_release(&q->head, q->head + 1);
}

/**
 * sigtrail_notice_kick - there is something to relay
 *
 * Context: a probe's handler.
 */
void __kprobes sigtrail_notice_kick(void)
{
	irq_work_queue(&sigtrail_notice_irq_work);
}

static void sigtrail_notice_act(struct sigtrail_notice *notice)
{
	struct sigtrail_trigger *t = notice->trigger;

	if (!sigtrail_notice_multicast(notice))
		WRITE_ONCE(t->unsent, t->unsent + 1);
	sigtrail_ksig_send(notice->pid);
}

/* All that are there, also those that came after the work's start. */
static void sigtrail_act_all(void)
{
	struct sigtrail_notice *notice;
	struct sigtrail_queue *q;
	int cpu;

	for_each_possible_cpu(cpu) {
		q = per_cpu_ptr(&sigtrail_queues, cpu);
		/* Pairs with sigtrail_notice_end(). */
		while (q->acted != smp_load_acquire(&q->head)) {
			notice = sigtrail_slot(q, q->acted++);
			if (notice->acts)
				sigtrail_notice_act(notice);
			cond_resched();
		}
	}
}

/* The queue whose next notice to print is the oldest one. */
static struct sigtrail_queue *sigtrail_oldest(void)
{
	struct sigtrail_queue *oldest = NULL;
	struct sigtrail_queue *q;
	u64 first = U64_MAX;
	int cpu;

	for_each_possible_cpu(cpu) {
		q = per_cpu_ptr(&sigtrail_queues, cpu);
		if (q->tail != q->end &&
		    sigtrail_slot(q, q->tail)->time <= first) {
			first = sigtrail_slot(q, q->tail)->time;
			oldest = q;
		}
	}
	return oldest;
}

static bool sigtrail_print_next(void)
{
	struct sigtrail_queue *q = sigtrail_oldest();
	struct sigtrail_notice *notice;

	if (!q)
		return false;
	notice = sigtrail_slot(q, q->tail);
	if (notice->prints)
		sigtrail_print_notice(notice);
	/* Pairs with sigtrail_notice_begin(): the slot is free. */
	smp_store_release(&q->tail, q->tail + 1);
	return true;
}

/*
 * A line can take milliseconds, on a serial console: what is to be acted on
 * does not wait for what is to be printed. A run of the work prints what there
 * is at its start, so that it ends and can be waited for.
 */
static void sigtrail_notice_relay(struct work_struct *work)
{
	struct sigtrail_queue *q;
	int cpu;

	for_each_possible_cpu(cpu) {
		q = per_cpu_ptr(&sigtrail_queues, cpu);
		/* Pairs with sigtrail_notice_end(). */
		q->end = smp_load_acquire(&q->head);
	}
	do {
		sigtrail_act_all();
	} while (sigtrail_print_next());
}

static void sigtrail_notice_say(struct work_struct *work)
{
	sigtrail_table_say_held_back();
}

/**
 * sigtrail_notice_say_later - in a second, say what was not printed
 *
 * Context: the work.
 */
void sigtrail_notice_say_later(void)
{
	queue_delayed_work(sigtrail_notice_queue, &sigtrail_notice_say_work,
			   HZ);
}

/**
 * sigtrail_notice_flush - wait until all that is queued is relayed
 *
 * What was queued before by a probe that is unregistered is then forgotten.
 *
 * Context: may sleep.
 */
void sigtrail_notice_flush(void)
{
	irq_work_sync(&sigtrail_notice_irq_work);
	queue_work(sigtrail_notice_queue, &sigtrail_notice_work);
	flush_work(&sigtrail_notice_work);
}

static void sigtrail_queues_free(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		kfree(per_cpu_ptr(&sigtrail_queues, cpu)->slots);
}

/**
 * sigtrail_notice_init - make the queues
 *
 * Return: 0, or -ENOMEM.
 */
int sigtrail_notice_init(void)
{
	struct sigtrail_queue *q;
	int cpu;

	for_each_possible_cpu(cpu) {
		q = per_cpu_ptr(&sigtrail_queues, cpu);
		q->slots = kcalloc(SIGTRAIL_QUEUE_SIZE, sizeof(*q->slots),
				   GFP_KERNEL);
		if (!q->slots)
			goto no_memory;
	}
	init_irq_work(&sigtrail_notice_irq_work, sigtrail_notice_kicked);
	/* Up to 6.1 its rescuer has just this name. */
	sigtrail_notice_queue = alloc_ordered_workqueue("sigtrail_notice",
							WQ_MEM_RECLAIM);
	if (!sigtrail_notice_queue)
		goto no_memory;
	return 0;

no_memory:
	sigtrail_queues_free();
	return -ENOMEM;
}

/**
 * sigtrail_notice_exit - give the queues up; there are no triggers any more
 *
 * Context: may sleep.
 */
void sigtrail_notice_exit(void)
{
	cancel_delayed_work_sync(&sigtrail_notice_say_work);
	destroy_workqueue(sigtrail_notice_queue);
	sigtrail_queues_free();
}
