// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the lines that are printed.
 *
 *	Signal :: (reboot 1286) --[15]--> (procd 1)
 *	Mark :: (sh 1290) before the upgrade
 *	Reboot :: (procd 1) restart; parent (swapper/0 0)
 *
 * The hook prints with a siglock held, so it is deferred: the console is served
 * later, with the hook's own time stamp.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/printk.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "internal.h"

#define SIGTRAIL_SIGNAL_LINE KERN_INFO "Signal :: (%s %u) --[%u]--> (%s %u)\n"
#define SIGTRAIL_HELD_BACK_LINE KERN_INFO "sigtrail: held back %llu lines\n"

/* Protects the budget; interrupts off. */
static DEFINE_RAW_SPINLOCK(sigtrail_print_lock);
struct sigtrail_print_budget sigtrail_print_budget;

static void sigtrail_held_back_work(struct work_struct *work)
{
	sigtrail_print_held_back();
}

static DECLARE_DELAYED_WORK(sigtrail_held_back_say, sigtrail_held_back_work);

static bool sigtrail_is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && !strchr("()[]\\\"", c);
}

/**
 * sigtrail_escape - make a name or a text safe to print
 * @to: room for SIGTRAIL_ESCAPED(@size) bytes
 * @from: the name or text
 * @size: bytes that it has at the most, the NUL included
 *
 * A process chooses its name. What could end the line, move a terminal's
 * cursor or pass for one of the line's own brackets is printed as \xNN.
 *
 * Return: @to.
 */
char *sigtrail_escape(char *to, const char *from, int size)
{
	static const char digits[] = "0123456789abcdef";
	char *p = to;
	int i;

	for (i = 0; i < size - 1 && from[i]; i++) {
		unsigned char c = from[i];

		if (sigtrail_is_plain(c)) {
			*p++ = c;
		} else {
			*p++ = '\\';
			*p++ = 'x';
			*p++ = digits[c >> 4];
			*p++ = digits[c & 15];
		}
	}
	*p = '\0';
	return to;
}
EXPORT_SYMBOL_GPL(sigtrail_escape);

/* What is to be said of them, once. */
static u64 sigtrail_held_back_unsaid(struct sigtrail_print_budget *budget)
{
	u64 lines = budget->held_back - budget->held_back_said;

	budget->held_back_said = budget->held_back;
	return lines;
}

static void sigtrail_say_held_back(u64 lines)
{
	if (lines)
		printk_deferred(SIGTRAIL_HELD_BACK_LINE, lines);
}

/**
 * sigtrail_print_admit - is a line to be printed, and may it in this second?
 * @now: ns of local_clock()
 *
 * What was held back is said with the next line that may be printed, or a
 * second after the first that was not.
 *
 * Context: any but NMI.
 * Return: whether to print it; one that is held back is counted.
 */
bool sigtrail_print_admit(u64 now)
{
	struct sigtrail_print_budget *budget = &sigtrail_print_budget;
	u64 unsaid = 0;
	unsigned long flags;
	bool admitted;

	if (!sigtrail_print_wanted())
		return false;

	raw_spin_lock_irqsave(&sigtrail_print_lock, flags);
	/* The clocks of two CPUs may differ, so that @now can be earlier. */
	if ((s64)(now - budget->second) >= (s64)NSEC_PER_SEC) {
		budget->second = now;
		budget->lines = 0;
	}
	admitted = budget->lines < READ_ONCE(sigtrail_switches.printk_rate);
	if (admitted) {
		budget->lines++;
		unsaid = sigtrail_held_back_unsaid(budget);
	} else {
		budget->held_back++;
	}
	raw_spin_unlock_irqrestore(&sigtrail_print_lock, flags);

	sigtrail_say_held_back(unsaid);
	if (!admitted)
		schedule_delayed_work(&sigtrail_held_back_say, HZ);
	return admitted;
}

/**
 * sigtrail_print_held_back - say now what was held back and not said yet
 *
 * Context: any but NMI.
 */
void sigtrail_print_held_back(void)
{
	unsigned long flags;
	u64 unsaid;

	raw_spin_lock_irqsave(&sigtrail_print_lock, flags);
	unsaid = sigtrail_held_back_unsaid(&sigtrail_print_budget);
	raw_spin_unlock_irqrestore(&sigtrail_print_lock, flags);

	sigtrail_say_held_back(unsaid);
}

/**
 * sigtrail_held_back_count - lines not printed for the rate limit
 *
 * Return: how many, since boot.
 */
u64 sigtrail_held_back_count(void)
{
	unsigned long flags;
	u64 count;

	raw_spin_lock_irqsave(&sigtrail_print_lock, flags);
	count = sigtrail_print_budget.held_back;
	raw_spin_unlock_irqrestore(&sigtrail_print_lock, flags);

	return count;
}

static char *sigtrail_name_escape(char *to, const char *name)
{
	return sigtrail_escape(to, name, SIGTRAIL_NAME_LEN);
}

/**
 * sigtrail_print_signal - print a signal's line
 * @rec: its record
 *
 * Context: any but NMI.
 */
void sigtrail_print_signal(const struct sigtrail_record *rec)
{
	bool by_kernel = rec->flags & SIGTRAIL_FLAG_KERNEL;
	char sender[SIGTRAIL_ESCAPED(SIGTRAIL_NAME_LEN)];
	char target[SIGTRAIL_ESCAPED(SIGTRAIL_NAME_LEN)];

	printk_deferred(SIGTRAIL_SIGNAL_LINE,
			by_kernel ? "kernel" :
			sigtrail_name_escape(sender, rec->sender.name),
			by_kernel ? 0 : rec->sender.pid, rec->signal,
			sigtrail_name_escape(target, rec->target.name),
			rec->target.pid);
}

/**
 * sigtrail_print_mark - print a mark's line
 * @rec: its record
 *
 * Context: task context.
 */
void sigtrail_print_mark(const struct sigtrail_record *rec)
{
	char sender[SIGTRAIL_ESCAPED(SIGTRAIL_NAME_LEN)];
	char text[SIGTRAIL_ESCAPED(SIGTRAIL_TEXT_LEN)];

	pr_info("Mark :: (%s %u) %s\n",
		sigtrail_name_escape(sender, rec->sender.name), rec->sender.pid,
		sigtrail_escape(text, rec->text, SIGTRAIL_TEXT_LEN));
}

/**
 * sigtrail_print_reboot - print who called reboot(2)
 * @rec: the record of it
 *
 * Context: task context.
 */
void sigtrail_print_reboot(const struct sigtrail_record *rec)
{
	static const char * const words[] = {
		[SIGTRAIL_REBOOT_RESTART] = "restart",
		[SIGTRAIL_REBOOT_HALT] = "halt",
		[SIGTRAIL_REBOOT_POWER_OFF] = "power_off",
	};
	char sender[SIGTRAIL_ESCAPED(SIGTRAIL_NAME_LEN)];
	char parent[SIGTRAIL_ESCAPED(SIGTRAIL_NAME_LEN)];
	const char *word = "reboot";

	if (rec->reboot_code < ARRAY_SIZE(words) && words[rec->reboot_code])
		word = words[rec->reboot_code];
	pr_info("Reboot :: (%s %u) %s; parent (%s %u)\n",
		sigtrail_name_escape(sender, rec->sender.name), rec->sender.pid,
		word, sigtrail_name_escape(parent, rec->parent.name),
		rec->parent.pid);
}
