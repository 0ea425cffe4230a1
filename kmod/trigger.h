/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigtrail_trigger: declarations for all of its files.
 *
 * Locks, outermost first: generic netlink's, then the table's mutex, which is
 * held while the work is flushed. The work takes the mutex of the registered
 * tasks: never take the table's under it. A probe takes none of them,
 * as it can hit with any lock held. It takes only its trigger's own lock, which
 * only probes take; they do not nest on a CPU.
 *
 * A probe puts a notice into a queue of its CPU. A work takes it from there,
 * multicasts it, signals the registered tasks and prints it. The work does not
 * take the table's mutex: a trigger is freed when none of its notices is left.
 *
 * Names that files share begin with sigtrail_trigger_, and so do all types. The
 * kernel part's names begin with sigtrail_ only. A file's own names are short.
 *
 * No file calls one that calls it in turn: netlink calls table, which calls
 * symbol, then probe, then queue and work. The relay is above them all.
 *
 * Arguments that can be addresses of the kernel do not leave the work as they are:
 * the relay replaces them before it sends, keeps or prints a notice.
 */
#ifndef _SIGTRAIL_TRIGGER_H
#define _SIGTRAIL_TRIGGER_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/kprobes.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include <linux/time64.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "include/uapi/linux/sigtrail_trigger.h"

struct netlink_ext_ack;
struct pid;
struct pt_regs;
struct seq_file;
struct sk_buff;

/* Maximum of processes that one trigger counts separately. */
#define SIGTRAIL_TRIGGER_PROCESSES 64

/* Maximum of lines per second, of one trigger. */
#define SIGTRAIL_TRIGGER_LINES_PER_SECOND 50

/* Size of a function's name, with a syscall's prefix. */
#define SIGTRAIL_TRIGGER_FUNCTION_LEN (SIGTRAIL_TRIGGER_SYMBOL_LEN + 16)

/**
 * struct sigtrail_trigger_spec - specification of a trigger
 * @symbol: a function or a syscall
 * @target_name: comm of the processes it is for
 * @offset: bytes into the function
 * @skip: number of hits before it acts
 * @per: enum sigtrail_trigger_per
 * @rate: maximum of notices per second
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
 * struct sigtrail_trigger_process - hits of a process
 * @pid: its tgid, 0 for a free entry
 * @start_time: its start time; another process with the same @pid has another one
 * @count: number of its hits
 * @last: ns of local_clock(), of the last one
 */
struct sigtrail_trigger_process {
	u32 pid;
	u64 start_time;
	u64 count;
	u64 last;
};

/**
 * struct sigtrail_trigger_budget - a rate limit
 * @second: ns of local_clock(), start of the current second
 * @used: number since then
 */
struct sigtrail_trigger_budget {
	u64 second;
	u32 used;
};

/**
 * struct sigtrail_trigger_counts - counters of a trigger
 * @hits: all hits, by processes of the name
 * @acted: hits whose notice was queued
 * @rate_limited: hits without a notice because of the rate
 * @dropped: hits without a notice because the queue was full
 * @forgotten: processes that were replaced by another
 * @held_back: hits that were not printed
 */
struct sigtrail_trigger_counts {
	u64 hits;
	u64 acted;
	u64 rate_limited;
	u64 dropped;
	u64 forgotten;
	u64 held_back;
};

/**
 * struct sigtrail_trigger - a probe, for processes of one name
 * @id: its number
 * @spec: its specification
 * @function: the kernel's name of the probed function
 * @syscall: the function may have a syscall's arguments, by its name
 * @probe: the probe
 * @in_table: its place in the table
 * @lock: protects all below, except where noted; only probes take it, with
 *	interrupts off. Not known to lockdep, which may itself be probed
 * @seq: for readers of @counts, which do not take @lock
 * @counts: written under @lock
 * @unsent: notices that could not be sent for lack of memory; this and the
 *	next two are written by the work, and the last on removal
 * @unprinted: hits not printed because all triggers together had too many
 * @held_back_said: hits not printed that a printed line has reported
 * @notices: rate limit of notices
 * @lines: rate limit of lines
 * @count: hits by all processes of the name
 * @processes: hits by each
 */
struct sigtrail_trigger {
	u32 id;
	struct sigtrail_trigger_spec spec;
	char function[SIGTRAIL_TRIGGER_FUNCTION_LEN];
	bool syscall;
	struct kprobe probe;
	struct list_head in_table;
	arch_spinlock_t lock;
	seqcount_t seq;
	struct sigtrail_trigger_counts counts;
	atomic64_t unsent;
	atomic64_t unprinted;
	u64 held_back_said;
	struct sigtrail_trigger_budget notices;
	struct sigtrail_trigger_budget lines;
	u64 count;
	struct sigtrail_trigger_process processes[SIGTRAIL_TRIGGER_PROCESSES];
};

/**
 * sigtrail_trigger_budget_take - take one from a rate limit
 * @budget: the limit's state
 * @limit: how many there are a second
 * @now: ns of local_clock()
 *
 * Return: false if none is left in this second.
 */
static __always_inline bool
sigtrail_trigger_budget_take(struct sigtrail_trigger_budget *budget, u32 limit,
			     u64 now)
{
	/* The clocks of two CPUs may differ: now can be the earlier one. */
	if ((s64)(now - budget->second) >= (s64)NSEC_PER_SEC) {
		budget->second = now;
		budget->used = 0;
	}
	if (budget->used >= limit)
		return false;
	budget->used++;
	return true;
}

/**
 * struct sigtrail_trigger_notice - a hit, queued by the probe for the work
 * @trigger: the trigger that was hit
 * @time: ns of local_clock()
 * @start_time: ns of CLOCK_BOOTTIME, when the process started
 * @count: its number
 * @pid: the process's tgid
 * @tid: the thread's id
 * @target_name: comm of the process's group leader
 * @acts: it has to be sent
 * @prints: it has to be printed
 * @has_args: @args are known: at offset 0 only
 * @user_args: @args are what the process itself passed to a syscall
 * @args: the call's arguments
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
	bool has_args;
	bool user_args;
	unsigned long args[SIGTRAIL_TRIGGER_ARGS];
};

/* args.c */

bool sigtrail_trigger_args_get(struct pt_regs *regs, bool syscall,
			       unsigned long *args);
void sigtrail_trigger_args_hide(struct sigtrail_trigger_notice *notice);

/* counts.c */

void sigtrail_trigger_counts_read(const struct sigtrail_trigger *t,
				  struct sigtrail_trigger_counts *counts);

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

/* message.c */

int sigtrail_trigger_message_put(struct sk_buff *skb,
				 const struct sigtrail_trigger *t);
size_t sigtrail_trigger_message_notice_size(void);
int sigtrail_trigger_message_put_notice(struct sk_buff *skb,
					const struct sigtrail_trigger_notice *notice);

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
void sigtrail_trigger_queue_round(void);
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
