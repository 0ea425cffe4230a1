// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite: a sender's line, as it is read of tasks, and signals that repeat while it
 * changes.
 */
#include <kunit/test.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "../internal.h"
#include "../line.h"
#include "../sender.h"

#define COMMON SIGTRAIL_SHARE_COMMON
#define TASKS 7
/* The one without a parent: what is beyond it has no id. */
#define FIRST (TASKS - 2)

/*
 * The ring under test, and a line of tasks: the first one has the ids 100, its parent 101,
 * and so on. Cases run one at a time.
 */
static struct sigtrail_ring *ring;
static struct sigtrail_names *names;
static struct task_struct *line;

static void put_below(struct task_struct *t, struct task_struct *parent)
{
	RCU_INIT_POINTER(t->real_parent, parent);
}

static int ancestor_init(struct kunit *test)
{
	size_t bytes = sigtrail_ring_bytes(SIGTRAIL_RING_MIN);
	void *memory = kunit_kzalloc(test, bytes, GFP_KERNEL);
	u32 i;

	ring = kunit_kzalloc(test, sizeof(*ring), GFP_KERNEL);
	line = kunit_kzalloc(test, TASKS * sizeof(*line), GFP_KERNEL);
	if (!memory || !ring || !line)
		return -ENOMEM;
	raw_spin_lock_init(&ring->lock);
	ring->next = 1;
	names = &ring->part[COMMON].names;
	for (i = 0; i < TASKS; i++) {
		line[i].group_leader = &line[i];
		line[i].thread_pid = task_pid(current);
		line[i].pid = i <= FIRST ? 100 + i : 0;
		line[i].tgid = line[i].pid;
		snprintf(line[i].comm, sizeof(line[i].comm), "task%u", i);
#ifdef CONFIG_CGROUPS
		rcu_assign_pointer(line[i].cgroups,
				   rcu_access_pointer(init_task.cgroups));
#endif
		put_below(&line[i], i < TASKS - 1 ? &line[i + 1] : &line[i]);
	}
	return sigtrail_ring_init(ring, memory, bytes, 0x5eed);
}

static void ancestor_exit(struct kunit *test)
{
	sigtrail_ring_free(ring);
}

/* The line of the children of a task. */
static const struct sigtrail_name *line_of(struct task_struct *t, u32 generation)
{
	const struct sigtrail_name *found;

	rcu_read_lock();
	found = sigtrail_line_of_process(names, t, generation);
	rcu_read_unlock();
	return found;
}

/* Has an entry these tasks, and none beyond? */
static void expect_line(struct kunit *test, const struct sigtrail_name *found,
			const u32 *tasks, u32 count)
{
	struct sigtrail_box_line stored;
	u32 i;

	memcpy(&stored, found->word, sizeof(stored));
	for (i = 0; i < SIGTRAIL_BOX_LINE_NAMES; i++) {
		KUNIT_EXPECT_EQ(test, !!stored.name[i], i < count);
		if (i < count)
			KUNIT_EXPECT_STREQ(test, line[tasks[i]].comm,
					   (char *)names->table[stored.name[i]].word);
		if (i)
			KUNIT_EXPECT_EQ(test, stored.pid[i - 1],
					i < count ? 100 + tasks[i] : 0);
	}
}

static void ancestors_of_a_released_task_are_unknown(struct kunit *test)
{
	rcu_read_lock();
	KUNIT_EXPECT_PTR_EQ(test, sigtrail_ancestor(&line[0]), &line[1]);
	KUNIT_EXPECT_NULL(test, sigtrail_ancestor(&line[FIRST]));
	line[0].thread_pid = NULL;
	KUNIT_EXPECT_NULL(test, sigtrail_ancestor(&line[0]));
	rcu_read_unlock();
}

/* The thread that started a process can end: the others have the same ancestors. */
static void ancestors_outlive_a_thread(struct kunit *test)
{
	line[1].group_leader = &line[0];
	line[1].thread_pid = NULL;
	put_below(&line[0], &line[2]);
	rcu_read_lock();
	KUNIT_EXPECT_PTR_EQ(test, sigtrail_ancestor(&line[1]), &line[2]);
	rcu_read_unlock();
}

static void ancestors_tell_who_was_not_started_by_its_parent(struct kunit *test)
{
	struct task_struct *t = &line[0], *parent = &line[1];

	rcu_read_lock();
	t->parent_exec_id = 4;
	parent->self_exec_id = 4;
	KUNIT_EXPECT_FALSE(test, sigtrail_reparented(t));
	parent->self_exec_id = 6;
	KUNIT_EXPECT_FALSE(test, sigtrail_reparented(t));
	parent->self_exec_id = 2;
	KUNIT_EXPECT_TRUE(test, sigtrail_reparented(t));
	parent->self_exec_id = BIT_ULL(32);
	KUNIT_EXPECT_EQ(test, sigtrail_reparented(t), !IS_ENABLED(CONFIG_64BIT));
	parent->self_exec_id = 2;
	t->thread_pid = NULL;
	KUNIT_EXPECT_FALSE(test, sigtrail_reparented(t));
	rcu_read_unlock();
}

static void ancestors_are_read_again(struct kunit *test)
{
	static const u32 all[] = { 0, 1, 2, 3 };
	static const u32 few[] = { 0, FIRST };
	const struct sigtrail_name *long_one, *short_one;

	long_one = line_of(&line[0], 1);
	expect_line(test, long_one, all, ARRAY_SIZE(all));
	KUNIT_EXPECT_PTR_EQ(test, line_of(&line[0], 1), long_one);
	/* Some process has ended, but none of these. */
	KUNIT_EXPECT_PTR_EQ(test, line_of(&line[0], 2), long_one);
	/* A child of another process, and that of one without a parent. */
	expect_line(test, line_of(&line[FIRST], 2), few + 1, 1);
	KUNIT_EXPECT_PTR_EQ(test, line_of(&line[0], 2), long_one);

	/* Re-parented, while its parent, whose threads have ended, is no zombie yet. */
	put_below(&line[0], &line[FIRST]);
	short_one = line_of(&line[0], 2);
	KUNIT_EXPECT_PTR_NE(test, short_one, long_one);
	expect_line(test, short_one, few, ARRAY_SIZE(few));
	put_below(&line[0], &line[1]);
	KUNIT_EXPECT_PTR_EQ(test, line_of(&line[0], 2), long_one);

	strscpy(line[3].comm, "renamed", sizeof(line[3].comm));
	KUNIT_EXPECT_PTR_NE(test, line_of(&line[0], 3), long_one);
	expect_line(test, line_of(&line[0], 3), all, ARRAY_SIZE(all));
}

/*
 * Puts this thread below a task, for functions that read the ancestors of current. Returns
 * what was its parent. Nobody else looks beyond a parent meanwhile.
 */
static struct task_struct *put_thread_below(struct task_struct *parent)
{
	struct task_struct *was = rcu_access_pointer(current->real_parent);

	RCU_INIT_POINTER(current->real_parent, parent);
	return was;
}

static void ancestors_of_the_caller_are_recorded(struct kunit *test)
{
	struct task_struct *was = put_thread_below(&line[3]);
	u64 exec_id = current->parent_exec_id;
	struct sigtrail_record rec = { };

	current->parent_exec_id = 1;
	sigtrail_caller_fill(&rec);
	current->parent_exec_id = exec_id;
	put_thread_below(was);
	KUNIT_EXPECT_EQ(test, rec.parent.pid, 103);
	KUNIT_EXPECT_STREQ(test, rec.parent.name, "task3");
	KUNIT_EXPECT_EQ(test, rec.ancestor[0].pid, 104);
	KUNIT_EXPECT_STREQ(test, rec.ancestor[0].name, "task4");
	KUNIT_EXPECT_EQ(test, rec.ancestor[1].pid, 105);
	KUNIT_EXPECT_EQ(test, rec.ancestor[2].pid, 0);
	KUNIT_EXPECT_TRUE(test, rec.flags & SIGTRAIL_FLAG_REPARENTED);
}

/* Adds a signal to this thread. Returns the number of records. */
static u64 add(struct sigtrail_key *key, bool by_task)
{
	rcu_read_lock();
	sigtrail_signal_add(ring, &ring->part[COMMON], current, 1, key,
			    by_task);
	rcu_read_unlock();
	return ring->next - 1;
}

/* The signal is of this thread. */
static u64 send(u32 generation, u32 flags)
{
	struct task_struct *parent = rcu_access_pointer(current->real_parent);
	struct sigtrail_key key = {
		.generation = generation,
		.what = sigtrail_what(SIGTRAIL_KIND_SIGNAL, SIGUSR1, 0, 0),
		.flags = flags,
		.sender_tid = current->pid,
		.sender_pid = task_tgid_nr(current),
		.target_tid = current->pid,
		.target_pid = task_tgid_nr(current),
		.sender_parent = parent,
		.sender_set = sigtrail_css_set(current),
		.target_set = sigtrail_css_set(current),
	};

	return add(&key, true);
}

/* It is made in an interrupt. */
static u64 interrupt(u32 generation)
{
	struct sigtrail_key key = {
		.generation = generation,
		.what = sigtrail_what(SIGTRAIL_KIND_SIGNAL, SIGUSR1, 0, 0),
		.flags = SIGTRAIL_FLAG_KERNEL,
		.target_tid = current->pid,
		.target_pid = task_tgid_nr(current),
		.target_set = sigtrail_css_set(current),
	};

	return add(&key, false);
}

static void ancestors_begin_a_record(struct kunit *test)
{
	struct task_struct *was = put_thread_below(&line[0]);
	u64 records[6];

	records[0] = send(1, 0);
	records[1] = send(2, 0);	/* another process has ended */
	put_below(&line[0], &line[3]);	/* the grandparent has */
	records[2] = send(3, 0);
	put_below(&line[3], &line[FIRST]);
	records[3] = send(4, 0);
	line[0].tgid = 99;		/* the parent is another, in the same memory */
	records[4] = send(5, 0);
	put_thread_below(&line[1]);	/* re-parented, without a new generation */
	records[5] = send(5, 0);
	put_thread_below(was);

	KUNIT_EXPECT_EQ(test, records[0], 1);
	KUNIT_EXPECT_EQ(test, records[1], 1);
	KUNIT_EXPECT_EQ(test, records[2], 2);
	KUNIT_EXPECT_EQ(test, records[3], 3);
	KUNIT_EXPECT_EQ(test, records[4], 4);
	KUNIT_EXPECT_EQ(test, records[5], 5);
}

/* The record of a fault has no line, but can be renewed while its process has its name. */
static void ancestors_are_not_those_of_a_fault(struct kunit *test)
{
	const u32 flags = SIGTRAIL_FLAG_KERNEL | SIGTRAIL_FLAG_FAULT;
	struct task_struct *was = put_thread_below(&line[0]);
	struct task_struct *leader = current->group_leader;
	char comm[TASK_COMM_LEN];
	struct sigtrail_record rec;
	u64 records[4];

	memcpy(comm, leader->comm, sizeof(comm));
	records[0] = send(1, flags);
	put_below(&line[0], &line[3]);
	records[1] = send(2, flags);
	strscpy(leader->comm, "renamed", sizeof(leader->comm));
	records[2] = send(3, flags);
	records[3] = send(4, flags);
	memcpy(leader->comm, comm, sizeof(comm));
	put_thread_below(was);

	KUNIT_EXPECT_EQ(test, records[0], 1);
	KUNIT_EXPECT_EQ(test, records[1], 1);
	KUNIT_EXPECT_EQ(test, records[2], 2);
	KUNIT_EXPECT_EQ(test, records[3], 2);
	KUNIT_ASSERT_TRUE(test, sigtrail_ring_read(ring, 2, &rec));
	KUNIT_EXPECT_STREQ(test, rec.target.name, "renamed");
	KUNIT_EXPECT_EQ(test, rec.parent.pid, 0);
}

/* Nor has one of an interrupt, whatever process that interrupts. */
static void ancestors_are_not_those_of_an_interrupt(struct kunit *test)
{
	struct task_struct *leader = current->group_leader;
	u64 began = current->start_boottime;
	char comm[TASK_COMM_LEN];
	struct sigtrail_record rec;
	u64 records[5];

	memcpy(comm, leader->comm, sizeof(comm));
	records[0] = interrupt(1);
	records[1] = interrupt(2);	/* another process has ended */
	strscpy(leader->comm, "renamed", sizeof(leader->comm));
	records[2] = interrupt(3);
	records[3] = interrupt(4);
	current->start_boottime++;	/* the target is another, with its ids */
	records[4] = interrupt(5);
	current->start_boottime = began;
	memcpy(leader->comm, comm, sizeof(comm));

	KUNIT_EXPECT_EQ(test, records[0], 1);
	KUNIT_EXPECT_EQ(test, records[1], 1);
	KUNIT_EXPECT_EQ(test, records[2], 2);
	KUNIT_EXPECT_EQ(test, records[3], 2);
	KUNIT_EXPECT_EQ(test, records[4], 3);
	KUNIT_ASSERT_TRUE(test, sigtrail_ring_read(ring, 2, &rec));
	KUNIT_EXPECT_STREQ(test, rec.target.name, "renamed");
	KUNIT_EXPECT_EQ(test, rec.sender.pid, 0);
}

static struct kunit_case ancestor_cases[] = {
	KUNIT_CASE(ancestors_of_a_released_task_are_unknown),
	KUNIT_CASE(ancestors_outlive_a_thread),
	KUNIT_CASE(ancestors_tell_who_was_not_started_by_its_parent),
	KUNIT_CASE(ancestors_are_read_again),
	KUNIT_CASE(ancestors_of_the_caller_are_recorded),
	KUNIT_CASE(ancestors_begin_a_record),
	KUNIT_CASE(ancestors_are_not_those_of_a_fault),
	KUNIT_CASE(ancestors_are_not_those_of_an_interrupt),
	{ }
};

static struct kunit_suite ancestor_suite = {
	.name = "sigtrail_ancestor",
	.init = ancestor_init,
	.exit = ancestor_exit,
	.test_cases = ancestor_cases,
};

kunit_test_suite(ancestor_suite);
