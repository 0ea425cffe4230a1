// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: read the counters of a trigger.
 */
#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/seqlock.h>

#include "trigger.h"

#define COUNTS (sizeof(struct sigtrail_trigger_counts) / sizeof(u64))

/**
 * sigtrail_trigger_counts_read - read the counters
 * @t: the trigger
 * @counts: gets them, with what the work has counted
 *
 * A 32-bit machine reads a counter in two halves, so it reads again if there was a
 * hit meanwhile. The loop calls no function: a trigger on that function would make
 * a hit each time.
 *
 * Context: any but a probe's handler.
 */
void sigtrail_trigger_counts_read(const struct sigtrail_trigger *t,
				  struct sigtrail_trigger_counts *counts)
{
	const u64 *from = (const u64 *)&t->counts;
	u64 *to = (u64 *)counts;
	unsigned int seq, i;

	do {
		seq = raw_read_seqcount_begin(&t->seq);
		for (i = 0; i < COUNTS; i++)
			to[i] = READ_ONCE(from[i]);
	} while (read_seqcount_retry(&t->seq, seq));
	counts->dropped += atomic64_read(&t->unsent);
	counts->held_back += atomic64_read(&t->unprinted);
}
