// SPDX-License-Identifier: GPL-2.0-only
#include "exits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	/* A player's thread has replaced its program. */
	if (argc == 3 && !strcmp(argv[1], "wait")) {
		players_inherit(atoi(argv[2]));
		wait_for_end();
	}
	if (argc != 2) {
		fputs("Usage: exits NOTES\n", stderr);
		return 2;
	}
	notes_open(argv[1]);
	players_open();
	play_signalled();
	play_traced();
	play_unsignalled();
	return 0;
}
