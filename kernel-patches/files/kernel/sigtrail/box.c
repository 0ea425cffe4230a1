// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: how the ring's memory is cleared, and what in it has a check.
 */
#include <linux/compiler.h>
#include <linux/string.h>
#include <asm/barrier.h>

#include "internal.h"

/**
 * sigtrail_box_check - the check of a struct
 * @salt: that of the memory
 * @from: its first word after or before the check
 * @bytes: size of these words
 *
 * Return: the check.
 */
u32 sigtrail_box_check(u32 salt, const void *from, size_t bytes)
{
	u32 check = salt;
	u32 word;
	size_t i;

	for (i = 0; i < bytes; i += sizeof(word)) {
		memcpy(&word, from + i, sizeof(word));
		check = sigtrail_check_word(check, word);
	}
	return check;
}

/**
 * sigtrail_box_store - write a struct whose first word is its check
 * @salt: that of the memory
 * @to: where it is written, the check at last
 * @from: the struct, without its check
 * @bytes: its size
 */
void sigtrail_box_store(u32 salt, void *to, const void *from, size_t bytes)
{
	u32 check = sigtrail_box_check(salt, from + sizeof(check),
				       bytes - sizeof(check));

	memcpy(to + sizeof(check), from + sizeof(check),
	       bytes - sizeof(check));
	wmb(); /* the check comes last */
	WRITE_ONCE(*(u32 *)to, check);
	wmb(); /* into RAM, as in sigtrail_part_end() */
}

/**
 * sigtrail_box_forget - leave no header
 * @box: the memory
 */
void sigtrail_box_forget(struct sigtrail_box *box)
{
	WRITE_ONCE(box->header.magic, 0);
	wmb(); /* into RAM, before anything else of the memory changes */
}

/**
 * sigtrail_box_format - clear the memory, and write its header
 * @box: the memory
 * @header: the header, without its check
 *
 * The old header goes first, and the new magic comes last: a reset in between
 * leaves no header.
 */
void sigtrail_box_format(struct sigtrail_box *box,
			 const struct sigtrail_box_header *header)
{
	struct sigtrail_box_header new = *header;

	sigtrail_box_forget(box);
	memset(box, 0, header->size);
	wmb(); /* nothing old below the new header */
	new.check = sigtrail_box_check(header->salt, header,
				       offsetof(typeof(*header), check));
	new.magic = 0;
	memcpy(&box->header, &new, sizeof(new));
	wmb(); /* the magic comes last */
	WRITE_ONCE(box->header.magic, SIGTRAIL_BOX_MAGIC);
	wmb(); /* into RAM */
}
