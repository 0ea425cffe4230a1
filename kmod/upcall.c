// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: start a program when the module is loaded.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": upcall: " fmt

#include <linux/errno.h>
#include <linux/printk.h>
#include <linux/sigtrail.h>
#include <linux/umh.h>

#include "trigger.h"

/* Maximum size of the path in the log, with the NUL. */
#define HELPER_SHOWN 128

#ifdef CONFIG_STATIC_USERMODEHELPER
#define UPCALL_BY CONFIG_STATIC_USERMODEHELPER_PATH
#else
#define UPCALL_BY NULL
#endif

/**
 * sigtrail_trigger_upcall - start a program, and log the result
 * @path: the program
 *
 * With CONFIG_STATIC_USERMODEHELPER a kernel starts a fixed program instead of
 * @path, or none if that path is empty; it returns success then, too. Every
 * kernel returns success for an empty @path.
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
		pr_warn("helper= is empty: nothing started\n");
		return;
	}
	sigtrail_escape(shown, path, HELPER_SHOWN);
	if (by && !*by) {
		pr_warn("%s not started: disabled by an empty CONFIG_STATIC_USERMODEHELPER_PATH\n",
			shown);
		return;
	}

	err = call_usermodehelper(path, args, env, UMH_WAIT_EXEC);
	if (err == -EBUSY)
		pr_warn("%s not started: disabled now, as in suspend and shutdown\n",
			shown);
	else if (err)
		pr_warn("%s not started: error %d\n", by ?: shown, err);
	else if (by)
		pr_info("%s started, for %s\n", by, shown);
	else
		pr_info("%s started\n", shown);
}
