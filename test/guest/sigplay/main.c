// SPDX-License-Identifier: GPL-2.0-only
#include "sigplay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"Usage: sigplay signals NOTES        one signal of each kind\n"
	"       sigplay names NOTES          signals between tasks with hostile names\n"
	"       sigplay killall NOTES        kill(-1), in a pid namespace\n"
	"       sigplay oom NOTES            a process that the OOM killer ends\n"
	"       sigplay storm N [RECEIVERS [SENDERS]]\n"
	"                                    exactly N signals, as fast as possible\n"
	"       sigplay repeat N             the same, all of one number to one receiver\n"
	"       sigplay mixed N              at least N signals of all kinds at once\n"
	"NOTES is a file to write to, or - for standard output.\n";

static void (*mode_with_notes(const char *mode))(void)
{
	if (!strcmp(mode, "names"))
		return names;
	if (!strcmp(mode, "killall"))
		return killall;
	if (!strcmp(mode, "oom"))
		return oom;
	return NULL;
}

static long number(const char *arg, long max)
{
	char *end;
	long value = strtol(arg, &end, 10);

	if (*end || value < 1 || value > max)
		die("%s is not a number from 1 to %ld", arg, max);
	return value;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	const char *arg = argc > 2 ? argv[2] : "";

	if (argc == 3 && !strcmp(mode, "signals")) {
		notes_open(arg);
		signals_by_users();
		signals_by_kernel();
	} else if (argc == 3 && mode_with_notes(mode)) {
		notes_open(arg);
		mode_with_notes(mode)();
	} else if (argc >= 3 && argc <= 5 && !strcmp(mode, "storm")) {
		storm(number(arg, 100000000), argc >= 4 ? number(argv[3], 64) : 1,
		      argc == 5 ? number(argv[4], 64) : 1, 2);
	} else if (argc == 3 && !strcmp(mode, "repeat")) {
		storm(number(arg, 100000000), 1, 1, 1);
	} else if (argc == 3 && !strcmp(mode, "mixed")) {
		mixed(number(arg, 100000000));
	} else {
		fputs(usage, stderr);
		return 2;
	}
	return 0;
}
