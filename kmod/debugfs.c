// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: debugfs files for tasks that get notices by signal.
 *
 * Writing a task's id to sigtrail_trigger/ksig_task registers the task; 0
 * registers the writer. Reading it lists the registered tasks. Writing a pid to
 * sigtrail_trigger/ksig_send sends the signal with this pid, as for a notice.
 *
 * Opening for writing needs CAP_SYS_ADMIN, and reading CAP_NET_ADMIN, as for the
 * same over netlink. In a locked down kernel debugfs itself refuses to open them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/workqueue.h>

#include "trigger.h"

static struct dentry *debugfs_dir;

static bool debugfs_may_open(const struct file *file)
{
	return (!(file->f_mode & FMODE_WRITE) || capable(CAP_SYS_ADMIN)) &&
	       (!(file->f_mode & FMODE_READ) || capable(CAP_NET_ADMIN));
}

static ssize_t ksig_task_write(struct file *file, const char __user *buf,
			       size_t count, loff_t *pos)
{
	struct pid *pid;
	u32 tid;
	int err = kstrtou32_from_user(buf, count, 10, &tid);

	if (err)
		return err;
	pid = tid ? find_get_pid(tid) : get_task_pid(current, PIDTYPE_PID);
	err = sigtrail_trigger_ksig_register(pid);
	put_pid(pid);
	return err ?: count;
}

static int ksig_task_show(struct seq_file *m, void *v)
{
	sigtrail_trigger_ksig_show(m);
	return 0;
}

static int ksig_task_open(struct inode *inode, struct file *file)
{
	if (!debugfs_may_open(file))
		return -EPERM;
	return single_open(file, ksig_task_show, NULL);
}

static const struct file_operations ksig_task_fops = {
	.owner = THIS_MODULE,
	.open = ksig_task_open,
	.read = seq_read,
	.write = ksig_task_write,
	.llseek = seq_lseek,
	.release = single_release,
};

/**
 * struct sigtrail_trigger_by_hand - a signal sent through ksig_send
 * @work: sends it
 * @value: its value
 * @sent: number of tasks that it was sent to
 */
struct sigtrail_trigger_by_hand {
	struct work_struct work;
	u32 value;
	int sent;
};

static void ksig_by_hand(struct work_struct *work)
{
	struct sigtrail_trigger_by_hand *by_hand =
		container_of(work, struct sigtrail_trigger_by_hand, work);

	by_hand->sent = sigtrail_trigger_ksig_send(by_hand->value);
}

static ssize_t ksig_send_write(struct file *file, const char __user *buf,
			       size_t count, loff_t *pos)
{
	struct sigtrail_trigger_by_hand by_hand = {};
	int err = kstrtou32_from_user(buf, count, 10, &by_hand.value);

	if (err)
		return err;
	INIT_WORK_ONSTACK(&by_hand.work, ksig_by_hand);
	schedule_work(&by_hand.work);
	flush_work(&by_hand.work);
	destroy_work_on_stack(&by_hand.work);
	return by_hand.sent ? count : -ESRCH;
}

static int ksig_send_open(struct inode *inode, struct file *file)
{
	if (!debugfs_may_open(file))
		return -EPERM;
	return nonseekable_open(inode, file);
}

static const struct file_operations ksig_send_fops = {
	.owner = THIS_MODULE,
	.open = ksig_send_open,
	.write = ksig_send_write,
};

/**
 * sigtrail_trigger_debugfs_init - create the files: tasks can register
 *
 * Context: may sleep.
 */
void sigtrail_trigger_debugfs_init(void)
{
	struct dentry *dir = debugfs_create_dir(KBUILD_MODNAME, NULL);

	if (IS_ERR(dir)) {
		pr_warn("no debugfs, tasks cannot register for signals: error %ld\n",
			PTR_ERR(dir));
		return;
	}
	debugfs_create_file("ksig_task", 0600, dir, NULL, &ksig_task_fops);
	debugfs_create_file("ksig_send", 0200, dir, NULL, &ksig_send_fops);
	debugfs_dir = dir;
}

/**
 * sigtrail_trigger_debugfs_exit - remove the files: no task can register
 *
 * Context: may sleep.
 */
void sigtrail_trigger_debugfs_exit(void)
{
	debugfs_remove_recursive(debugfs_dir);
}
