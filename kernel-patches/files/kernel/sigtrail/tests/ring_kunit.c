// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite: the ring.
 */
#include <kunit/test.h>

#include "../internal.h"

/* The minimum, so that few records fill it. */
#define RING_SIZE SIGTRAIL_RING_MIN

static bool has_listener(void)
{
	return true;
}

/* The ring under test; cases run one at a time. */
static struct sigtrail_ring *ring;

static int ring_init(struct kunit *test)
{
	size_t bytes = sigtrail_ring_bytes(RING_SIZE);
	void *memory = kunit_kzalloc(test, bytes, GFP_KERNEL);

	ring = kunit_kzalloc(test, sizeof(*ring), GFP_KERNEL);
	if (!ring || !memory)
		return -ENOMEM;
	raw_spin_lock_init(&ring->lock);
	ring->next = 1;
	ring->listening = has_listener;
	ring->unheard = jiffies - 1;
	return sigtrail_ring_init(ring, memory, bytes, 1);
}

static void ring_exit(struct kunit *test)
{
	sigtrail_ring_free(ring);
}

static void push_to(u32 share, int count)
{
	struct sigtrail_record rec = { .kind = SIGTRAIL_KIND_EXIT };

	while (count--) {
		rec.time = ring->next * 10;
		sigtrail_ring_push(ring, share, &rec);
	}
}

static void push(int count)
{
	push_to(SIGTRAIL_SHARE_COMMON, count);
}

static void push_signal(u32 share, u32 target)
{
	struct sigtrail_record rec = {
		.kind = SIGTRAIL_KIND_SIGNAL,
		.time = ring->next * 10,
		.signal = 10,
		.target.tid = target,
	};

	sigtrail_ring_push(ring, share, &rec);
}

/* As a hook does: counts a signal, or adds a record. */
static void signal_to(u32 share, u32 target, bool begun)
{
	struct sigtrail_part *part = &ring->part[share];
	struct sigtrail_last *last = &part->last;
	struct sigtrail_key key = { .what = 10 << 8, .target_tid = target };

	if (sigtrail_last_count(ring, part, &key, ring->next * 10 + 1))
		return;
	begun |= sigtrail_key_same(&last->key, &key);
	push_signal(share, target);
	last->key = key;
	last->count = 1;
	last->begun = begun;
	last->seq = ring->next - 1;
	last->repeats = NULL;
}

/* A process that was moved to another cgroup is not the same. */
static void ring_tells_cgroups_apart(struct kunit *test)
{
	const struct css_set *set = (void *)ring, *other = (void *)test;
	struct sigtrail_key key = { .sender_set = set, .target_set = set };
	struct sigtrail_key moved = { .sender_set = other, .target_set = set };
	struct sigtrail_quick quick = { .sender_set = set, .target_set = set };
	struct sigtrail_quick to = { .sender_set = set, .target_set = other };

	KUNIT_EXPECT_TRUE(test, sigtrail_key_same(&key, &key));
	KUNIT_EXPECT_FALSE(test, sigtrail_key_same(&key, &moved));
	KUNIT_EXPECT_TRUE(test, sigtrail_quick_same(&quick, &quick));
	KUNIT_EXPECT_FALSE(test, sigtrail_quick_same(&quick, &to));
}

/* So is one that has another parent, without a new generation. */
static void ring_tells_parents_apart(struct kunit *test)
{
	struct sigtrail_key key = { .sender_parent = current };
	struct sigtrail_quick quick = { .sender_parent = current };
	const struct sigtrail_key other = { };
	const struct sigtrail_quick of_other = { };

	KUNIT_EXPECT_FALSE(test, sigtrail_key_same(&key, &other));
	KUNIT_EXPECT_FALSE(test, sigtrail_quick_same(&quick, &of_other));
	key.sender_parent = NULL;
	quick.sender_parent = NULL;
	KUNIT_EXPECT_TRUE(test, sigtrail_key_same(&key, &other));
	KUNIT_EXPECT_TRUE(test, sigtrail_quick_same(&quick, &of_other));
}

static bool take(struct sigtrail_record *rec, bool held)
{
	return sigtrail_ring_relay_take(ring, rec, 1, held);
}

static void ring_without_memory_keeps_nothing(struct kunit *test)
{
	struct sigtrail_record rec = { };

	sigtrail_ring_free(ring);
	KUNIT_EXPECT_FALSE(test, sigtrail_ring_push(ring, 0, &rec));
	KUNIT_EXPECT_FALSE(test, sigtrail_ring_read(ring, 1, &rec));
	KUNIT_EXPECT_FALSE(test, take(&rec, true));
}

static void ring_numbers_from_one(struct kunit *test)
{
	struct sigtrail_record rec;
	u64 seq;

	KUNIT_EXPECT_FALSE(test, sigtrail_ring_read(ring, 1, &rec));
	push(3);
	for (seq = 1; seq <= 3; seq++) {
		KUNIT_ASSERT_TRUE(test, sigtrail_ring_read(ring, seq, &rec));
		KUNIT_EXPECT_EQ(test, rec.seq, seq);
		KUNIT_EXPECT_EQ(test, rec.time, seq * 10);
	}
	KUNIT_EXPECT_FALSE(test, sigtrail_ring_read(ring, 4, &rec));
}

static void ring_overwrites_the_oldest(struct kunit *test)
{
	struct sigtrail_ring_state state;
	struct sigtrail_record rec;

	push(RING_SIZE + 5);
	sigtrail_ring_state(ring, &state);
	KUNIT_EXPECT_EQ(test, state.first, 6);
	KUNIT_EXPECT_EQ(test, state.last, RING_SIZE + 5);

	KUNIT_ASSERT_TRUE(test, sigtrail_ring_read(ring, 1, &rec));
	KUNIT_EXPECT_EQ(test, rec.seq, 6);
	KUNIT_EXPECT_EQ(test, rec.time, 60);
}

/* A user's records overwrite its own, and all are read in order of their numbers. */
static void ring_keeps_users_apart(struct kunit *test)
{
	struct sigtrail_record rec;
	u32 read[SIGTRAIL_SHARES] = { };
	u64 seq = 1, last = 0;
	u32 round;

	for (round = 0; round < 16; round++) {
		push_to(SIGTRAIL_SHARE_COMMON, 2);
		push_to(1, 40);
		push_to(SIGTRAIL_SHARE_LAST, 3);
	}
	while (sigtrail_ring_read(ring, seq, &rec)) {
		KUNIT_EXPECT_GT(test, rec.seq, last);
		KUNIT_EXPECT_EQ(test, rec.time, rec.seq * 10);
		last = rec.seq;
		seq = last + 1;
		/* Of each round of 45 records, the common ones come first. */
		read[(last - 1) % 45 < 2 ? 0 : (last - 1) % 45 < 42 ? 1 : 8]++;
	}
	KUNIT_EXPECT_EQ(test, last, 16 * 45);
	KUNIT_EXPECT_EQ(test, read[0], 16 * 2);
	KUNIT_EXPECT_EQ(test, read[1], ring->part[1].size);
	KUNIT_EXPECT_EQ(test, read[8], 16 * 3);
}

static void ring_relays_each_record_once(struct kunit *test)
{
	struct sigtrail_record rec;
	u64 seq;

	push(1);
	push_to(3, 1);
	push(1);
	for (seq = 1; seq <= 3; seq++) {
		KUNIT_ASSERT_TRUE(test, take(&rec, false));
		KUNIT_EXPECT_EQ(test, rec.seq, seq);
	}
	KUNIT_EXPECT_FALSE(test, take(&rec, true));
	KUNIT_EXPECT_EQ(test, ring->backlog, 0);
}

static void ring_counts_what_the_relay_missed(struct kunit *test)
{
	struct sigtrail_ring_state state;
	struct sigtrail_record rec;

	push(RING_SIZE + 7);
	KUNIT_ASSERT_TRUE(test, take(&rec, false));
	KUNIT_EXPECT_EQ(test, rec.seq, 8);
	sigtrail_ring_relay_sent(ring, true);
	sigtrail_ring_state(ring, &state);
	KUNIT_EXPECT_EQ(test, state.skipped, 7);
	KUNIT_EXPECT_EQ(test, state.skipped_signals, 0);

	/* Nobody could have heard these. */
	push(RING_SIZE);
	KUNIT_ASSERT_TRUE(test, take(&rec, false));
	sigtrail_ring_relay_sent(ring, false);
	sigtrail_ring_relay_sent(ring, true);
	sigtrail_ring_state(ring, &state);
	KUNIT_EXPECT_EQ(test, state.skipped, 7);
}

static void ring_relays_nothing_unheard(struct kunit *test)
{
	struct sigtrail_ring_state state;
	struct sigtrail_record rec;

	ring->listening = NULL;
	push(RING_SIZE + 1);
	ring->listening = has_listener;
	sigtrail_ring_hear(ring);
	KUNIT_EXPECT_FALSE(test, take(&rec, true));
	push(1);
	KUNIT_ASSERT_TRUE(test, take(&rec, true));
	KUNIT_EXPECT_EQ(test, rec.seq, RING_SIZE + 2);
	sigtrail_ring_state(ring, &state);
	KUNIT_EXPECT_EQ(test, state.skipped, 0);
}

static void ring_forgets_what_nobody_hears(struct kunit *test)
{
	struct sigtrail_record rec;

	push(1);
	push_to(2, 3);
	ring->listening = NULL;		/* the last listener leaves */
	push(2);
	KUNIT_EXPECT_EQ(test, ring->backlog, 0);
	KUNIT_EXPECT_FALSE(test, take(&rec, true));
}

/* Signals are counted until the record is read. */
static void ring_counts_signals_that_repeat(struct kunit *test)
{
	struct sigtrail_ring_state state;
	struct sigtrail_record rec;
	int i;

	for (i = 0; i < 1000; i++)
		signal_to(1, 5, false);
	sigtrail_ring_state(ring, &state);
	KUNIT_EXPECT_EQ(test, state.last, 1);
	KUNIT_EXPECT_EQ(test, state.signals, 1000);

	/* The first record is not held. */
	KUNIT_ASSERT_TRUE(test, take(&rec, false));
	KUNIT_EXPECT_EQ(test, rec.seq, 1);
	KUNIT_EXPECT_EQ(test, rec.count, 1000);
	KUNIT_EXPECT_EQ(test, rec.time, 10);
	KUNIT_EXPECT_EQ(test, rec.time_last, 21);
	KUNIT_EXPECT_FALSE(test, take(&rec, true));

	/* What goes on after it is, but not with a later record of another share. */
	for (i = 0; i < 3; i++)
		signal_to(1, 5, false);
	KUNIT_EXPECT_FALSE(test, take(&rec, false));
	KUNIT_EXPECT_TRUE(test, sigtrail_ring_relay_open(ring));
	push(1);
	KUNIT_ASSERT_TRUE(test, take(&rec, false));
	KUNIT_EXPECT_EQ(test, rec.seq, 2);
	KUNIT_EXPECT_EQ(test, rec.count, 3);
	KUNIT_ASSERT_TRUE(test, take(&rec, false));
	KUNIT_EXPECT_EQ(test, rec.seq, 3);
	KUNIT_EXPECT_FALSE(test, sigtrail_ring_relay_open(ring));
	sigtrail_ring_state(ring, &state);
	KUNIT_EXPECT_EQ(test, state.signals, 1003);
}

static void ring_counts_again_after_a_dump(struct kunit *test)
{
	struct sigtrail_record rec;
	u32 sum = 0;
	u64 seq = 1;
	int i;

	ring->listening = NULL;
	for (i = 0; i < 10; i++)
		signal_to(0, 5, false);
	KUNIT_ASSERT_TRUE(test, sigtrail_ring_read(ring, 1, &rec));
	KUNIT_EXPECT_EQ(test, rec.count, 10);
	for (i = 0; i < 5; i++)
		signal_to(0, 5, false);
	signal_to(0, 6, false);
	while (sigtrail_ring_read(ring, seq, &rec)) {
		sum += rec.count ?: 1;
		seq = rec.seq + 1;
	}
	KUNIT_EXPECT_EQ(test, rec.seq, 3);
	KUNIT_EXPECT_EQ(test, sum, 16);
}

/* A listener that comes without a dump gets what is sent from then on. */
static void ring_begins_a_record_for_a_listener(struct kunit *test)
{
	struct sigtrail_record rec;
	int i;

	ring->listening = NULL;
	for (i = 0; i < 10; i++)
		signal_to(0, 5, false);
	ring->listening = has_listener;
	ring->unheard = jiffies - 1;
	for (i = 0; i < 2 * SIGTRAIL_LOOK; i++)
		signal_to(0, 5, false);
	KUNIT_ASSERT_TRUE(test, take(&rec, true));
	KUNIT_EXPECT_EQ(test, rec.seq, 2);
	KUNIT_EXPECT_GE(test, rec.count, SIGTRAIL_LOOK);
}

static void ring_counts_the_signals_it_misses(struct kunit *test)
{
	struct sigtrail_ring_state state;
	struct sigtrail_record rec;
	u32 target, sum = 0;

	for (target = 1; target <= 100; target++) {
		signal_to(0, target, false);
		signal_to(0, target, false);
		signal_to(0, target, false);
	}
	while (take(&rec, true))
		sum += rec.count ?: 1;
	sigtrail_ring_relay_sent(ring, true);
	sigtrail_ring_state(ring, &state);
	KUNIT_EXPECT_EQ(test, state.signals, 300);
	KUNIT_EXPECT_EQ(test, sum + state.skipped_signals, 300);
	KUNIT_EXPECT_GT(test, state.skipped, 0);
}

/* A record whose name had to go before it was multicast is missed, and not renamed. */
static void ring_relays_no_other_name(struct kunit *test)
{
	struct sigtrail_record rec = { .kind = SIGTRAIL_KIND_EXIT };
	struct sigtrail_ring_state state;
	char name[SIGTRAIL_NAME_LEN];
	u32 n, taken = 0;

	for (n = 1; n <= 60; n++) {
		rec.target.pid = n;
		snprintf(rec.target.name, sizeof(rec.target.name), "name%u", n);
		sigtrail_ring_push(ring, 1, &rec);
	}
	while (take(&rec, true)) {
		snprintf(name, sizeof(name), "name%u", rec.target.pid);
		KUNIT_EXPECT_STREQ(test, rec.target.name, name);
		taken++;
	}
	sigtrail_ring_relay_sent(ring, true);
	sigtrail_ring_state(ring, &state);
	KUNIT_EXPECT_GT(test, state.skipped, 0);
	KUNIT_EXPECT_EQ(test, taken + state.skipped, 60);
	KUNIT_EXPECT_EQ(test, ring->backlog, 0);
}

/* The largest count is not passed: then another record begins. */
static void ring_counts_up_to_a_limit(struct kunit *test)
{
	struct sigtrail_last *last = &ring->part[0].last;
	struct sigtrail_ring_state state;
	u32 n;

	for (n = 0; n < 2; n++)
		signal_to(0, 5, false);
	last->count = U32_MAX - SIGTRAIL_LOOK - 100;
	for (n = 0; n < 200; n++) {
		signal_to(0, 5, false);
		KUNIT_ASSERT_GT(test, last->count, 0);
	}
	sigtrail_ring_state(ring, &state);
	KUNIT_EXPECT_EQ(test, state.last, 2);
	KUNIT_EXPECT_EQ(test, state.signals, (u64)U32_MAX - SIGTRAIL_LOOK + 100);
}

/* The relay is kicked to start at once, also if the count of slots jumps. */
static void ring_hurries_once(struct kunit *test)
{
	u32 kicks = 0;

	ring->hurry = 4;
	ring->kicked = true;
	ring->backlog = 5;
	kicks += sigtrail_ring_kicks(ring);
	kicks += sigtrail_ring_kicks(ring);
	KUNIT_EXPECT_EQ(test, kicks, 1);
}

/* What is too old for its number is given up. */
static void ring_gives_up_the_very_old(struct kunit *test)
{
	struct sigtrail_record rec;

	push_to(1, 3);
	push(1);
	ring->next += 1 << 25;
	sigtrail_ring_age(ring);
	KUNIT_ASSERT_TRUE(test, sigtrail_ring_read(ring, 1, &rec));
	KUNIT_EXPECT_EQ(test, rec.seq, 4);
	KUNIT_EXPECT_EQ(test, ring->missed, 3);
}

static struct kunit_case ring_cases[] = {
	KUNIT_CASE(ring_without_memory_keeps_nothing),
	KUNIT_CASE(ring_numbers_from_one),
	KUNIT_CASE(ring_overwrites_the_oldest),
	KUNIT_CASE(ring_relays_each_record_once),
	KUNIT_CASE(ring_counts_what_the_relay_missed),
	KUNIT_CASE(ring_relays_nothing_unheard),
	KUNIT_CASE(ring_forgets_what_nobody_hears),
	KUNIT_CASE(ring_keeps_users_apart),
	KUNIT_CASE(ring_counts_signals_that_repeat),
	KUNIT_CASE(ring_tells_cgroups_apart),
	KUNIT_CASE(ring_tells_parents_apart),
	KUNIT_CASE(ring_counts_again_after_a_dump),
	KUNIT_CASE(ring_begins_a_record_for_a_listener),
	KUNIT_CASE(ring_counts_the_signals_it_misses),
	KUNIT_CASE(ring_relays_no_other_name),
	KUNIT_CASE(ring_counts_up_to_a_limit),
	KUNIT_CASE(ring_hurries_once),
	KUNIT_CASE(ring_gives_up_the_very_old),
	{ }
};

static struct kunit_suite ring_suite = {
	.name = "sigtrail_ring",
	.init = ring_init,
	.exit = ring_exit,
	.test_cases = ring_cases,
};

kunit_test_suite(ring_suite);
