/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sigtrail_trigger: what its files share.
 *
 * Locks, outermost first: generic netlink's, the table's mutex; and, on its
 * own, the mutex of the tasks that are told by signal. A probe takes none of
 * them. It may hit in any function, with any lock held, so that all it takes is
 * its trigger's own, which only probes take: they never nest on a CPU.
 *
 * What a probe has seen goes into a queue of the CPU's, from where a work
 * fetches it, which multicasts, signals and prints. The work is not under the
 * table's mutex: a trigger is deleted only when none of its notices is left.
 *
 * A name that files share begins with sigtrail_trigger_, as do those of all
 * types: the core's begin with sigtrail_ alone. A file's own names begin with
 * what the file is about.
 *
 * No file calls one that calls it in turn: netlink calls table, which calls
 * symbol, then probe, then queue and work. The relay is above them all.
 */
#ifndef _SIGTRAIL_TRIGGER_H
#define _SIGTRAIL_TRIGGER_H

#include <linux/compiler.h>
#include <linux/kprobes.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "include/uapi/linux/sigtrail_trigger.h"

struct netlink_ext_ack;
struct pid;
struct pt_regs;
struct seq_file;

/* Processes whose hits one trigger counts apart. */
#define SIGTRAIL_TRIGGER_PROCESSES 64

/* Hits that are printed in a second, of one trigger. */
#define SIGTRAIL_TRIGGER_LINES_PER_SECOND 50

/* Room for the name of a function, a syscall's prefix included. */
#define SIGTRAIL_TRIGGER_FUNCTION_LEN (SIGTRAIL_TRIGGER_SYMBOL_LEN + 16)

/**
 * struct sigtrail_trigger_spec - what a trigger is to be
 * @symbol: a function or a syscall
 * @target_name: comm of the processes it is for
 * @offset: bytes into the function
 * @skip: hits that do not act
 * @per: enum sigtrail_trigger_per
 * @rate: notices per second at the most
 */
struct sigtrail_trigger_spec {
	char symbol[SIGTRAIL_TRIGGER_SYMBOL_LEN];
	char target_name[SIGTRAIL_TRIGGER_NAME_LEN];
	u32 offset;
	u32 skip;
	u32 per;
	u32 rate;
};

/**
 * struct sigtrail_trigger_process - how often a process has hit
 * @pid: its tgid, 0 for a free entry
 * @start_time: tells it from a later user of @pid
 * @count: its hits
 * @last: ns of local_clock(), the last of them
 */
struct sigtrail_trigger_process {
	u32 pid;
	u64 start_time;
	u64 count;
	u64 last;
};

/**
 * struct sigtrail_trigger_budget - what is allowed in the present second
 * @second: ns of local_clock(), when it began
 * @used: how much of it is
 */
struct sigtrail_trigger_budget {
	u64 second;
	u32 used;
};

/**
 * struct sigtrail_trigger_counts - what became of the hits
 * @hits: all, by processes of the name
 * @acted: made a notice
 * @rate_limited: made none for the rate
 * @dropped: found no room or no memory for it
 * @forgotten: processes that made room for another
 * @held_back: were not printed
 *
 * Each is one word, read without a lock.
 */
struct sigtrail_trigger_counts {
	unsigned long hits;
	unsigned long acted;
	unsigned long rate_limited;
	unsigned long dropped;
	unsigned long forgotten;
	unsigned long held_back;
};

/**
 * struct sigtrail_trigger - a probe, for processes of one name
 * @id: its number
 * @spec: what it was asked to be
 * @function: the kernel's name of the probed function
 * @wrapped: which takes the registers of a syscall
 * @probe: the probe
 * @in_table: its place in the table
 * @lock: protects all below but for what is said otherwise; only probes take
 *	it, with interrupts off. Not one that lockdep knows: lockdep may be
 *	what is probed
 * @counts: written under @lock
 * @unsent: notices that found no memory later on; like the next two, written
 *	by the work alone
 * @unprinted: hits that found no room among those to be printed
 * @held_back_said: of all that were not printed, what the log has been told
 * @notices: the rate of notices
 * @lines: the rate of lines
 * @count: hits by all processes of the name
 * @processes: hits by each
 */
struct sigtrail_trigger {
	u32 id;
	struct sigtrail_trigger_spec spec;
	char function[SIGTRAIL_TRIGGER_FUNCTION_LEN];
	bool wrapped;
	struct kprobe probe;
	struct list_head in_table;
	arch_spinlock_t lock;
	struct sigtrail_trigger_counts counts;
	unsigned long unsent;
	unsigned long unprinted;
	unsigned long held_back_said;
	struct sigtrail_trigger_budget notices;
	struct sigtrail_trigger_budget lines;
	u64 count;
	struct sigtrail_trigger_process processes[SIGTRAIL_TRIGGER_PROCESSES];
};

/**
 * sigtrail_trigger_held_back - hits of a trigger that were not printed
 * @t: the trigger
 *
 * Return: how many.
 */
static inline unsigned long sigtrail_trigger_held_back(const struct sigtrail_trigger *t)
{
	return READ_ONCE(t->counts.held_back) + READ_ONCE(t->unprinted);
}

/**
 * sigtrail_trigger_dropped - hits of a trigger that should have made a notice
 * @t: the trigger
 *
 * Return: how many found no room or no memory.
 */
static inline unsigned long sigtrail_trigger_dropped(const struct sigtrail_trigger *t)
{
	return READ_ONCE(t->counts.dropped) + READ_ONCE(t->unsent);
}

/**
 * struct sigtrail_trigger_notice - a hit, on its way from the probe to the work
 * @trigger: whose it is
 * @time: ns of local_clock()
 * @start_time: ns of CLOCK_BOOTTIME, when the process started
 * @count: its number
 * @pid: the process's tgid
 * @tid: the thread's id
 * @target_name: comm of the process's group leader
 * @acts: it is to be multicast
 * @prints: it is to be printed
 * @args: the call's arguments, at offset 0
 */
struct sigtrail_trigger_notice {
	struct sigtrail_trigger *trigger;
	u64 time;
	u64 start_time;
	u64 count;
	u32 pid;
	u32 tid;
	char target_name[SIGTRAIL_TRIGGER_NAME_LEN];
	bool acts;
	bool prints;
	unsigned long args[SIGTRAIL_TRIGGER_ARGS];
};

/* args.c */

void sigtrail_trigger_call_args(struct pt_regs *regs, bool wrapped,
				unsigned long *args);

/* debugfs.c */

void sigtrail_trigger_debugfs_init(void);
void sigtrail_trigger_debugfs_exit(void);

/* ksig.c */

bool sigtrail_trigger_ksig_has_current(void);
int sigtrail_trigger_ksig_send(u32 value);
int sigtrail_trigger_ksig_register(struct pid *pid);
void sigtrail_trigger_ksig_show(struct seq_file *m);
int sigtrail_trigger_ksig_init(int signal);
void sigtrail_trigger_ksig_exit(void);

/* netlink.c */

bool sigtrail_trigger_notice_multicast(const struct sigtrail_trigger_notice *notice);
int sigtrail_trigger_netlink_init(void);
void sigtrail_trigger_netlink_exit(void);

/* print.c */

void sigtrail_trigger_print_notice(const struct sigtrail_trigger_notice *notice);
void sigtrail_trigger_print_held_back(struct sigtrail_trigger *t);

/* probe.c */

int sigtrail_trigger_probe_hit(struct kprobe *p, struct pt_regs *regs);

/* queue.c */

bool sigtrail_trigger_queue_begin(struct sigtrail_trigger_notice **notice);
void sigtrail_trigger_queue_end(void);
bool sigtrail_trigger_queue_take(struct sigtrail_trigger_notice *notice);
int sigtrail_trigger_queue_init(void);
void sigtrail_trigger_queue_exit(void);

/* relay.c */

int sigtrail_trigger_relay_init(void);
void sigtrail_trigger_relay_exit(void);

/* spec.c */

int sigtrail_trigger_spec_set_names(struct sigtrail_trigger_spec *spec,
				    const char *symbol, const char *target_name,
				    struct netlink_ext_ack *extack);
int sigtrail_trigger_spec_check(const struct sigtrail_trigger_spec *spec,
				struct netlink_ext_ack *extack);

/* symbol.c */

int sigtrail_trigger_symbol_probe(struct sigtrail_trigger *t,
				  struct netlink_ext_ack *extack);

/* table.c */

extern struct mutex sigtrail_trigger_table_mutex;

struct sigtrail_trigger *sigtrail_trigger_table_add(const struct sigtrail_trigger_spec *spec,
						    struct netlink_ext_ack *extack);
struct sigtrail_trigger *sigtrail_trigger_table_from(u32 id);
void sigtrail_trigger_table_remove(struct sigtrail_trigger *t);
void sigtrail_trigger_table_say_held_back(void);
void sigtrail_trigger_table_close(void);

/* upcall.c */

void sigtrail_trigger_upcall(char *path);

/* work.c */

void sigtrail_trigger_work_kick(void);
void sigtrail_trigger_work_again(void);
void sigtrail_trigger_work_say_later(void);
void sigtrail_trigger_work_flush(void);
int sigtrail_trigger_work_init(work_func_t run, work_func_t say);
void sigtrail_trigger_work_exit(void);

#endif /* _SIGTRAIL_TRIGGER_H */
