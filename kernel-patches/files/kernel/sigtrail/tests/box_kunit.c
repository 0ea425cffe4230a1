// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite: what the ring's memory has, and what is believed of it after a reset.
 */
#include <kunit/test.h>
#include <linux/prandom.h>
#include <linux/swab.h>

#include "../internal.h"

#define RECORDS SIGTRAIL_RING_MIN
#define BYTES sigtrail_ring_bytes(RECORDS)
/* No more slots than this. */
#define SLOTS (BYTES / sizeof(struct sigtrail_box_slot))
#define SALT 0x5eed
/* A debug kernel is slower by a factor of about 20. */
#define IMAGES (IS_ENABLED(CONFIG_KASAN) ? 500 : 10000)

/* The ring under test, its memory, and a copy of that. Cases run one at a time. */
static struct sigtrail_ring *ring;
static void *memory, *image, *extra;
static struct rnd_state rnd;

static int box_init(struct kunit *test)
{
	ring = kunit_kzalloc(test, sizeof(*ring), GFP_KERNEL);
	memory = kunit_kzalloc(test, BYTES, GFP_KERNEL);
	image = kunit_kzalloc(test, BYTES, GFP_KERNEL);
	extra = kunit_kzalloc(test, sigtrail_previous_extra(BYTES), GFP_KERNEL);
	if (!ring || !memory || !image || !extra)
		return -ENOMEM;
	raw_spin_lock_init(&ring->lock);
	ring->next = 1;
	prandom_seed_state(&rnd, 13);
	return sigtrail_ring_init(ring, memory, BYTES, SALT);
}

static void box_exit(struct kunit *test)
{
	sigtrail_ring_free(ring);
}

static void name_task(struct sigtrail_task *task, u32 n, const char *what)
{
	task->pid = n;
	task->tid = n + 1;
	task->cgroup = n % 5;
	snprintf(task->name, sizeof(task->name), "%s%u", what, n % 7);
}

static void name_sender(struct sigtrail_record *rec, u32 n)
{
	u32 i;

	name_task(&rec->sender, n, "sender");
	rec->sender.uid = n % 3;
	name_task(&rec->parent, n / 2, "parent");
	rec->parent.tid = 0;
	for (i = 0; i < n % (SIGTRAIL_ANCESTORS + 1); i++) {
		name_task(&rec->ancestor[i], 3 - i, "sender");
		rec->ancestor[i].tid = 0;
	}
}

/* Record n, which is of each kind in turn. */
static void make(struct sigtrail_record *rec, u64 n)
{
	memset(rec, 0, sizeof(*rec));
	rec->time = n * 1000000007;
	rec->kind = n % (SIGTRAIL_KIND_SUMMARY + 1);
	rec->flags = (u32)n * 0x9e3779b1 % (2 * SIGTRAIL_FLAG_FAULT);
	if (rec->kind != SIGTRAIL_KIND_SIGNAL)
		rec->flags &= ~SIGTRAIL_FLAG_FAULT;
	if (sigtrail_has_sender(rec->kind, rec->flags))
		name_sender(rec, n);
	switch (rec->kind) {
	case SIGTRAIL_KIND_SIGNAL:
	case SIGTRAIL_KIND_SUMMARY:
		rec->signal = n % 65;
		rec->outcome = n % 6;
		rec->scope = n % 2;
		rec->code = -(s32)n;
		if (n % 3 == 0) {
			rec->count = 2 + n % 5;
			rec->time_last = rec->time + n;
		}
		break;
	case SIGTRAIL_KIND_EXIT:
		rec->status = n % 256;
		rec->peak_rss = n * 0x9e3779b1;
		rec->run_time = n * 0x9e3779b1 % BIT_ULL(40);
		rec->since_first = n << 33 | 5;
		rec->since_last = n << 5;
		break;
	case SIGTRAIL_KIND_REBOOT:
		rec->reboot_code = 1 + n % 3;
		rec->survivors = n % 100;
		break;
	case SIGTRAIL_KIND_SURVIVOR:
		rec->state = 'D';
		break;
	}
	if (rec->kind <= SIGTRAIL_KIND_EXIT ||
	    rec->kind == SIGTRAIL_KIND_SUMMARY ||
	    rec->kind == SIGTRAIL_KIND_SURVIVOR)
		name_task(&rec->target, n * 3, "target");
	if (rec->kind == SIGTRAIL_KIND_EXIT)
		rec->target.tid = rec->target.pid;
	if (rec->flags & SIGTRAIL_FLAG_FAULT) {
		rec->fault_address = n << 40 | 7;
		rec->fault_pc = n << 33 | 6;
		rec->sender = rec->target;
	}
	if (rec->kind >= SIGTRAIL_KIND_MARK &&
	    rec->kind != SIGTRAIL_KIND_SUMMARY &&
	    rec->kind != SIGTRAIL_KIND_CLAIM &&
	    rec->kind != SIGTRAIL_KIND_CLAIM_END)
		snprintf(rec->text, sizeof(rec->text),
			 "a text of many words, to fill more than one name %llu",
			 n % 5);
}

/* A tenth of the records is in a user's part, or what its names leave of it. */
static u32 share_of(u64 n)
{
	return n % 10 ? SIGTRAIL_SHARE_COMMON : 1 + n / 10 % SIGTRAIL_BOX_USERS;
}

/* Some stand for several signals. */
static void count_signals(u32 share, const struct sigtrail_record *rec)
{
	struct sigtrail_part *part = &ring->part[share];
	struct sigtrail_last *last = &part->last;
	u32 i;

	last->count = 1;
	last->seq = rec->seq;
	last->repeats = NULL;
	for (i = 1; i < rec->count; i++)
		sigtrail_last_more(ring, part, rec->time_last);
	last->count = 0;
}

static void push(u64 count)
{
	struct sigtrail_record rec;
	u32 share;

	while (count--) {
		make(&rec, ring->next);
		share = share_of(ring->next);
		sigtrail_ring_push(ring, share, &rec);
		if (rec.count)
			count_signals(share, &rec);
	}
}

/* Is it as it was made? The slot with its count may be damaged: then it has none. */
static bool is_made(struct sigtrail_record *rec)
{
	struct sigtrail_record made;

	make(&made, rec->seq);
	made.seq = rec->seq;
	if (share_of(rec->seq))
		made.flags |= SIGTRAIL_FLAG_SHARE;
	if (!rec->count) {
		made.count = 0;
		made.time_last = 0;
	}
	return !memcmp(&made, rec, sizeof(made));
}

static void keep(struct sigtrail_previous *previous)
{
	memset(previous, 0, sizeof(*previous));
	memcpy(image, memory, BYTES);
	previous->image = image;
}

static u32 read_all(struct sigtrail_previous *previous, u32 *wrong)
{
	struct sigtrail_record rec;
	u32 count = 0;
	u64 seq = 1;

	*wrong = 0;
	while (sigtrail_previous_get(previous, seq, &rec)) {
		*wrong += !is_made(&rec);
		count++;
		seq = rec.seq + 1;
	}
	return count;
}

static void box_keeps_every_field(struct kunit *test)
{
	struct sigtrail_record rec;
	u32 counted = 0, faults = 0, ancestors = 0;
	u64 seq;

	for (seq = 1; seq <= 3 * RECORDS; seq++) {
		push(1);
		KUNIT_ASSERT_TRUE(test, sigtrail_ring_read(ring, seq, &rec));
		KUNIT_EXPECT_EQ(test, rec.seq, seq);
		KUNIT_EXPECT_TRUE(test, is_made(&rec));
		counted += !!rec.count;
		faults += !!(rec.flags & SIGTRAIL_FLAG_FAULT);
		ancestors += !!rec.ancestor[SIGTRAIL_ANCESTORS - 1].pid;
	}
	KUNIT_EXPECT_GT(test, counted, 0);
	KUNIT_EXPECT_GT(test, faults, 0);
	KUNIT_EXPECT_GT(test, ancestors, 0);
}

/* Exactly what the ring has. */
static void box_outlives_a_reset(struct kunit *test)
{
	static struct sigtrail_record rec, old;
	struct sigtrail_previous previous;
	u32 count = 0, wrong;
	u64 seq;

	push(RECORDS * 5 / 2);
	keep(&previous);
	KUNIT_ASSERT_EQ(test, sigtrail_box_judge(image, BYTES),
			SIGTRAIL_FOUND_RECORDS);
	sigtrail_previous_count(&previous, extra);
	KUNIT_EXPECT_EQ(test, previous.last, ring->next - 1);
	KUNIT_EXPECT_EQ(test, previous.damaged, 0);
	for (seq = 1; sigtrail_ring_read(ring, seq, &rec); seq = rec.seq + 1) {
		KUNIT_ASSERT_TRUE(test, sigtrail_previous_get(&previous, seq, &old));
		KUNIT_EXPECT_TRUE(test, !memcmp(&rec, &old, sizeof(rec)));
		count++;
	}
	KUNIT_EXPECT_GT(test, count, RECORDS / 8);
	KUNIT_EXPECT_EQ(test, previous.records, count);
	KUNIT_EXPECT_EQ(test, read_all(&previous, &wrong), count);
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

/* The count is written with each signal, and the last one is in memory. */
static void box_counts_up_to_the_reset(struct kunit *test)
{
	struct sigtrail_key key = { .what = 1 };
	struct sigtrail_part *part = &ring->part[3];
	struct sigtrail_previous previous;
	struct sigtrail_record rec;
	u32 i;

	make(&rec, 9 * 11);
	sigtrail_ring_push(ring, 3, &rec);
	part->last.key = key;
	part->last.count = 1;
	part->last.seq = rec.seq;
	for (i = 2; i <= 200; i++) {
		KUNIT_ASSERT_TRUE(test, sigtrail_last_count(ring, part, &key, i));
		keep(&previous);
		sigtrail_previous_count(&previous, extra);
		KUNIT_ASSERT_EQ(test, previous.damaged, 0);
		KUNIT_ASSERT_TRUE(test, sigtrail_previous_get(&previous, 1, &rec));
		KUNIT_EXPECT_EQ(test, rec.count, i);
		KUNIT_EXPECT_EQ(test, rec.time_last, i);
	}
	KUNIT_EXPECT_FALSE(test, sigtrail_previous_get(&previous, 2, &rec));
}

/* Also where the oldest record is in the last slot, and its count in the first one. */
static void box_outlives_a_reset_at_each_place(struct kunit *test)
{
	struct sigtrail_record rec = { .kind = SIGTRAIL_KIND_SIGNAL };
	struct sigtrail_previous previous;
	u32 n;

	for (n = 0; n < 200; n++) {
		rec.count = n ? 2 : 0; /* from the second slot on two for each */
		sigtrail_ring_push(ring, 3, &rec);
		count_signals(3, &rec);
		keep(&previous);
		sigtrail_previous_count(&previous, extra);
		KUNIT_ASSERT_EQ(test, previous.damaged, 0);
	}
}

/* A user's names cost no other record its own. */
static void box_keeps_users_names_apart(struct kunit *test)
{
	struct sigtrail_record rec = { .kind = SIGTRAIL_KIND_EXIT };
	struct sigtrail_previous previous;
	u32 n, common = 0;
	u64 seq = 1;

	for (n = 1; n <= 20 * RECORDS; n++) {
		snprintf(rec.target.name, sizeof(rec.target.name), "name%u", n);
		sigtrail_ring_push(ring, n % 40 ? 1 : SIGTRAIL_SHARE_COMMON, &rec);
	}
	keep(&previous);
	sigtrail_previous_count(&previous, extra);
	KUNIT_EXPECT_EQ(test, previous.damaged, 0);
	while (sigtrail_previous_get(&previous, seq, &rec)) {
		char name[SIGTRAIL_NAME_LEN];

		snprintf(name, sizeof(name), "name%llu", rec.seq);
		KUNIT_EXPECT_STREQ(test, name, rec.target.name);
		common += rec.seq % 40 == 0;
		seq = rec.seq + 1;
	}
	KUNIT_EXPECT_EQ(test, common, 20 * RECORDS / 40);
}

/* More names than the table has: the oldest records go, and none gets another name. */
static void box_gives_up_records_for_names(struct kunit *test)
{
	struct sigtrail_previous previous;
	struct sigtrail_ring_state state;
	struct sigtrail_record rec = { .kind = SIGTRAIL_KIND_EXIT };
	u32 count = 4 * RECORDS, seen = 0;
	u64 seq = 1;
	u32 n;

	for (n = 1; n <= count; n++) {
		snprintf(rec.target.name, sizeof(rec.target.name), "name%u", n);
		rec.target.pid = n;
		sigtrail_ring_push(ring, SIGTRAIL_SHARE_COMMON, &rec);
	}
	sigtrail_ring_state(ring, &state);
	KUNIT_EXPECT_GE(test, state.last - state.first, RECORDS / 7);

	keep(&previous);
	sigtrail_previous_count(&previous, extra);
	KUNIT_EXPECT_EQ(test, previous.damaged, 0);
	while (sigtrail_previous_get(&previous, seq, &rec)) {
		char name[SIGTRAIL_NAME_LEN];

		snprintf(name, sizeof(name), "name%u", rec.target.pid);
		KUNIT_EXPECT_STREQ(test, name, rec.target.name);
		seq = rec.seq + 1;
		seen++;
	}
	KUNIT_EXPECT_GE(test, seen, state.last - state.first + 1);

	/* The running ring agrees. */
	for (seq = 1; sigtrail_ring_read(ring, seq, &rec); seq = rec.seq + 1) {
		char name[SIGTRAIL_NAME_LEN];

		snprintf(name, sizeof(name), "name%u", rec.target.pid);
		KUNIT_EXPECT_STREQ(test, name, rec.target.name);
	}
}

/*
 * Two names get each other's places in the table, while the slot of a record that
 * had them is not overwritten yet.
 */
static void box_believes_no_swapped_names(struct kunit *test)
{
	struct sigtrail_record rec = { .kind = SIGTRAIL_KIND_SIGNAL };
	const struct sigtrail_box_slot *slots = ring->part[0].slots;
	struct sigtrail_previous previous;
	u64 seq;
	u32 n;

	KUNIT_ASSERT_EQ(test, ring->part[0].names.count, RECORDS);
	for (n = 1; n <= RECORDS; n++) {
		snprintf(rec.sender.name, sizeof(rec.sender.name),
			 n == 1 ? "evil" : n == RECORDS ? "sshd" : "a%u", n);
		snprintf(rec.target.name, sizeof(rec.target.name),
			 n == 1 ? "sshd" : n == RECORDS ? "evil" : "b%u", n);
		sigtrail_ring_push(ring, SIGTRAIL_SHARE_COMMON, &rec);
	}
	KUNIT_ASSERT_EQ(test, slots[0].name[SIGTRAIL_BOX_SENDER],
			slots[RECORDS - 1].name[SIGTRAIL_BOX_SENDER]);
	KUNIT_ASSERT_EQ(test, slots[0].name[SIGTRAIL_BOX_TARGET],
			slots[RECORDS - 1].name[SIGTRAIL_BOX_TARGET]);

	keep(&previous);
	sigtrail_previous_count(&previous, extra);
	for (seq = 1; sigtrail_previous_get(&previous, seq, &rec);
	     seq = rec.seq + 1)
		KUNIT_EXPECT_TRUE(test, rec.seq == RECORDS ||
				  strcmp(rec.sender.name, "sshd"));
}

static void box_bounds_its_numbers(struct kunit *test)
{
	struct sigtrail_box_alive alive = { .count = 1, .seq = U64_MAX };
	struct sigtrail_previous previous;
	u32 wrong;

	push(3);
	sigtrail_box_store(SALT, &ring->box->alive[0], &alive, sizeof(alive));
	keep(&previous);
	sigtrail_previous_count(&previous, extra);
	KUNIT_EXPECT_EQ(test, previous.last, 3);
	KUNIT_EXPECT_EQ(test, read_all(&previous, &wrong), 3);
}

static void box_judges_its_header(struct kunit *test)
{
	struct sigtrail_box *box = image;

	KUNIT_EXPECT_EQ(test, sigtrail_box_judge(box, BYTES),
			SIGTRAIL_FOUND_NOTHING);
	memcpy(image, memory, BYTES);
	KUNIT_EXPECT_EQ(test, sigtrail_box_judge(box, BYTES),
			SIGTRAIL_FOUND_RECORDS);
	KUNIT_EXPECT_EQ(test, sigtrail_box_judge(box, BYTES - 8),
			SIGTRAIL_FOUND_FOREIGN);
	box->header.slots++;
	KUNIT_EXPECT_EQ(test, sigtrail_box_judge(box, BYTES),
			SIGTRAIL_FOUND_DAMAGED);
	box->header.layout++;
	KUNIT_EXPECT_EQ(test, sigtrail_box_judge(box, BYTES),
			SIGTRAIL_FOUND_FOREIGN);
	box->header.magic = swab32(SIGTRAIL_BOX_MAGIC);
	KUNIT_EXPECT_EQ(test, sigtrail_box_judge(box, BYTES),
			SIGTRAIL_FOUND_FOREIGN);
	box->header.magic = 0;
	KUNIT_EXPECT_EQ(test, sigtrail_box_judge(box, BYTES),
			SIGTRAIL_FOUND_NOTHING);
}

static u32 random_below(u32 limit)
{
	return prandom_u32_state(&rnd) % limit;
}

static void flip_bits(void)
{
	u32 flips = 1 + random_below(64);

	while (flips--)
		((u8 *)image)[random_below(BYTES)] ^= 1 << random_below(8);
}

static void zero_page(void)
{
	u32 size = min_t(u32, 1024, BYTES);

	memset(image + random_below(BYTES - size + 1), 0, size);
}

/* The words up to one are of the next record, the others of the one before. */
static void tear_record(void)
{
	struct sigtrail_part *part = &ring->part[random_below(SIGTRAIL_SHARES)];
	struct sigtrail_box_slot *slot = &part->slots[random_below(part->size)];
	struct sigtrail_box_slot *other = &part->slots[random_below(part->size)];

	memcpy(image + ((void *)slot - memory), other,
	       random_below(sizeof(*slot) / 4) * 4);
}

static void make_random(void)
{
	/* Mostly with a header that is believed, else nothing else is looked at. */
	u32 from = random_below(4) ? sizeof(struct sigtrail_box_header) : 0;

	prandom_bytes_state(&rnd, image + from, BYTES - from);
}

static void change_header(void)
{
	u32 *word = image;

	word[random_below(sizeof(struct sigtrail_box_header) / 4)] =
		random_below(4) ? random_below(1000) : prandom_u32_state(&rnd);
}

static void box_believes_nothing_false(struct kunit *test)
{
	static void (*const damage[])(void) = {
		flip_bits, zero_page, tear_record, make_random, change_header,
	};
	struct sigtrail_previous previous;
	u32 i, count, wrong, believed = 0;

	push(RECORDS * 5 / 2);
	for (i = 0; i < IMAGES; i++) {
		keep(&previous);
		damage[i % ARRAY_SIZE(damage)]();
		if (sigtrail_box_judge(image, BYTES) != SIGTRAIL_FOUND_RECORDS)
			continue;
		sigtrail_previous_count(&previous, extra);
		count = read_all(&previous, &wrong);
		KUNIT_ASSERT_EQ(test, wrong, 0);
		KUNIT_ASSERT_EQ(test, count, previous.records);
		KUNIT_ASSERT_LE(test, count + previous.damaged, SLOTS);
		believed += count;
	}
	/* What is whole is believed. */
	KUNIT_EXPECT_GT(test, believed, IMAGES * RECORDS / 10);
}

static struct kunit_case box_cases[] = {
	KUNIT_CASE(box_keeps_every_field),
	KUNIT_CASE(box_outlives_a_reset),
	KUNIT_CASE(box_counts_up_to_the_reset),
	KUNIT_CASE(box_outlives_a_reset_at_each_place),
	KUNIT_CASE(box_keeps_users_names_apart),
	KUNIT_CASE(box_gives_up_records_for_names),
	KUNIT_CASE(box_believes_no_swapped_names),
	KUNIT_CASE(box_bounds_its_numbers),
	KUNIT_CASE(box_judges_its_header),
	KUNIT_CASE(box_believes_nothing_false),
	{ }
};

static struct kunit_suite box_suite = {
	.name = "sigtrail_box",
	.init = box_init,
	.exit = box_exit,
	.test_cases = box_cases,
};

kunit_test_suite(box_suite);
