// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: when a process of a name does a thing in the kernel, the
 * responder is told, who signals it.
 *
 *	insmod sigtrail_trigger.ko
 *	insmod sigtrail_trigger.ko target_taskname=toy target_syscall=write \
 *		skipcount=3
 *
 * The second makes a trigger by itself, one count for all tasks of that name.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/printk.h>
#include <linux/sigtrail.h>
#include <linux/string.h>

#include "trigger.h"

static char *target_taskname;
module_param(target_taskname, charp, 0444);
MODULE_PARM_DESC(target_taskname, "name of the processes that a trigger is for");

static char *target_syscall;
module_param(target_syscall, charp, 0444);
MODULE_PARM_DESC(target_syscall, "syscall or function that triggers");

static unsigned int offset;
module_param(offset, uint, 0444);
MODULE_PARM_DESC(offset, "bytes into it");

static unsigned int skipcount;
module_param(skipcount, uint, 0444);
MODULE_PARM_DESC(skipcount, "hits of all these processes that do not trigger");

static int ksig_signal = 44;
module_param(ksig_signal, int, 0444);
MODULE_PARM_DESC(ksig_signal, "real-time signal for tasks that register");

static char *helper;
module_param(helper, charp, 0444);
MODULE_PARM_DESC(helper, "program that is started when the module is loaded");

/* Returns its id; once it is in the table, others may delete it. */
static long param_add(struct netlink_ext_ack *extack)
{
	struct sigtrail_trigger_spec spec = {
		.offset = offset,
		.skip = skipcount,
		.per = SIGTRAIL_TRIGGER_PER_NAME,
		.rate = SIGTRAIL_TRIGGER_RATE_DEFAULT,
	};
	struct sigtrail_trigger *t;
	long id = sigtrail_trigger_spec_set_names(&spec, target_syscall,
						  target_taskname, extack);

	if (id)
		return id;
	mutex_lock(&sigtrail_trigger_table_mutex);
	t = sigtrail_trigger_table_add(&spec, extack);
	id = IS_ERR(t) ? PTR_ERR(t) : t->id;
	mutex_unlock(&sigtrail_trigger_table_mutex);

	return id;
}

/* The trigger that the parameters ask for. */
static int param_trigger(void)
{
	char symbol[SIGTRAIL_ESCAPED(SIGTRAIL_TRIGGER_SYMBOL_LEN)];
	char name[SIGTRAIL_ESCAPED(SIGTRAIL_TRIGGER_NAME_LEN)];
	struct netlink_ext_ack extack = {};
	long id;

	if (!target_taskname && !target_syscall && !offset && !skipcount)
		return 0;
	if (!target_taskname || !target_syscall) {
		pr_err("a trigger needs both, target_taskname= and target_syscall=\n");
		return -EINVAL;
	}

	id = param_add(&extack);
	sigtrail_escape(symbol, target_syscall, SIGTRAIL_TRIGGER_SYMBOL_LEN);
	sigtrail_escape(name, target_taskname, SIGTRAIL_TRIGGER_NAME_LEN);
	if (id < 0) {
		pr_err("no trigger on %s+0x%x for %s: %s (%ld)\n", symbol,
		       offset, name,
		       extack._msg ?: "the kernel has no memory", id);
		return id;
	}
	pr_info("trigger %ld on %s+0x%x for %s, after %u hits\n", id, symbol,
		offset, name, skipcount);
	return 0;
}

/*
 * Nobody registers any more; nothing hits, and what is queued is relayed; no
 * command runs; no work runs. Then nothing is left that could send.
 */
static void trigger_close(void)
{
	sigtrail_trigger_debugfs_exit();
	sigtrail_trigger_table_close();
	sigtrail_trigger_netlink_exit();
	sigtrail_trigger_relay_exit();
	sigtrail_trigger_ksig_exit();
}

static int __init sigtrail_trigger_init(void)
{
	int err = sigtrail_trigger_ksig_init(ksig_signal);

	if (err)
		return err;
	err = sigtrail_trigger_relay_init();
	if (err)
		return err;
	err = sigtrail_trigger_netlink_init();
	if (err) {
		sigtrail_trigger_relay_exit();
		return err;
	}

	/* Others can add triggers already: what is undone is all of them. */
	err = param_trigger();
	if (err) {
		trigger_close();
		return err;
	}
	/* Nothing fails any more: nobody is given a file that goes at once. */
	sigtrail_trigger_debugfs_init();
	if (helper)
		sigtrail_trigger_upcall(helper);
	return 0;
}

static void __exit sigtrail_trigger_exit(void)
{
	trigger_close();
}

module_init(sigtrail_trigger_init);
module_exit(sigtrail_trigger_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("sigtrail: notices when a process does a thing in the kernel");
