// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite: the tables of exits.
 *
 * They are the running system's. The cases use process ids that no process can have,
 * and remove what they add.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/threads.h>

#include "../internal.h"

#define PID(n) (PID_MAX_LIMIT + (n))
/* Ids that differ by a multiple of SIGTRAIL_EXIT_SETS are in the same set. */
#define SAME_SET(n) PID(SIGTRAIL_EXIT_SETS * (n))

/* Same for a user's table. */
#define SAME_USER_SET(n) PID(SIGTRAIL_EXIT_USER_SETS * (n))

#define COMMON SIGTRAIL_SHARE_COMMON
#define USER 1U
#define OTHER_USER 2U

static void note_signal(u32 share, u32 pid, unsigned long id, u64 now,
			enum sigtrail_exit_weight weight)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&sigtrail_ring.lock, flags);
	sigtrail_exit_note(share, pid, id, now, weight);
	raw_spin_unlock_irqrestore(&sigtrail_ring.lock, flags);
}

static void note(u32 pid, unsigned long id, u64 now)
{
	note_signal(COMMON, pid, id, now, SIGTRAIL_EXIT_ASKS);
}

/* Returns the share, or -ENOENT. */
static int take_times(u32 pid, unsigned long id,
		      struct sigtrail_exit_times *times)
{
	unsigned long flags;
	int share;

	raw_spin_lock_irqsave(&sigtrail_ring.lock, flags);
	share = sigtrail_exit_take(pid, id, times);
	raw_spin_unlock_irqrestore(&sigtrail_ring.lock, flags);

	return share;
}

static int take_from(u32 pid, unsigned long id)
{
	struct sigtrail_exit_times times;

	return take_times(pid, id, &times);
}

static bool take(u32 pid, unsigned long id)
{
	return take_from(pid, id) >= 0;
}

static void exit_is_paired_once(struct kunit *test)
{
	struct sigtrail_exit_times times;

	note(PID(1), 5, 100);
	note(PID(1), 5, 300);
	KUNIT_ASSERT_EQ(test, take_times(PID(1), 5, &times), 0);
	KUNIT_EXPECT_EQ(test, times.first, 100);
	KUNIT_EXPECT_EQ(test, times.last, 300);
	KUNIT_EXPECT_FALSE(test, take(PID(1), 5));
}

static void exit_counts_from_what_asks_to_end(struct kunit *test)
{
	struct sigtrail_record rec = { .time = 1000 };
	struct sigtrail_exit_times times;

	note_signal(COMMON, PID(5), 5, 100, SIGTRAIL_EXIT_OTHER);
	note_signal(COMMON, PID(5), 5, 200, SIGTRAIL_EXIT_OTHER);
	KUNIT_ASSERT_EQ(test, take_times(PID(5), 5, &times), 0);
	sigtrail_exit_since(&times, &rec);
	KUNIT_EXPECT_EQ(test, rec.since_first, 0);
	KUNIT_EXPECT_EQ(test, rec.since_last, 800);

	note_signal(COMMON, PID(5), 5, 100, SIGTRAIL_EXIT_OTHER);
	note_signal(COMMON, PID(5), 5, 300, SIGTRAIL_EXIT_ASKS);
	note_signal(COMMON, PID(5), 5, 500, SIGTRAIL_EXIT_ASKS);
	note_signal(COMMON, PID(5), 5, 700, SIGTRAIL_EXIT_OTHER);
	KUNIT_ASSERT_EQ(test, take_times(PID(5), 5, &times), 0);
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
	KUNIT_ASSERT_EQ(test, take_times(PID(3), 6, &times), 0);
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

/* What is fatal stays longest, then what asks to end, then the rest. */
static void exit_keeps_by_weight(struct kunit *test)
{
	int i;

	note_signal(COMMON, SAME_SET(0), 5, U64_MAX - 100, SIGTRAIL_EXIT_FATAL);
	/* A later signal of less weight does not change that. */
	note_signal(COMMON, SAME_SET(0), 5, U64_MAX - 99, SIGTRAIL_EXIT_OTHER);
	note_signal(COMMON, SAME_SET(1), 5, U64_MAX - 90, SIGTRAIL_EXIT_ASKS);
	for (i = 2; i < SIGTRAIL_EXIT_WAYS + 2; i++)
		note_signal(COMMON, SAME_SET(i), 5, U64_MAX - 50 + i,
			    SIGTRAIL_EXIT_OTHER);
	KUNIT_EXPECT_FALSE(test, take(SAME_SET(2), 5));
	KUNIT_EXPECT_FALSE(test, take(SAME_SET(3), 5));

	/* Now the set has each weight once, and twice the least. */
	for (i = 6; i < 8; i++)
		note_signal(COMMON, SAME_SET(i), 5, U64_MAX - 40 + i,
			    SIGTRAIL_EXIT_ASKS);
	KUNIT_EXPECT_FALSE(test, take(SAME_SET(4), 5));
	KUNIT_EXPECT_FALSE(test, take(SAME_SET(5), 5));
	note_signal(COMMON, SAME_SET(8), 5, U64_MAX - 30, SIGTRAIL_EXIT_ASKS);
	KUNIT_EXPECT_FALSE(test, take(SAME_SET(1), 5));
	KUNIT_EXPECT_TRUE(test, take(SAME_SET(0), 5));
	for (i = 6; i <= 8; i++)
		KUNIT_EXPECT_TRUE(test, take(SAME_SET(i), 5));
}

/* A user's processes push out each other, and no others. */
static void exit_of_a_user_costs_no_other(struct kunit *test)
{
	const int many = 10 * SIGTRAIL_EXIT_SETS * SIGTRAIL_EXIT_WAYS;
	u64 forgotten = sigtrail_exit_forgotten();
	int found = 0;
	int i;

	note_signal(COMMON, PID(0), 5, 100, SIGTRAIL_EXIT_OTHER);
	note_signal(OTHER_USER, PID(1), 5, 100, SIGTRAIL_EXIT_OTHER);
	for (i = 2; i < 2 + many; i++)
		note_signal(USER, PID(i), 5, U64_MAX - 2 * many + i,
			    SIGTRAIL_EXIT_FATAL);
	KUNIT_EXPECT_EQ(test, take_from(PID(0), 5), (int)COMMON);
	KUNIT_EXPECT_EQ(test, take_from(PID(1), 5), (int)OTHER_USER);
	for (i = 2; i < 2 + many; i++)
		found += take_from(PID(i), 5) == USER;
	KUNIT_EXPECT_EQ(test, found,
			SIGTRAIL_EXIT_USER_SETS * SIGTRAIL_EXIT_WAYS);
	KUNIT_EXPECT_EQ(test, sigtrail_exit_forgotten(),
			forgotten + many - found);
}

/* With its times, and for good. */
static void exit_moves_to_the_common_table(struct kunit *test)
{
	struct sigtrail_exit_times times;
	int i;

	note_signal(USER, PID(6), 5, 100, SIGTRAIL_EXIT_ASKS);
	note_signal(COMMON, PID(6), 5, 200, SIGTRAIL_EXIT_OTHER);
	note_signal(USER, PID(6), 5, 300, SIGTRAIL_EXIT_ASKS);
	KUNIT_ASSERT_EQ(test, take_times(PID(6), 5, &times), (int)COMMON);
	KUNIT_EXPECT_EQ(test, times.first, 100);
	KUNIT_EXPECT_EQ(test, times.last, 300);
	KUNIT_EXPECT_EQ(test, times.other, 200);
	KUNIT_EXPECT_EQ(test, take_from(PID(6), 5), -ENOENT);

	/* It leaves its place in the user's table. */
	for (i = 0; i < SIGTRAIL_EXIT_WAYS; i++)
		note_signal(USER, SAME_USER_SET(i), 5, 100 + i,
			    SIGTRAIL_EXIT_OTHER);
	note_signal(COMMON, SAME_USER_SET(0), 5, 200, SIGTRAIL_EXIT_OTHER);
	note_signal(USER, SAME_USER_SET(i), 5, 300, SIGTRAIL_EXIT_OTHER);
	for (i = 0; i <= SIGTRAIL_EXIT_WAYS; i++)
		KUNIT_EXPECT_EQ(test, take_from(SAME_USER_SET(i), 5),
				(int)(i ? USER : COMMON));
}

/* A process that changes its user is not there twice. */
static void exit_moves_between_users(struct kunit *test)
{
	struct sigtrail_exit_times times;

	note_signal(USER, PID(7), 5, 100, SIGTRAIL_EXIT_ASKS);
	note_signal(OTHER_USER, PID(7), 5, 200, SIGTRAIL_EXIT_ASKS);
	KUNIT_ASSERT_EQ(test, take_times(PID(7), 5, &times), (int)OTHER_USER);
	KUNIT_EXPECT_EQ(test, times.first, 100);
	KUNIT_EXPECT_EQ(test, take_from(PID(7), 5), -ENOENT);
}

static void exit_record_has_its_share(struct kunit *test)
{
	unsigned long flags;
	u32 common, roots, users, unknown;

	raw_spin_lock_irqsave(&sigtrail_ring.lock, flags);
	common = sigtrail_exit_share(COMMON, 65534, 1);
	roots = sigtrail_exit_share(-ENOENT, 0, 1);
	users = sigtrail_exit_share(USER, 65534, 1);
	unknown = sigtrail_exit_share(-ENOENT, 65534, 1);
	raw_spin_unlock_irqrestore(&sigtrail_ring.lock, flags);

	KUNIT_EXPECT_EQ(test, common, COMMON);
	KUNIT_EXPECT_EQ(test, roots, COMMON);
	KUNIT_EXPECT_NE(test, users, COMMON);
	KUNIT_EXPECT_EQ(test, unknown, users);
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
		KUNIT_ASSERT_EQ(test, take_times(PID(4), 5, &times), 0);
		sigtrail_exit_since(&times, &rec);
		KUNIT_EXPECT_EQ(test, rec.since_first, sample->since_first);
		KUNIT_EXPECT_EQ(test, rec.since_last, sample->since_last);
	}
}

static void exit_is_recorded_as_the_switch_says(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, sigtrail_exits_have(SIGTRAIL_EXITS_SIGNALLED,
						     true));
	KUNIT_EXPECT_TRUE(test, sigtrail_exits_have(SIGTRAIL_EXITS_SERVICES,
						    true));
	KUNIT_EXPECT_FALSE(test, sigtrail_exits_have(SIGTRAIL_EXITS_SERVICES,
						     false));
	KUNIT_EXPECT_TRUE(test, sigtrail_exits_have(SIGTRAIL_EXITS_ALL, false));
}

/* Rounded up: 0 is unknown. */
static void exit_has_its_run_time(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, sigtrail_exit_ms(0), 1);
	KUNIT_EXPECT_EQ(test, sigtrail_exit_ms(1), 1);
	KUNIT_EXPECT_EQ(test, sigtrail_exit_ms(NSEC_PER_MSEC), 1);
	KUNIT_EXPECT_EQ(test, sigtrail_exit_ms(NSEC_PER_MSEC + 1), 2);
	KUNIT_EXPECT_EQ(test, sigtrail_exit_ms(312 * NSEC_PER_MSEC), 312);
	KUNIT_EXPECT_EQ(test, sigtrail_exit_ms(S64_MAX), BIT_ULL(40) - 1);
}

static bool known(u32 pid, u32 uid, u64 since)
{
	unsigned long flags;
	bool is;

	raw_spin_lock_irqsave(&sigtrail_ring.lock, flags);
	is = sigtrail_exit_known(pid, uid, since);
	raw_spin_unlock_irqrestore(&sigtrail_ring.lock, flags);

	return is;
}

/* That no signal is known says nothing if one may have been forgotten. */
static void exit_knows_what_it_forgot(struct kunit *test)
{
	u64 turned_on = sigtrail_exit_tables.since;
	struct sigtrail_user *user = &sigtrail_users[USER];
	u32 was = user->uid;
	u32 share;
	int i;

	user->uid = 7;
	for (share = COMMON; share <= USER; share++) {
		for (i = 0; i <= SIGTRAIL_EXIT_WAYS; i++)
			note_signal(share, SAME_SET(i), 5, U64_MAX - 100 + i,
				    SIGTRAIL_EXIT_ASKS);
		for (i = 0; i <= SIGTRAIL_EXIT_WAYS; i++)
			KUNIT_EXPECT_EQ(test, take(SAME_SET(i), 5), i > 0);
		KUNIT_EXPECT_FALSE(test, known(SAME_SET(9), 7, U64_MAX - 100));
		KUNIT_EXPECT_TRUE(test, known(SAME_SET(9), 7, U64_MAX - 90));
		KUNIT_EXPECT_TRUE(test, known(SAME_SET(9) + 1, 7, U64_MAX - 100));
		/* A user's set says nothing of root's and of other users' processes. */
		KUNIT_EXPECT_EQ(test, known(SAME_SET(9), 0, U64_MAX - 100),
				share != COMMON);
		KUNIT_EXPECT_EQ(test, known(SAME_SET(9), 8, U64_MAX - 100),
				share != COMMON);
		sigtrail_exit_tables.full[0].time = 0;
	}
	user->uid = was;

	sigtrail_exit_tables.since = U64_MAX - 50;
	KUNIT_EXPECT_FALSE(test, known(SAME_SET(9) + 1, 7, U64_MAX - 51));
	KUNIT_EXPECT_TRUE(test, known(SAME_SET(9) + 1, 7, U64_MAX - 50));
	sigtrail_exit_tables.since = turned_on;
}

/* When sets of the running system were full, restored after each case. */
static struct sigtrail_exit_full saved_full[SIGTRAIL_EXIT_SETS];
static struct sigtrail_exit_full saved_user_full[SIGTRAIL_BOX_USERS]
						[SIGTRAIL_EXIT_USER_SETS];

static int exit_init(struct kunit *test)
{
	memcpy(saved_full, sigtrail_exit_tables.full, sizeof(saved_full));
	memcpy(saved_user_full, sigtrail_exit_tables.user_full,
	       sizeof(saved_user_full));
	return 0;
}

static void exit_exit(struct kunit *test)
{
	memcpy(sigtrail_exit_tables.full, saved_full, sizeof(saved_full));
	memcpy(sigtrail_exit_tables.user_full, saved_user_full,
	       sizeof(saved_user_full));
}

static struct kunit_case exit_cases[] = {
	KUNIT_CASE(exit_is_paired_once),
	KUNIT_CASE(exit_counts_from_what_asks_to_end),
	KUNIT_CASE(exit_without_signal_is_not_found),
	KUNIT_CASE(exit_of_reused_pid_is_not_mixed_up),
	KUNIT_CASE(exit_forgets_the_oldest_of_a_full_set),
	KUNIT_CASE(exit_keeps_by_weight),
	KUNIT_CASE(exit_of_a_user_costs_no_other),
	KUNIT_CASE(exit_moves_to_the_common_table),
	KUNIT_CASE(exit_moves_between_users),
	KUNIT_CASE(exit_record_has_its_share),
	KUNIT_CASE(exit_takes_clocks_that_run_backwards),
	KUNIT_CASE(exit_is_recorded_as_the_switch_says),
	KUNIT_CASE(exit_has_its_run_time),
	KUNIT_CASE(exit_knows_what_it_forgot),
	{ }
};

static struct kunit_suite exit_suite = {
	.name = "sigtrail_exit",
	.init = exit_init,
	.exit = exit_exit,
	.test_cases = exit_cases,
};

kunit_test_suite(exit_suite);
