// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the switches as /proc/sys/kernel/sigtrail/NAME.
 */
#include <linux/capability.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/sysctl.h>

#include "compat.h"
#include "internal.h"

static int sigtrail_printk_rate_max = SIGTRAIL_PRINTK_RATE_MAX;

/*
 * As for the family's commands: root without the capability may not. A handler
 * cannot ask about the opener, so the mode keeps other users from opening a file
 * and having a privileged program write to it.
 */
static bool sigtrail_sysctl_allowed(int write)
{
	return !write || capable(CAP_NET_ADMIN);
}

/* The attribute of a file's switch. */
static int sigtrail_sysctl_attr(const struct ctl_table *table)
{
	return (uintptr_t)table->data;
}

static int sigtrail_number_sysctl(SIGTRAIL_SYSCTL_CONST struct ctl_table *table,
				  int write, void *buffer, size_t *lenp,
				  loff_t *ppos)
{
	int attr = sigtrail_sysctl_attr(table);
	int value = sigtrail_switch_get(attr);
	struct ctl_table copy = *table;
	int err;

	if (!sigtrail_sysctl_allowed(write))
		return -EPERM;

	copy.data = &value;
	copy.maxlen = sizeof(value);
	err = proc_dointvec_minmax(&copy, write, buffer, lenp, ppos);
	if (!err && write)
		sigtrail_switch_set(attr, value);
	return err;
}

static int sigtrail_word_sysctl(SIGTRAIL_SYSCTL_CONST struct ctl_table *table,
				int write, void *buffer, size_t *lenp,
				loff_t *ppos)
{
	int attr = sigtrail_sysctl_attr(table);
	const char * const *words = sigtrail_switch_words(attr);
	struct ctl_table copy = *table;
	char word[16];
	int value, err;

	if (!sigtrail_sysctl_allowed(write))
		return -EPERM;

	strscpy(word, words[sigtrail_switch_get(attr)], sizeof(word));
	copy.data = word;
	copy.maxlen = sizeof(word);
	err = proc_dostring(&copy, write, buffer, lenp, ppos);
	if (err || !write)
		return err;

	value = __sysfs_match_string(words, -1, word);
	if (value < 0)
		return value;
	sigtrail_switch_set(attr, value);
	return 0;
}

#define SIGTRAIL_SYSCTL_NUMBER(attr, name, max) {			\
	.procname = (name),						\
	.data = (void *)(attr),						\
	.mode = 0644,							\
	.proc_handler = sigtrail_number_sysctl,				\
	.extra1 = SYSCTL_ZERO,						\
	.extra2 = (max),						\
}

#define SIGTRAIL_SYSCTL_FLAG(attr, name) \
	SIGTRAIL_SYSCTL_NUMBER(attr, name, SYSCTL_ONE)

#define SIGTRAIL_SYSCTL_WORD(attr, name) {				\
	.procname = (name),						\
	.data = (void *)(attr),						\
	.mode = 0644,							\
	.proc_handler = sigtrail_word_sysctl,				\
}

static struct ctl_table sigtrail_sysctls[] = {
	SIGTRAIL_SYSCTL_FLAG(SIGTRAIL_ATTR_ENABLE, "enable"),
	SIGTRAIL_SYSCTL_WORD(SIGTRAIL_ATTR_PRINTK, "printk"),
	SIGTRAIL_SYSCTL_NUMBER(SIGTRAIL_ATTR_PRINTK_RATE, "printk_rate",
			       &sigtrail_printk_rate_max),
	SIGTRAIL_SYSCTL_FLAG(SIGTRAIL_ATTR_SIGCHLD, "sigchld"),
	SIGTRAIL_SYSCTL_FLAG(SIGTRAIL_ATTR_SIGALRM, "sigalrm"),
	SIGTRAIL_SYSCTL_FLAG(SIGTRAIL_ATTR_SIGURG, "sigurg"),
	SIGTRAIL_SYSCTL_FLAG(SIGTRAIL_ATTR_KTHREAD, "kthread"),
	SIGTRAIL_SYSCTL_WORD(SIGTRAIL_ATTR_EXITS, "exits"),
	SIGTRAIL_SYSCTL_END
};

static int __init sigtrail_sysctl_init(void)
{
	register_sysctl("kernel/sigtrail", sigtrail_sysctls);
	return 0;
}
core_initcall(sigtrail_sysctl_init);
