// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client of sigtrail that uses only its YNL specification: the kernel tree's
 * generator makes the netlink code from it. It reads the ring's size, sends a
 * signal, and prints the event.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h> /* needed by ynl.h */
#include <unistd.h>

#include <ynl.h>

#include "sigtrail-user.h"

static struct ynl_error error;

static int fail(struct ynl_sock *ys, const char *what)
{
	fprintf(stderr, "ynlwatch: %s: %s\n", what, ys ? ys->err.msg : error.msg);
	return 1;
}

static int is_ours(const struct sigtrail_record *rec)
{
	return rec->_present.target_pid && rec->target_pid == (unsigned int)getpid() &&
	       rec->signal == SIGCONT;
}

/* The last ancestor that it has is init. */
static void show(const struct sigtrail_record *rec)
{
	unsigned int init = 0;

	if (rec->n_ancestor)
		init = rec->ancestor[rec->n_ancestor - 1].parent_pid;
	printf("event kind=%s signal=%u outcome=%s sender_pid=%u sender_name=%s target_pid=%u init=%u\n",
	       sigtrail_kind_str(rec->kind), rec->signal, sigtrail_outcome_str(rec->outcome),
	       rec->sender_pid, rec->sender_name, rec->target_pid, init);
}

/* The event may come in any of the messages. */
static int await_event(struct ynl_sock *ys)
{
	int found = 0;

	while (!found) {
		struct ynl_ntf_base_type *ntf;

		if (ynl_ntf_check(ys) < 0)
			return fail(ys, "events");
		while ((ntf = ynl_ntf_dequeue(ys))) {
			const struct sigtrail_events_rsp *rsp = &((struct sigtrail_events *)ntf)->obj;

			for (unsigned int i = 0; i < rsp->n_record; i++) {
				const struct sigtrail_record *rec = &rsp->record[i];

				if (is_ours(rec))
					show(rec);
				found |= is_ours(rec);
			}
			ynl_ntf_free(ntf);
		}
	}
	return 0;
}

int main(void)
{
	struct ynl_sock *ys = ynl_sock_create(&ynl_sigtrail_family, &error);
	struct sigtrail_info_get_rsp *info;
	int status;

	if (!ys)
		return fail(NULL, "family");
	info = sigtrail_info_get(ys);
	if (!info)
		return fail(ys, "info");
	printf("pid=%d ring_size=%u\n", getpid(), info->ring_size);
	sigtrail_info_get_rsp_free(info);

	if (ynl_subscribe(ys, SIGTRAIL_MCGRP_EVENTS))
		return fail(ys, "subscribe");
	if (kill(getpid(), SIGCONT)) {
		perror("ynlwatch: kill");
		return 1;
	}
	alarm(30); /* ends this process if there is no event */
	status = await_event(ys);
	ynl_sock_destroy(ys);
	return status;
}
