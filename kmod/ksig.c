// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: notices by real-time signal, for programs without netlink.
 *
 * A task that registers is sent a signal for each notice: SI_QUEUE, with the
 * tgid of the process, in the initial pid namespace, as its 32-bit value. The
 * signal is for that task alone, not for its process.
 *
 * A task is known by its struct pid, so that no later user of its id is taken
 * for it, and by the number of its exec(). One that has ended, has become
 * another program, or would die of the signal is dropped.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": ksig: " fmt

#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/signal.h>
#include <linux/sigtrail.h>

#include "trigger.h"

/* Tasks that can be told. */
#define SIGTRAIL_KSIG_TASKS 8

/* The C library keeps 32 and 33, so that no program can take them. */
#define SIGTRAIL_KSIG_MIN 34

/* The last one that there is everywhere: MIPS has more. */
#define SIGTRAIL_KSIG_MAX 64

/**
 * struct sigtrail_ksig - a task that is told by signal
 * @pid: the thread's, with a reference; NULL for a free entry
 * @tgid: its process's, with a reference; read by probes, without a lock
 * @exec_id: which program it was when it registered
 */
struct sigtrail_ksig {
	struct pid *pid;
	struct pid *tgid;
	u64 exec_id;
};

/* Protects the tasks. */
static DEFINE_MUTEX(sigtrail_ksig_mutex);
static struct sigtrail_ksig sigtrail_ksigs[SIGTRAIL_KSIG_TASKS];
static int sigtrail_ksig_signal;

/**
 * sigtrail_ksig_has_current - is this process told by signal?
 *
 * Context: any, in a task that is not released.
 * Return: whether one of its threads is.
 */
bool __kprobes sigtrail_ksig_has_current(void)
{
	const struct pid *tgid = task_tgid(current);
	int i;

	for (i = 0; i < SIGTRAIL_KSIG_TASKS; i++)
		if (READ_ONCE(sigtrail_ksigs[i].tgid) == tgid)
			return true;
	return false;
}

static void sigtrail_ksig_drop(struct sigtrail_ksig *k)
{
	struct pid *tgid = k->tgid;

	WRITE_ONCE(k->tgid, NULL);
	put_pid(tgid);
	put_pid(k->pid);
	k->pid = NULL;
}

/* The task, as long as it is the same program; to be put. */
static struct task_struct *sigtrail_ksig_task(const struct sigtrail_ksig *k)
{
	struct task_struct *t = get_pid_task(k->pid, PIDTYPE_PID);

	if (t && (READ_ONCE(t->self_exec_id) != k->exec_id ||
		  t->flags & PF_EXITING)) {
		put_task_struct(t);
		return NULL;
	}
	return t;
}

/* Returns whether it was sent. */
static bool sigtrail_ksig_tell(struct sigtrail_ksig *k, u32 value)
{
	struct task_struct *t = sigtrail_ksig_task(k);
	int err = -ESRCH;

	if (t) {
		err = sigtrail_send_value(t, sigtrail_ksig_signal, value);
		put_task_struct(t);
	}
	switch (err) {
	case 0:
		return true;
	case -ESRCH:
		pr_info("task %d has ended or become another program: dropped\n",
			pid_nr(k->pid));
		sigtrail_ksig_drop(k);
		break;
	case -EPERM:
		pr_info("task %d neither catches nor blocks signal %d: dropped\n",
			pid_nr(k->pid), sigtrail_ksig_signal);
		sigtrail_ksig_drop(k);
		break;
	default:
		pr_warn_ratelimited("task %d has no room for signal %d\n",
				    pid_nr(k->pid), sigtrail_ksig_signal);
	}
	return false;
}

/**
 * sigtrail_ksig_send - tell all tasks that are registered
 * @value: the tgid to tell
 *
 * Context: a work: what is sent is then the kernel's, as the trail has it.
 * Return: how many are told.
 */
int sigtrail_ksig_send(u32 value)
{
	int i, sent = 0;

	mutex_lock(&sigtrail_ksig_mutex);
	for (i = 0; i < SIGTRAIL_KSIG_TASKS; i++)
		if (sigtrail_ksigs[i].pid)
			sent += sigtrail_ksig_tell(&sigtrail_ksigs[i], value);
	mutex_unlock(&sigtrail_ksig_mutex);

	return sent;
}

/* A free entry, or one whose task is gone. */
static struct sigtrail_ksig *sigtrail_ksig_free_entry(void)
{
	struct sigtrail_ksig *k;
	struct task_struct *t;

	for (k = sigtrail_ksigs; k < sigtrail_ksigs + SIGTRAIL_KSIG_TASKS; k++) {
		if (!k->pid)
			return k;
		t = sigtrail_ksig_task(k);
		if (!t) {
			sigtrail_ksig_drop(k);
			return k;
		}
		put_task_struct(t);
	}
	return NULL;
}

static struct sigtrail_ksig *sigtrail_ksig_entry(const struct pid *pid)
{
	struct sigtrail_ksig *k;

	for (k = sigtrail_ksigs; k < sigtrail_ksigs + SIGTRAIL_KSIG_TASKS; k++)
		if (k->pid == pid)
			return k;
	return NULL;
}

static int sigtrail_ksig_enter(struct pid *pid, struct task_struct *t)
{
	struct sigtrail_ksig *k = sigtrail_ksig_entry(pid);

	if (k)
		sigtrail_ksig_drop(k);
	else
		k = sigtrail_ksig_free_entry();
	if (!k)
		return -ENOSPC;
	k->pid = get_pid(pid);
	k->exec_id = READ_ONCE(t->self_exec_id);
	WRITE_ONCE(k->tgid, get_task_pid(t, PIDTYPE_TGID));
	return 0;
}

/**
 * sigtrail_ksig_register - tell a task from now on
 * @pid: the thread's
 *
 * Context: may sleep.
 * Return: 0; -ESRCH if it has ended; -EINVAL if it is a kernel thread; -ENOSPC
 *	if there are too many.
 */
int sigtrail_ksig_register(struct pid *pid)
{
	struct task_struct *t = get_pid_task(pid, PIDTYPE_PID);
	int err;

	if (!t)
		return -ESRCH;
	if (t->flags & PF_KTHREAD) {
		err = -EINVAL;
	} else if (t->flags & PF_EXITING) {
		err = -ESRCH;
	} else {
		mutex_lock(&sigtrail_ksig_mutex);
		err = sigtrail_ksig_enter(pid, t);
		mutex_unlock(&sigtrail_ksig_mutex);
	}
	put_task_struct(t);
	return err;
}

/**
 * sigtrail_ksig_show - list the tasks that are told, one id in a line
 * @m: gets the list, in the reader's pid namespace
 *
 * Context: may sleep.
 */
void sigtrail_ksig_show(struct seq_file *m)
{
	int i;

	mutex_lock(&sigtrail_ksig_mutex);
	for (i = 0; i < SIGTRAIL_KSIG_TASKS; i++)
		if (sigtrail_ksigs[i].pid)
			seq_printf(m, "%d\n", pid_vnr(sigtrail_ksigs[i].pid));
	mutex_unlock(&sigtrail_ksig_mutex);
}

/**
 * sigtrail_ksig_init - say which signal is sent
 * @signal: its number
 *
 * Return: 0, or -EINVAL if it is not a real-time signal for programs.
 */
int sigtrail_ksig_init(int signal)
{
	if (signal < SIGTRAIL_KSIG_MIN || signal > SIGTRAIL_KSIG_MAX) {
		pr_err("ksig_signal=%d is not a real-time signal for programs, from %d to %d\n",
		       signal, SIGTRAIL_KSIG_MIN, SIGTRAIL_KSIG_MAX);
		return -EINVAL;
	}
	sigtrail_ksig_signal = signal;
	return 0;
}

/**
 * sigtrail_ksig_exit - forget all tasks; nothing is sent any more
 */
void sigtrail_ksig_exit(void)
{
	struct sigtrail_ksig *k;

	for (k = sigtrail_ksigs; k < sigtrail_ksigs + SIGTRAIL_KSIG_TASKS; k++)
		if (k->pid)
			sigtrail_ksig_drop(k);
}
