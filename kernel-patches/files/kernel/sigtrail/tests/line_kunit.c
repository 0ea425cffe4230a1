// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite: a sender's line, and what the next boot believes of it.
 */
#include <kunit/test.h>
#include <linux/string.h>
#include <net/netlink.h>

#include "../internal.h"
#include "../line.h"

#define BYTES sigtrail_ring_bytes(SIGTRAIL_RING_MIN)
#define COMMON SIGTRAIL_SHARE_COMMON

/* The ring under test, its memory, and a copy of that. Cases run one at a time. */
static struct sigtrail_ring *ring;
static struct sigtrail_names *names;
static void *memory, *image, *extra;

static int line_init(struct kunit *test)
{
	ring = kunit_kzalloc(test, sizeof(*ring), GFP_KERNEL);
	memory = kunit_kzalloc(test, BYTES, GFP_KERNEL);
	image = kunit_kzalloc(test, BYTES, GFP_KERNEL);
	extra = kunit_kzalloc(test, sigtrail_previous_extra(BYTES), GFP_KERNEL);
	if (!ring || !memory || !image || !extra)
		return -ENOMEM;
	raw_spin_lock_init(&ring->lock);
	ring->next = 1;
	names = &ring->part[COMMON].names;
	return sigtrail_ring_init(ring, memory, BYTES, 0x5eed);
}

static void line_exit(struct kunit *test)
{
	sigtrail_ring_free(ring);
}

/* A signal of a process whose parent has ancestors with these ids. */
static void push_signal(const char *parent, const char *beyond, u32 first)
{
	struct sigtrail_record rec = { .kind = SIGTRAIL_KIND_SIGNAL };
	u32 i;

	rec.parent.pid = 100;
	strscpy(rec.parent.name, parent, SIGTRAIL_NAME_LEN);
	for (i = 0; beyond && i < SIGTRAIL_ANCESTORS; i++) {
		rec.ancestor[i].pid = first + i;
		strscpy(rec.ancestor[i].name, beyond, SIGTRAIL_NAME_LEN);
	}
	sigtrail_ring_push(ring, COMMON, &rec);
}

static void push_exit(u32 n)
{
	struct sigtrail_record rec = { .kind = SIGTRAIL_KIND_EXIT };

	snprintf(rec.target.name, SIGTRAIL_NAME_LEN, "other%u", n);
	sigtrail_ring_push(ring, COMMON, &rec);
}

/* The line of the record with a number, of those that the ring's first slots have. */
static u32 line_of(u32 seq)
{
	return ring->part[COMMON].slots[seq - 1].name[SIGTRAIL_BOX_PARENT];
}

static void keep(struct sigtrail_previous *previous)
{
	memset(previous, 0, sizeof(*previous));
	memcpy(image, memory, BYTES);
	previous->image = image;
	sigtrail_previous_count(previous, extra);
}

/* The check of an entry as it is stored. */
static u32 check_of(u32 place, const u32 *more, u32 count)
{
	u32 word[SIGTRAIL_NAME_WORDS];

	memcpy(word, &names->stored[place], sizeof(word));
	return sigtrail_name_check(names->salt, word, more, count);
}

/* Writes the check of a slot, which has no name but in its line, as that is stored. */
static void seal(struct sigtrail_box_slot *slot)
{
	u32 place = slot->name[SIGTRAIL_BOX_PARENT];
	struct sigtrail_box_line *line = (void *)&names->stored[place];
	u32 none = check_of(0, NULL, 0), check = names->salt, count = 0;
	u32 more[SIGTRAIL_BOX_LINE_NAMES], word[sizeof(*slot) / sizeof(u32)];
	u32 i;

	for (i = 0; i < SIGTRAIL_BOX_LINE_NAMES; i++)
		if (line->name[i])
			more[count++] = check_of(line->name[i], NULL, 0);
	memcpy(word, slot, sizeof(word));
	for (i = 1; i < ARRAY_SIZE(word); i++)
		check = sigtrail_check_word(check, word[i]);
	slot->check = sigtrail_check_word(check, none + rol32(none, 10) +
					  rol32(check_of(place, more, count), 5));
}

static void line_is_stored_once(struct kunit *test)
{
	push_signal("sh", "crond", 7);
	push_signal("sh", "crond", 7);
	push_signal("sh", "crond", 8);
	push_signal("sh", NULL, 0);
	KUNIT_EXPECT_NE(test, line_of(1), 0);
	KUNIT_EXPECT_EQ(test, line_of(1), line_of(2));
	KUNIT_EXPECT_NE(test, line_of(1), line_of(3));
	KUNIT_EXPECT_NE(test, line_of(1), line_of(4));
}

/* A process without a parent, or an exit, has the empty entry, as a name and as a line. */
static void line_can_be_empty(struct kunit *test)
{
	struct sigtrail_previous previous;

	push_signal("", NULL, 0);
	push_exit(1);
	KUNIT_EXPECT_EQ(test, line_of(1), 0);
	KUNIT_EXPECT_EQ(test, line_of(2), 0);
	keep(&previous);
	KUNIT_EXPECT_EQ(test, previous.records, 2);
}

/* A name of the same bytes has another check: it is another entry. */
static void line_is_no_name(struct kunit *test)
{
	struct sigtrail_record rec = { .kind = SIGTRAIL_KIND_EXIT };
	struct sigtrail_previous previous;
	u32 line;

	push_signal("sh", "crond", 7);
	line = line_of(1);
	memcpy(rec.target.name, names->table[line].word, SIGTRAIL_NAME_LEN);
	rec.target.cgroup = names->table[line].word[4];
	sigtrail_ring_push(ring, COMMON, &rec);
	KUNIT_EXPECT_NE(test, line,
			ring->part[COMMON].slots[1].name[SIGTRAIL_BOX_TARGET]);
	push_signal("sh", "crond", 7);
	KUNIT_EXPECT_EQ(test, line_of(3), line);
	keep(&previous);
	KUNIT_EXPECT_EQ(test, previous.records, 3);
}

/* However many names come: those of a line are as those of its records. */
static void line_keeps_its_names(struct kunit *test)
{
	static struct sigtrail_record rec;
	struct sigtrail_previous previous;
	u32 n, i, seen = 0, kept = 0;
	u64 seq;

	for (n = 1; n <= 20 * SIGTRAIL_RING_MIN; n++) {
		push_exit(n);
		if (n % 20 == 0)
			push_signal("sh", "crond", 7);
		if (n % 20 == 5)
			push_signal("kept", "seldom", n);
		keep(&previous);
		KUNIT_ASSERT_EQ(test, previous.damaged, 0);
	}
	for (seq = 1; sigtrail_previous_get(&previous, seq, &rec);
	     seq = rec.seq + 1) {
		if (rec.kind != SIGTRAIL_KIND_SIGNAL)
			continue;
		if (strcmp(rec.parent.name, "sh"))
			kept++;
		else
			seen++;
		for (i = 0; i < SIGTRAIL_ANCESTORS; i++)
			KUNIT_EXPECT_STREQ(test, rec.ancestor[i].name,
					   strcmp(rec.parent.name, "sh") ?
						   "seldom" : "crond");
	}
	KUNIT_EXPECT_GT(test, seen, 0);
	KUNIT_EXPECT_GT(test, kept, 0);
}

/* A changed byte of any of its names costs the records that have the line. */
static void line_with_a_torn_name_is_not_believed(struct kunit *test)
{
	struct sigtrail_previous previous;
	const struct sigtrail_box_line *line;
	struct sigtrail_box_name *stored;
	u32 i;

	push_signal("sh", "crond", 7);
	push_exit(1);
	line = (void *)names->table[line_of(1)].word;
	for (i = 0; i < SIGTRAIL_BOX_LINE_NAMES; i++) {
		stored = &names->stored[line->name[i]];
		stored->name[1] ^= 1;
		keep(&previous);
		KUNIT_EXPECT_EQ(test, previous.records, 1);
		KUNIT_EXPECT_EQ(test, previous.damaged, 1);
		stored->name[1] ^= 1;
	}
	stored = &names->stored[line_of(1)];
	stored->cgroup ^= 1; /* an ancestor's pid */
	keep(&previous);
	KUNIT_EXPECT_EQ(test, previous.damaged, 1);
	stored->cgroup ^= 1;
	keep(&previous);
	KUNIT_EXPECT_EQ(test, previous.damaged, 0);
}

/* Also if the check of the slot is right: behind the names are slots, here an empty one. */
static void line_with_a_name_at_no_place_is_not_believed(struct kunit *test)
{
	struct sigtrail_box_slot *slot = ring->part[COMMON].slots;
	struct sigtrail_previous previous;
	struct sigtrail_box_line *stored;

	push_signal("sh", NULL, 0);
	stored = (void *)&names->stored[line_of(1)];
	stored->name[1] = names->count - 1;
	seal(slot);
	keep(&previous);
	KUNIT_EXPECT_EQ(test, previous.records, 1);
	stored->name[1] = names->count + 3;
	seal(slot);
	keep(&previous);
	KUNIT_EXPECT_EQ(test, previous.records, 0);
	KUNIT_EXPECT_EQ(test, previous.damaged, 1);
}

/* The slot of a fault has an address in place of ids, also a forged one without a sender. */
static void line_of_a_fault_is_not_read(struct kunit *test)
{
	struct sk_buff *skb = nlmsg_new(2 * SIGTRAIL_RECORD_BYTES, GFP_KERNEL);
	struct sigtrail_box_slot *slot = ring->part[COMMON].slots;
	struct sigtrail_record rec;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	push_signal("sh", "crond", 7);
	slot->flags = SIGTRAIL_FLAG_FAULT;
	slot->fault_pc = U64_MAX;
	KUNIT_EXPECT_TRUE(test, sigtrail_ring_read(ring, 1, &rec));
	KUNIT_EXPECT_EQ(test, rec.parent.pid, 0);
	KUNIT_EXPECT_EQ(test, rec.ancestor[0].pid, 0);
	KUNIT_EXPECT_EQ(test, sigtrail_record_put(skb, &rec), 0);
	KUNIT_EXPECT_LE(test, skb->len, SIGTRAIL_RECORD_BYTES);
	kfree_skb(skb);
}

/*
 * No record has a line by now, but it is in the table, and has another name at its place.
 */
static void line_is_found_again_with_another_name(struct kunit *test)
{
	struct sigtrail_record rec = { };
	struct sigtrail_previous previous;
	char name[SIGTRAIL_NAME_LEN];
	u32 line, place, n = 0;
	u64 last;

	push_signal("first", NULL, 0);
	line = line_of(1);
	place = ((struct sigtrail_box_line *)names->table[line].word)->name[0];
	do {
		KUNIT_ASSERT_LT(test, n, 2 * SIGTRAIL_RING_MIN);
		push_exit(++n);
		snprintf(name, sizeof(name), "other%u", n);
	} while (strcmp((char *)names->table[place].word, name));
	KUNIT_ASSERT_TRUE(test, names->table[line].line);

	push_signal(name, NULL, 0);
	last = ring->next - 1;
	KUNIT_EXPECT_EQ(test, line,
			line_of(((u32)last - 1) % ring->part[COMMON].size + 1));
	keep(&previous);
	KUNIT_EXPECT_EQ(test, previous.damaged, 0);
	KUNIT_ASSERT_TRUE(test, sigtrail_previous_get(&previous, last, &rec));
	KUNIT_EXPECT_STREQ(test, rec.parent.name, name);
}

static struct kunit_case line_cases[] = {
	KUNIT_CASE(line_is_stored_once),
	KUNIT_CASE(line_can_be_empty),
	KUNIT_CASE(line_is_no_name),
	KUNIT_CASE(line_keeps_its_names),
	KUNIT_CASE(line_with_a_torn_name_is_not_believed),
	KUNIT_CASE(line_with_a_name_at_no_place_is_not_believed),
	KUNIT_CASE(line_is_found_again_with_another_name),
	KUNIT_CASE(line_of_a_fault_is_not_read),
	{ }
};

static struct kunit_suite line_suite = {
	.name = "sigtrail_line",
	.init = line_init,
	.exit = line_exit,
	.test_cases = line_cases,
};

kunit_test_suite(line_suite);
