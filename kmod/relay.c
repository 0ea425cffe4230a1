// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: the work that sends and prints the notices.
 *
 * On a serial console a line takes milliseconds. So lines wait in a queue of
 * their own, and all queued notices are sent before each line is printed.
 */
#include <linux/atomic.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/workqueue.h>

#include "trigger.h"

/* Size of the queue of lines; a power of two. */
#define RELAY_LINES 64

/* Maximum of lines per second, of all triggers. */
#define RELAY_LINES_PER_SECOND 100

/**
 * struct sigtrail_trigger_lines - hits that wait to be printed
 * @slots: hit n is in slots[n % RELAY_LINES]
 * @head: number of the next hit to add
 * @tail: number of the next hit to print
 * @budget: rate limit of all triggers together
 *
 * Only the work uses it.
 */
struct sigtrail_trigger_lines {
	struct sigtrail_trigger_notice slots[RELAY_LINES];
	unsigned int head;
	unsigned int tail;
	struct sigtrail_trigger_budget budget;
};

static struct sigtrail_trigger_lines lines;
/* There were hits since relay_say() ran; only the two works use it. */
static bool relay_hit;

static void relay_act(const struct sigtrail_trigger_notice *notice)
{
	struct sigtrail_trigger *t = notice->trigger;

	if (!sigtrail_trigger_notice_multicast(notice))
		atomic64_inc(&t->unsent);
	sigtrail_trigger_ksig_send(notice->pid);
}

static void relay_add_line(const struct sigtrail_trigger_notice *notice)
{
	if (lines.head - lines.tail < RELAY_LINES &&
	    sigtrail_trigger_budget_take(&lines.budget, RELAY_LINES_PER_SECOND,
					 local_clock()))
		lines.slots[lines.head++ % RELAY_LINES] = *notice;
	else
		atomic64_inc(&notice->trigger->unprinted);
}

static void relay_act_all(void)
{
	struct sigtrail_trigger_notice notice;

	sigtrail_trigger_queue_round();
	while (sigtrail_trigger_queue_take(&notice)) {
		sigtrail_trigger_args_hide(&notice);
		if (notice.acts)
			relay_act(&notice);
		if (notice.prints)
			relay_add_line(&notice);
		cond_resched();
	}
}

static void relay_run(struct work_struct *work)
{
	unsigned int end;

	relay_hit = true;
	sigtrail_trigger_work_say_later();
	relay_act_all();
	/* Later lines are for a later run, so that this run ends. */
	end = lines.head;
	while (lines.tail != end) {
		sigtrail_trigger_print_notice(&lines.slots[lines.tail++ % RELAY_LINES]);
		relay_act_all();
	}
	if (lines.head != end)
		sigtrail_trigger_work_again();
}

/*
 * A hit that the rate limit holds back does not start the work, but an earlier
 * hit in the same second did. So this has to run a second after the last run of
 * the work; the present run can be for an earlier one.
 */
static void relay_say(struct work_struct *work)
{
	if (relay_hit)
		sigtrail_trigger_work_say_later();
	relay_hit = false;
	sigtrail_trigger_table_say_held_back();
}

/**
 * sigtrail_trigger_relay_init - set up queues and work
 *
 * Return: 0, or -ENOMEM.
 */
int sigtrail_trigger_relay_init(void)
{
	int err = sigtrail_trigger_queue_init();

	if (err)
		return err;
	err = sigtrail_trigger_work_init(relay_run, relay_say);
	if (err)
		sigtrail_trigger_queue_exit();
	return err;
}

/**
 * sigtrail_trigger_relay_exit - free queues and work, after all triggers
 *
 * Context: may sleep.
 */
void sigtrail_trigger_relay_exit(void)
{
	sigtrail_trigger_work_exit();
	sigtrail_trigger_queue_exit();
}
