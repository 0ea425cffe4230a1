// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite: a record as a netlink attribute.
 */
#include <kunit/test.h>
#include <linux/limits.h>
#include <linux/string.h>
#include <net/netlink.h>

#include "../internal.h"

#define NAME "123456789012345"

static struct sk_buff *skb;

static int message_init(struct kunit *test)
{
	skb = nlmsg_new(2 * SIGTRAIL_RECORD_BYTES, GFP_KERNEL);
	return skb ? 0 : -ENOMEM;
}

static void message_exit(struct kunit *test)
{
	kfree_skb(skb);
}

/* All that a record of a kind can have. */
static struct sigtrail_record full_record(u8 kind)
{
	static const struct sigtrail_task task = { 1, 2, 3, 4, NAME };
	struct sigtrail_record rec = {
		.seq = U64_MAX,
		.time = U64_MAX - 1,
		.time_last = U64_MAX - 2,
		.count = 2,
		.kind = kind,
		.flags = SIGTRAIL_FLAG_SHUTDOWN,
		.code = -60,
		.sender = task,
		.parent = task,
		.ancestor = { task, task, task },
		.target = task,
	};

	if (kind == SIGTRAIL_KIND_SIGNAL) {
		rec.fault_address = U64_MAX - 5;
		rec.fault_pc = U64_MAX - 6;
	} else if (kind == SIGTRAIL_KIND_EXIT) {
		rec.peak_rss = U32_MAX;
		rec.run_time = BIT_ULL(40) - 1;
		rec.since_first = U64_MAX - 3;
		rec.since_last = U64_MAX - 4;
	} else {
		memset(rec.text, 'x', sizeof(rec.text) - 1);
	}
	return rec;
}

static void message_has_room_for_any_record(struct kunit *test)
{
	u8 kind;

	for (kind = 0; kind <= SIGTRAIL_KIND_SUMMARY; kind++) {
		struct sigtrail_record rec = full_record(kind);

		skb_trim(skb, 0);
		KUNIT_ASSERT_EQ(test, sigtrail_record_put(skb, &rec), 0);
		KUNIT_EXPECT_LE(test, skb->len, SIGTRAIL_RECORD_BYTES);
		rec.flags |= SIGTRAIL_FLAG_KERNEL;
		if (kind == SIGTRAIL_KIND_SIGNAL)
			rec.flags |= SIGTRAIL_FLAG_FAULT;
		skb_trim(skb, 0);
		KUNIT_ASSERT_EQ(test, sigtrail_record_put(skb, &rec), 0);
		KUNIT_EXPECT_LE(test, skb->len, SIGTRAIL_RECORD_BYTES);
	}
}

static void message_can_be_parsed(struct kunit *test)
{
	struct sigtrail_record rec = full_record(SIGTRAIL_KIND_SIGNAL);
	struct nlattr *tb[SIGTRAIL_ATTR_MAX + 1];
	struct nlattr *nla = (void *)skb->data;

	KUNIT_ASSERT_EQ(test, sigtrail_record_put(skb, &rec), 0);
	KUNIT_ASSERT_TRUE(test, nla_ok(nla, skb->len));
	KUNIT_EXPECT_EQ(test, nla_total_size(nla_len(nla)), (int)skb->len);
	KUNIT_EXPECT_EQ(test, nla_type(nla), (int)SIGTRAIL_ATTR_RECORD);
	KUNIT_ASSERT_EQ(test,
			nla_parse_nested(tb, SIGTRAIL_ATTR_MAX, nla, NULL, NULL),
			0);
	KUNIT_EXPECT_EQ(test, nla_get_u64(tb[SIGTRAIL_ATTR_SEQ]), rec.seq);
	KUNIT_EXPECT_EQ(test, nla_get_u64(tb[SIGTRAIL_ATTR_TIME]), rec.time);
	KUNIT_EXPECT_EQ(test, nla_get_u64(tb[SIGTRAIL_ATTR_TIME_LAST]),
			rec.time_last);
	KUNIT_EXPECT_EQ(test, nla_get_u32(tb[SIGTRAIL_ATTR_COUNT]), 2);
	KUNIT_EXPECT_EQ(test, nla_get_s32(tb[SIGTRAIL_ATTR_CODE]), -60);
	KUNIT_EXPECT_EQ(test, nla_len(tb[SIGTRAIL_ATTR_SENDER_NAME]),
			(int)sizeof(NAME));
	KUNIT_EXPECT_STREQ(test, nla_data(tb[SIGTRAIL_ATTR_TARGET_NAME]), NAME);
	KUNIT_EXPECT_EQ(test, nla_get_u64(tb[SIGTRAIL_ATTR_SENDER_CGROUP]), 4);
	KUNIT_EXPECT_EQ(test, nla_get_u64(tb[SIGTRAIL_ATTR_TARGET_CGROUP]), 4);
	KUNIT_EXPECT_NULL(test, tb[SIGTRAIL_ATTR_TEXT]);
	KUNIT_EXPECT_NULL(test, tb[SIGTRAIL_ATTR_RUN_TIME]);
	KUNIT_EXPECT_NULL(test, tb[SIGTRAIL_ATTR_FAULT_ADDRESS]);
	KUNIT_EXPECT_NULL(test, tb[SIGTRAIL_ATTR_FAULT_PC]);
}

/* In their order, and only with a parent. */
static void message_has_the_ancestors(struct kunit *test)
{
	struct sigtrail_record rec = full_record(SIGTRAIL_KIND_SIGNAL);
	struct nlattr *tb[SIGTRAIL_ATTR_MAX + 1];
	struct nlattr *nla;
	u32 i, pid = 40;
	int left;

	for (i = 0; i < SIGTRAIL_ANCESTORS; i++)
		rec.ancestor[i].pid = pid + i;
	rec.ancestor[SIGTRAIL_ANCESTORS - 1].pid = 0;
	KUNIT_ASSERT_EQ(test, sigtrail_record_put(skb, &rec), 0);
	nla_for_each_nested(nla, (struct nlattr *)skb->data, left) {
		if (nla_type(nla) != SIGTRAIL_ATTR_ANCESTOR)
			continue;
		KUNIT_ASSERT_EQ(test,
				nla_parse_nested(tb, SIGTRAIL_ATTR_MAX, nla,
						 NULL, NULL), 0);
		KUNIT_EXPECT_EQ(test, nla_get_u32(tb[SIGTRAIL_ATTR_PARENT_PID]),
				pid++);
		KUNIT_EXPECT_STREQ(test, nla_data(tb[SIGTRAIL_ATTR_PARENT_NAME]),
				   NAME);
	}
	KUNIT_EXPECT_EQ(test, pid, 40 + SIGTRAIL_ANCESTORS - 1);

	rec.parent.pid = 0;
	skb_trim(skb, 0);
	KUNIT_ASSERT_EQ(test, sigtrail_record_put(skb, &rec), 0);
	KUNIT_EXPECT_NULL(test, nla_find_nested((struct nlattr *)skb->data,
						SIGTRAIL_ATTR_ANCESTOR));
}

static void message_has_address_and_pc_of_a_fault(struct kunit *test)
{
	struct sigtrail_record rec = full_record(SIGTRAIL_KIND_SIGNAL);
	struct nlattr *tb[SIGTRAIL_ATTR_MAX + 1];
	struct nlattr *nla = (void *)skb->data;

	rec.flags = SIGTRAIL_FLAG_KERNEL | SIGTRAIL_FLAG_FAULT;
	KUNIT_ASSERT_EQ(test, sigtrail_record_put(skb, &rec), 0);
	KUNIT_ASSERT_EQ(test,
			nla_parse_nested(tb, SIGTRAIL_ATTR_MAX, nla, NULL, NULL),
			0);
	KUNIT_EXPECT_EQ(test, nla_get_u64(tb[SIGTRAIL_ATTR_FAULT_ADDRESS]),
			rec.fault_address);
	KUNIT_EXPECT_EQ(test, nla_get_u64(tb[SIGTRAIL_ATTR_FAULT_PC]),
			rec.fault_pc);
	KUNIT_EXPECT_NULL(test, tb[SIGTRAIL_ATTR_ANCESTOR]);
}

/* A run time is in ns there. What is not known is absent. */
static void message_has_what_is_known_of_an_exit(struct kunit *test)
{
	struct sigtrail_record rec = full_record(SIGTRAIL_KIND_EXIT);
	struct nlattr *tb[SIGTRAIL_ATTR_MAX + 1];
	struct nlattr *nla = (void *)skb->data;

	rec.target.cgroup = 0;
	KUNIT_ASSERT_EQ(test, sigtrail_record_put(skb, &rec), 0);
	KUNIT_ASSERT_EQ(test,
			nla_parse_nested(tb, SIGTRAIL_ATTR_MAX, nla, NULL, NULL),
			0);
	KUNIT_EXPECT_EQ(test, nla_get_u64(tb[SIGTRAIL_ATTR_RUN_TIME]),
			(BIT_ULL(40) - 1) * NSEC_PER_MSEC);
	KUNIT_EXPECT_EQ(test, nla_get_u64(tb[SIGTRAIL_ATTR_PEAK_RSS]), U32_MAX);
	KUNIT_EXPECT_NULL(test, tb[SIGTRAIL_ATTR_TARGET_CGROUP]);
	KUNIT_EXPECT_NULL(test, tb[SIGTRAIL_ATTR_SENDER_CGROUP]);

	rec.run_time = 0;
	rec.peak_rss = 0;
	skb_trim(skb, 0);
	KUNIT_ASSERT_EQ(test, sigtrail_record_put(skb, &rec), 0);
	KUNIT_ASSERT_EQ(test,
			nla_parse_nested(tb, SIGTRAIL_ATTR_MAX, nla, NULL, NULL),
			0);
	KUNIT_EXPECT_NULL(test, tb[SIGTRAIL_ATTR_RUN_TIME]);
	KUNIT_EXPECT_NULL(test, tb[SIGTRAIL_ATTR_PEAK_RSS]);
}

static void message_stays_if_it_is_full(struct kunit *test)
{
	struct sigtrail_record rec = full_record(SIGTRAIL_KIND_EXIT);
	unsigned int len;

	do
		len = skb->len;
	while (!sigtrail_record_put(skb, &rec));
	KUNIT_EXPECT_EQ(test, skb->len, len);
	KUNIT_EXPECT_LT(test, skb_tailroom(skb), SIGTRAIL_RECORD_BYTES);
}

static struct kunit_case message_cases[] = {
	KUNIT_CASE(message_has_room_for_any_record),
	KUNIT_CASE(message_can_be_parsed),
	KUNIT_CASE(message_has_the_ancestors),
	KUNIT_CASE(message_has_address_and_pc_of_a_fault),
	KUNIT_CASE(message_has_what_is_known_of_an_exit),
	KUNIT_CASE(message_stays_if_it_is_full),
	{ }
};

static struct kunit_suite message_suite = {
	.name = "sigtrail_message",
	.init = message_init,
	.exit = message_exit,
	.test_cases = message_cases,
};

kunit_test_suite(message_suite);
