// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: sends a notice when a process with a given name calls a
 * given kernel function. The daemon gets the notice and signals the process.
 *
 *	insmod sigtrail_trigger.ko
 *	insmod sigtrail_trigger.ko target_name=toy symbol=write skip=3
 *
 * The second line also adds a trigger, with one count for all processes of the
 * name.
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

/* No .free: the parameter of the present name frees the string. */
static const struct kernel_param_ops charp_alias_ops = {
	.set = param_set_charp,
	.get = param_get_charp,
};

static char *target_name;
module_param(target_name, charp, 0444);
MODULE_PARM_DESC(target_name, "name of the processes that the trigger is for");
module_param_cb(target_taskname, &charp_alias_ops, &target_name, 0444);
__MODULE_PARM_TYPE(target_taskname, "charp");
MODULE_PARM_DESC(target_taskname, "old name of target_name");

static char *symbol;
module_param(symbol, charp, 0444);
MODULE_PARM_DESC(symbol, "kernel function or syscall to probe");
module_param_cb(target_syscall, &charp_alias_ops, &symbol, 0444);
__MODULE_PARM_TYPE(target_syscall, "charp");
MODULE_PARM_DESC(target_syscall, "old name of symbol");

static unsigned int offset;
module_param(offset, uint, 0444);
MODULE_PARM_DESC(offset, "offset of the probe in the function, in bytes");

static unsigned int skip;
module_param(skip, uint, 0444);
MODULE_PARM_DESC(skip, "number of hits before the trigger acts, of all processes of the name");
module_param_named(skipcount, skip, uint, 0444);
MODULE_PARM_DESC(skipcount, "old name of skip");

static int ksig_signal = 44;
module_param(ksig_signal, int, 0444);
MODULE_PARM_DESC(ksig_signal, "real-time signal for registered tasks");

static char *helper;
module_param(helper, charp, 0444);
MODULE_PARM_DESC(helper, "program to start when the module is loaded");

/* Returns its id, not the trigger: another process can delete it at once. */
static long param_add(struct netlink_ext_ack *extack)
{
	struct sigtrail_trigger_spec spec = {
		.offset = offset,
		.skip = skip,
		.per = SIGTRAIL_TRIGGER_PER_NAME,
		.rate = SIGTRAIL_TRIGGER_RATE_DEFAULT,
	};
	struct sigtrail_trigger *t;
	long id = sigtrail_trigger_spec_set_names(&spec, symbol, target_name,
						  extack);

	if (id)
		return id;
	mutex_lock(&sigtrail_trigger_table_mutex);
	t = sigtrail_trigger_table_add(&spec, extack);
	id = IS_ERR(t) ? PTR_ERR(t) : t->id;
	mutex_unlock(&sigtrail_trigger_table_mutex);

	return id;
}

/* Adds the trigger of the parameters, if there is one. */
static int param_trigger(void)
{
	char where[SIGTRAIL_ESCAPED(SIGTRAIL_TRIGGER_SYMBOL_LEN)];
	char who[SIGTRAIL_ESCAPED(SIGTRAIL_TRIGGER_NAME_LEN)];
	struct netlink_ext_ack extack = {};
	long id;

	if (!target_name && !symbol && !offset && !skip)
		return 0;
	if (!target_name || !symbol) {
		pr_err("a trigger needs both target_name= and symbol=\n");
		return -EINVAL;
	}

	id = param_add(&extack);
	sigtrail_escape(where, symbol, SIGTRAIL_TRIGGER_SYMBOL_LEN);
	sigtrail_escape(who, target_name, SIGTRAIL_TRIGGER_NAME_LEN);
	if (id < 0) {
		pr_err("no trigger on %s+0x%x for %s: %s (%ld)\n", where,
		       offset, who, extack._msg ?: "out of memory", id);
		return id;
	}
	pr_info("trigger %ld on %s+0x%x for %s, skip %u\n", id, where, offset,
		who, skip);
	return 0;
}

/*
 * In this order: no task can register; no probe hits, and queued notices are
 * sent; no command runs; no work runs. Then nothing can send a signal.
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

	/* Other processes can add triggers already: all of them are removed. */
	err = param_trigger();
	if (err) {
		trigger_close();
		return err;
	}
	/* Last: if loading failed after this, a file could be open. */
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
MODULE_DESCRIPTION("sigtrail: notices when a process calls a kernel function");
