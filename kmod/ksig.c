// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: notices by real-time signal, for programs without netlink.
 *
 * A task that writes its id to debugfs, sigtrail_trigger/ksig_task (0 for the
 * writer itself), is sent a signal for each notice: SI_QUEUE, with the tgid of
 * the process, in the initial pid namespace, as its 32-bit value. The signal is
 * for that task alone, not for its process. To write a pid to
 * sigtrail_trigger/ksig_send sends one by hand.
 *
 * A task is known by its struct pid, so that no later user of its id is taken
 * for it, and by the number of its exec(). One that has ended, has become
 * another program, or would die of the signal is dropped.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": ksig: " fmt

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/signal.h>
#include <linux/sigtrail.h>
#include <linux/workqueue.h>

#include "trigger.h"

/* Tasks that can be told. */
#define SIGTRAIL_KSIG_TASKS 8

/**
 * struct sigtrail_ksig - a task that is told by signal
 * @pid: the thread's, with a reference; NULL for a free entry
 * @exec_id: which program it was when it registered
 * @tgid: of its process; read by probes, without a lock
 */
struct sigtrail_ksig {
	struct pid *pid;
	u64 exec_id;
	u32 tgid;
};

/* Protects the tasks. */
static DEFINE_MUTEX(sigtrail_ksig_mutex);
static struct sigtrail_ksig sigtrail_ksigs[SIGTRAIL_KSIG_TASKS];
static int sigtrail_ksig_signal;
static struct dentry *sigtrail_ksig_dir;

/**
 * struct sigtrail_ksig_by_hand - one that is sent by hand
 * @work: sends it
 * @value: what it carries
 * @sent: how many tasks took it
 */
struct sigtrail_ksig_by_hand {
	struct work_struct work;
	u32 value;
	int sent;
};

/**
 * sigtrail_ksig_is_registered - is this process told by signal?
 * @pid: its tgid
 *
 * Context: any.
 * Return: whether one of its threads is.
 */
bool __kprobes sigtrail_ksig_is_registered(u32 pid)
{
	int i;

	for (i = 0; i < SIGTRAIL_KSIG_TASKS; i++)
		if (READ_ONCE(sigtrail_ksigs[i].tgid) == pid)
			return true;
	return false;
}

static void sigtrail_ksig_drop(struct sigtrail_ksig *k)
{
	WRITE_ONCE(k->tgid, 0);
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

static int sigtrail_ksig_tell_all(u32 value)
{
	int i, sent = 0;

	mutex_lock(&sigtrail_ksig_mutex);
	for (i = 0; i < SIGTRAIL_KSIG_TASKS; i++)
		if (sigtrail_ksigs[i].pid)
			sent += sigtrail_ksig_tell(&sigtrail_ksigs[i], value);
	mutex_unlock(&sigtrail_ksig_mutex);

	return sent;
}

/**
 * sigtrail_ksig_send - tell all tasks that are registered
 * @pid: the tgid to tell
 *
 * Context: the work.
 */
void sigtrail_ksig_send(u32 pid)
{
	sigtrail_ksig_tell_all(pid);
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

static int sigtrail_ksig_register(struct pid *pid, struct task_struct *t)
{
	struct sigtrail_ksig *k;
	int err = 0;

	if (t->flags & PF_KTHREAD)
		return -EINVAL;

	mutex_lock(&sigtrail_ksig_mutex);
	k = sigtrail_ksig_entry(pid) ?: sigtrail_ksig_free_entry();
	if (k) {
		if (!k->pid)
			k->pid = get_pid(pid);
		k->exec_id = READ_ONCE(t->self_exec_id);
		WRITE_ONCE(k->tgid, task_tgid_nr(t));
	} else {
		err = -ENOSPC;
	}
	mutex_unlock(&sigtrail_ksig_mutex);

	return err;
}

static ssize_t sigtrail_ksig_task_write(struct file *file,
					const char __user *buf, size_t count,
					loff_t *pos)
{
	struct task_struct *t;
	struct pid *pid;
	u32 tid;
	int err = kstrtou32_from_user(buf, count, 10, &tid);

	if (err)
		return err;
	pid = tid ? find_get_pid(tid) : get_task_pid(current, PIDTYPE_PID);
	t = get_pid_task(pid, PIDTYPE_PID);
	err = -ESRCH;
	if (t) {
		err = sigtrail_ksig_register(pid, t);
		put_task_struct(t);
	}
	put_pid(pid);
	return err ?: count;
}

static int sigtrail_ksig_task_show(struct seq_file *m, void *v)
{
	int i;

	mutex_lock(&sigtrail_ksig_mutex);
	for (i = 0; i < SIGTRAIL_KSIG_TASKS; i++)
		if (sigtrail_ksigs[i].pid)
			seq_printf(m, "%d\n", pid_vnr(sigtrail_ksigs[i].pid));
	mutex_unlock(&sigtrail_ksig_mutex);

	return 0;
}

static int sigtrail_ksig_task_open(struct inode *inode, struct file *file)
{
	return single_open(file, sigtrail_ksig_task_show, NULL);
}

static const struct file_operations sigtrail_ksig_task_fops = {
	.owner = THIS_MODULE,
	.open = sigtrail_ksig_task_open,
	.read = seq_read,
	.write = sigtrail_ksig_task_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static void sigtrail_ksig_by_hand(struct work_struct *work)
{
	struct sigtrail_ksig_by_hand *by_hand =
		container_of(work, struct sigtrail_ksig_by_hand, work);

	by_hand->sent = sigtrail_ksig_tell_all(by_hand->value);
}

/* By a work: what is sent is to come from the kernel, as a notice does. */
static ssize_t sigtrail_ksig_send_write(struct file *file,
					const char __user *buf, size_t count,
					loff_t *pos)
{
	struct sigtrail_ksig_by_hand by_hand = {};
	int err = kstrtou32_from_user(buf, count, 10, &by_hand.value);

	if (err)
		return err;
	INIT_WORK_ONSTACK(&by_hand.work, sigtrail_ksig_by_hand);
	schedule_work(&by_hand.work);
	flush_work(&by_hand.work);
	destroy_work_on_stack(&by_hand.work);
	return by_hand.sent ? count : -ESRCH;
}

static const struct file_operations sigtrail_ksig_send_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.write = sigtrail_ksig_send_write,
};

/**
 * sigtrail_ksig_init - let tasks register
 * @signal: number of the signal that they are sent
 *
 * Context: may sleep.
 * Return: 0, or -EINVAL if it is not a real-time signal.
 */
int sigtrail_ksig_init(int signal)
{
	if (signal < SIGRTMIN || signal > SIGRTMAX) {
		pr_err("ksig_signal=%d is not a real-time signal, from %d to %d\n",
		       signal, SIGRTMIN, SIGRTMAX);
		return -EINVAL;
	}
	sigtrail_ksig_signal = signal;

	if (!IS_ENABLED(CONFIG_DEBUG_FS)) {
		pr_info("the kernel has no debugfs, no task can register\n");
		return 0;
	}
	sigtrail_ksig_dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("ksig_task", 0600, sigtrail_ksig_dir, NULL,
			    &sigtrail_ksig_task_fops);
	debugfs_create_file("ksig_send", 0200, sigtrail_ksig_dir, NULL,
			    &sigtrail_ksig_send_fops);
	return 0;
}

/**
 * sigtrail_ksig_close - let no more tasks register
 *
 * Context: may sleep.
 */
void sigtrail_ksig_close(void)
{
	debugfs_remove_recursive(sigtrail_ksig_dir);
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
