// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: signals that repeat, and how they are counted.
 */
#include <linux/build_bug.h>

#include "internal.h"

/* Writes all of the slot but the count and what follows it. */
static void sigtrail_repeats_begin(struct sigtrail_part *part,
				   struct sigtrail_box_slot *slot)
{
	struct sigtrail_box_repeats *repeats = (void *)slot;
	struct sigtrail_last *last = &part->last;
	struct sigtrail_pen pen = { &repeats->seq, part->names.salt };

	BUILD_BUG_ON(offsetof(typeof(*repeats), count) != 11 * sizeof(u32));
	BUILD_BUG_ON(offsetof(typeof(*repeats), time_last) != 12 * sizeof(u32));
	sigtrail_pen_put(&pen, last->seq);
	sigtrail_pen_put(&pen, 0);
	sigtrail_pen_put(&pen, 0);
	sigtrail_pen_put(&pen, sigtrail_word_of_bytes(SIGTRAIL_BOX_REPEATS, 0,
						      0, 0));
	while (pen.word != &repeats->count)
		sigtrail_pen_put(&pen, 0);
	last->repeats = repeats;
	last->check = pen.check;
	last->names = sigtrail_names_sum(part->names.table, part->names.table,
					 part->names.table);
}

/*
 * Is there a listener that will not get the newest record? Then it gets another one.
 * Nobody listened when the record was added, or it would be unsent.
 */
static bool sigtrail_last_unheard(struct sigtrail_ring *ring,
				  const struct sigtrail_part *part)
{
	return !part->unsent && ring->listening && ring->listening();
}

/**
 * sigtrail_last_more - count one more signal, if the newest record can stand for it
 * @ring: the ring
 * @part: a part of it, to whose newest record the signal belongs
 * @now: ns of local_clock()
 *
 * What sigtrail_last_count() does not do inline.
 *
 * Context: any but NMI, with the ring's lock held.
 * Return: whether it was counted; if not, it needs a record of its own.
 */
noinline bool sigtrail_last_more(struct sigtrail_ring *ring,
				 struct sigtrail_part *part, u64 now)
{
	struct sigtrail_last *last = &part->last;
	struct sigtrail_box_slot *slot;

	/* It must not wrap around: from here on the quick way does not end here. */
	if (!last->count || last->count > U32_MAX - SIGTRAIL_LOOK)
		return false;
	if (!(last->count % SIGTRAIL_LOOK) &&
	    sigtrail_last_unheard(ring, part)) {
		sigtrail_last_close(ring, part);
		return false;
	}
	if (!last->repeats) {
		slot = sigtrail_part_slot(ring, part);
		sigtrail_repeats_begin(part, slot);
		if (part->unsent) {
			part->unsent++;
			ring->backlog++;
		}
		sigtrail_repeats_put(last, 2, now);
		sigtrail_part_end(part);
		last->count++;
	} else {
		sigtrail_last_add(last, now);
	}
	return true;
}
