// SPDX-License-Identifier: GPL-2.0
#include "nlplay.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"Usage: nlplay fuzz MESSAGES SEED   messages that nobody should send\n"
	"       nlplay sigio MILLISECONDS   listen, and be signalled for each message\n";

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
	if (argc == 4 && !strcmp(argv[1], "fuzz") && atol(argv[2]) > 0)
		return fuzz(atol(argv[2]), strtoul(argv[3], NULL, 10));
	if (argc == 3 && !strcmp(argv[1], "sigio"))
		return sigio(atoi(argv[2]));
	fputs(usage, stderr);
	return 2;
}
