// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite: the sender of a signal.
 */
#include <kunit/test.h>
#include <linux/sched/signal.h>

#include "../internal.h"
#include "../line.h"
#include "../sender.h"

static bool by_kernel(const struct kernel_siginfo *info)
{
	return sigtrail_sender_is_kernel(sigtrail_code(info), false, true,
					 false);
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
	KUNIT_EXPECT_TRUE(test, sigtrail_sender_is_kernel(SI_TIMER, true, true,
							  false));
	KUNIT_EXPECT_TRUE(test, sigtrail_sender_is_kernel(SI_USER, false, false,
							  false));
	KUNIT_EXPECT_TRUE(test, sigtrail_sender_is_kernel(SI_USER, false, true,
							  true));
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
	/* Of a test's thread that is kthreadd: ancestor_kunit.c has lines that are longer. */
	KUNIT_EXPECT_EQ(test, rec.parent.pid, task_ppid_nr(current));
	KUNIT_EXPECT_NE(test, rec.parent.name[0], '\0');
}

static void sender_is_the_kernel_for_a_fault(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, sigtrail_is_fault(SIGSEGV, SEGV_MAPERR));
	KUNIT_EXPECT_TRUE(test, sigtrail_is_fault(SIGBUS, BUS_ADRALN));
	KUNIT_EXPECT_TRUE(test, sigtrail_is_fault(SIGBUS, BUS_MCEERR_AR));
	KUNIT_EXPECT_TRUE(test, sigtrail_is_fault(SIGILL, ILL_ILLOPC));
	KUNIT_EXPECT_TRUE(test, sigtrail_is_fault(SIGFPE, FPE_INTDIV));
	/* Without an address. */
	KUNIT_EXPECT_FALSE(test, sigtrail_is_fault(SIGSEGV, SI_KERNEL));
	/* Of a POSIX timer, also in the task's context, and of a process. */
	KUNIT_EXPECT_FALSE(test, sigtrail_is_fault(SIGSEGV, SI_TIMER));
	KUNIT_EXPECT_FALSE(test, sigtrail_is_fault(SIGSEGV, SI_QUEUE));
	KUNIT_EXPECT_FALSE(test, sigtrail_is_fault(SIGSEGV, SI_TKILL));
	KUNIT_EXPECT_FALSE(test, sigtrail_is_fault(SIGSEGV, SI_USER));
	/* Another signal. */
	KUNIT_EXPECT_FALSE(test, sigtrail_is_fault(SIGTRAP, TRAP_BRKPT));
	KUNIT_EXPECT_FALSE(test, sigtrail_is_fault(SIGTERM, 1));
	KUNIT_EXPECT_FALSE(test, sigtrail_is_fault(SIGRTMIN, 1));
}

static struct kunit_case sender_cases[] = {
	KUNIT_CASE(sender_of_special_info),
	KUNIT_CASE(sender_of_code),
	KUNIT_CASE(sender_by_context),
	KUNIT_CASE(sender_with_parent),
	KUNIT_CASE(sender_is_the_kernel_for_a_fault),
	{ }
};

static struct kunit_suite sender_suite = {
	.name = "sigtrail_sender",
	.test_cases = sender_cases,
};

kunit_test_suite(sender_suite);
