// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: the table of triggers.
 */
#include <linux/err.h>
#include <linux/kprobes.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "trigger.h"

/* Protects the table. The work also reads the list, under RCU. */
DEFINE_MUTEX(sigtrail_trigger_table_mutex);
static LIST_HEAD(table);
static unsigned int table_size;
static u32 table_last_id;
static bool table_closed;

/* A probe stays gone when its module has gone, even if that is loaded again. */
static bool table_has(const struct sigtrail_trigger *t)
{
	struct sigtrail_trigger *other;

	list_for_each_entry(other, &table, in_table)
		if (!kprobe_gone(&other->probe) &&
		    other->probe.addr == t->probe.addr &&
		    !strcmp(other->spec.target_name, t->spec.target_name))
			return true;
	return false;
}

/* Enters a trigger whose probe is registered, and enables the probe. */
static int table_enter(struct sigtrail_trigger *t,
		       struct netlink_ext_ack *extack)
{
	int err;

	if (table_has(t)) {
		NL_SET_ERR_MSG(extack,
			       "a trigger at that place for that name exists");
		return -EEXIST;
	}
	t->id = table_last_id + 1;
	err = enable_kprobe(&t->probe);
	if (err) {
		NL_SET_ERR_MSG(extack, "the kernel failed to set the probe");
		return err;
	}
	table_last_id = t->id;
	table_size++;
	list_add_tail_rcu(&t->in_table, &table);
	return 0;
}

/**
 * sigtrail_trigger_table_add - add a trigger and enable its probe
 * @spec: its specification
 * @extack: gets the reason of a failure
 *
 * Context: may sleep, with the table's mutex held.
 * Return: the trigger, or an error pointer: from sigtrail_trigger_spec_check()
 *	or sigtrail_trigger_symbol_probe(), -EEXIST, -ENOSPC, -ENOMEM, or
 *	-ESHUTDOWN when the module is being unloaded.
 */
struct sigtrail_trigger *sigtrail_trigger_table_add(const struct sigtrail_trigger_spec *spec,
						    struct netlink_ext_ack *extack)
{
	struct sigtrail_trigger *t;
	int err;

	lockdep_assert_held(&sigtrail_trigger_table_mutex);
	if (table_closed)
		return ERR_PTR(-ESHUTDOWN);
	err = sigtrail_trigger_spec_check(spec, extack);
	if (err)
		return ERR_PTR(err);
	if (table_size >= SIGTRAIL_TRIGGER_LIMIT) {
		NL_SET_ERR_MSG(extack, "the maximum of 32 triggers is reached");
		return ERR_PTR(-ENOSPC);
	}

	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return ERR_PTR(-ENOMEM);
	t->spec = *spec;
	t->lock = (arch_spinlock_t)__ARCH_SPIN_LOCK_UNLOCKED;
	seqcount_init(&t->seq);
	err = sigtrail_trigger_symbol_probe(t, extack);
	if (err)
		goto free;
	err = table_enter(t, extack);
	if (err)
		goto unregister;
	return t;

unregister:
	unregister_kprobe(&t->probe);
free:
	kfree(t);
	return ERR_PTR(err);
}

/**
 * sigtrail_trigger_table_from - the trigger with an id, or else the next one
 * @id: the id
 *
 * Context: with the table's mutex held.
 * Return: the trigger, or NULL.
 */
struct sigtrail_trigger *sigtrail_trigger_table_from(u32 id)
{
	struct sigtrail_trigger *t;

	lockdep_assert_held(&sigtrail_trigger_table_mutex);
	list_for_each_entry(t, &table, in_table)
		if (t->id >= id)
			return t;
	return NULL;
}

/**
 * sigtrail_trigger_table_remove - remove a trigger
 * @t: the trigger; the caller frees it
 *
 * In this order: take it off the list; unregister its probe, which waits, by
 * RCU, for handlers and for readers of the list that still use it; send what it
 * has queued. Then there is no reference to it.
 *
 * Context: may sleep, with the table's mutex held.
 */
void sigtrail_trigger_table_remove(struct sigtrail_trigger *t)
{
	lockdep_assert_held(&sigtrail_trigger_table_mutex);
	list_del_rcu(&t->in_table);
	table_size--;
	unregister_kprobe(&t->probe);
	sigtrail_trigger_work_flush();
	sigtrail_trigger_print_held_back(t);
}

/**
 * sigtrail_trigger_table_say_held_back - print the lines held back of each trigger
 *
 * Context: the work.
 */
void sigtrail_trigger_table_say_held_back(void)
{
	struct sigtrail_trigger *t;

	rcu_read_lock();
	list_for_each_entry_rcu(t, &table, in_table)
		sigtrail_trigger_print_held_back(t);
	rcu_read_unlock();
}

/**
 * sigtrail_trigger_table_close - remove all triggers, and allow no new ones
 *
 * Context: may sleep.
 */
void sigtrail_trigger_table_close(void)
{
	struct sigtrail_trigger *t, *next;

	mutex_lock(&sigtrail_trigger_table_mutex);
	table_closed = true;
	list_for_each_entry_safe(t, next, &table, in_table) {
		sigtrail_trigger_table_remove(t);
		kfree(t);
	}
	mutex_unlock(&sigtrail_trigger_table_mutex);
}
