// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: queues of notices, from the probes to the work.
 *
 * Each CPU has a queue with one writer, its probes, and one reader, the work. So
 * no lock is needed.
 */
#include <linux/cpumask.h>
#include <linux/kprobes.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include "trigger.h"

/*
 * Size of a CPU's queue; a power of two. On arm64 a process that hits every 30 us
 * fills half of it before the work runs.
 */
#define QUEUE_SIZE 256

/**
 * struct sigtrail_trigger_queue - notices of one CPU
 * @slots: notice n is in slots[n % QUEUE_SIZE]
 * @head: number of the next notice to write; written by this CPU's probes
 * @tail: number of the next notice to read; written by the work
 * @end: number of the first notice that is not in this round; only the work
 *	uses it
 */
struct sigtrail_trigger_queue {
	struct sigtrail_trigger_notice *slots;
	unsigned int head;
	unsigned int tail;
	unsigned int end;
};

static DEFINE_PER_CPU(struct sigtrail_trigger_queue, sigtrail_trigger_queues);

static nokprobe_inline struct sigtrail_trigger_notice *
queue_slot(struct sigtrail_trigger_queue *q, unsigned int n)
{
	return &q->slots[n % QUEUE_SIZE];
}

/**
 * sigtrail_trigger_queue_begin - start to write this CPU's next notice
 * @notice: gets its slot
 *
 * Context: a probe's handler.
 * Return: false if the queue is full.
 */
bool __kprobes sigtrail_trigger_queue_begin(struct sigtrail_trigger_notice **notice)
{
	struct sigtrail_trigger_queue *q = this_cpu_ptr(&sigtrail_trigger_queues);

	/* Pairs with sigtrail_trigger_queue_take(): the slot has been read. */
	if (q->head - smp_load_acquire(&q->tail) >= QUEUE_SIZE)
		return false;
	*notice = queue_slot(q, q->head);
	return true;
}

/**
 * sigtrail_trigger_queue_end - the notice is written
 *
 * Context: a probe's handler, after sigtrail_trigger_queue_begin().
 */
void __kprobes sigtrail_trigger_queue_end(void)
{
	struct sigtrail_trigger_queue *q = this_cpu_ptr(&sigtrail_trigger_queues);

	/* Pairs with sigtrail_trigger_queue_round(). */
	smp_store_release(&q->head, q->head + 1);
}

/* The queue with the oldest notice of this round. */
static struct sigtrail_trigger_queue *queue_oldest(void)
{
	struct sigtrail_trigger_queue *oldest = NULL;
	struct sigtrail_trigger_queue *q;
	u64 first = U64_MAX;
	int cpu;

	for_each_possible_cpu(cpu) {
		q = per_cpu_ptr(&sigtrail_trigger_queues, cpu);
		if (q->tail == q->end || queue_slot(q, q->tail)->time > first)
			continue;
		first = queue_slot(q, q->tail)->time;
		oldest = q;
	}
	return oldest;
}

/**
 * sigtrail_trigger_queue_round - begin a round with all that is queued now
 *
 * What is queued later is for the next round, so that a round ends, also while
 * probes go on to queue. Each of them starts the work again.
 *
 * Context: the work.
 */
void sigtrail_trigger_queue_round(void)
{
	struct sigtrail_trigger_queue *q;
	int cpu;

	for_each_possible_cpu(cpu) {
		q = per_cpu_ptr(&sigtrail_trigger_queues, cpu);
		/* Pairs with sigtrail_trigger_queue_end(). */
		q->end = smp_load_acquire(&q->head);
	}
}

/**
 * sigtrail_trigger_queue_take - take the oldest notice of this round
 * @notice: gets it
 *
 * Context: the work.
 * Return: false if none is left.
 */
bool sigtrail_trigger_queue_take(struct sigtrail_trigger_notice *notice)
{
	struct sigtrail_trigger_queue *q = queue_oldest();

	if (!q)
		return false;
	*notice = *queue_slot(q, q->tail);
	/* Pairs with sigtrail_trigger_queue_begin(): the slot is free. */
	smp_store_release(&q->tail, q->tail + 1);
	return true;
}

/**
 * sigtrail_trigger_queue_exit - free the queues, which are no longer used
 */
void sigtrail_trigger_queue_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		kvfree(per_cpu_ptr(&sigtrail_trigger_queues, cpu)->slots);
}

/**
 * sigtrail_trigger_queue_init - allocate the queues
 *
 * Return: 0, or -ENOMEM.
 */
int sigtrail_trigger_queue_init(void)
{
	struct sigtrail_trigger_queue *q;
	int cpu;

	for_each_possible_cpu(cpu) {
		q = per_cpu_ptr(&sigtrail_trigger_queues, cpu);
		q->slots = kvcalloc(QUEUE_SIZE, sizeof(*q->slots), GFP_KERNEL);
		if (!q->slots) {
			sigtrail_trigger_queue_exit();
			return -ENOMEM;
		}
	}
	return 0;
}
