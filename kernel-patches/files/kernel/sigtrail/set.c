// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: changes of the switches at run time, by /proc and by netlink. Each has a
 * record with who made it: "enable=0; kill; enable=1" leaves a trace.
 */
#include <linux/jump_label.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/sched/clock.h>
#include <linux/string.h>

#include "internal.h"
#include "sender.h"

/**
 * struct sigtrail_switch - a switch that can be changed at run time
 * @name: its name
 * @value: its value; NULL: the static branch has it
 */
struct sigtrail_switch {
	const char *name;
	int *value;
};

#define SIGTRAIL_SWITCH(attr, flag) \
	[(attr) - SIGTRAIL_ATTR_ENABLE] = { #flag, &sigtrail_switches.flag }

static const struct sigtrail_switch sigtrail_switch_table[] = {
	[0] = { "enable" },
	SIGTRAIL_SWITCH(SIGTRAIL_ATTR_PRINTK, printk),
	SIGTRAIL_SWITCH(SIGTRAIL_ATTR_PRINTK_RATE, printk_rate),
	SIGTRAIL_SWITCH(SIGTRAIL_ATTR_SIGCHLD, sigchld),
	SIGTRAIL_SWITCH(SIGTRAIL_ATTR_SIGALRM, sigalrm),
	SIGTRAIL_SWITCH(SIGTRAIL_ATTR_SIGURG, sigurg),
	SIGTRAIL_SWITCH(SIGTRAIL_ATTR_KTHREAD, kthread),
};

/*
 * Serializes changes at run time: that of the static branch may sleep, and records
 * are in the order of the changes.
 */
static DEFINE_MUTEX(sigtrail_switch_mutex);

static void sigtrail_switch_enable(bool on)
{
	if (on)
		static_branch_enable(&sigtrail_enabled);
	else
		static_branch_disable(&sigtrail_enabled);
}

/**
 * sigtrail_switch_get - the value of a switch
 * @attr: its attribute
 *
 * Return: the value.
 */
int sigtrail_switch_get(int attr)
{
	int *value = sigtrail_switch_table[attr - SIGTRAIL_ATTR_ENABLE].value;

	return value ? READ_ONCE(*value) : sigtrail_switch_enabled();
}

/**
 * sigtrail_switch_text - a switch with a value, as text
 * @text: gets it, of SIGTRAIL_TEXT_LEN bytes
 * @attr: the attribute of the switch
 * @value: the value
 */
void sigtrail_switch_text(char *text, int attr, int value)
{
	const char *name = sigtrail_switch_table[attr - SIGTRAIL_ATTR_ENABLE].name;

	if (attr == SIGTRAIL_ATTR_PRINTK)
		scnprintf(text, SIGTRAIL_TEXT_LEN, "%s=%s", name,
			  sigtrail_printk_words[value]);
	else
		scnprintf(text, SIGTRAIL_TEXT_LEN, "%s=%d", name, value);
}

static void sigtrail_switch_record(int attr, int value)
{
	struct sigtrail_record rec;

	memset(&rec, 0, sizeof(rec));
	rec.time = local_clock();
	rec.kind = SIGTRAIL_KIND_SWITCH;
	sigtrail_switch_text(rec.text, attr, value);
	sigtrail_caller_fill(&rec);
	sigtrail_record_add(SIGTRAIL_SHARE_COMMON, &rec);
}

/**
 * sigtrail_switch_set - change a switch, and record that current did
 * @attr: its attribute
 * @value: its new value, already checked; if it is the old one, nothing is done
 *
 * Also recorded while capture is off. The signals that have no record are those
 * between "enable=0" and "enable=1".
 *
 * Context: task context, may sleep.
 */
void sigtrail_switch_set(int attr, int value)
{
	bool turned_on = attr == SIGTRAIL_ATTR_ENABLE && value;

	mutex_lock(&sigtrail_switch_mutex);
	if (sigtrail_switch_get(attr) != value) {
		if (!turned_on)
			sigtrail_switch_record(attr, value);
		if (attr == SIGTRAIL_ATTR_ENABLE)
			sigtrail_switch_enable(value);
		else
			WRITE_ONCE(*sigtrail_switch_table[attr - SIGTRAIL_ATTR_ENABLE].value,
				   value);
		sigtrail_generation_next();
		if (turned_on)
			sigtrail_switch_record(attr, value);
	}
	mutex_unlock(&sigtrail_switch_mutex);
}
