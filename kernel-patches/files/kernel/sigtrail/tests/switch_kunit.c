// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite: the text of a record of a switch.
 */
#include <kunit/test.h>

#include "../internal.h"

static void switch_text_has_name_and_value(struct kunit *test)
{
	static const struct {
		int attr;
		int value;
		const char *text;
	} cases[] = {
		{ SIGTRAIL_ATTR_ENABLE, 0, "enable=0" },
		{ SIGTRAIL_ATTR_PRINTK, SIGTRAIL_PRINTK_OFF, "printk=off" },
		{ SIGTRAIL_ATTR_PRINTK, SIGTRAIL_PRINTK_ALWAYS,
		  "printk=always" },
		{ SIGTRAIL_ATTR_PRINTK_RATE, SIGTRAIL_PRINTK_RATE_MAX,
		  "printk_rate=10000" },
		{ SIGTRAIL_ATTR_SIGCHLD, 1, "sigchld=1" },
		{ SIGTRAIL_ATTR_SIGALRM, 1, "sigalrm=1" },
		{ SIGTRAIL_ATTR_SIGURG, 1, "sigurg=1" },
		{ SIGTRAIL_ATTR_KTHREAD, 0, "kthread=0" },
		{ SIGTRAIL_ATTR_EXITS, SIGTRAIL_EXITS_SIGNALLED,
		  "exits=signalled" },
		{ SIGTRAIL_ATTR_EXITS, SIGTRAIL_EXITS_ALL, "exits=all" },
	};
	char text[SIGTRAIL_TEXT_LEN];
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		sigtrail_switch_text(text, cases[i].attr, cases[i].value);
		KUNIT_EXPECT_STREQ(test, text, cases[i].text);
	}
}

static struct kunit_case switch_cases[] = {
	KUNIT_CASE(switch_text_has_name_and_value),
	{ }
};

static struct kunit_suite switch_suite = {
	.name = "sigtrail_switch",
	.test_cases = switch_cases,
};

kunit_test_suite(switch_suite);
