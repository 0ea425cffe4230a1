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
	static const struct sigtrail_task task = { 1, 2, 3, NAME };
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
		.target = task,
	};

	if (kind == SIGTRAIL_KIND_EXIT) {
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
		/* The largest field that the kernel can have as sender. */
		rec.flags |= SIGTRAIL_FLAG_KERNEL;
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
	KUNIT_EXPECT_NULL(test, tb[SIGTRAIL_ATTR_TEXT]);
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
