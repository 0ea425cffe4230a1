// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite: the table of exits.
 *
 * The table is the running system's. The cases use process ids that no process
 * can have, and remove what they add.
 */
#include <kunit/test.h>
#include <linux/threads.h>

#include "../internal.h"

#define PID(n) (PID_MAX_LIMIT + (n))
/* Ids that differ by a multiple of SIGTRAIL_EXIT_SETS are in the same set. */
#define SAME_SET(n) PID(SIGTRAIL_EXIT_SETS * (n))

static void note_signal(u32 pid, unsigned long id, u64 now, bool asks)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&sigtrail_ring.lock, flags);
	sigtrail_exit_note(pid, id, now, asks);
	raw_spin_unlock_irqrestore(&sigtrail_ring.lock, flags);
}

static void note(u32 pid, unsigned long id, u64 now)
{
	note_signal(pid, id, now, true);
}

static bool take(u32 pid, u64 start)
{
	struct sigtrail_exit_times times;

	return sigtrail_exit_take(pid, start, &times);
}

static void exit_is_paired_once(struct kunit *test)
{
	struct sigtrail_exit_times times;

	note(PID(1), 5, 100);
	note(PID(1), 5, 300);
	KUNIT_ASSERT_TRUE(test, sigtrail_exit_take(PID(1), 5, &times));
	KUNIT_EXPECT_EQ(test, times.first, 100);
	KUNIT_EXPECT_EQ(test, times.last, 300);
	KUNIT_EXPECT_FALSE(test, take(PID(1), 5));
}

static void exit_counts_from_what_asks_to_end(struct kunit *test)
{
	struct sigtrail_record rec = { .time = 1000 };
	struct sigtrail_exit_times times;

	note_signal(PID(5), 5, 100, false);
	note_signal(PID(5), 5, 200, false);
	KUNIT_ASSERT_TRUE(test, sigtrail_exit_take(PID(5), 5, &times));
	sigtrail_exit_since(&times, &rec);
	KUNIT_EXPECT_EQ(test, rec.since_first, 0);
	KUNIT_EXPECT_EQ(test, rec.since_last, 800);

	note_signal(PID(5), 5, 100, false);
	note_signal(PID(5), 5, 300, true);
	note_signal(PID(5), 5, 500, true);
	note_signal(PID(5), 5, 700, false);
	KUNIT_ASSERT_TRUE(test, sigtrail_exit_take(PID(5), 5, &times));
	sigtrail_exit_since(&times, &rec);
	KUNIT_EXPECT_EQ(test, rec.since_first, 700);
	KUNIT_EXPECT_EQ(test, rec.since_last, 500);
}

static void exit_without_signal_is_not_found(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, take(PID(2), 5));
}

static void exit_of_reused_pid_is_not_mixed_up(struct kunit *test)
{
	struct sigtrail_exit_times times;

	note(PID(3), 5, 100);
	KUNIT_EXPECT_FALSE(test, take(PID(3), 6));
	note(PID(3), 6, 400);
	KUNIT_EXPECT_FALSE(test, take(PID(3), 5));
	KUNIT_ASSERT_TRUE(test, sigtrail_exit_take(PID(3), 6, &times));
	KUNIT_EXPECT_EQ(test, times.first, 400);
}

static void exit_forgets_the_oldest_of_a_full_set(struct kunit *test)
{
	u64 forgotten = sigtrail_exit_forgotten();
	int i;

	for (i = 0; i < SIGTRAIL_EXIT_WAYS; i++)
		note(SAME_SET(i), 5, U64_MAX - 100 + i);
	/* Signalled again: not the oldest any more. */
	note(SAME_SET(0), 5, U64_MAX - 50);
	KUNIT_EXPECT_EQ(test, sigtrail_exit_forgotten(), forgotten);

	note(SAME_SET(SIGTRAIL_EXIT_WAYS), 5, U64_MAX - 40);
	KUNIT_EXPECT_EQ(test, sigtrail_exit_forgotten(), forgotten + 1);
	KUNIT_EXPECT_FALSE(test, take(SAME_SET(1), 5));
	for (i = 0; i <= SIGTRAIL_EXIT_WAYS; i++)
		if (i != 1)
			KUNIT_EXPECT_TRUE(test, take(SAME_SET(i), 5));
}

static void exit_keeps_who_was_asked_to_end(struct kunit *test)
{
	int i;

	note_signal(SAME_SET(0), 5, U64_MAX - 100, true);
	for (i = 1; i <= SIGTRAIL_EXIT_WAYS; i++)
		note_signal(SAME_SET(i), 5, U64_MAX - 50 + i, false);
	KUNIT_EXPECT_TRUE(test, take(SAME_SET(0), 5));
	KUNIT_EXPECT_FALSE(test, take(SAME_SET(1), 5));
	for (i = 2; i <= SIGTRAIL_EXIT_WAYS; i++)
		KUNIT_EXPECT_TRUE(test, take(SAME_SET(i), 5));
}

/**
 * struct exit_clocks - times of clocks that differ, and the expected record
 * @times: of the first and the last signal
 * @end: of the exit
 * @since_first: the record's value
 * @since_last: the record's value
 */
struct exit_clocks {
	struct sigtrail_exit_times times;
	u64 end;
	u64 since_first;
	u64 since_last;
};

static const struct exit_clocks exit_clocks_samples[] = {
	{ { 100, 300 }, 400, 300, 100 },
	{ { 100, 100 }, 100, 1, 1 },	/* 0 would be unknown */
	{ { 100, 90 }, 110, 10, 10 },	/* the last signal before the first */
	{ { 100, 300 }, 250, 150, 1 },	/* the end before the last signal */
	{ { 100, 300 }, 50, 1, 1 },	/* and before both */
	{ { 100, 90 }, 95, 1, 1 },
	{ { 100, 90 }, 50, 1, 1 },
};

static void exit_takes_clocks_that_run_backwards(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(exit_clocks_samples); i++) {
		const struct exit_clocks *sample = &exit_clocks_samples[i];
		struct sigtrail_record rec = { .time = sample->end };
		struct sigtrail_exit_times times;

		note(PID(4), 5, sample->times.first);
		note(PID(4), 5, sample->times.last);
		KUNIT_ASSERT_TRUE(test, sigtrail_exit_take(PID(4), 5, &times));
		sigtrail_exit_since(&times, &rec);
		KUNIT_EXPECT_EQ(test, rec.since_first, sample->since_first);
		KUNIT_EXPECT_EQ(test, rec.since_last, sample->since_last);
	}
}

static struct kunit_case exit_cases[] = {
	KUNIT_CASE(exit_is_paired_once),
	KUNIT_CASE(exit_counts_from_what_asks_to_end),
	KUNIT_CASE(exit_without_signal_is_not_found),
	KUNIT_CASE(exit_of_reused_pid_is_not_mixed_up),
	KUNIT_CASE(exit_forgets_the_oldest_of_a_full_set),
	KUNIT_CASE(exit_keeps_who_was_asked_to_end),
	KUNIT_CASE(exit_takes_clocks_that_run_backwards),
	{ }
};

static struct kunit_suite exit_suite = {
	.name = "sigtrail_exit",
	.test_cases = exit_cases,
};

kunit_test_suite(exit_suite);
