// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the records that outlived the last reset. They are copied before the
 * ring is cleared, and stay until the daemon has stored them, or forever.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <net/netlink.h>

#include "internal.h"

static struct sigtrail_previous sigtrail_previous;

/* Protects sigtrail_previous against being freed during a dump. */
static DEFINE_MUTEX(sigtrail_previous_mutex);

static u32 __init sigtrail_previous_lost(void)
{
	pr_err("sigtrail: no memory for the records of the boot before\n");
	return 0;
}

/**
 * sigtrail_previous_keep - copy what is in the black box
 * @memory: the black box
 * @bytes: its size
 *
 * Context: may sleep.
 * Return: the old salt, so that the new one can be another; 0 if there is none.
 */
u32 __init sigtrail_previous_keep(void *memory, u32 bytes)
{
	struct sigtrail_previous *previous = &sigtrail_previous;

	previous->found = sigtrail_box_judge(memory, bytes);
	if (previous->found != SIGTRAIL_FOUND_RECORDS)
		return 0;
	previous->image = vmalloc(bytes + sizeof(u64) +
				  sigtrail_previous_extra(bytes));
	if (!previous->image)
		return sigtrail_previous_lost();
	memcpy(previous->image, memory, bytes);
	sigtrail_previous_count(previous, previous->image +
					  round_up(bytes, sizeof(u64)));
	pr_info("sigtrail: the black box has %u records of the boot before, and %u damaged ones\n",
		previous->records, previous->damaged);
	return ((const struct sigtrail_box *)previous->image)->header.salt;
}

/**
 * sigtrail_previous_read - sigtrail_previous_get() of what was kept at boot
 * @seq: the number
 * @rec: gets the record
 *
 * Context: may sleep.
 * Return: false if there is none, or they have been freed.
 */
bool sigtrail_previous_read(u64 seq, struct sigtrail_record *rec)
{
	bool found;

	mutex_lock(&sigtrail_previous_mutex);
	found = sigtrail_previous.image &&
		sigtrail_previous_get(&sigtrail_previous, seq, rec);
	mutex_unlock(&sigtrail_previous_mutex);

	return found;
}

/**
 * sigtrail_previous_free - free what was kept at boot
 *
 * Context: may sleep.
 */
void sigtrail_previous_free(void)
{
	mutex_lock(&sigtrail_previous_mutex);
	vfree(sigtrail_previous.image);
	sigtrail_previous.image = NULL;
	mutex_unlock(&sigtrail_previous_mutex);
}

static int sigtrail_previous_put_clocks(struct sk_buff *skb)
{
	const struct sigtrail_box_alive *alive =
		sigtrail_previous_alive(&sigtrail_previous);

	if (!alive)
		return 0;
	if (sigtrail_put_u64(skb, SIGTRAIL_ATTR_PREVIOUS_SEQ, alive->seq) ||
	    sigtrail_put_u64(skb, SIGTRAIL_ATTR_PREVIOUS_LOCAL, alive->local) ||
	    sigtrail_put_u64(skb, SIGTRAIL_ATTR_PREVIOUS_BOOTTIME,
			     alive->boottime) ||
	    sigtrail_put_u64(skb, SIGTRAIL_ATTR_PREVIOUS_REALTIME,
			     alive->realtime))
		return -EMSGSIZE;
	return 0;
}

static int sigtrail_previous_put_boot(struct sk_buff *skb)
{
	const struct sigtrail_box *box = sigtrail_previous.image;
	char id[SIGTRAIL_BOOT_ID_LEN];

	if (!sigtrail_is_whole(&box->boot, sizeof(box->boot), box->header.salt))
		return 0;
	memcpy(id, box->boot.id, sizeof(id));
	id[sizeof(id) - 1] = '\0';
	return nla_put_string(skb, SIGTRAIL_ATTR_PREVIOUS_BOOT_ID, id);
}

/**
 * sigtrail_previous_put - add what was found at boot to a message
 * @skb: the message
 *
 * Context: may sleep.
 * Return: 0, or -EMSGSIZE.
 */
int sigtrail_previous_put(struct sk_buff *skb)
{
	const struct sigtrail_previous *previous = &sigtrail_previous;
	int err;

	err = nla_put_u32(skb, SIGTRAIL_ATTR_BOX_FOUND, previous->found);
	if (err)
		return err;
	mutex_lock(&sigtrail_previous_mutex);
	if (previous->image)
		err = nla_put_u32(skb, SIGTRAIL_ATTR_PREVIOUS_RECORDS,
				  previous->records) ?:
		      nla_put_u32(skb, SIGTRAIL_ATTR_PREVIOUS_DAMAGED,
				  previous->damaged) ?:
		      sigtrail_previous_put_clocks(skb) ?:
		      sigtrail_previous_put_boot(skb);
	mutex_unlock(&sigtrail_previous_mutex);

	return err;
}
