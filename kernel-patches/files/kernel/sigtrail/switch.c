// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the switches, as boot parameters (sigtrail.NAME=) and as
 * /proc/sys/kernel/sigtrail/NAME, and the state that hooks read.
 */
#include <linux/capability.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/sysctl.h>

#include "compat.h"
#include "internal.h"

DEFINE_STATIC_KEY_TRUE(sigtrail_enabled);

struct sigtrail_state sigtrail_state;

struct sigtrail_switches sigtrail_switches = {
	.printk = SIGTRAIL_PRINTK_AUTO,
	.printk_rate = 200,
};

/* The words of enum sigtrail_printk. */
static const char * const sigtrail_printk_words[] = {
	[SIGTRAIL_PRINTK_OFF] = "off",
	[SIGTRAIL_PRINTK_AUTO] = "auto",
	[SIGTRAIL_PRINTK_ALWAYS] = "always",
};

static int sigtrail_printk_rate_max = SIGTRAIL_PRINTK_RATE_MAX;

/* Serializes changes of the static branch: they may sleep. */
static DEFINE_MUTEX(sigtrail_switch_mutex);

/**
 * sigtrail_switch_enabled - is capture on?
 *
 * Return: whether it is.
 */
bool sigtrail_switch_enabled(void)
{
	return static_key_enabled(&sigtrail_enabled);
}

/**
 * sigtrail_switch_enable - switch capture on or off
 * @on: true for on
 *
 * Context: may sleep.
 */
void sigtrail_switch_enable(bool on)
{
	mutex_lock(&sigtrail_switch_mutex);
	if (on)
		static_branch_enable(&sigtrail_enabled);
	else
		static_branch_disable(&sigtrail_enabled);
	mutex_unlock(&sigtrail_switch_mutex);
}

/*
 * When parameters are parsed, some architectures cannot change jump labels yet.
 * An initcall applies this one.
 */
static bool sigtrail_enable_at_boot = true;
module_param_named(enable, sigtrail_enable_at_boot, bool, 0);
MODULE_PARM_DESC(enable, "capture from the start");

static int sigtrail_printk_param_set(const char *val,
				     const struct kernel_param *kp)
{
	int mode = sysfs_match_string(sigtrail_printk_words, val);

	if (mode < 0)
		return mode;
	WRITE_ONCE(sigtrail_switches.printk, mode);
	return 0;
}

static const struct kernel_param_ops sigtrail_printk_param_ops = {
	.set = sigtrail_printk_param_set,
};

module_param_cb(printk, &sigtrail_printk_param_ops, NULL, 0);
MODULE_PARM_DESC(printk, "off, auto or always");

static int sigtrail_printk_rate_param_set(const char *val,
					  const struct kernel_param *kp)
{
	unsigned int rate;
	int err = kstrtouint(val, 0, &rate);

	if (err)
		return err;
	if (rate > SIGTRAIL_PRINTK_RATE_MAX)
		return -EINVAL;
	WRITE_ONCE(*(int *)kp->arg, rate);
	return 0;
}

static const struct kernel_param_ops sigtrail_printk_rate_param_ops = {
	.set = sigtrail_printk_rate_param_set,
};

module_param_cb(printk_rate, &sigtrail_printk_rate_param_ops,
		&sigtrail_switches.printk_rate, 0);
MODULE_PARM_DESC(printk_rate, "maximum of lines per second");

static int sigtrail_flag_param_set(const char *val,
				   const struct kernel_param *kp)
{
	bool on;
	int err = kstrtobool(val, &on);

	if (!err)
		WRITE_ONCE(*(int *)kp->arg, on);
	return err;
}

static const struct kernel_param_ops sigtrail_flag_param_ops = {
	.set = sigtrail_flag_param_set,
};

module_param_cb(sigchld, &sigtrail_flag_param_ops,
		&sigtrail_switches.sigchld, 0);
MODULE_PARM_DESC(sigchld, "record SIGCHLD");
module_param_cb(sigalrm, &sigtrail_flag_param_ops,
		&sigtrail_switches.sigalrm, 0);
MODULE_PARM_DESC(sigalrm, "record SIGALRM");
module_param_cb(sigurg, &sigtrail_flag_param_ops,
		&sigtrail_switches.sigurg, 0);
MODULE_PARM_DESC(sigurg, "record SIGURG by tgkill within one process");
module_param_cb(kthread, &sigtrail_flag_param_ops,
		&sigtrail_switches.kthread, 0);
MODULE_PARM_DESC(kthread, "record what kernel threads ignore");

#ifdef CONFIG_SYSCTL
/*
 * As for the family's commands: root without the capability may not. A handler
 * cannot ask about the opener, so the mode keeps other users from opening a file
 * and having a privileged program write to it.
 */
static bool sigtrail_sysctl_allowed(int write)
{
	return !write || capable(CAP_NET_ADMIN);
}

static int sigtrail_number_sysctl(SIGTRAIL_SYSCTL_CONST struct ctl_table *table,
				  int write, void *buffer, size_t *lenp,
				  loff_t *ppos)
{
	if (!sigtrail_sysctl_allowed(write))
		return -EPERM;
	return proc_dointvec_minmax(table, write, buffer, lenp, ppos);
}

static int sigtrail_enable_sysctl(SIGTRAIL_SYSCTL_CONST struct ctl_table *table,
				  int write, void *buffer, size_t *lenp,
				  loff_t *ppos)
{
	struct ctl_table copy = *table;
	int on = sigtrail_switch_enabled();
	int err;

	if (!sigtrail_sysctl_allowed(write))
		return -EPERM;

	copy.data = &on;
	err = proc_dointvec_minmax(&copy, write, buffer, lenp, ppos);
	if (!err && write)
		sigtrail_switch_enable(on);
	return err;
}

static int sigtrail_printk_sysctl(SIGTRAIL_SYSCTL_CONST struct ctl_table *table,
				  int write, void *buffer, size_t *lenp,
				  loff_t *ppos)
{
	struct ctl_table copy = *table;
	char word[8];
	int mode, err;

	if (!sigtrail_sysctl_allowed(write))
		return -EPERM;

	mode = READ_ONCE(sigtrail_switches.printk);
	strscpy(word, sigtrail_printk_words[mode], sizeof(word));
	copy.data = word;
	copy.maxlen = sizeof(word);
	err = proc_dostring(&copy, write, buffer, lenp, ppos);
	if (err || !write)
		return err;

	mode = sysfs_match_string(sigtrail_printk_words, word);
	if (mode < 0)
		return mode;
	WRITE_ONCE(sigtrail_switches.printk, mode);
	return 0;
}

#define SIGTRAIL_SYSCTL_FLAG(flag) {				\
	.procname = #flag,					\
	.data = &sigtrail_switches.flag,			\
	.maxlen = sizeof(int),					\
	.mode = 0644,						\
	.proc_handler = sigtrail_number_sysctl,			\
	.extra1 = SYSCTL_ZERO,					\
	.extra2 = SYSCTL_ONE,					\
}

static struct ctl_table sigtrail_sysctls[] = {
	{
		.procname = "enable",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = sigtrail_enable_sysctl,
		.extra1 = SYSCTL_ZERO,
		.extra2 = SYSCTL_ONE,
	},
	{
		.procname = "printk",
		.mode = 0644,
		.proc_handler = sigtrail_printk_sysctl,
	},
	{
		.procname = "printk_rate",
		.data = &sigtrail_switches.printk_rate,
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = sigtrail_number_sysctl,
		.extra1 = SYSCTL_ZERO,
		.extra2 = &sigtrail_printk_rate_max,
	},
	SIGTRAIL_SYSCTL_FLAG(sigchld),
	SIGTRAIL_SYSCTL_FLAG(sigalrm),
	SIGTRAIL_SYSCTL_FLAG(sigurg),
	SIGTRAIL_SYSCTL_FLAG(kthread),
	SIGTRAIL_SYSCTL_END
};

static void __init sigtrail_sysctl_init(void)
{
	register_sysctl("kernel/sigtrail", sigtrail_sysctls);
}
#else
static void __init sigtrail_sysctl_init(void)
{
}
#endif

static int __init sigtrail_switch_init(void)
{
	if (!sigtrail_enable_at_boot)
		sigtrail_switch_enable(false);
	sigtrail_sysctl_init();
	return 0;
}
core_initcall(sigtrail_switch_init);
