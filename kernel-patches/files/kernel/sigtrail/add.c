// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: how a signal gets into the ring: it is counted by the newest record of its
 * part, or by a summary, or gets a record of its own.
 */
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>

#include "internal.h"
#include "sender.h"

/*
 * Writes the record of a signal that current sends, or in whose context it is made: then
 * it needs no line. The names first: what is needed of them is in few registers then.
 * Returns the parent's tgid.
 */
static __always_inline u32
sigtrail_write_current(struct sigtrail_box_slot *slot,
		       struct sigtrail_names *names, u32 seq,
		       struct task_struct *t, u64 now,
		       const struct sigtrail_key *key)
{
	struct task_struct *parent = rcu_dereference(current->real_parent);
	bool by_kernel = key->flags & SIGTRAIL_FLAG_KERNEL;
	const struct sigtrail_name *by =
		sigtrail_name_of_process(names, current, SIGTRAIL_BOX_SENDER,
					 key->generation);
	const struct sigtrail_name *under =
		unlikely(by_kernel) ? names->table :
		sigtrail_line_of_process(names, parent, key->generation);
	const struct sigtrail_name *to =
		sigtrail_name_of_process(names, t, SIGTRAIL_BOX_TARGET,
					 key->generation);
	struct sigtrail_draft d = {
		.time = now,
		.what = key->what,
		.flags = key->flags,
		.value = key->code,
		.sender_pid = key->sender_pid,
		.sender_tid = key->sender_tid,
		.sender_uid = key->sender_uid,
		.parent_pid = unlikely(by_kernel) ? 0 : task_tgid_nr(parent),
		.target_pid = key->target_pid,
		.target_tid = key->target_tid,
		.sender = by,
		.parent = under,
		.target = to,
	};
	u32 check = sigtrail_slot_put(slot, names->salt, seq, &d);

	slot->check = sigtrail_check_word(check,
					  sigtrail_names_sum(by, under, to));
	return d.parent_pid;
}

/**
 * sigtrail_signal_fill - make a signal's record
 * @rec: gets it
 * @t: the target
 * @now: ns of local_clock()
 * @key: what it has in common with those like it
 * @by_task: current is the sender, or the context in which the kernel made it
 *
 * Context: any but NMI, in an RCU read-side section.
 */
void sigtrail_signal_fill(struct sigtrail_record *rec, struct task_struct *t,
			  u64 now, const struct sigtrail_key *key, bool by_task)
{
	memset(rec, 0, sizeof(*rec));
	rec->time = now;
	rec->kind = sigtrail_what_kind(key->what);
	rec->signal = sigtrail_what_signal(key->what);
	rec->outcome = sigtrail_what_outcome(key->what);
	rec->scope = sigtrail_what_scope(key->what);
	rec->flags = key->flags;
	rec->code = key->code;
	sigtrail_task_fill(&rec->target, t);
	rec->sender.uid = key->sender_uid;
	if (key->flags & SIGTRAIL_FLAG_FAULT) {
		rec->fault_address = key->address;
		rec->fault_pc = instruction_pointer(task_pt_regs(current));
		sigtrail_task_fill(&rec->sender, t);
	} else if (by_task) {
		sigtrail_caller_fill(rec);
	}
}

/* The same in an interrupt, of a fault or a summary, or when current was released. */
static noinline void sigtrail_write_other(struct sigtrail_box_slot *slot,
					  struct sigtrail_names *names, u64 seq,
					  struct task_struct *t, u64 now,
					  const struct sigtrail_key *key,
					  bool by_task)
{
	struct sigtrail_record rec;

	sigtrail_signal_fill(&rec, t, now, key, by_task);
	sigtrail_slot_write(slot, names, seq, &rec);
}

/* Has a process still the name that the last record of the part has? */
static bool sigtrail_has_name(struct sigtrail_names *names,
			      struct task_struct *t,
			      enum sigtrail_box_role role, u32 generation)
{
	const struct sigtrail_name *name = names->recent[role].name;

	return sigtrail_name_of_process(names, t, role, generation) == name;
}

/* Are parent and ancestors of current those that the last record of the part has? */
static bool sigtrail_has_line(struct sigtrail_part *part, u32 generation)
{
	struct task_struct *parent = rcu_dereference(current->real_parent);
	struct sigtrail_names *names = &part->names;
	const struct sigtrail_name *line =
		names->recent[SIGTRAIL_BOX_PARENT].name;

	return part->last.parent_pid == task_tgid_nr(parent) &&
	       sigtrail_line_of_process(names, parent, generation) == line;
}

/*
 * Some process has a new name, or has ended. If it is none of this signal's, the
 * newest record can still stand for it.
 */
static noinline void sigtrail_last_renew(struct sigtrail_part *part,
					 struct task_struct *t,
					 const struct sigtrail_key *key)
{
	struct sigtrail_last *last = &part->last;
	struct sigtrail_key same = last->key;
	bool by_task = key->sender_tid;

	same.generation = key->generation;
	if (!sigtrail_key_same(&same, key) || !last->target_start ||
	    last->target_start != t->start_boottime)
		return;
	if (by_task && (last->sender_start != current->start_boottime ||
			!pid_alive(current)))
		return;
	/* That of a fault, or of an interrupt, has only a target. */
	if (by_task && !(key->flags & SIGTRAIL_FLAG_FAULT) &&
	    !sigtrail_has_name(&part->names, current, SIGTRAIL_BOX_SENDER,
			       key->generation))
		return;
	/* One of the kernel has no line. */
	if (!(key->flags & SIGTRAIL_FLAG_KERNEL) &&
	    !sigtrail_has_line(part, key->generation))
		return;
	if (sigtrail_has_name(&part->names, t, SIGTRAIL_BOX_TARGET,
			      key->generation))
		last->key.generation = key->generation;
}

/*
 * The record of a fault, or of an interrupt, can be renewed, too, by the name that it has:
 * the process may have got another one since.
 */
static void sigtrail_renew_target(struct sigtrail_part *part,
				  const struct sigtrail_box_slot *slot,
				  struct task_struct *t, u32 generation)
{
	const struct sigtrail_name *name =
		sigtrail_name_of_process(&part->names, t, SIGTRAIL_BOX_TARGET,
					 generation);

	if (slot->name[SIGTRAIL_BOX_TARGET] == name->place)
		part->last.target_start = t->start_boottime;
}

/* Adds a record. Returns whether the relay is to be kicked. */
static bool sigtrail_add(struct sigtrail_ring *ring, struct sigtrail_part *part,
			 struct task_struct *t, u64 now,
			 const struct sigtrail_key *key, bool by_task)
{
	struct sigtrail_last *last = &part->last;
	struct sigtrail_box_slot *slot;

	sigtrail_last_close(ring, part);
	sigtrail_quick_none(last);
	last->begun = sigtrail_key_same(&last->key, key);
	slot = sigtrail_part_slot(ring, part);
	if (likely(by_task && pid_alive(current) &&
		   !sigtrail_what_kind(key->what) &&
		   !(key->flags & SIGTRAIL_FLAG_FAULT))) {
		last->parent_pid =
			sigtrail_write_current(slot, &part->names, ring->next,
					       t, now, key);
		last->sender_start = current->start_boottime;
		last->target_start = t->start_boottime;
	} else {
		sigtrail_write_other(slot, &part->names, ring->next, t, now,
				     key, by_task);
		last->sender_start = current->start_boottime;
		last->target_start = 0;
		if (key->flags & SIGTRAIL_FLAG_FAULT ||
		    (!by_task && !sigtrail_what_kind(key->what)))
			sigtrail_renew_target(part, slot, t, key->generation);
	}
	sigtrail_part_end(part);
	last->key = *key;
	last->seq = ring->next;
	last->count = 1;
	last->repeats = NULL;
	ring->next++;
	return sigtrail_ring_hears(ring, part) && sigtrail_ring_kicks(ring);
}

/*
 * Adds a signal of a user's share: as a record, or to a summary. The share of all
 * users beyond has summaries of no single one of them; and what another user's process
 * is made to send is not of that one.
 */
static bool sigtrail_add_shared(struct sigtrail_ring *ring,
				struct sigtrail_part *part,
				struct task_struct *t, u64 now,
				struct sigtrail_key *key, bool by_task)
{
	struct sigtrail_user *user = &sigtrail_users[part->share];
	bool known = part->share != SIGTRAIL_SHARE_LAST &&
		     (key->flags & SIGTRAIL_FLAG_KERNEL ||
		      key->sender_uid == user->uid);
	struct sigtrail_last *last = &part->last;
	bool kick;

	if (sigtrail_budget_admit(&user->own, SIGTRAIL_COST_OWN, now))
		return sigtrail_add(ring, part, t, now, key, by_task);

	key->what = sigtrail_what_summary(key->what);
	key->flags &= ~(SIGTRAIL_FLAG_PRINTED | SIGTRAIL_FLAG_FAULT);
	if (!known) {
		key->flags &= ~SIGTRAIL_FLAG_REPARENTED;
		key->sender_uid = SIGTRAIL_UID_UNKNOWN;
	}
	/* Of one user, whatever else differs. */
	if (sigtrail_what_kind(last->key.what) == SIGTRAIL_KIND_SUMMARY &&
	    last->user == user->uid &&
	    sigtrail_last_more(ring, part, now))
		return false;
	kick = sigtrail_add(ring, part, t, now, key, by_task && known);
	last->begun = true;
	last->user = user->uid;
	return kick;
}

/**
 * sigtrail_signal_add - add a signal to the ring
 * @ring: the ring, which has memory
 * @part: the signal's part
 * @t: the target
 * @now: ns of local_clock()
 * @key: what it has in common with those like it; changed if it gets a summary
 * @by_task: as for sigtrail_signal_fill()
 *
 * Context: any but NMI, in an RCU read-side section, with the ring's lock held.
 * Return: whether the relay is to be kicked.
 */
bool sigtrail_signal_add(struct sigtrail_ring *ring, struct sigtrail_part *part,
			 struct task_struct *t, u64 now,
			 struct sigtrail_key *key, bool by_task)
{
	if (part->last.key.generation != key->generation)
		sigtrail_last_renew(part, t, key);
	if (sigtrail_last_count(ring, part, key, now))
		return false;
	if (part->share != SIGTRAIL_SHARE_COMMON)
		return sigtrail_add_shared(ring, part, t, now, key, by_task);
	if (unlikely(key->pays))
		sigtrail_budget_admit(key->pays, SIGTRAIL_COST_COMMON, now);
	return sigtrail_add(ring, part, t, now, key, by_task);
}
