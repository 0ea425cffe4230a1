// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite: the users' shares.
 */
#include <kunit/test.h>
#include <linux/cred.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "../internal.h"

#define COMMON SIGTRAIL_SHARE_COMMON
/* In ns; any time after the first minute. */
#define NOW (1000ULL * NSEC_PER_SEC)

/* The running system's, restored after each case. */
static struct sigtrail_user saved_users[SIGTRAIL_SHARES];
static struct sigtrail_budget saved_typed;

static int share_init(struct kunit *test)
{
	memcpy(saved_users, sigtrail_users, sizeof(saved_users));
	memset(sigtrail_users, 0, sizeof(sigtrail_users));
	saved_typed = sigtrail_typed;
	memset(&sigtrail_typed, 0, sizeof(sigtrail_typed));
	return 0;
}

static void share_exit(struct kunit *test)
{
	memcpy(sigtrail_users, saved_users, sizeof(saved_users));
	sigtrail_typed = saved_typed;
}

static int admitted(struct sigtrail_budget *budget, u64 now)
{
	int n = 0;

	while (sigtrail_budget_admit(budget, SIGTRAIL_COST_OWN, now))
		n++;
	return n;
}

static void share_has_a_budget(struct kunit *test)
{
	struct sigtrail_budget budget = { };

	KUNIT_EXPECT_EQ(test, admitted(&budget, NOW), 32);
	/* A quarter of it is saved up before the next. */
	KUNIT_EXPECT_EQ(test, admitted(&budget, NOW + NSEC_PER_SEC / 2), 0);
	KUNIT_EXPECT_EQ(test, admitted(&budget, NOW + NSEC_PER_SEC), 8);
	KUNIT_EXPECT_EQ(test, admitted(&budget, NOW + 100 * (u64)NSEC_PER_SEC),
			32);
}

static void share_is_a_users(struct kunit *test)
{
	u32 uid, last = SIGTRAIL_SHARE_LAST;

	for (uid = 1; uid < SIGTRAIL_SHARE_LAST; uid++)
		KUNIT_EXPECT_NE(test, sigtrail_share_of(uid, NOW), last);
	KUNIT_EXPECT_EQ(test, sigtrail_share_of(uid, NOW), last);
	KUNIT_EXPECT_EQ(test, sigtrail_share_of(1, NOW),
			sigtrail_share_of(1, NOW));
	/* One that sends nothing for a minute loses it. */
	KUNIT_EXPECT_NE(test, sigtrail_share_of(uid, NOW + 61 * (u64)NSEC_PER_SEC),
			last);
}

static struct task_struct *make_task(struct kunit *test, struct cred **cred)
{
	struct task_struct *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	*cred = kunit_kzalloc(test, sizeof(**cred), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, *cred);
	rcu_assign_pointer(t->real_cred, *cred);
	return t;
}

static u32 find(int sig, int code, struct task_struct *t, bool by_task,
		struct sigtrail_budget **pays)
{
	u32 share;

	*pays = NULL;
	rcu_read_lock();
	share = sigtrail_share_find(sig, code, t, by_task, pays, NOW);
	rcu_read_unlock();
	return share;
}

/* In a kernel thread, as a test is in one, and in an interrupt. */
static void share_of_the_kernels_is_the_targets(struct kunit *test)
{
	struct sigtrail_budget *pays;
	struct cred *cred;
	struct task_struct *t = make_task(test, &cred);
	int by_task;

	for (by_task = 0; by_task <= 1; by_task++) {
		cred->uid = KUIDT_INIT(7);
		KUNIT_EXPECT_NE(test, find(SIGINT, SI_KERNEL, t, by_task, &pays),
				COMMON);
		KUNIT_EXPECT_NE(test, find(SIGKILL, SI_TIMER, t, by_task, &pays),
				COMMON);
		KUNIT_EXPECT_EQ(test, find(SIGKILL, SI_KERNEL, t, by_task, &pays),
				COMMON);
		/* As sysrq sends it. */
		KUNIT_EXPECT_EQ(test, find(SIGTERM, SI_KERNEL, t, by_task, &pays),
				COMMON);
		cred->uid = GLOBAL_ROOT_UID;
		KUNIT_EXPECT_EQ(test, find(SIGHUP, SI_KERNEL, t, by_task, &pays),
				COMMON);
		KUNIT_EXPECT_NULL(test, pays);
	}
}

static void share_of_what_is_typed_is_bounded(struct kunit *test)
{
	struct sigtrail_budget *pays;
	struct cred *cred;
	struct task_struct *t = make_task(test, &cred);
	int n = 0;

	cred->uid = GLOBAL_ROOT_UID;
	while (find(n % 2 ? SIGINT : SIGQUIT, SI_KERNEL, t, true, &pays) ==
	       COMMON) {
		KUNIT_ASSERT_NOT_NULL(test, pays);
		sigtrail_budget_admit(pays, SIGTRAIL_COST_COMMON, NOW);
		n++;
	}
	KUNIT_EXPECT_EQ(test, n, 32);
	KUNIT_EXPECT_EQ(test, find(SIGTERM, SI_KERNEL, t, true, &pays), COMMON);
}

/* What a user sends to others is tracked where it pushes out nothing. */
static void share_of_an_exit_is_the_targets(struct kunit *test)
{
	struct cred *cred;
	struct task_struct *t = make_task(test, &cred);
	u32 sender, target;

	sender = sigtrail_share_of(7, NOW);

	cred->uid = GLOBAL_ROOT_UID;
	KUNIT_EXPECT_EQ(test, sigtrail_share_of_exit(sender, t, NOW), COMMON);
	cred->uid = KUIDT_INIT(7);
	KUNIT_EXPECT_EQ(test, sigtrail_share_of_exit(sender, t, NOW), sender);
	KUNIT_EXPECT_EQ(test, sigtrail_share_of_exit(COMMON, t, NOW), COMMON);
	cred->uid = KUIDT_INIT(8);
	target = sigtrail_share_of_exit(sender, t, NOW);
	KUNIT_EXPECT_NE(test, target, sender);
	KUNIT_EXPECT_EQ(test, target, sigtrail_share_of(8, NOW));
}

static struct kunit_case share_cases[] = {
	KUNIT_CASE(share_has_a_budget),
	KUNIT_CASE(share_is_a_users),
	KUNIT_CASE(share_of_the_kernels_is_the_targets),
	KUNIT_CASE(share_of_what_is_typed_is_bounded),
	KUNIT_CASE(share_of_an_exit_is_the_targets),
	{ }
};

static struct kunit_suite share_suite = {
	.name = "sigtrail_share",
	.init = share_init,
	.exit = share_exit,
	.test_cases = share_cases,
};

kunit_test_suite(share_suite);
