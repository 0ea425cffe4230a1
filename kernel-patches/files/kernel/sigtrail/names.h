/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigtrail: the table of names. What a hook calls is inline.
 *
 * A record has a name's place in the table in two bytes, and not its 16 bytes: most
 * names repeat. The table is in the ring's memory, for the next boot, and once more
 * in ordinary memory: the ring's can be uncached, and is only written.
 */
#ifndef _SIGTRAIL_NAMES_H
#define _SIGTRAIL_NAMES_H

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/siphash.h>
#include <linux/types.h>
#include <uapi/linux/sigtrail_box.h>

#define SIGTRAIL_NAME_WORDS (SIGTRAIL_NAME_LEN / sizeof(u32))
/* The epoch of a name that no record has got. */
#define SIGTRAIL_EPOCH_NONE U64_MAX
/* The ring has at least 64 epochs: so few records are given up for a name. */
#define SIGTRAIL_EPOCHS_SHIFT 6

/**
 * sigtrail_check_word - the check of one more word
 * @check: that of the words before, at first the salt
 * @word: the word
 *
 * The round of xxHash32: three instructions on ARM, where a CRC would take 20. A
 * change of one word always changes the check, as each step can be undone; other
 * damage does but for one case in 2 ^ 32.
 *
 * Return: the check.
 */
static __always_inline u32 sigtrail_check_word(u32 check, u32 word)
{
	check = rol32(check + word * 0x85ebca77, 13) * 0x9e3779b1;
	/* Word by word: a hook would spill the products of all words. */
	OPTIMIZER_HIDE_VAR(check);
	return check;
}

/* A name as words. A task's comm need not be aligned. */
struct sigtrail_name_words {
	u32 word[SIGTRAIL_NAME_WORDS];
} __packed;

/**
 * struct sigtrail_name - a name
 * @word: its bytes, with whatever follows the NUL
 * @epoch: the last one in which a record got it
 * @check: as sigtrail_box.h describes it
 * @place: its place in the table
 * @chain: next name with the same hash, 0 for none
 * @newer: the name that a record got after it, in another epoch
 * @older: the name that a record got before it
 */
struct sigtrail_name {
	u32 word[SIGTRAIL_NAME_WORDS];
	u64 epoch;
	u32 check;
	u16 place;
	u16 chain;
	u16 newer;
	u16 older;
};

/**
 * struct sigtrail_names - the table of names
 * @table: @count names; the first one is the empty name, and is never removed
 * @buckets: first name with a hash, 0 for none
 * @stored: the table in the ring's memory
 * @kept: the oldest record that has its names, in the ring's memory
 * @count: number of names
 * @bits: of a bucket's number
 * @salt: of the checks
 * @shift: an epoch has 2 ^ @shift records
 * @epoch: number of the current epoch: that of the ring's next record
 * @key: of the hash, so that no user can choose names of one bucket
 * @recent: the last name by role: mostly it is the next one, too. Of this
 *	epoch, or the empty name
 *
 * Protected by the ring's lock.
 */
struct sigtrail_names {
	struct sigtrail_name *table;
	u16 *buckets;
	char (*stored)[SIGTRAIL_NAME_LEN];
	struct sigtrail_box_kept *kept;
	u32 count;
	u32 bits;
	u32 salt;
	u32 shift;
	u64 epoch;
	hsiphash_key_t key;
	struct sigtrail_name *recent[SIGTRAIL_BOX_ROLES];
};

int sigtrail_names_init(struct sigtrail_names *names, struct sigtrail_box *box,
			u32 count, u32 slots, u32 salt);
void sigtrail_names_free(struct sigtrail_names *names);
struct sigtrail_name *sigtrail_name_find(struct sigtrail_names *names, u32 a,
					 u32 b, u32 c, u32 d, u64 *kept);

u32 sigtrail_name_check(u32 salt, const u32 *word);
void sigtrail_names_next_epoch(struct sigtrail_names *names);

/**
 * sigtrail_name_get - a name's entry, added if the table does not have it
 * @names: the table
 * @name: a name of SIGTRAIL_NAME_LEN bytes; another CPU may change it
 * @role: what the record has it for
 * @kept: the oldest record that the ring keeps; larger, if an older one had
 *	the name that had to be removed
 *
 * Return: the entry.
 */
static __always_inline struct sigtrail_name *
sigtrail_name_get(struct sigtrail_names *names, const char *name,
		  enum sigtrail_box_role role, u64 *kept)
{
	const struct sigtrail_name_words *from = (const void *)name;
	struct sigtrail_name *found = names->recent[role];
	/* The process may change it now: a mix of two names is one, too. */
	u32 a = data_race(from->word[0]), b = data_race(from->word[1]);
	/* Its other half. */
	u32 c = data_race(from->word[2]), d = data_race(from->word[3]);

	/* Do not read it again: what is compared is what is stored. */
	OPTIMIZER_HIDE_VAR(a);
	OPTIMIZER_HIDE_VAR(b);
	OPTIMIZER_HIDE_VAR(c);
	OPTIMIZER_HIDE_VAR(d);
	if (unlikely(found->word[0] != a || found->word[1] != b ||
		     found->word[2] != c || found->word[3] != d)) {
		found = sigtrail_name_find(names, a, b, c, d, kept);
		names->recent[role] = found;
	}
	return found;
}

#endif /* _SIGTRAIL_NAMES_H */
