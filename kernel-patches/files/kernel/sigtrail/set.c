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
#include "line.h"

/**
 * struct sigtrail_switch - a switch that can be changed at run time
 * @name: its name
 * @value: its value; NULL: the static branch has it
 * @words: of its values, up to a NULL; NULL: they are numbers
 */
struct sigtrail_switch {
	const char *name;
	int *value;
	const char * const *words;
};

#define SIGTRAIL_SWITCH(attr, flag) \
	[(attr) - SIGTRAIL_ATTR_ENABLE] = { #flag, &sigtrail_switches.flag }
#define SIGTRAIL_SWITCH_OF_WORDS(attr, flag)				\
	[(attr) - SIGTRAIL_ATTR_ENABLE] = {				\
		#flag, &sigtrail_switches.flag, sigtrail_##flag##_words	\
	}

static const struct sigtrail_switch sigtrail_switch_table[] = {
	[0] = { "enable" },
	SIGTRAIL_SWITCH_OF_WORDS(SIGTRAIL_ATTR_PRINTK, printk),
	SIGTRAIL_SWITCH(SIGTRAIL_ATTR_PRINTK_RATE, printk_rate),
	SIGTRAIL_SWITCH(SIGTRAIL_ATTR_SIGCHLD, sigchld),
	SIGTRAIL_SWITCH(SIGTRAIL_ATTR_SIGALRM, sigalrm),
	SIGTRAIL_SWITCH(SIGTRAIL_ATTR_SIGURG, sigurg),
	SIGTRAIL_SWITCH(SIGTRAIL_ATTR_KTHREAD, kthread),
	SIGTRAIL_SWITCH_OF_WORDS(SIGTRAIL_ATTR_EXITS, exits),
};

static const struct sigtrail_switch *sigtrail_switch_of(int attr)
{
	return &sigtrail_switch_table[attr - SIGTRAIL_ATTR_ENABLE];
}

/*
 * Serializes changes at run time: that of the static branch may sleep, and records
 * are in the order of the changes.
 */
static DEFINE_MUTEX(sigtrail_switch_mutex);

static void sigtrail_switch_enable(bool on)
{
	if (on) {
		/* Meanwhile some hooks are still off. */
		sigtrail_exit_begin(U64_MAX);
		static_branch_enable(&sigtrail_enabled);
		sigtrail_exit_begin(local_clock());
	} else {
		static_branch_disable(&sigtrail_enabled);
	}
}

/**
 * sigtrail_switch_get - the value of a switch
 * @attr: its attribute
 *
 * Return: the value.
 */
int sigtrail_switch_get(int attr)
{
	int *value = sigtrail_switch_of(attr)->value;

	return value ? READ_ONCE(*value) : sigtrail_switch_enabled();
}

/**
 * sigtrail_switch_words - the words of a switch
 * @attr: its attribute
 *
 * Return: the words of its values, up to a NULL; NULL if they are numbers.
 */
const char * const *sigtrail_switch_words(int attr)
{
	return sigtrail_switch_of(attr)->words;
}

/**
 * sigtrail_switch_text - a switch with a value, as text
 * @text: gets it, of SIGTRAIL_TEXT_LEN bytes
 * @attr: the attribute of the switch
 * @value: the value
 */
void sigtrail_switch_text(char *text, int attr, int value)
{
	const struct sigtrail_switch *which = sigtrail_switch_of(attr);

	if (which->words)
		scnprintf(text, SIGTRAIL_TEXT_LEN, "%s=%s", which->name,
			  which->words[value]);
	else
		scnprintf(text, SIGTRAIL_TEXT_LEN, "%s=%d", which->name, value);
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
			WRITE_ONCE(*sigtrail_switch_of(attr)->value, value);
		sigtrail_generation_next();
		if (turned_on)
			sigtrail_switch_record(attr, value);
	}
	mutex_unlock(&sigtrail_switch_mutex);
}
