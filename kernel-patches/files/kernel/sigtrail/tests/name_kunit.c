// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite: escaped names.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "../internal.h"

#define ESCAPED_LEN SIGTRAIL_ESCAPED(SIGTRAIL_NAME_LEN)

/**
 * struct name_case - a name and how it is printed
 * @name: as the process set it
 * @escaped: as it is printed
 */
struct name_case {
	char name[SIGTRAIL_NAME_LEN];
	const char *escaped;
};

static const struct name_case name_samples[] = {
	{ "procd", "procd" },
	{ "", "" },
	{ "kworker/0:1-eve", "kworker/0:1-eve" },
	{ "a b", "a b" },
	{ "(sd-pam)", "\\x28sd-pam\\x29" },
	{ "x) --[9]--> (y", "x\\x29 --\\x5b9\\x5d--> \\x28y" },
	{ "a\nSignal ::", "a\\x0aSignal ::" },
	{ "\x1b[2J", "\\x1b\\x5b2J" },
	{ "back\\slash", "back\\x5cslash" },
	{ "\"quoted\"", "\\x22quoted\\x22" },
	{ "caf\xc3\xa9", "caf\\xc3\\xa9" },
	{ "\x7f\xff", "\\x7f\\xff" },
};

static void name_is_escaped(struct kunit *test)
{
	char to[ESCAPED_LEN];
	int i;

	for (i = 0; i < ARRAY_SIZE(name_samples); i++)
		KUNIT_EXPECT_STREQ(test, name_samples[i].escaped,
				   sigtrail_escape(to, name_samples[i].name,
						   SIGTRAIL_NAME_LEN));
}

static void name_of_any_length_fits(struct kunit *test)
{
	char to[ESCAPED_LEN + 1];
	char name[SIGTRAIL_NAME_LEN];

	to[ESCAPED_LEN] = 'x';
	memset(name, '\n', sizeof(name));	/* without a NUL */
	sigtrail_escape(to, name, sizeof(name));
	KUNIT_EXPECT_EQ(test, strlen(to), ESCAPED_LEN - 1);
	KUNIT_EXPECT_EQ(test, to[ESCAPED_LEN], 'x');
}

static struct kunit_case name_cases[] = {
	KUNIT_CASE(name_is_escaped),
	KUNIT_CASE(name_of_any_length_fits),
	{ }
};

static struct kunit_suite name_suite = {
	.name = "sigtrail_name",
	.test_cases = name_cases,
};

kunit_test_suite(name_suite);
