/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigtrail: a table of names, each with a cgroup, and of lines, see line.h. Each part of
 * the ring has one.
 *
 * A record has a name's place in the table in two bytes, and not its 20 bytes: most
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

struct css_set;
struct task_struct;

#define SIGTRAIL_NAME_WORDS (sizeof(struct sigtrail_box_name) / sizeof(u32))
/* The epoch of a name that no record has got. */
#define SIGTRAIL_EPOCH_NONE U64_MAX
/* A part has at least 128 epochs, or one for each slot: few records go for a name. */
#define SIGTRAIL_EPOCHS_SHIFT 7

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

/**
 * struct sigtrail_name - a name, or a line
 * @word: struct sigtrail_box_name: its bytes, with whatever follows the NUL, and the
 *	cgroup; or struct sigtrail_box_line
 * @epoch: the last one in which a record got it
 * @check: as sigtrail_box.h describes it; of a line, with the names that it had when
 *	it was last looked up
 * @place: its place in the table
 * @chain: next name with the same hash, 0 for none
 * @newer: the name that a record got after it, in another epoch
 * @older: the name that a record got before it
 * @line: it is a line: not the same as a name of the same bytes
 */
struct sigtrail_name {
	u32 word[SIGTRAIL_NAME_WORDS];
	u64 epoch;
	u32 check;
	u16 place;
	u16 chain;
	u16 newer;
	u16 older;
	bool line;
};

/* The last names by role, and those of the last line. */
#define SIGTRAIL_RECENT_LINE SIGTRAIL_BOX_ROLES
#define SIGTRAIL_RECENTS (SIGTRAIL_RECENT_LINE + SIGTRAIL_BOX_LINE_NAMES)

/**
 * struct sigtrail_recent - the last name that a record has in a role
 * @name: the name, of this epoch, or the empty one
 * @leader: whose name it is, or whose children's line: a group leader, never
 *	dereferenced
 * @above: of a line: the parent of @leader, a thread, never dereferenced
 * @set: its css_set, when it was read; never dereferenced
 * @pid: its tgid, as its memory can be another one's by now
 * @generation: of names, when it was read; see sigtrail_generation_now()
 */
struct sigtrail_recent {
	struct sigtrail_name *name;
	const struct task_struct *leader;
	const struct task_struct *above;
	const struct css_set *set;
	u32 pid;
	u32 generation;
};

/**
 * struct sigtrail_names - a table of names
 * @table: @count names; the first one is the empty name, and is never removed
 * @buckets: first name with a hash, 0 for none
 * @stored: the table in the ring's memory
 * @kept: number of the oldest record that has its names, in the ring's memory
 * @first: the same number
 * @count: number of names
 * @bits: of a bucket's number
 * @salt: of the checks
 * @shift: an epoch has 2 ^ @shift slots
 * @epoch: number of the current epoch: that of the part's next slot
 * @begins: number of the ring's next record when an epoch began, by the lower bits of
 *	the epoch
 * @epochs: number of these, a power of two: those before have no record left
 * @key: of the hash, so that no user can choose names of one bucket
 * @recent: the last name by role, and then those of the last line: mostly they are the
 *	next ones, too
 *
 * Protected by the ring's lock.
 */
struct sigtrail_names {
	struct sigtrail_name *table;
	u16 *buckets;
	struct sigtrail_box_name *stored;
	struct sigtrail_box_kept *kept;
	u64 first;
	u32 count;
	u32 bits;
	u32 salt;
	u32 shift;
	u64 epoch;
	u64 *begins;
	u32 epochs;
	hsiphash_key_t key;
	struct sigtrail_recent recent[SIGTRAIL_RECENTS];
};

/* Number of the ring's next record when an epoch began. */
static inline u64 *sigtrail_epoch_begins(const struct sigtrail_names *names,
					 u64 epoch)
{
	return &names->begins[(u32)epoch & (names->epochs - 1)];
}

/**
 * struct sigtrail_name_list - the names that a slot's places are of
 * @first: the first name
 * @stride: bytes from one name to the next
 * @count: number of names
 */
struct sigtrail_name_list {
	const void *first;
	u32 stride;
	u32 count;
};

static inline const void *sigtrail_name_at(const struct sigtrail_name_list *names,
					   u32 place)
{
	return names->first + place * names->stride;
}

size_t sigtrail_names_bytes(u32 count, u32 slots);
void sigtrail_names_init(struct sigtrail_names *names, void *memory,
			 void *stored, struct sigtrail_box_kept *kept,
			 u32 count, u32 slots, u32 salt);
struct sigtrail_name *sigtrail_name_find(struct sigtrail_names *names,
					 const u32 *word, bool line);
void sigtrail_name_again(struct sigtrail_names *names,
			 struct sigtrail_recent *recent,
			 const struct task_struct *leader, u32 generation);
u32 sigtrail_name_check(u32 salt, const u32 *word, const u32 *more, u32 count);
void sigtrail_names_next_epoch(struct sigtrail_names *names, u64 seq);

#endif /* _SIGTRAIL_NAMES_H */
