// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite: the rate limit of printed lines.
 */
#include <kunit/test.h>
#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "../internal.h"

#define RATE 2
#define COMMON SIGTRAIL_SHARE_COMMON
/* Lines of a whole burst. */
#define BURST ((int)(SIGTRAIL_PRINT_BURST / NSEC_PER_SEC) * RATE)
/* In ns; any time after the first seconds. */
#define NOW (100ULL * NSEC_PER_SEC)

/* The running system's state, restored after each case. */
static struct sigtrail_switches saved_switches;
static struct sigtrail_printer saved_printer;

static int print_init(struct kunit *test)
{
	saved_switches = sigtrail_switches;
	saved_printer = sigtrail_printer;
	sigtrail_switches.printk = SIGTRAIL_PRINTK_ALWAYS;
	sigtrail_switches.printk_rate = RATE;
	memset(&sigtrail_printer, 0, sizeof(sigtrail_printer));
	return 0;
}

static void print_exit(struct kunit *test)
{
	sigtrail_switches = saved_switches;
	sigtrail_printer = saved_printer;
}

static bool admit(u64 now)
{
	return sigtrail_print_admit(COMMON, now);
}

/* Prints at a time until a line is held back. Returns the number of lines. */
static int print_share(u32 share, u64 now)
{
	int lines = 0;

	while (sigtrail_print_admit(share, now))
		lines++;
	return lines;
}

static int print_all(u64 now)
{
	return print_share(COMMON, now);
}

static void print_is_bounded(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, print_all(NOW), BURST);
	KUNIT_EXPECT_FALSE(test, admit(NOW + 1));
	KUNIT_EXPECT_EQ(test, sigtrail_held_back_count(), 2);

	/* From then on at the rate. */
	KUNIT_EXPECT_FALSE(test, admit(NOW + NSEC_PER_SEC / RATE - 1));
	KUNIT_EXPECT_TRUE(test, admit(NOW + NSEC_PER_SEC / RATE));
	KUNIT_EXPECT_EQ(test, print_all(NOW + NSEC_PER_SEC), RATE - 1);
	KUNIT_EXPECT_EQ(test, sigtrail_held_back_count(), 4);
}

/* What is not used in a second can be used later, up to the bound. */
static void print_saves_up(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, print_all(NOW), BURST);
	KUNIT_EXPECT_EQ(test, print_all(NOW + 3ULL * NSEC_PER_SEC), 3 * RATE);
	KUNIT_EXPECT_EQ(test, print_all(NOW + 11ULL * NSEC_PER_SEC), BURST);
	KUNIT_EXPECT_EQ(test, print_all(NOW + 1000ULL * NSEC_PER_SEC), BURST);
	/* No product overflows, even after 292 years. */
	sigtrail_switches.printk_rate = SIGTRAIL_PRINTK_RATE_MAX;
	KUNIT_EXPECT_EQ(test, print_all(S64_MAX), BURST / RATE * SIGTRAIL_PRINTK_RATE_MAX);
}

/* 500 processes: TERM to all, a second later KILL to all, and their exits. */
static void print_takes_a_kill_all(struct kunit *test)
{
	u64 now = NOW;
	int i;

	sigtrail_switches.printk_rate = 200;
	for (i = 0; i < 500; i++)
		KUNIT_ASSERT_TRUE(test, admit(now++));
	now += NSEC_PER_SEC;
	for (i = 0; i < 1000; i++)
		KUNIT_ASSERT_TRUE(test, admit(now++));
	/* Also when all of it takes no time. */
	now += SIGTRAIL_PRINT_BURST;
	for (i = 0; i < 1500; i++)
		KUNIT_ASSERT_TRUE(test, admit(now));
	KUNIT_EXPECT_EQ(test, sigtrail_held_back_count(), 0);
}

static void print_takes_another_rate(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, print_all(NOW), BURST);
	/* A higher one pays back faster, but gives nothing at once. */
	sigtrail_switches.printk_rate = 100 * RATE;
	KUNIT_EXPECT_EQ(test, print_all(NOW), 99 * BURST);
	KUNIT_EXPECT_EQ(test, print_all(NOW + NSEC_PER_SEC), 100 * RATE);
	/* A lower one is not in debt for longer than its own burst. */
	sigtrail_switches.printk_rate = RATE;
	KUNIT_EXPECT_EQ(test, print_all(NOW + NSEC_PER_SEC), 0);
	KUNIT_EXPECT_EQ(test, print_all(NOW + 2ULL * NSEC_PER_SEC), RATE);

	sigtrail_switches.printk_rate = 0;
	KUNIT_EXPECT_EQ(test, print_all(NOW + 100ULL * NSEC_PER_SEC), 0);
}

/* One CPU's clock is behind that of the CPU that printed before. */
static void print_takes_a_clock_that_runs_backwards(struct kunit *test)
{
	const u64 behind = NOW - NSEC_PER_SEC;

	KUNIT_EXPECT_EQ(test, print_all(NOW), BURST);
	/* An earlier time pays nothing back, */
	KUNIT_EXPECT_EQ(test, print_all(behind), 0);
	/* no time is counted twice, */
	KUNIT_EXPECT_EQ(test, print_all(NOW), 0);
	KUNIT_EXPECT_EQ(test, print_all(NOW + NSEC_PER_SEC), RATE);
	/* and the later clock goes on. */
	KUNIT_EXPECT_EQ(test, print_all(behind + NSEC_PER_SEC), 0);
	KUNIT_EXPECT_EQ(test, print_all(NOW + 2ULL * NSEC_PER_SEC), RATE);
}

/* What a user's processes cause holds back no other line. */
static void print_keeps_users_apart(struct kunit *test)
{
	u32 share;

	sigtrail_switches.printk_rate = 16 * RATE;
	for (share = SIGTRAIL_SHARES - 1; share > COMMON; share--)
		KUNIT_EXPECT_EQ(test, print_share(share, NOW), BURST);
	KUNIT_EXPECT_EQ(test, print_share(COMMON, NOW), 16 * BURST);
	KUNIT_EXPECT_EQ(test, print_share(1, NOW + NSEC_PER_SEC), RATE);

	/* At least one line a second, if any is printed. */
	sigtrail_switches.printk_rate = 1;
	KUNIT_EXPECT_EQ(test, print_share(1, NOW + 100ULL * NSEC_PER_SEC),
			BURST / RATE);
	sigtrail_switches.printk_rate = 0;
	KUNIT_EXPECT_EQ(test, print_share(1, NOW + 200ULL * NSEC_PER_SEC), 0);
	KUNIT_EXPECT_EQ(test, sigtrail_held_back_count(),
			SIGTRAIL_SHARES + 3);
}

/* A loop of lines that are held back adds no line to each that is printed. */
static void print_says_once_a_second(struct kunit *test)
{
	unsigned long begun;
	u32 unsaid;

	/* All over again if it took a second. */
	do {
		sigtrail_printer.unsaid = 1;
		begun = jiffies;
		sigtrail_printer.said = begun;
		sigtrail_print_settle(true);
		unsaid = sigtrail_printer.unsaid;
	} while (jiffies - begun >= HZ);
	KUNIT_EXPECT_EQ(test, unsaid, 1);

	sigtrail_printer.said = jiffies - HZ;
	sigtrail_print_settle(true);
	KUNIT_EXPECT_EQ(test, sigtrail_printer.unsaid, 0);
	sigtrail_printer.unsaid = 1;
	sigtrail_print_held_back();
	KUNIT_EXPECT_EQ(test, sigtrail_printer.unsaid, 0);
}

static void print_only_if_wanted(struct kunit *test)
{
	sigtrail_switches.printk = SIGTRAIL_PRINTK_OFF;
	KUNIT_EXPECT_FALSE(test, admit(NOW));
	KUNIT_EXPECT_EQ(test, sigtrail_held_back_count(), 0);
}

static struct kunit_case print_cases[] = {
	KUNIT_CASE(print_is_bounded),
	KUNIT_CASE(print_saves_up),
	KUNIT_CASE(print_takes_a_kill_all),
	KUNIT_CASE(print_takes_another_rate),
	KUNIT_CASE(print_takes_a_clock_that_runs_backwards),
	KUNIT_CASE(print_keeps_users_apart),
	KUNIT_CASE(print_says_once_a_second),
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
