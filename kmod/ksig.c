// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: notices by real-time signal, for programs without netlink.
 *
 * A registered task is sent a signal for each notice: SI_QUEUE, with the tgid of
 * the process, in the initial pid namespace, as its 32-bit value. The signal is
 * for that thread, not for its process.
 *
 * A task is identified by its struct pid, as its id can be reused, and by the
 * number of its exec(). It is removed when it has ended, has called exec(), or
 * would be killed by the signal.
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

/* Maximum of registered tasks. */
#define KSIG_TASKS 8

/* The C library uses 32 and 33 itself. */
#define KSIG_MIN 34

/* The last one on all architectures; MIPS has more. */
#define KSIG_MAX 64

/**
 * struct sigtrail_trigger_ksig - a registered task
 * @pid: the thread's, with a reference; NULL for a free entry
 * @tgid: its process's, with a reference; read by probes, without a lock
 * @exec_id: its self_exec_id when it registered
 */
struct sigtrail_trigger_ksig {
	struct pid *pid;
	struct pid *tgid;
	u64 exec_id;
};

/* Protects the tasks. */
static DEFINE_MUTEX(ksig_mutex);
static struct sigtrail_trigger_ksig ksigs[KSIG_TASKS];
static int ksig_signal;

/**
 * sigtrail_trigger_ksig_has_current - is a thread of this process registered?
 *
 * Context: any, in a task that is not released.
 * Return: whether one is.
 */
bool __kprobes sigtrail_trigger_ksig_has_current(void)
{
	const struct pid *tgid = task_tgid(current);
	int i;

	for (i = 0; i < KSIG_TASKS; i++)
		if (READ_ONCE(ksigs[i].tgid) == tgid)
			return true;
	return false;
}

static void ksig_drop(struct sigtrail_trigger_ksig *k)
{
	struct pid *tgid = k->tgid;

	WRITE_ONCE(k->tgid, NULL);
	put_pid(tgid);
	put_pid(k->pid);
	k->pid = NULL;
}

/* The task, with a reference; NULL if it has ended or called exec(). */
static struct task_struct *ksig_task(const struct sigtrail_trigger_ksig *k)
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
static bool ksig_tell(struct sigtrail_trigger_ksig *k, u32 value)
{
	struct task_struct *t = ksig_task(k);
	int err = -ESRCH;

	if (t) {
		err = sigtrail_send_value(t, ksig_signal, value);
		put_task_struct(t);
	}
	switch (err) {
	case 0:
		return true;
	case -ESRCH:
		pr_info("task %d has ended or called exec(): removed\n",
			pid_nr(k->pid));
		ksig_drop(k);
		break;
	case -EPERM:
		pr_info("task %d neither catches nor blocks signal %d: removed\n",
			pid_nr(k->pid), ksig_signal);
		ksig_drop(k);
		break;
	default:
		pr_warn_ratelimited("queue of task %d is full: signal %d not sent\n",
				    pid_nr(k->pid), ksig_signal);
	}
	return false;
}

/**
 * sigtrail_trigger_ksig_send - send the signal to all registered tasks
 * @value: its value, a tgid
 *
 * Context: a work, so that the kernel is recorded as the sender.
 * Return: number of tasks that it was sent to.
 */
int sigtrail_trigger_ksig_send(u32 value)
{
	int i, sent = 0;

	mutex_lock(&ksig_mutex);
	for (i = 0; i < KSIG_TASKS; i++)
		if (ksigs[i].pid)
			sent += ksig_tell(&ksigs[i], value);
	mutex_unlock(&ksig_mutex);

	return sent;
}

/* A free entry, or the entry of a task that has ended. */
static struct sigtrail_trigger_ksig *ksig_free_entry(void)
{
	struct sigtrail_trigger_ksig *k;
	struct task_struct *t;

	for (k = ksigs; k < ksigs + KSIG_TASKS; k++) {
		if (!k->pid)
			return k;
		t = ksig_task(k);
		if (!t) {
			ksig_drop(k);
			return k;
		}
		put_task_struct(t);
	}
	return NULL;
}

static struct sigtrail_trigger_ksig *ksig_entry(const struct pid *pid)
{
	struct sigtrail_trigger_ksig *k;

	for (k = ksigs; k < ksigs + KSIG_TASKS; k++)
		if (k->pid == pid)
			return k;
	return NULL;
}

static int ksig_enter(struct pid *pid, struct task_struct *t)
{
	struct sigtrail_trigger_ksig *k = ksig_entry(pid);

	if (k)
		ksig_drop(k);
	else
		k = ksig_free_entry();
	if (!k)
		return -ENOSPC;
	k->pid = get_pid(pid);
	k->exec_id = READ_ONCE(t->self_exec_id);
	WRITE_ONCE(k->tgid, get_task_pid(t, PIDTYPE_TGID));
	return 0;
}

/**
 * sigtrail_trigger_ksig_register - register a task
 * @pid: the thread's
 *
 * Context: may sleep.
 * Return: 0; -ESRCH if it has ended; -EINVAL if it is a kernel thread; -ENOSPC
 *	if KSIG_TASKS are registered.
 */
int sigtrail_trigger_ksig_register(struct pid *pid)
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
		mutex_lock(&ksig_mutex);
		err = ksig_enter(pid, t);
		mutex_unlock(&ksig_mutex);
	}
	put_task_struct(t);
	return err;
}

/**
 * sigtrail_trigger_ksig_show - list the registered tasks, one id per line
 * @m: gets the list, in the reader's pid namespace
 *
 * Context: may sleep.
 */
void sigtrail_trigger_ksig_show(struct seq_file *m)
{
	int i;

	mutex_lock(&ksig_mutex);
	for (i = 0; i < KSIG_TASKS; i++)
		if (ksigs[i].pid)
			seq_printf(m, "%d\n", pid_vnr(ksigs[i].pid));
	mutex_unlock(&ksig_mutex);
}

/**
 * sigtrail_trigger_ksig_init - set the signal that is sent
 * @signal: its number
 *
 * Return: 0, or -EINVAL if programs cannot use it as a real-time signal.
 */
int sigtrail_trigger_ksig_init(int signal)
{
	if (signal < KSIG_MIN || signal > KSIG_MAX) {
		pr_err("ksig_signal=%d is not a real-time signal: use %d to %d\n",
		       signal, KSIG_MIN, KSIG_MAX);
		return -EINVAL;
	}
	ksig_signal = signal;
	return 0;
}

/**
 * sigtrail_trigger_ksig_exit - remove all tasks; nothing is sent after it
 */
void sigtrail_trigger_ksig_exit(void)
{
	struct sigtrail_trigger_ksig *k;

	for (k = ksigs; k < ksigs + KSIG_TASKS; k++)
		if (k->pid)
			ksig_drop(k);
}
