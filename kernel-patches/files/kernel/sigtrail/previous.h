/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigtrail: the records that outlived the last reset, see image.c and previous.c.
 */
#ifndef _SIGTRAIL_PREVIOUS_H
#define _SIGTRAIL_PREVIOUS_H

#include <linux/types.h>
#include <uapi/linux/sigtrail_box.h>

#include "record.h"
#include "ring.h"

struct sk_buff;

/**
 * struct sigtrail_previous_run - the records of a part of the image
 * @places: of their slots, in the order of their numbers
 * @count: number of records
 */
struct sigtrail_previous_run {
	u32 *places;
	u32 count;
};

/**
 * struct sigtrail_previous - the records that outlived the last reset
 * @image: the memory as it was found; NULL if it has none, or has been freed
 * @places: memory for the lists
 * @whole: memory for one part's: which of its slots are whole
 * @run: the lists, by share
 * @found: enum sigtrail_box_found
 * @last: number of the newest record
 * @near: number of one of them, or close to it: it has their upper 32 bits
 * @records: number of records, @fault included
 * @damaged: number of slots that are not whole
 * @fault: it has a fault that could not become a record
 */
struct sigtrail_previous {
	void *image;
	u32 *places;
	bool *whole;
	struct sigtrail_previous_run run[SIGTRAIL_SHARES];
	u32 found;
	u64 last;
	u64 near;
	u32 records;
	u32 damaged;
	bool fault;
};

bool sigtrail_is_whole(const void *what, size_t bytes, u32 salt);
u32 sigtrail_box_judge(const struct sigtrail_box *box, u32 bytes);
const struct sigtrail_box_alive *
sigtrail_previous_alive(const struct sigtrail_previous *previous);
u32 sigtrail_previous_extra(u32 bytes);
void sigtrail_previous_count(struct sigtrail_previous *previous, void *extra);
bool sigtrail_previous_get(const struct sigtrail_previous *previous, u64 seq,
			   struct sigtrail_record *rec);
u32 sigtrail_previous_keep(void *memory, u32 bytes);
bool sigtrail_previous_read(u64 seq, struct sigtrail_record *rec);
void sigtrail_previous_free(void);
int sigtrail_previous_put(struct sk_buff *skb);

#endif /* _SIGTRAIL_PREVIOUS_H */
