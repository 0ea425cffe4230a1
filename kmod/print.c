// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: lines in the kernel log, printed by the work.
 *
 *	Trigger :: (toy 123) write #3 (0x1, 0xbefffc20, 0x5, 0x0, 0x0, 0x4)
 *	Trigger :: (toy 123) do_exit+0x10 #1
 */
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/sigtrail.h>

#include "trigger.h"

/* " (", six of "0xffffffffffffffff, ", ")" and the NUL. */
#define ARGS_TEXT (SIGTRAIL_TRIGGER_ARGS * 20 + 4)

static void args_print(char *to, const unsigned long *args)
{
	int i, n = 0;

	for (i = 0; i < SIGTRAIL_TRIGGER_ARGS; i++)
		n += scnprintf(to + n, ARGS_TEXT - n, "%s0x%lx",
			       i ? ", " : " (", args[i]);
	scnprintf(to + n, ARGS_TEXT - n, ")");
}

/**
 * sigtrail_trigger_print_held_back - print how many lines were held back, if any
 * @t: the trigger
 *
 * Context: the work, or when the trigger is removed.
 */
void sigtrail_trigger_print_held_back(struct sigtrail_trigger *t)
{
	struct sigtrail_trigger_counts counts;
	u64 unsaid;

	sigtrail_trigger_counts_read(t, &counts);
	unsaid = counts.held_back - t->held_back_said;
	if (unsaid)
		pr_info("sigtrail_trigger: held back %llu lines of trigger %u\n",
			unsaid, t->id);
	t->held_back_said = counts.held_back;
}

/**
 * sigtrail_trigger_print_notice - print a hit's line
 * @notice: the hit
 *
 * The number of lines held back is printed before it, or else within two
 * seconds.
 *
 * Context: the work.
 */
void sigtrail_trigger_print_notice(const struct sigtrail_trigger_notice *notice)
{
	struct sigtrail_trigger *t = notice->trigger;
	char name[SIGTRAIL_ESCAPED(SIGTRAIL_TRIGGER_NAME_LEN)];
	char where[ARGS_TEXT] = "";
	char args[ARGS_TEXT] = "";

	if (t->spec.offset)
		scnprintf(where, sizeof(where), "+0x%x", t->spec.offset);
	if (notice->has_args)
		args_print(args, notice->args);
	sigtrail_trigger_print_held_back(t);
	pr_info("Trigger :: (%s %u) %s%s #%llu%s\n",
		sigtrail_escape(name, notice->target_name,
				SIGTRAIL_TRIGGER_NAME_LEN),
		notice->pid, t->spec.symbol, where, notice->count, args);
}
