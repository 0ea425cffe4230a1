// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the begin of shutdown, and calls of reboot(2).
 *
 * Once shutdown has begun, printk mode "auto" prints again: the log daemon ends
 * long before the last signals are sent.
 */
#include <linux/compiler.h>
#include <linux/init.h>
#include <linux/limits.h>
#include <linux/notifier.h>
#include <linux/reboot.h>
#include <linux/sched/clock.h>
#include <linux/signal.h>
#include <linux/string.h>

#include "internal.h"
#include "line.h"

static_assert((int)SIGTRAIL_REBOOT_RESTART == SYS_RESTART);
static_assert((int)SIGTRAIL_REBOOT_HALT == SYS_HALT);
static_assert((int)SIGTRAIL_REBOOT_POWER_OFF == SYS_POWER_OFF);

/**
 * sigtrail_shutdown_begin - shutdown begins now
 *
 * Context: any.
 */
void sigtrail_shutdown_begin(void)
{
	WRITE_ONCE(sigtrail_state.shutdown, true);
	sigtrail_generation_next();
}

/**
 * sigtrail_shutdown_starts - does shutdown begin with this signal?
 * @sig: its number
 * @outcome: enum sigtrail_outcome
 * @to_init: the target is init
 * @from_init: init sent it
 * @type: PIDTYPE_MAX for kill(-1)
 *
 * It does with a signal that asks BusyBox's or procd's init to reboot, halt or
 * power off (Ctrl-Alt-Del is SIGINT, power failure SIGPWR), and with init's
 * kill-all.
 *
 * Return: whether it does.
 */
bool sigtrail_shutdown_starts(int sig, int outcome, bool to_init,
			      bool from_init, enum pid_type type)
{
	if (from_init && type == PIDTYPE_MAX)
		return sig == SIGTERM || sig == SIGKILL;
	if (!to_init || outcome == SIGTRAIL_OUTCOME_IGNORED)
		return false;
	switch (sig) {
	case SIGTERM:
	case SIGINT:
	case SIGUSR1:
	case SIGUSR2:
	case SIGPWR:
		return true;
	default:
		return false;
	}
}

static int sigtrail_reboot_notify(struct notifier_block *nb,
				  unsigned long code, void *cmd)
{
	struct sigtrail_record rec;

	sigtrail_shutdown_begin();
	sigtrail_print_held_back();
	if (!sigtrail_switch_enabled())
		return NOTIFY_DONE;

	memset(&rec, 0, sizeof(rec));
	rec.time = local_clock();
	rec.kind = SIGTRAIL_KIND_REBOOT;
	rec.reboot_code = code;
	rec.survivors = sigtrail_survivors_count();
	if (cmd)
		strscpy(rec.text, cmd, sizeof(rec.text));
	sigtrail_caller_fill(&rec);
	if (sigtrail_print_wanted())
		rec.flags |= SIGTRAIL_FLAG_PRINTED;
	sigtrail_record_add(SIGTRAIL_SHARE_COMMON, &rec);
	/* Without a black box the reset clears the ring; pstore can have the line. */
	if (rec.flags & SIGTRAIL_FLAG_PRINTED)
		sigtrail_print_reboot(&rec);
	sigtrail_survivors_record();
	return NOTIFY_DONE;
}

static struct notifier_block sigtrail_reboot_notifier = {
	.notifier_call = sigtrail_reboot_notify,
	.priority = INT_MAX,
};

static int __init sigtrail_shutdown_init(void)
{
	return register_reboot_notifier(&sigtrail_reboot_notifier);
}
core_initcall(sigtrail_shutdown_init);
