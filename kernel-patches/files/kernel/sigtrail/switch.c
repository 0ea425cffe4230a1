// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the switches, also as boot parameters (sigtrail.NAME=), and the state
 * that hooks read.
 */
#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

#include "internal.h"

DEFINE_STATIC_KEY_TRUE(sigtrail_enabled);

struct sigtrail_state sigtrail_state;

/*
 * In a cache line of its own: each exec() and each exit write it, on any CPU. It
 * wraps around: what has not been looked at for 2 ^ 32 of them can seem unchanged.
 */
atomic_t sigtrail_generation ____cacheline_aligned_in_smp = ATOMIC_INIT(0);

struct sigtrail_switches sigtrail_switches = {
	.printk = SIGTRAIL_PRINTK_AUTO,
	.printk_rate = 200,
	.exits = SIGTRAIL_EXITS_SERVICES,
};

/* The words of enum sigtrail_printk. */
const char * const sigtrail_printk_words[] = {
	[SIGTRAIL_PRINTK_OFF] = "off",
	[SIGTRAIL_PRINTK_AUTO] = "auto",
	[SIGTRAIL_PRINTK_ALWAYS] = "always",
	NULL
};

/* Those of enum sigtrail_exits. */
const char * const sigtrail_exits_words[] = {
	[SIGTRAIL_EXITS_SIGNALLED] = "signalled",
	[SIGTRAIL_EXITS_SERVICES] = "services",
	[SIGTRAIL_EXITS_ALL] = "all",
	NULL
};

/**
 * sigtrail_switch_enabled - is capture on?
 *
 * Return: whether it is.
 */
bool sigtrail_switch_enabled(void)
{
	return static_key_enabled(&sigtrail_enabled);
}

/*
 * When parameters are parsed, some architectures cannot change jump labels yet.
 * An initcall applies this one.
 */
static bool sigtrail_enable_at_boot = true;
module_param_named(enable, sigtrail_enable_at_boot, bool, 0);
MODULE_PARM_DESC(enable, "capture from the start");

/**
 * struct sigtrail_word_param - a parameter whose values are words
 * @words: up to a NULL
 * @value: of the switch
 */
struct sigtrail_word_param {
	const char * const *words;
	int *value;
};

static int sigtrail_word_param_set(const char *val,
				   const struct kernel_param *kp)
{
	const struct sigtrail_word_param *param = kp->arg;
	int value = __sysfs_match_string(param->words, -1, val);

	if (value < 0)
		return value;
	WRITE_ONCE(*param->value, value);
	return 0;
}

static const struct kernel_param_ops sigtrail_word_param_ops = {
	.set = sigtrail_word_param_set,
};

static struct sigtrail_word_param sigtrail_printk_param = {
	sigtrail_printk_words, &sigtrail_switches.printk
};

static struct sigtrail_word_param sigtrail_exits_param = {
	sigtrail_exits_words, &sigtrail_switches.exits
};

module_param_cb(printk, &sigtrail_word_param_ops, &sigtrail_printk_param, 0);
MODULE_PARM_DESC(printk, "off, auto or always");
module_param_cb(exits, &sigtrail_word_param_ops, &sigtrail_exits_param, 0);
MODULE_PARM_DESC(exits, "signalled, services or all");

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
MODULE_PARM_DESC(printk_rate, "lines per second, and a burst of 8 times as many");

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

static int __init sigtrail_switch_init(void)
{
	if (!sigtrail_enable_at_boot)
		static_branch_disable(&sigtrail_enabled);
	return 0;
}
core_initcall(sigtrail_switch_init);
