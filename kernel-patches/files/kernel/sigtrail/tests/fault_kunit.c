// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite: oopses and panics.
 *
 * The records are in the running system's ring.
 */
#include <kunit/test.h>
#include <linux/kdebug.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <linux/string.h>

#include "../compat.h"
#include "../internal.h"

/* Else each boot would look like one with a panic. */
static int fault_init(struct kunit *test)
{
	if (SIGTRAIL_KUNIT_ALWAYS)
		kunit_skip(test, "it runs at every boot");
	return 0;
}

static u64 last_seq(void)
{
	struct sigtrail_ring_state state;

	sigtrail_ring_state(&sigtrail_ring, &state);
	return state.last;
}

/* Finds the first record of a kind after @seq. */
static bool find(u64 seq, u8 kind, struct sigtrail_record *rec)
{
	while (sigtrail_ring_read(&sigtrail_ring, seq + 1, rec)) {
		if (rec->kind == kind)
			return true;
		seq = rec->seq;
	}
	return false;
}

static void fault_of_the_kernel_has_reason_and_context(struct kunit *test)
{
	u64 seq = last_seq();
	struct sigtrail_record rec;

	notify_die(DIE_OOPS, "Oops", NULL, 0, 0, SIGSEGV);
	KUNIT_ASSERT_TRUE(test, find(seq, SIGTRAIL_KIND_OOPS, &rec));
	KUNIT_EXPECT_STREQ(test, rec.text, "Oops");
	KUNIT_EXPECT_TRUE(test, rec.flags & SIGTRAIL_FLAG_KERNEL);
	KUNIT_EXPECT_EQ(test, rec.sender.pid, (u32)task_tgid_nr(current));
	KUNIT_EXPECT_STREQ(test, rec.sender.name, current->group_leader->comm);
}

static void fault_text_is_cut_at_its_size(struct kunit *test)
{
	u64 seq = last_seq();
	struct sigtrail_record rec;

	sigtrail_fault(SIGTRAIL_KIND_PANIC, "%s: %0100d", "Attempted", 1);
	KUNIT_ASSERT_TRUE(test, find(seq, SIGTRAIL_KIND_PANIC, &rec));
	KUNIT_EXPECT_EQ(test, strlen(rec.text), (size_t)SIGTRAIL_TEXT_LEN - 1);
	KUNIT_EXPECT_EQ(test, strncmp(rec.text, "Attempted: 000", 14), 0);
}

static void fault_of_another_kind_is_not_recorded(struct kunit *test)
{
	u64 seq = last_seq();
	struct sigtrail_record rec;

	notify_die(DIE_OOPS + 1, "trap", NULL, 0, 0, SIGTRAP);
	KUNIT_EXPECT_FALSE(test, find(seq, SIGTRAIL_KIND_OOPS, &rec));
}

/* With one CPU, an attempt to get a lock always succeeds. */
static void fault_does_not_wait_for_the_lock(struct kunit *test)
{
	struct sigtrail_record rec = { .kind = SIGTRAIL_KIND_PANIC };
	unsigned long flags;
	bool added;

	if (!IS_ENABLED(CONFIG_SMP))
		return;
	raw_spin_lock_irqsave(&sigtrail_ring.lock, flags);
	added = sigtrail_record_try_add(&rec);
	raw_spin_unlock_irqrestore(&sigtrail_ring.lock, flags);
	KUNIT_EXPECT_FALSE(test, added);
	KUNIT_EXPECT_TRUE(test, sigtrail_record_try_add(&rec));
}

static struct kunit_case fault_cases[] = {
	KUNIT_CASE(fault_of_the_kernel_has_reason_and_context),
	KUNIT_CASE(fault_text_is_cut_at_its_size),
	KUNIT_CASE(fault_of_another_kind_is_not_recorded),
	KUNIT_CASE(fault_does_not_wait_for_the_lock),
	{ }
};

static struct kunit_suite fault_suite = {
	.name = "sigtrail_fault",
	.init = fault_init,
	.test_cases = fault_cases,
};

kunit_test_suite(fault_suite);
