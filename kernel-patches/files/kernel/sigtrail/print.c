// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: lines in the kernel log.
 *
 *	Signal :: (reboot 1286) --[15]--> (procd 1)
 *	Exit :: (ubusd 95) killed by 9; 1.020345 s after its first signal to end
 *	Exit :: (dnsmasq 901) exited 1; 0.312 s after its start
 *	Mark :: (sh 1290) before the upgrade
 *	Reboot :: (procd 1) restart; parent (swapper/0 0); 2026-11-22T02:20:32Z
 *	Survivor :: (dd 1291) D in percpu_rwsem_wait; KILL pending
 *
 * A hook holds a siglock or tasklist_lock, so it prints by printk_deferred(): the
 * console shows the line later, with the time of the hook. A slow console then
 * keeps a CPU, but none of these locks.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/time.h>

#include "internal.h"

#define SIGTRAIL_SIGNAL_LINE KERN_INFO "Signal :: (%s %u) --[%u]--> (%s %u)\n"
#define SIGTRAIL_EXIT_LINE KERN_INFO "Exit :: (%s %u) %s %u%s%s\n"

static bool sigtrail_is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && !strchr("()[]\\\"", c);
}

/**
 * sigtrail_escape - make a name or a text safe to print
 * @to: buffer of SIGTRAIL_ESCAPED(@size) bytes
 * @from: the name or text
 * @size: its maximum size, with the NUL
 *
 * A process chooses its name. Bytes that could end the line, move a terminal's
 * cursor or look like the line's brackets are printed as \xNN.
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
 * sigtrail_print_exit - print an exit's line
 * @rec: its record
 *
 * Context: any but NMI, also with tasklist_lock held.
 */
void sigtrail_print_exit(const struct sigtrail_record *rec)
{
	char target[SIGTRAIL_ESCAPED(SIGTRAIL_NAME_LEN)];
	u32 signal = rec->status & 0x7f;
	char since[64] = "";
	u32 ns, ms;
	u64 s;

	if (rec->since_first >= NSEC_PER_USEC) {
		s = div_u64_rem(rec->since_first, NSEC_PER_SEC, &ns);
		snprintf(since, sizeof(since),
			 "; %llu.%06u s after its first signal to end", s,
			 ns / (u32)NSEC_PER_USEC);
	} else if (!rec->since_first && !rec->since_last && rec->run_time) {
		s = div_u64_rem(rec->run_time, MSEC_PER_SEC, &ms);
		snprintf(since, sizeof(since), "; %llu.%03u s after its start",
			 s, ms);
	}
	printk_deferred(SIGTRAIL_EXIT_LINE,
			sigtrail_name_escape(target, rec->target.name),
			rec->target.pid, signal ? "killed by" : "exited",
			signal ? signal : rec->status >> 8 & 0xff,
			signal && rec->status & 0x80 ? ", core dumped" : "",
			since);
}

/**
 * sigtrail_print_mark - print a mark's line
 * @rec: its record
 *
 * The number of lines held back comes before it, as before any line.
 *
 * Context: task context.
 */
void sigtrail_print_mark(const struct sigtrail_record *rec)
{
	char sender[SIGTRAIL_ESCAPED(SIGTRAIL_NAME_LEN)];
	char text[SIGTRAIL_ESCAPED(SIGTRAIL_TEXT_LEN)];

	sigtrail_print_held_back();
	pr_info("Mark :: (%s %u) %s\n",
		sigtrail_name_escape(sender, rec->sender.name), rec->sender.pid,
		sigtrail_escape(text, rec->text, SIGTRAIL_TEXT_LEN));
}

/**
 * sigtrail_print_reboot - print a call of reboot(2)
 * @rec: its record
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
	struct tm tm;

	if (rec->reboot_code < ARRAY_SIZE(words) && words[rec->reboot_code])
		word = words[rec->reboot_code];
	/* After a forced reboot no other line tells the date. */
	time64_to_tm(ktime_get_real_seconds(), 0, &tm);
	pr_info("Reboot :: (%s %u) %s; parent (%s %u); %04ld-%02d-%02dT%02d:%02d:%02dZ\n",
		sigtrail_name_escape(sender, rec->sender.name), rec->sender.pid,
		word, sigtrail_name_escape(parent, rec->parent.name),
		rec->parent.pid, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/**
 * sigtrail_print_survivor - print a process that is there at reboot(2)
 * @rec: its record
 *
 * Context: task context.
 */
void sigtrail_print_survivor(const struct sigtrail_record *rec)
{
	char name[SIGTRAIL_ESCAPED(SIGTRAIL_NAME_LEN)];

	pr_info("Survivor :: (%s %u) %c%s%s%s\n",
		sigtrail_name_escape(name, rec->target.name), rec->target.pid,
		rec->state, rec->text[0] ? " in " : "", rec->text,
		rec->flags & SIGTRAIL_FLAG_KILL_PENDING ? "; KILL pending" : "");
}
