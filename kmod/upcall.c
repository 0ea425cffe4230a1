// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: a program that is started when the module loads.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": upcall: " fmt

#include <linux/errno.h>
#include <linux/printk.h>
#include <linux/sigtrail.h>
#include <linux/umh.h>

#include "trigger.h"

/* Bytes of the path that the log shows, the NUL included. */
#define HELPER_SHOWN 128

#ifdef CONFIG_STATIC_USERMODEHELPER
#define UPCALL_BY CONFIG_STATIC_USERMODEHELPER_PATH
#else
#define UPCALL_BY NULL
#endif

/**
 * sigtrail_trigger_upcall - start a program, and say in the log what came of it
 * @path: the program
 *
 * A kernel can be built to start one program of its own in place of any other
 * (CONFIG_STATIC_USERMODEHELPER), or none, and then reports success all the
 * same. So does any kernel that is to start the empty path.
 *
 * Context: may sleep.
 */
void sigtrail_trigger_upcall(char *path)
{
	static char *env[3] = {
		"HOME=/", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL
	};
	const char *by = UPCALL_BY;
	char shown[SIGTRAIL_ESCAPED(HELPER_SHOWN)];
	char *args[2] = { path, NULL };
	int err;

	if (!*path) {
		pr_warn("helper= has no path: nothing is started\n");
		return;
	}
	sigtrail_escape(shown, path, HELPER_SHOWN);
	if (by && !*by) {
		pr_warn("disabled in this kernel, whose static usermode helper is empty: %s is not started\n",
			shown);
		return;
	}

	err = call_usermodehelper(path, args, env, UMH_WAIT_EXEC);
	if (err == -EBUSY)
		pr_warn("disabled at present, as in suspend and shutdown: %s is not started\n",
			shown);
	else if (err)
		pr_warn("%s cannot be started: error %d\n", by ?: shown, err);
	else if (by)
		pr_info("%s is started for %s\n", by, shown);
	else
		pr_info("%s is started\n", shown);
}
