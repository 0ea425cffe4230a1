// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the table of names.
 *
 * A name must not change while the ring has a record with it. So the name that is
 * removed for a new one is that which no record got for the longest time. If the
 * ring still keeps a record with it, the ring gives up its records up to that one.
 * Each of the other names is in a later record. As a record has at most six, a table
 * of n names keeps at least the last n / 6 records, less those of an epoch.
 *
 * The order of names changes once in an epoch for each name, and not with each
 * record, which would cost more than the name.
 */
#include <linux/bits.h>
#include <linux/log2.h>
#include <linux/random.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "internal.h"

/**
 * sigtrail_name_check - the check of a name
 * @salt: of the ring
 * @word: the name
 *
 * Return: the check.
 */
u32 sigtrail_name_check(u32 salt, const u32 *word)
{
	u32 check = salt;
	u32 i;

	for (i = 0; i < SIGTRAIL_NAME_WORDS; i++)
		check = sigtrail_check_word(check, word[i]);
	check = (check ^ check >> 15) * 0x85ebca77;
	check = (check ^ check >> 13) * 0xc2b2ae3d;
	return check ^ check >> 16;
}

/**
 * sigtrail_names_init - allocate a table that has the empty name
 * @names: the table
 * @box: the ring's memory, zeroed
 * @count: number of names
 * @slots: number of the ring's records
 * @salt: of the checks
 *
 * Context: may sleep.
 * Return: 0, or -ENOMEM.
 */
int sigtrail_names_init(struct sigtrail_names *names, struct sigtrail_box *box,
			u32 count, u32 slots, u32 salt)
{
	u32 bits = ilog2(roundup_pow_of_two(count));
	struct sigtrail_name *table;
	size_t size = count * sizeof(*table);
	u32 place, role;

	table = vzalloc(size + (sizeof(u16) << bits));
	if (!table)
		return -ENOMEM;

	names->table = table;
	names->buckets = (void *)table + size;
	names->stored = (void *)(box + 1);
	names->kept = &box->kept;
	names->count = count;
	names->bits = bits;
	names->salt = salt;
	/* An epoch must not use up all names, see sigtrail_ring_names(). */
	names->shift = ilog2(slots) - SIGTRAIL_EPOCHS_SHIFT;
	names->epoch = 0;
	get_random_bytes(&names->key, sizeof(names->key));

	/* In a circle, with the empty name between newest and oldest. */
	for (place = 0; place < count; place++) {
		table[place].newer = place + 1 < count ? place + 1 : 0;
		table[place].older = place ? place - 1 : count - 1;
		table[place].epoch = SIGTRAIL_EPOCH_NONE;
		table[place].place = place;
	}
	table[0].check = sigtrail_name_check(salt, table[0].word);
	for (role = 0; role < SIGTRAIL_BOX_ROLES; role++)
		names->recent[role] = table;
	return 0;
}

/**
 * sigtrail_names_free - free a table's memory
 * @names: the table
 */
void sigtrail_names_free(struct sigtrail_names *names)
{
	vfree(names->table);
	names->table = NULL;
}

static u16 *sigtrail_name_bucket(struct sigtrail_names *names, const u32 *word)
{
	u32 hash = hsiphash_4u32(word[0], word[1], word[2], word[3],
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
 *
 * The names that the next record will most likely get are renewed at once, without
 * being looked up.
 *
 * Context: any, with the ring's lock held.
 */
void sigtrail_names_next_epoch(struct sigtrail_names *names)
{
	u32 role;

	names->epoch++;
	for (role = 0; role < SIGTRAIL_BOX_ROLES; role++)
		if (names->recent[role]->place)
			sigtrail_name_renew(names, names->recent[role]);
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

/* Removes the oldest name, and the records that may have it. */
static struct sigtrail_name *sigtrail_name_remove(struct sigtrail_names *names,
						  u64 *kept)
{
	struct sigtrail_name *name = &names->table[names->table->newer];

	if (name->epoch == SIGTRAIL_EPOCH_NONE)
		return name;
	sigtrail_name_unchain(names, name);
	if (*kept < (name->epoch + 1) << names->shift) {
		struct sigtrail_box_kept first = { };

		*kept = (name->epoch + 1) << names->shift;
		first.seq = *kept;
		sigtrail_box_store(names->salt, names->kept, &first,
				   sizeof(first));
	}
	return name;
}

/**
 * sigtrail_name_find - find a name, or add it
 * @names: the table
 * @a: its first word
 * @b: its second word
 * @c: its third word
 * @d: its last word
 * @kept: as for sigtrail_name_get()
 *
 * Context: any, with the ring's lock held.
 * Return: its entry.
 */
struct sigtrail_name *sigtrail_name_find(struct sigtrail_names *names, u32 a,
					 u32 b, u32 c, u32 d, u64 *kept)
{
	const u32 word[SIGTRAIL_NAME_WORDS] = { a, b, c, d };
	struct sigtrail_name *name;
	u16 *bucket;
	u32 place;

	if (!(a | b | c | d))
		return names->table;
	bucket = sigtrail_name_bucket(names, word);

	for (place = *bucket; place; place = name->chain) {
		name = &names->table[place];
		if (!memcmp(name->word, word, SIGTRAIL_NAME_LEN)) {
			if (name->epoch != names->epoch)
				sigtrail_name_renew(names, name);
			return name;
		}
	}

	name = sigtrail_name_remove(names, kept);
	memcpy(name->word, word, SIGTRAIL_NAME_LEN);
	name->check = sigtrail_name_check(names->salt, word);
	name->chain = *bucket;
	*bucket = name->place;
	sigtrail_name_renew(names, name);
	memcpy(names->stored[name->place], word, SIGTRAIL_NAME_LEN);
	return name;
}
