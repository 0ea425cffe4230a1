// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the table of names.
 *
 * A name must not change while its part of the ring has a record with it. So the
 * name that is removed for a new one is that which no record got for the longest
 * time. If the part still keeps a record with it, it gives up its records up to
 * that one.
 * Each of the other names is in a later record, or of those with which an epoch begins. As
 * a record has at most ten, with its line and the names of that, a table of n names keeps
 * at least the last n / 10 records, less those of an epoch.
 *
 * The order of names changes once in an epoch for each name, and not with each
 * record, which would cost more than the name.
 */
#include <linux/bits.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "cgroup.h"
#include "internal.h"

/**
 * sigtrail_name_check - the check of a name, or of a line
 * @salt: of the ring
 * @word: the name or the line
 * @more: of a line, the checks of its names
 * @count: number of these, 0 for a name
 *
 * Return: the check.
 */
u32 sigtrail_name_check(u32 salt, const u32 *word, const u32 *more, u32 count)
{
	u32 check = salt;
	u32 i;

	for (i = 0; i < SIGTRAIL_NAME_WORDS; i++)
		check = sigtrail_check_word(check, word[i]);
	for (i = 0; i < count; i++)
		check = sigtrail_check_word(check, more[i]);
	check = (check ^ check >> 15) * 0x85ebca77;
	check = (check ^ check >> 13) * 0xc2b2ae3d;
	return check ^ check >> 16;
}

/* Bits of a bucket's number. */
static u32 sigtrail_names_bits(u32 count)
{
	return ilog2(roundup_pow_of_two(count));
}

/* An epoch has 2 ^ this slots: it must not use up all names, see sigtrail_ring_names(). */
static u32 sigtrail_names_shift(u32 slots)
{
	return max_t(int, ilog2(slots) - SIGTRAIL_EPOCHS_SHIFT, 0);
}

/* Epochs that can have records in a part, the one that begins next included. */
static u32 sigtrail_names_epochs(u32 slots)
{
	return roundup_pow_of_two((slots >> sigtrail_names_shift(slots)) + 2);
}

/**
 * sigtrail_names_bytes - the ordinary memory that a table needs
 * @count: number of names
 * @slots: number of the part's slots
 *
 * Return: the number of bytes.
 */
size_t sigtrail_names_bytes(u32 count, u32 slots)
{
	size_t buckets = sizeof(u16) << sigtrail_names_bits(count);

	return count * sizeof(struct sigtrail_name) +
	       sigtrail_names_epochs(slots) * sizeof(u64) +
	       round_up(buckets, sizeof(u64));
}

/**
 * sigtrail_names_init - make a table that has the empty name
 * @names: the table
 * @memory: ordinary memory for it, zeroed
 * @stored: where it is in the ring's memory, zeroed
 * @kept: the part's, in the ring's memory
 * @count: number of names
 * @slots: number of the part's slots
 * @salt: of the checks
 */
void sigtrail_names_init(struct sigtrail_names *names, void *memory,
			 void *stored, struct sigtrail_box_kept *kept,
			 u32 count, u32 slots, u32 salt)
{
	struct sigtrail_name *table = memory;
	u32 place, i;

	names->table = table;
	names->begins = (void *)(table + count);
	names->epochs = sigtrail_names_epochs(slots);
	names->buckets = (void *)(names->begins + names->epochs);
	names->stored = stored;
	names->kept = kept;
	names->first = 1;
	names->count = count;
	names->bits = sigtrail_names_bits(count);
	names->salt = salt;
	names->shift = sigtrail_names_shift(slots);
	/* The first slot begins one. */
	names->epoch = 0;
	get_random_bytes(&names->key, sizeof(names->key));

	/* In a circle, with the empty name between newest and oldest. */
	for (place = 0; place < count; place++) {
		table[place].newer = place + 1 < count ? place + 1 : 0;
		table[place].older = place ? place - 1 : count - 1;
		table[place].epoch = SIGTRAIL_EPOCH_NONE;
		table[place].place = place;
	}
	/* Also that of the empty line, which has no names. */
	table[0].check = sigtrail_name_check(salt, table[0].word, NULL, 0);
	for (i = 0; i < SIGTRAIL_RECENTS; i++)
		names->recent[i] = (struct sigtrail_recent) {
			.name = table,
		};
}

static u16 *sigtrail_name_bucket(struct sigtrail_names *names, const u32 *word)
{
	/* Nobody but root can choose a cgroup: to mix it in costs less than to hash it. */
	u32 hash = hsiphash_4u32(word[0], word[1], word[2], word[3] ^ word[4],
				 &names->key);

	return &names->buckets[hash & (BIT(names->bits) - 1)];
}

/* Makes a name the newest one. */
static void sigtrail_name_renew(struct sigtrail_names *names,
				struct sigtrail_name *name)
{
	struct sigtrail_name *table = names->table;
	u32 place = name->place;

	table[name->older].newer = name->newer;
	table[name->newer].older = name->older;
	name->older = table->older;
	name->newer = 0;
	table[table->older].newer = place;
	table->older = place;
	name->epoch = names->epoch;
}

/**
 * sigtrail_names_next_epoch - an epoch begins
 * @names: the table
 * @seq: number of the ring's next record
 *
 * The names that the next record will most likely get are renewed at once, without
 * being looked up.
 *
 * Context: any, with the ring's lock held.
 */
void sigtrail_names_next_epoch(struct sigtrail_names *names, u64 seq)
{
	u32 i;

	names->epoch++;
	*sigtrail_epoch_begins(names, names->epoch) = seq;
	/* The names of the last line, too: they must be no older than the line. */
	for (i = 0; i < SIGTRAIL_RECENTS; i++)
		if (names->recent[i].name->place)
			sigtrail_name_renew(names, names->recent[i].name);
}

static void sigtrail_name_unchain(struct sigtrail_names *names,
				  struct sigtrail_name *name)
{
	u16 *link = sigtrail_name_bucket(names, name->word);

	while (*link && *link != name->place)
		link = &names->table[*link].chain;
	if (*link)
		*link = name->chain;
}

/* Gives up the records of an epoch, and those before. */
static void sigtrail_names_give_up(struct sigtrail_names *names, u64 epoch)
{
	struct sigtrail_box_kept kept = { };

	/* All of them have been overwritten. */
	if (names->epoch - epoch >= names->epochs)
		return;
	kept.seq = *sigtrail_epoch_begins(names, epoch + 1);
	if (names->first >= kept.seq)
		return;
	names->first = kept.seq;
	sigtrail_box_store(names->salt, names->kept, &kept, sizeof(kept));
}

/* Removes the oldest name, and the records that may have it. */
static struct sigtrail_name *sigtrail_name_remove(struct sigtrail_names *names)
{
	struct sigtrail_name *name = &names->table[names->table->newer];

	if (name->epoch == SIGTRAIL_EPOCH_NONE)
		return name;
	sigtrail_name_unchain(names, name);
	sigtrail_names_give_up(names, name->epoch);
	return name;
}

/**
 * sigtrail_name_find - find a name or a line, or add it
 * @names: the table
 * @word: the name or the line
 * @line: it is a line; its check is not set
 *
 * Context: any, with the ring's lock held.
 * Return: its entry.
 */
struct sigtrail_name *sigtrail_name_find(struct sigtrail_names *names,
					 const u32 *word, bool line)
{
	struct sigtrail_name *name;
	u16 *bucket;
	u32 place;

	if (!(word[0] | word[1] | word[2] | word[3] | word[4]))
		return names->table;
	bucket = sigtrail_name_bucket(names, word);

	for (place = *bucket; place; place = name->chain) {
		name = &names->table[place];
		if (name->line == line &&
		    !memcmp(name->word, word, sizeof(name->word))) {
			if (name->epoch != names->epoch)
				sigtrail_name_renew(names, name);
			return name;
		}
	}

	name = sigtrail_name_remove(names);
	memcpy(name->word, word, sizeof(name->word));
	name->line = line;
	if (!line)
		name->check = sigtrail_name_check(names->salt, word, NULL, 0);
	name->chain = *bucket;
	*bucket = name->place;
	sigtrail_name_renew(names, name);
	memcpy(&names->stored[name->place], word, sizeof(*names->stored));
	return name;
}

/**
 * sigtrail_name_again - read a process's name and cgroup again
 * @names: the table
 * @recent: gets it
 * @leader: the process's group leader
 * @generation: of names, read before
 *
 * The process may change its name now: a mix of two names is a name, too. It is not
 * taken for this generation's next time, as the generation changes after the name.
 *
 * Context: any, in an RCU read-side section, with the ring's lock held.
 */
noinline void sigtrail_name_again(struct sigtrail_names *names,
				  struct sigtrail_recent *recent,
				  const struct task_struct *leader,
				  u32 generation)
{
	const struct css_set *set = sigtrail_css_set(leader);
	const u32 *old = recent->name->word;
	u32 word[SIGTRAIL_NAME_WORDS];

	/* Do not read it again: what is compared is what is stored. */
	data_race(memcpy(word, leader->comm, SIGTRAIL_NAME_LEN));
	barrier_data(word);
	word[4] = sigtrail_cgroup_id(set);
	if ((word[0] ^ old[0]) | (word[1] ^ old[1]) | (word[2] ^ old[2]) |
	    (word[3] ^ old[3]) | (word[4] ^ old[4]))
		recent->name = sigtrail_name_find(names, word, false);
	recent->leader = leader;
	recent->set = set;
	recent->pid = task_tgid_nr((struct task_struct *)leader);
	recent->generation = generation;
}
