// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the rate limit of printed lines.
 *
 * Each share has a budget of its own, so that one user's noise holds back no other
 * line. Marks and calls of reboot(2) are bounded by the rights that they need, so
 * they take nothing of it.
 */
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "internal.h"

/* A user has a sixteenth of the rate: all of them, half as much as the common share. */
#define SIGTRAIL_PRINT_USER 16

#define SIGTRAIL_HELD_BACK_LINE KERN_INFO "sigtrail: held back %u lines\n"

/* The ring's lock protects it. */
struct sigtrail_printer sigtrail_printer = {
	.said = INITIAL_JIFFIES - HZ,
};

static void sigtrail_held_back_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(sigtrail_held_back_say, sigtrail_held_back_work);

/*
 * Prints how many lines were held back, if any: @at_once, or not within a second after the
 * last such line, as any user can have lines held back.
 */
static void sigtrail_held_back_print(bool at_once)
{
	unsigned long flags;
	u32 lines = 0;

	if (!READ_ONCE(sigtrail_printer.unsaid))
		return;
	raw_spin_lock_irqsave(&sigtrail_ring.lock, flags);
	if (at_once || jiffies - sigtrail_printer.said >= HZ) {
		lines = sigtrail_printer.unsaid;
		WRITE_ONCE(sigtrail_printer.unsaid, 0);
		sigtrail_printer.said = jiffies;
	}
	raw_spin_unlock_irqrestore(&sigtrail_ring.lock, flags);

	if (lines)
		printk_deferred(SIGTRAIL_HELD_BACK_LINE, lines);
	else
		schedule_delayed_work(&sigtrail_held_back_say, HZ);
}

static void sigtrail_held_back_work(struct work_struct *work)
{
	sigtrail_held_back_print(false);
}

/* Lines a second. */
static u32 sigtrail_print_rate(u32 share)
{
	u32 rate = READ_ONCE(sigtrail_switches.printk_rate);

	if (share == SIGTRAIL_SHARE_COMMON || !rate)
		return rate;
	return max(rate / SIGTRAIL_PRINT_USER, 1U);
}

/**
 * sigtrail_print_spend - does the rate limit allow one more line?
 * @share: whose line it is
 * @now: ns of local_clock()
 *
 * For what any user can cause: signals and exits. A line that is held back is
 * counted. A line costs NSEC_PER_SEC, and each ns pays back the rate. So there is
 * nothing to divide: 32-bit machines do that slowly. The largest product is 8e13.
 *
 * Context: any but NMI, with the ring's lock held. sigtrail_print_settle() is next,
 *	after it is released.
 * Return: whether to print the line.
 */
bool sigtrail_print_spend(u32 share, u64 now)
{
	struct sigtrail_print_budget *budget = &sigtrail_printer.budgets[share];
	u64 rate = sigtrail_print_rate(share);
	u64 most = SIGTRAIL_PRINT_BURST * rate;

	lockdep_assert_held(&sigtrail_ring.lock);
	/* The rate may have been lowered. */
	budget->spent = min(budget->spent, most);
	/* The clocks of two CPUs may differ: @now can be the earlier one. */
	if ((s64)(now - budget->time) > 0) {
		u64 paid = min(now - budget->time, SIGTRAIL_PRINT_BURST) * rate;

		budget->spent -= min(budget->spent, paid);
		budget->time = now;
	}
	if (budget->spent + NSEC_PER_SEC > most) {
		sigtrail_printer.held_back++;
		WRITE_ONCE(sigtrail_printer.unsaid,
			   sigtrail_printer.unsaid + 1);
		return false;
	}
	budget->spent += NSEC_PER_SEC;
	return true;
}

/**
 * sigtrail_print_settle - what sigtrail_print_spend() leaves for later
 * @printed: what it returned
 *
 * The number of lines held back is printed before the next line that is
 * printed, or a second after the first line that was not; but once a second.
 *
 * Context: any but NMI, without the ring's lock.
 */
void sigtrail_print_settle(bool printed)
{
	if (printed)
		sigtrail_held_back_print(false);
	else
		schedule_delayed_work(&sigtrail_held_back_say, HZ);
}

/**
 * sigtrail_print_admit - do mode and rate limit allow one more line?
 * @share: whose line it is
 * @now: ns of local_clock()
 *
 * Context: any but NMI.
 * Return: whether to print the line.
 */
bool sigtrail_print_admit(u32 share, u64 now)
{
	unsigned long flags;
	bool printed;

	if (!sigtrail_print_wanted())
		return false;

	raw_spin_lock_irqsave(&sigtrail_ring.lock, flags);
	printed = sigtrail_print_spend(share, now);
	raw_spin_unlock_irqrestore(&sigtrail_ring.lock, flags);
	sigtrail_print_settle(printed);

	return printed;
}

/**
 * sigtrail_print_held_back - print now how many lines were held back, if any
 *
 * Context: any but NMI.
 */
void sigtrail_print_held_back(void)
{
	sigtrail_held_back_print(true);
}

/**
 * sigtrail_held_back_count - count the lines that were held back
 *
 * Return: the number since boot.
 */
u64 sigtrail_held_back_count(void)
{
	return sigtrail_ring_counter(&sigtrail_printer.held_back);
}
