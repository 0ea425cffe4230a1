// SPDX-License-Identifier: GPL-2.0-only
#include "sigplay.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int notes = STDOUT_FILENO;

void notes_open(const char *path)
{
	if (!strcmp(path, "-"))
		return;
	notes = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	if (notes < 0)
		die("%s: %m", path);
}

/* In hex, as names can have any bytes. */
static const char *hex(char *to, const char *name)
{
	char *end = to;

	for (; *name; name++)
		end += sprintf(end, "%02x", (unsigned char)*name);
	*end = '\0';
	return to;
}

/* The kernel as a sender is 0 and has no name. */
void note_write(const struct note *n)
{
	char sender[2 * NAME_LEN], target[2 * NAME_LEN];

	dprintf(notes,
		"scenario=%s sender_pid=%d sender_tid=%d context_pid=%d context_tid=%d "
		"target_pid=%d target_tid=%d signal=%d code=%d scope=%s outcome=%s "
		"kernel=%d left_out=%s sender_name=%s target_name=%s\n",
		n->scenario, n->sender_pid, n->sender_tid, n->context_pid,
		n->context_tid, n->target_pid, n->target_tid, n->sig, n->code,
		n->scope, n->outcome, n->kernel, n->left_out ?: "no",
		hex(sender, n->sender_name ?: ""), hex(target, n->target_name));
}
