// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite: the sender of a signal.
 */
#include <kunit/test.h>
#include <linux/sched/signal.h>

#include "../internal.h"
#include "../sender.h"

static bool by_kernel(const struct kernel_siginfo *info)
{
	return sigtrail_sender_is_kernel(info, false, true, false);
}

static bool by_kernel_code(int code)
{
	struct kernel_siginfo info = { .si_signo = SIGTERM, .si_code = code };

	return by_kernel(&info);
}

static void sender_of_special_info(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, by_kernel(SEND_SIG_PRIV));
	KUNIT_EXPECT_FALSE(test, by_kernel(SEND_SIG_NOINFO));
}

static void sender_of_code(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, by_kernel_code(SI_USER));
	KUNIT_EXPECT_FALSE(test, by_kernel_code(SI_TKILL));
	KUNIT_EXPECT_FALSE(test, by_kernel_code(SI_QUEUE));
	KUNIT_EXPECT_FALSE(test, by_kernel_code(SI_MESGQ));
	/* A caller of rt_sigqueueinfo(2) may choose this one. */
	KUNIT_EXPECT_FALSE(test, by_kernel_code(SI_TIMER));
	KUNIT_EXPECT_TRUE(test, by_kernel_code(SI_KERNEL));
	KUNIT_EXPECT_TRUE(test, by_kernel_code(SEGV_MAPERR));
	KUNIT_EXPECT_TRUE(test, by_kernel_code(CLD_EXITED));
}

static void sender_by_context(struct kunit *test)
{
	struct kernel_siginfo user = { .si_code = SI_USER };
	struct kernel_siginfo timer = { .si_code = SI_TIMER };

	KUNIT_EXPECT_TRUE(test,
			  sigtrail_sender_is_kernel(&timer, true, true, false));
	KUNIT_EXPECT_TRUE(test,
			  sigtrail_sender_is_kernel(&user, false, false, false));
	KUNIT_EXPECT_TRUE(test,
			  sigtrail_sender_is_kernel(&user, false, true, true));
	KUNIT_EXPECT_TRUE(test,
			  sigtrail_sender_is_kernel(SEND_SIG_NOINFO, false,
						    false, false));
}

static void sender_with_parent(struct kunit *test)
{
	struct sigtrail_record rec = { };
	char comm[TASK_COMM_LEN];

	sigtrail_caller_fill(&rec);
	KUNIT_EXPECT_EQ(test, rec.sender.pid, task_tgid_nr(current));
	KUNIT_EXPECT_EQ(test, rec.sender.tid, task_pid_nr(current));
	KUNIT_EXPECT_STREQ(test, rec.sender.name,
			   get_task_comm(comm, current->group_leader));
	KUNIT_EXPECT_NE(test, rec.parent.name[0], '\0');
}

static struct kunit_case sender_cases[] = {
	KUNIT_CASE(sender_of_special_info),
	KUNIT_CASE(sender_of_code),
	KUNIT_CASE(sender_by_context),
	KUNIT_CASE(sender_with_parent),
	{ }
};

static struct kunit_suite sender_suite = {
	.name = "sigtrail_sender",
	.test_cases = sender_cases,
};

kunit_test_suite(sender_suite);
