// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite: the survivors.
 */
#include <kunit/test.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "../internal.h"

static struct task_struct *make_task(struct kunit *test)
{
	struct task_struct *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	t->signal = kunit_kzalloc(test, sizeof(*t->signal), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->signal);
	return t;
}

static void survivor_was_not_killed(struct kunit *test)
{
	struct task_struct *t = make_task(test);

	sigaddset(&t->pending.signal, SIGTERM);
	sigaddset(&t->signal->shared_pending.signal, SIGTERM);
	KUNIT_EXPECT_FALSE(test, sigtrail_kill_pending(t));
}

static void survivor_has_kill_pending(struct kunit *test)
{
	struct task_struct *t = make_task(test);

	sigaddset(&t->pending.signal, SIGKILL);
	KUNIT_EXPECT_TRUE(test, sigtrail_kill_pending(t));
}

static void survivor_has_kill_pending_for_the_process(struct kunit *test)
{
	struct task_struct *t = make_task(test);

	sigaddset(&t->signal->shared_pending.signal, SIGKILL);
	KUNIT_EXPECT_TRUE(test, sigtrail_kill_pending(t));
}

/* It has taken the signal, and waits in do_exit(). */
static void survivor_ends_by_a_signal(struct kunit *test)
{
	struct task_struct *t = make_task(test);

	t->signal->flags = SIGNAL_GROUP_EXIT;
	t->signal->group_exit_code = SIGTERM;
	KUNIT_EXPECT_TRUE(test, sigtrail_kill_pending(t));
}

static void survivor_ends_by_itself(struct kunit *test)
{
	struct task_struct *t = make_task(test);

	t->signal->flags = SIGNAL_GROUP_EXIT;
	t->signal->group_exit_code = 3 << 8;
	KUNIT_EXPECT_FALSE(test, sigtrail_kill_pending(t));
}

/* The kernel notes the signal of a stop at the same place. */
static void survivor_is_stopped(struct kunit *test)
{
	struct task_struct *t = make_task(test);

	t->signal->flags = SIGNAL_STOP_STOPPED;
	t->signal->group_exit_code = SIGSTOP;
	KUNIT_EXPECT_FALSE(test, sigtrail_kill_pending(t));
}

static struct kunit_case survivor_cases[] = {
	KUNIT_CASE(survivor_was_not_killed),
	KUNIT_CASE(survivor_has_kill_pending),
	KUNIT_CASE(survivor_has_kill_pending_for_the_process),
	KUNIT_CASE(survivor_ends_by_a_signal),
	KUNIT_CASE(survivor_ends_by_itself),
	KUNIT_CASE(survivor_is_stopped),
	{ }
};

static struct kunit_suite survivor_suite = {
	.name = "sigtrail_survivor",
	.test_cases = survivor_cases,
};

kunit_test_suite(survivor_suite);
