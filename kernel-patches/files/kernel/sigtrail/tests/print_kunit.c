// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite: the rate limit of printed lines.
 */
#include <kunit/test.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "../internal.h"

#define RATE 2
/* In ns; any time after the first second. */
#define NOW (100ULL * NSEC_PER_SEC)

/* The running system's state, restored after each case. */
static struct sigtrail_switches saved_switches;
static struct sigtrail_print_budget saved_budget;

static int print_init(struct kunit *test)
{
	saved_switches = sigtrail_switches;
	saved_budget = sigtrail_print_budget;
	sigtrail_switches.printk = SIGTRAIL_PRINTK_ALWAYS;
	sigtrail_switches.printk_rate = RATE;
	memset(&sigtrail_print_budget, 0, sizeof(sigtrail_print_budget));
	return 0;
}

static void print_exit(struct kunit *test)
{
	sigtrail_switches = saved_switches;
	sigtrail_print_budget = saved_budget;
}

static void print_is_bounded(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, sigtrail_print_admit(NOW));
	KUNIT_EXPECT_TRUE(test, sigtrail_print_admit(NOW + 1));
	KUNIT_EXPECT_FALSE(test, sigtrail_print_admit(NOW + 2));
	KUNIT_EXPECT_FALSE(test, sigtrail_print_admit(NOW + NSEC_PER_SEC - 1));
	KUNIT_EXPECT_EQ(test, sigtrail_held_back_count(), 2);

	KUNIT_EXPECT_TRUE(test, sigtrail_print_admit(NOW + NSEC_PER_SEC));
	KUNIT_EXPECT_EQ(test, sigtrail_held_back_count(), 2);
}

/* One CPU's clock is behind that of the CPU that started the second. */
static void print_takes_a_clock_that_runs_backwards(struct kunit *test)
{
	const u64 behind = NOW - NSEC_PER_MSEC;

	KUNIT_EXPECT_TRUE(test, sigtrail_print_admit(NOW));
	KUNIT_EXPECT_TRUE(test, sigtrail_print_admit(behind));
	/* An earlier time does not start a new second with its own lines, */
	KUNIT_EXPECT_FALSE(test, sigtrail_print_admit(behind));
	KUNIT_EXPECT_FALSE(test, sigtrail_print_admit(NOW + 1));
	/* and does not delay the next second. */
	KUNIT_EXPECT_TRUE(test, sigtrail_print_admit(NOW + NSEC_PER_SEC));
	KUNIT_EXPECT_TRUE(test, sigtrail_print_admit(behind + NSEC_PER_SEC));
	KUNIT_EXPECT_FALSE(test, sigtrail_print_admit(behind + NSEC_PER_SEC));
}

static void print_only_if_wanted(struct kunit *test)
{
	sigtrail_switches.printk = SIGTRAIL_PRINTK_OFF;
	KUNIT_EXPECT_FALSE(test, sigtrail_print_admit(NOW));
	KUNIT_EXPECT_EQ(test, sigtrail_held_back_count(), 0);
}

static struct kunit_case print_cases[] = {
	KUNIT_CASE(print_is_bounded),
	KUNIT_CASE(print_takes_a_clock_that_runs_backwards),
	KUNIT_CASE(print_only_if_wanted),
	{ }
};

static struct kunit_suite print_suite = {
	.name = "sigtrail_print",
	.init = print_init,
	.exit = print_exit,
	.test_cases = print_cases,
};

kunit_test_suite(print_suite);
