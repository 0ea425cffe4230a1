// SPDX-License-Identifier: GPL-2.0-only
/*
 *	witness storm [PAUSE_US]	signals processes, and ends some, until it is killed
 *	witness names			the same, with another name for each signal
 *	witness crowd N			starts N processes that ignore SIGTERM
 *	witness flood FORM DEEDS	ends DEEDS processes, 0: until it is killed, while
 *					a user floods: see flood.c
 *	witness evict N			ends processes that were signalled before N of a user's
 */
#include "witness.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	open_port();
	signal(SIGTERM, SIG_IGN);
	note("begin %d", (int)getpid());
	if (!strcmp(mode, "storm") && argc <= 3)
		storm(argc == 3 ? atol(argv[2]) : 0);
	renames = !strcmp(mode, "names");
	if (renames && argc == 2)
		storm(0);
	if (!strcmp(mode, "crowd") && argc == 3)
		crowd(atoi(argv[2]));
	if (!strcmp(mode, "flood") && argc == 4)
		return flood(argv[2], atol(argv[3])), 0;
	if (!strcmp(mode, "evict") && argc == 3)
		return evict(atoi(argv[2])), 0;
	fputs("usage: witness storm [PAUSE_US] | names | crowd N | flood FORM DEEDS | evict N\n", stderr);
	return 2;
}
