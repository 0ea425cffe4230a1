// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite: signals that are left out.
 */
#include <kunit/test.h>
#include <linux/signal.h>

#include "../internal.h"

/* The running system's switches, restored after each case. */
static struct sigtrail_switches saved;

static int leave_out_init(struct kunit *test)
{
	saved = sigtrail_switches;
	sigtrail_switches.sigchld = 0;
	sigtrail_switches.sigalrm = 0;
	sigtrail_switches.sigurg = 0;
	sigtrail_switches.kthread = 0;
	return 0;
}

static void leave_out_exit(struct kunit *test)
{
	sigtrail_switches = saved;
}

static int leave_out(int sig, int code, int outcome, bool within, bool kthread)
{
	return sigtrail_leave_out(sig, code, outcome, within, kthread);
}

static void leave_out_noise(struct kunit *test)
{
	const int sent = SIGTRAIL_OUTCOME_DELIVERED;

	KUNIT_EXPECT_EQ(test, SIGTRAIL_LEFT_OUT_SIGCHLD,
			leave_out(SIGCHLD, CLD_EXITED, sent, false, false));
	KUNIT_EXPECT_EQ(test, SIGTRAIL_LEFT_OUT_SIGALRM,
			leave_out(SIGALRM, SI_KERNEL, sent, false, false));
	KUNIT_EXPECT_EQ(test, SIGTRAIL_LEFT_OUT_SIGURG,
			leave_out(SIGURG, SI_TKILL, sent, true, false));
	KUNIT_EXPECT_EQ(test, SIGTRAIL_LEFT_OUT_KTHREAD,
			leave_out(SIGTERM, SI_USER, SIGTRAIL_OUTCOME_IGNORED,
				  false, true));
}

static void leave_out_nothing_else(struct kunit *test)
{
	const int sent = SIGTRAIL_OUTCOME_DELIVERED;
	const int ignored = SIGTRAIL_OUTCOME_IGNORED;

	KUNIT_EXPECT_EQ(test, SIGTRAIL_LEFT_OUT_NOT,
			leave_out(SIGTERM, SI_USER, sent, false, false));
	KUNIT_EXPECT_EQ(test, SIGTRAIL_LEFT_OUT_NOT,
			leave_out(SIGTERM, SI_USER, ignored, false, false));
	/* SIGURG from another process, or not by tgkill(2), is recorded. */
	KUNIT_EXPECT_EQ(test, SIGTRAIL_LEFT_OUT_NOT,
			leave_out(SIGURG, SI_TKILL, sent, false, false));
	KUNIT_EXPECT_EQ(test, SIGTRAIL_LEFT_OUT_NOT,
			leave_out(SIGURG, SI_USER, sent, true, false));
	/* So is a signal that a kernel thread does not ignore. */
	KUNIT_EXPECT_EQ(test, SIGTRAIL_LEFT_OUT_NOT,
			leave_out(SIGKILL, SI_USER, sent, false, true));
}

static void leave_out_by_switch(struct kunit *test)
{
	const int sent = SIGTRAIL_OUTCOME_DELIVERED;

	sigtrail_switches.sigchld = 1;
	sigtrail_switches.sigalrm = 1;
	sigtrail_switches.sigurg = 1;
	sigtrail_switches.kthread = 1;
	KUNIT_EXPECT_EQ(test, SIGTRAIL_LEFT_OUT_NOT,
			leave_out(SIGCHLD, CLD_EXITED, sent, false, false));
	KUNIT_EXPECT_EQ(test, SIGTRAIL_LEFT_OUT_NOT,
			leave_out(SIGALRM, SI_KERNEL, sent, false, false));
	KUNIT_EXPECT_EQ(test, SIGTRAIL_LEFT_OUT_NOT,
			leave_out(SIGURG, SI_TKILL, sent, true, false));
	KUNIT_EXPECT_EQ(test, SIGTRAIL_LEFT_OUT_NOT,
			leave_out(SIGTERM, SI_USER, SIGTRAIL_OUTCOME_IGNORED,
				  false, true));
}

static struct kunit_case leave_out_cases[] = {
	KUNIT_CASE(leave_out_noise),
	KUNIT_CASE(leave_out_nothing_else),
	KUNIT_CASE(leave_out_by_switch),
	{ }
};

static struct kunit_suite leave_out_suite = {
	.name = "sigtrail_leave_out",
	.init = leave_out_init,
	.exit = leave_out_exit,
	.test_cases = leave_out_cases,
};

kunit_test_suite(leave_out_suite);
