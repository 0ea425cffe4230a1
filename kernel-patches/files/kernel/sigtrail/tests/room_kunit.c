// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite: how many records memory of some size keeps.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "../internal.h"

/* The size in the promises of docs/blackbox.md. */
#define BLACK_BOX (320 * 1024)

/* The ring under test; cases run one at a time. */
static struct sigtrail_ring *ring;

static int room_init(struct kunit *test)
{
	ring = kunit_kzalloc(test, sizeof(*ring), GFP_KERNEL);
	if (!ring)
		return -ENOMEM;
	raw_spin_lock_init(&ring->lock);
	ring->next = 1;
	return 0;
}

static void room_exit(struct kunit *test)
{
	sigtrail_ring_free(ring);
}

/* Begins the ring again, in memory of so many bytes. */
static int use(struct kunit *test, size_t bytes)
{
	void *memory = kunit_kzalloc(test, bytes, GFP_KERNEL);

	if (!memory)
		return -ENOMEM;
	sigtrail_ring_free(ring);
	return sigtrail_ring_init(ring, memory, bytes, 0x5eed);
}

static void room_is_used(struct kunit *test)
{
	static const u32 records[] = { SIGTRAIL_RING_MIN, 100, 511, 512, 5120 };
	struct sigtrail_ring_state state;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(records); i++) {
		KUNIT_ASSERT_EQ(test, 0,
				use(test, sigtrail_ring_bytes(records[i])));
		sigtrail_ring_state(ring, &state);
		KUNIT_EXPECT_LE(test, state.size, records[i]);
		KUNIT_EXPECT_GT(test, state.size + 9, records[i]);
		KUNIT_EXPECT_EQ(test, state.first, 1);
		KUNIT_EXPECT_EQ(test, state.last, 0);
	}
}

static void room_is_needed_for_the_least(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			use(test, sigtrail_ring_bytes(SIGTRAIL_RING_MIN) - 1));
}

/* The promise of docs/blackbox.md. */
static void room_for_5000(struct kunit *test)
{
	KUNIT_EXPECT_LE(test, sigtrail_ring_bytes(5000), (size_t)BLACK_BOX);
}

/* Each record has a new line, as of a script that another one starts each time. */
static void room_for_580_new_lines(struct kunit *test)
{
	struct sigtrail_record rec = { .kind = SIGTRAIL_KIND_SIGNAL };
	struct sigtrail_ring_state state;
	u32 n, i;

	KUNIT_ASSERT_EQ(test, 0, use(test, BLACK_BOX));
	strscpy(rec.sender.name, "killall", SIGTRAIL_NAME_LEN);
	strscpy(rec.parent.name, "sh", SIGTRAIL_NAME_LEN);
	strscpy(rec.target.name, "dnsmasq", SIGTRAIL_NAME_LEN);
	for (i = 0; i < SIGTRAIL_ANCESTORS; i++)
		strscpy(rec.ancestor[i].name, "sh", SIGTRAIL_NAME_LEN);
	for (n = 1; n <= 2000; n++) {
		for (i = 0; i < SIGTRAIL_ANCESTORS; i++)
			rec.ancestor[i].pid = n + i;
		sigtrail_ring_push(ring, SIGTRAIL_SHARE_COMMON, &rec);
		sigtrail_ring_state(ring, &state);
		KUNIT_ASSERT_GE(test, state.last - state.first + 1,
				min_t(u64, n, 580));
	}
}

/* More names than an epoch, in a ring that has epochs of more than one record. */
static void room_is_as_much_as_it_says(struct kunit *test)
{
	const u32 records = 16 * SIGTRAIL_RING_MIN;
	struct sigtrail_record rec = { .kind = SIGTRAIL_KIND_REBOOT };
	struct sigtrail_ring_state state;
	u32 n, i;

	KUNIT_ASSERT_EQ(test, 0, use(test, sigtrail_ring_bytes(records)));
	for (n = 1; n <= 4 * records; n++) {
		snprintf(rec.sender.name, sizeof(rec.sender.name), "s%u", n);
		snprintf(rec.parent.name, sizeof(rec.parent.name), "p%u", n);
		for (i = 0; i < SIGTRAIL_ANCESTORS; i++) {
			rec.ancestor[i].pid = n + i;
			snprintf(rec.ancestor[i].name, SIGTRAIL_NAME_LEN,
				 "%u.%u", n, i);
		}
		snprintf(rec.text, sizeof(rec.text),
			 "%015u.%015u.%015u.%015u", 4 * n, 4 * n + 1,
			 4 * n + 2, 4 * n + 3);
		sigtrail_ring_push(ring, SIGTRAIL_SHARE_COMMON, &rec);
		sigtrail_ring_state(ring, &state);
		if (n > records)
			KUNIT_ASSERT_GE(test, state.last - state.first + 1,
					ring->part[0].names.count / 10 -
					(1 << ring->part[0].names.shift));
	}
}

static struct kunit_case room_cases[] = {
	KUNIT_CASE(room_is_used),
	KUNIT_CASE(room_is_needed_for_the_least),
	KUNIT_CASE(room_for_5000),
	KUNIT_CASE(room_for_580_new_lines),
	KUNIT_CASE(room_is_as_much_as_it_says),
	{ }
};

static struct kunit_suite room_suite = {
	.name = "sigtrail_room",
	.init = room_init,
	.exit = room_exit,
	.test_cases = room_cases,
};

kunit_test_suite(room_suite);
