// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite: the ring.
 */
#include <kunit/test.h>
#include <linux/log2.h>

#include "../internal.h"

/* The minimum, so that few records fill it. */
#define RING_SIZE SIGTRAIL_RING_MIN

static bool has_listener(void)
{
	return true;
}

/* The ring under test; cases run one at a time. */
static struct sigtrail_ring *ring;

static int init(struct kunit *test, u32 records)
{
	size_t bytes = sigtrail_ring_bytes(records);
	void *memory = kunit_kzalloc(test, bytes, GFP_KERNEL);

	if (!memory)
		return -ENOMEM;
	return sigtrail_ring_init(ring, memory, bytes, 1);
}

static int ring_init(struct kunit *test)
{
	ring = kunit_kzalloc(test, sizeof(*ring), GFP_KERNEL);
	if (!ring)
		return -ENOMEM;
	raw_spin_lock_init(&ring->lock);
	ring->next = 1;
	ring->kept = 1;
	ring->relay = 1;
	ring->listening = has_listener;
	ring->unheard = jiffies - 1;
	return init(test, RING_SIZE);
}

static void ring_exit(struct kunit *test)
{
	sigtrail_ring_free(ring);
}

static void push(int count)
{
	struct sigtrail_record rec = { };

	while (count--) {
		rec.time = ring->next * 10;
		sigtrail_ring_push(ring, &rec);
	}
}

static void ring_uses_its_memory(struct kunit *test)
{
	static const u32 records[] = { RING_SIZE, 100, 511, 512, 5120 };
	struct sigtrail_ring_state state;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(records); i++) {
		sigtrail_ring_free(ring);
		KUNIT_ASSERT_EQ(test, 0, init(test, records[i]));
		sigtrail_ring_state(ring, &state);
		KUNIT_EXPECT_LE(test, state.size, records[i]);
		KUNIT_EXPECT_GT(test, state.size + 9, records[i]);
		KUNIT_EXPECT_EQ(test, state.first, 1);
		KUNIT_EXPECT_EQ(test, state.last, 0);
	}
}

static void ring_needs_memory_for_the_least(struct kunit *test)
{
	size_t bytes = sigtrail_ring_bytes(RING_SIZE) - 1;
	void *memory = kunit_kzalloc(test, bytes, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	sigtrail_ring_free(ring);
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			sigtrail_ring_init(ring, memory, bytes, 1));
}

/* The promise of docs/blackbox.md, with what is beside the ring's memory. */
static void ring_of_320_kib_keeps_5000(struct kunit *test)
{
	const u32 records = 5120;
	size_t names = records / 8;
	size_t beside = names * sizeof(struct sigtrail_name) +
			roundup_pow_of_two(names) * sizeof(u16);

	KUNIT_EXPECT_LE(test, sigtrail_ring_bytes(records) + beside,
			(size_t)320 * 1024);
}

static void ring_without_memory_keeps_nothing(struct kunit *test)
{
	struct sigtrail_record rec = { };

	sigtrail_ring_free(ring);
	KUNIT_EXPECT_FALSE(test, sigtrail_ring_push(ring, &rec));
	KUNIT_EXPECT_FALSE(test, sigtrail_ring_read(ring, 1, &rec));
	KUNIT_EXPECT_FALSE(test, sigtrail_ring_relay_peek(ring, &rec));
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

static void ring_relays_each_record_once(struct kunit *test)
{
	struct sigtrail_record rec;
	u64 seq;

	push(2);
	for (seq = 1; seq <= 2; seq++) {
		KUNIT_ASSERT_TRUE(test, sigtrail_ring_relay_peek(ring, &rec));
		KUNIT_EXPECT_EQ(test, rec.seq, seq);
		/* Not done yet: the same record again. */
		KUNIT_ASSERT_TRUE(test, sigtrail_ring_relay_peek(ring, &rec));
		KUNIT_EXPECT_EQ(test, rec.seq, seq);
		sigtrail_ring_relay_done(ring, seq);
	}
	KUNIT_EXPECT_FALSE(test, sigtrail_ring_relay_peek(ring, &rec));
}

static void ring_counts_what_the_relay_missed(struct kunit *test)
{
	struct sigtrail_ring_state state;
	struct sigtrail_record rec;

	push(RING_SIZE + 7);
	KUNIT_ASSERT_TRUE(test, sigtrail_ring_relay_peek(ring, &rec));
	KUNIT_EXPECT_EQ(test, rec.seq, 8);
	sigtrail_ring_relay_sent(ring, true);
	sigtrail_ring_state(ring, &state);
	KUNIT_EXPECT_EQ(test, state.skipped, 7);

	/* Nobody could have heard these. */
	push(RING_SIZE);
	KUNIT_ASSERT_TRUE(test, sigtrail_ring_relay_peek(ring, &rec));
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
	KUNIT_EXPECT_FALSE(test, sigtrail_ring_relay_peek(ring, &rec));
	push(1);
	KUNIT_ASSERT_TRUE(test, sigtrail_ring_relay_peek(ring, &rec));
	KUNIT_EXPECT_EQ(test, rec.seq, RING_SIZE + 2);
	sigtrail_ring_state(ring, &state);
	KUNIT_EXPECT_EQ(test, state.skipped, 0);
}

static void ring_never_relays_backwards(struct kunit *test)
{
	struct sigtrail_record rec;

	push(1);
	KUNIT_ASSERT_TRUE(test, sigtrail_ring_relay_peek(ring, &rec));
	ring->listening = NULL;		/* the last listener leaves */
	push(2);
	sigtrail_ring_relay_done(ring, rec.seq);
	KUNIT_EXPECT_FALSE(test, sigtrail_ring_relay_peek(ring, &rec));
}

static struct kunit_case ring_cases[] = {
	KUNIT_CASE(ring_uses_its_memory),
	KUNIT_CASE(ring_needs_memory_for_the_least),
	KUNIT_CASE(ring_of_320_kib_keeps_5000),
	KUNIT_CASE(ring_without_memory_keeps_nothing),
	KUNIT_CASE(ring_numbers_from_one),
	KUNIT_CASE(ring_overwrites_the_oldest),
	KUNIT_CASE(ring_relays_each_record_once),
	KUNIT_CASE(ring_counts_what_the_relay_missed),
	KUNIT_CASE(ring_relays_nothing_unheard),
	KUNIT_CASE(ring_never_relays_backwards),
	{ }
};

static struct kunit_suite ring_suite = {
	.name = "sigtrail_ring",
	.init = ring_init,
	.exit = ring_exit,
	.test_cases = ring_cases,
};

kunit_test_suite(ring_suite);
