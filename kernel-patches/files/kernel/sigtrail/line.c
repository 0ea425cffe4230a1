// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: a sender's line: its parent, and the ancestors beyond.
 *
 * Each look-up of a line is one of its names, too: they are in no older epoch than the
 * line. So no record has a line of which a name was removed. The line may still be in
 * the table then, and be found again with other names at the same places.
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "cgroup.h"
#include "internal.h"
#include "line.h"
#include "sender.h"

/* Finds a line, whose names have just been looked up, or adds it. */
static struct sigtrail_name *sigtrail_line_find(struct sigtrail_names *names,
						const struct sigtrail_box_line *line)
{
	const u32 *word = (const u32 *)line;
	u32 check[SIGTRAIL_BOX_LINE_NAMES];
	struct sigtrail_name *found;
	u32 i, count = 0;

	BUILD_BUG_ON(sizeof(*line) != sizeof(struct sigtrail_box_name));
	for (i = 0; i < SIGTRAIL_BOX_LINE_NAMES; i++)
		if (line->name[i])
			check[count++] = names->table[line->name[i]].check;
	found = sigtrail_name_find(names, word, true);
	/* Also if it was there: its names can be others by now. */
	found->check = sigtrail_name_check(names->salt, word, check, count);
	return found;
}

/**
 * sigtrail_line_of - find the line of a record, or add it
 * @names: the table of names
 * @rec: the record
 *
 * Context: any, with the ring's lock held.
 * Return: its entry.
 */
struct sigtrail_name *sigtrail_line_of(struct sigtrail_names *names,
				       const struct sigtrail_record *rec)
{
	struct sigtrail_box_line line = { };
	u32 i;

	line.name[0] = sigtrail_name_of(names, &rec->parent)->place;
	for (i = 0; i < SIGTRAIL_ANCESTORS && rec->ancestor[i].pid; i++) {
		line.name[i + 1] =
			sigtrail_name_of(names, &rec->ancestor[i])->place;
		line.pid[i] = rec->ancestor[i].pid;
	}
	return sigtrail_line_find(names, &line);
}

/**
 * sigtrail_line_again - read a sender's line again, for the names' recent ones
 * @names: the table of names
 * @parent: the sender's parent
 * @generation: of names, read before
 *
 * Context: any, in an RCU read-side section, with the ring's lock held.
 */
noinline void sigtrail_line_again(struct sigtrail_names *names,
				  struct task_struct *parent, u32 generation)
{
	struct sigtrail_recent *last = &names->recent[SIGTRAIL_BOX_PARENT];
	struct sigtrail_recent *recent = &names->recent[SIGTRAIL_RECENT_LINE];
	struct sigtrail_box_line line = { };
	struct task_struct *t = READ_ONCE(parent->group_leader);
	u32 i;

	/* Before the ancestors: if they change meanwhile, so does it. */
	last->above = rcu_access_pointer(t->real_parent);
	for (i = 0; t && i < SIGTRAIL_BOX_LINE_NAMES; i++) {
		sigtrail_name_again(names, &recent[i],
				    READ_ONCE(t->group_leader), generation);
		line.name[i] = recent[i].name->place;
		if (i)
			line.pid[i - 1] = recent[i].pid;
		t = sigtrail_ancestor(t);
	}
	/* If it is the same, so are the names at its places: they are recent ones. */
	if (memcmp(last->name->word, &line, sizeof(line)))
		last->name = sigtrail_line_find(names, &line);
	last->leader = recent->leader;
	last->set = recent->set;
	last->pid = recent->pid;
	last->generation = generation;
}

/**
 * sigtrail_line_read - read a sender's parent and its ancestors
 * @rec: a record, cleared; gets them
 * @names: the names
 * @place: a line's, which is whole
 */
void sigtrail_line_read(struct sigtrail_record *rec,
			const struct sigtrail_name_list *names, u32 place)
{
	struct sigtrail_box_line line;
	u32 i;

	memcpy(&line, sigtrail_name_at(names, place), sizeof(line));
	sigtrail_task_read(&rec->parent, names, line.name[0]);
	for (i = 0; i < SIGTRAIL_ANCESTORS && line.pid[i]; i++) {
		rec->ancestor[i].pid = line.pid[i];
		sigtrail_task_read(&rec->ancestor[i], names, line.name[i + 1]);
	}
}

/**
 * sigtrail_line_check - the check of a line in memory of any content
 * @check: gets it
 * @salt: that of the memory
 * @names: the names
 * @place: the line's, which is one of theirs
 *
 * Return: false if it has a name at no place.
 */
bool sigtrail_line_check(u32 *check, u32 salt,
			 const struct sigtrail_name_list *names, u32 place)
{
	u32 word[SIGTRAIL_NAME_WORDS], more[SIGTRAIL_BOX_LINE_NAMES];
	struct sigtrail_box_line line;
	u32 i, count = 0;

	memcpy(&line, sigtrail_name_at(names, place), sizeof(line));
	for (i = 0; i < SIGTRAIL_BOX_LINE_NAMES; i++) {
		if (line.name[i] >= names->count)
			return false;
		if (!line.name[i])
			continue;
		memcpy(word, sigtrail_name_at(names, line.name[i]),
		       sizeof(word));
		more[count++] = sigtrail_name_check(salt, word, NULL, 0);
	}
	memcpy(word, &line, sizeof(word));
	*check = sigtrail_name_check(salt, word, more, count);
	return true;
}

static void sigtrail_process_fill(struct sigtrail_task *to,
				  struct task_struct *from)
{
	to->pid = task_tgid_nr(from);
	to->cgroup = sigtrail_cgroup_of(from);
	sigtrail_name_copy(to->name, from);
}

/* Sets the parent of current, which is alive, and the ancestors beyond. */
static void sigtrail_line_fill(struct sigtrail_record *rec)
{
	struct task_struct *t = rcu_dereference(current->real_parent);
	u32 i;

	if (sigtrail_reparented(current))
		rec->flags |= SIGTRAIL_FLAG_REPARENTED;
	sigtrail_process_fill(&rec->parent, t);
	for (i = 0; i < SIGTRAIL_ANCESTORS; i++) {
		t = sigtrail_ancestor(t);
		if (!t)
			break;
		sigtrail_process_fill(&rec->ancestor[i], t);
	}
}

/**
 * sigtrail_caller_fill - set sender, parent and ancestors of a record from current
 * @rec: the record, cleared; with SIGTRAIL_FLAG_KERNEL current is only the context, and
 *	the record gets no parent
 *
 * Context: task context.
 */
void sigtrail_caller_fill(struct sigtrail_record *rec)
{
	rec->sender.uid = __kuid_val(current_real_cred()->uid);

	rcu_read_lock();
	if (pid_alive(current)) {
		sigtrail_task_fill(&rec->sender, current);
		if (!(rec->flags & SIGTRAIL_FLAG_KERNEL))
			sigtrail_line_fill(rec);
	} else {
		/* Released, at the end of do_exit(): no leader, no parent. */
		rec->sender.pid = task_tgid_nr(current);
		rec->sender.tid = task_pid_nr(current);
		memcpy(rec->sender.name, current->comm, SIGTRAIL_NAME_LEN);
		rec->sender.name[SIGTRAIL_NAME_LEN - 1] = '\0';
	}
	rcu_read_unlock();
}
