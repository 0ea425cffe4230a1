// SPDX-License-Identifier: GPL-2.0-only
#include "nlplay.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"Usage: nlplay fuzz FAMILY MESSAGES SEED [root|admin|user|namespace]\n"
	"                                   send wrong messages, else with the rights of each\n"
	"       nlplay claim                claim the log in all ways\n"
	"       nlplay foreign PROGRAM [ARG]...\n"
	"                                   run it with a listener of another namespace\n"
	"       nlplay sigio MILLISECONDS   listen, with SIGIO for each message\n"
	"       nlplay trigger add SYMBOL NAME [offset=N|skip=N|per=N|rate=N]...\n"
	"       nlplay trigger del ID\n"
	"       nlplay trigger list\n"
	"       nlplay trigger watch [COUNT]\n";

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("nlplay: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

int main(int argc, char **argv)
{
	if ((argc == 5 || argc == 6) && !strcmp(argv[1], "fuzz") && atol(argv[3]) > 0)
		return fuzz(argv[2], atol(argv[3]), strtoul(argv[4], NULL, 10), argv[5]);
	if (argc == 2 && !strcmp(argv[1], "claim"))
		return claims();
	if (argc > 2 && !strcmp(argv[1], "foreign"))
		return foreign(argv + 2);
	if (argc == 3 && !strcmp(argv[1], "sigio"))
		return sigio(atoi(argv[2]));
	if (argc > 2 && !strcmp(argv[1], "trigger") && !trigger(argc - 2, argv + 2))
		return 0;
	fputs(usage, stderr);
	return 2;
}
