// SPDX-License-Identifier: GPL-2.0-only
#include "exits.h"

#include <stdio.h>

static FILE *notes;

void notes_open(const char *path)
{
	notes = fopen(path, "w");
	if (!notes)
		die("%s: %m", path);
}

void note_exit(const char *scenario, pid_t pid, int status, int records,
	       long long min_us, long long max_us)
{
	fprintf(notes, "exit scenario=%s pid=%d status=%d records=%d min_us=%lld max_us=%lld\n",
		scenario, pid, status, records, min_us, max_us);
	fflush(notes);
}

void note_signal(const char *scenario, pid_t pid, int sig, pid_t sender,
		 int fatal, int others)
{
	fprintf(notes, "signal scenario=%s pid=%d signal=%d sender=%d fatal=%d others=%d\n",
		scenario, pid, sig, sender, fatal, others);
	fflush(notes);
}
