/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigtrail: declarations for all of its files.
 *
 * Locks, outermost first: the target's siglock (the hooks run under it, or
 * under tasklist_lock), then one of two raw spinlocks: the ring's, which also
 * protects the table of exits, or the printer's. They do not nest. Code that
 * holds one must not send a signal, wake a task or print. A hook also queues
 * delayed work, with neither held: that takes the lock of a timer base or of a
 * worker pool, and may wake a worker, as complete_signal() wakes the target. A
 * hook does not take the claim's lock, with which records are added. So are they
 * with the mutex of the switches. That of previous.c is taken alone.
 */
#ifndef _SIGTRAIL_INTERNAL_H
#define _SIGTRAIL_INTERNAL_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/jump_label.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>
#include <linux/time64.h>
#include <linux/types.h>
#include <linux/sigtrail.h>

#include "record.h"
#include "ring.h"

struct genl_family;
struct genl_info;
struct kernel_siginfo;
struct sk_buff;
struct task_struct;

/* switch.c, also see below */

/**
 * struct sigtrail_state - state that every hook reads
 * @relay_task: the relay's worker while it multicasts, else NULL
 * @claim_pid: tgid of the process that has claimed the log, or 0; set under the
 *	claim's lock, and cleared without it when the process ends
 * @shutdown: shutdown has begun; never cleared
 *
 * In one struct, so that a hook needs one address and one cache line. Read
 * without a lock.
 */
struct sigtrail_state {
	struct task_struct *relay_task;
	u32 claim_pid;
	bool shutdown;
};

extern struct sigtrail_state sigtrail_state;

/**
 * sigtrail_name_generation_get - the generation of the processes' names
 *
 * A process that still has its ids has its name, too, if the generation is the
 * same: each new name and each end of a process begins the next one. Read it before
 * a name: with a name that is changed meanwhile there is an old generation.
 *
 * A zombie has ended. Until it is reaped its ids stay, and with threads alone all
 * others can be used up without a new generation: of a task with an exit_state,
 * nothing is known to be the same later.
 *
 * Context: any.
 * Return: the generation.
 */
static inline u32 sigtrail_name_generation_get(void)
{
	return atomic_read_acquire(&sigtrail_name_generation);
}

/* leave_out.c */

/**
 * enum sigtrail_left_out - why a signal was not recorded
 * @SIGTRAIL_LEFT_OUT_NOT: it was recorded
 * @SIGTRAIL_LEFT_OUT_SIGCHLD: switch sigchld is off
 * @SIGTRAIL_LEFT_OUT_SIGALRM: switch sigalrm is off
 * @SIGTRAIL_LEFT_OUT_SIGURG: switch sigurg is off
 * @SIGTRAIL_LEFT_OUT_KTHREAD: switch kthread is off
 * @SIGTRAIL_LEFT_OUT_OWN: the relay's own message caused it
 * @SIGTRAIL_LEFT_OUT_COUNT: number of these values
 */
enum sigtrail_left_out {
	SIGTRAIL_LEFT_OUT_NOT,
	SIGTRAIL_LEFT_OUT_SIGCHLD,
	SIGTRAIL_LEFT_OUT_SIGALRM,
	SIGTRAIL_LEFT_OUT_SIGURG,
	SIGTRAIL_LEFT_OUT_KTHREAD,
	SIGTRAIL_LEFT_OUT_OWN,
	SIGTRAIL_LEFT_OUT_COUNT
};

enum sigtrail_left_out sigtrail_leave_out(int sig, int code, int outcome,
					  bool within_process, bool to_kthread);
bool sigtrail_leave_out_signal(int sig, const struct kernel_siginfo *info,
			       struct task_struct *t, int result, u32 flags);
u64 sigtrail_left_out_count(enum sigtrail_left_out why);

/* exit.c */

#define SIGTRAIL_EXIT_SETS 128
#define SIGTRAIL_EXIT_WAYS 4

/**
 * struct sigtrail_exit_times - when a process was sent signals that can end it
 * @first: ns of local_clock(), of the first one that asked it to end; 0: none has
 * @last: ns of local_clock(), of the last one that did
 * @other: ns of local_clock(), of the last one that did not; 0: none
 */
struct sigtrail_exit_times {
	u64 first;
	u64 last;
	u64 other;
};

/**
 * struct sigtrail_exit_entry - a signalled process
 * @pid: its tgid in the initial pid namespace, 0 for a free entry
 * @id: address of its struct pid, never dereferenced; another process with the
 *	same @pid has another one
 * @times: when it was signalled
 */
struct sigtrail_exit_entry {
	u32 pid;
	unsigned long id;
	struct sigtrail_exit_times times;
};

extern struct sigtrail_exit_entry
	sigtrail_exit_table[SIGTRAIL_EXIT_SETS][SIGTRAIL_EXIT_WAYS];
void sigtrail_exit_note_any(u32 pid, unsigned long id, u64 now, bool asks);

/**
 * sigtrail_exit_stamp - take the time of a signal that can end a process
 * @times: the process's
 * @now: ns of local_clock()
 * @asks: the signal asks it to end
 */
static inline void sigtrail_exit_stamp(struct sigtrail_exit_times *times,
				       u64 now, bool asks)
{
	if (!asks) {
		times->other = now;
		return;
	}
	if (!times->first)
		times->first = now;
	times->last = now;
}

/**
 * sigtrail_exit_note - a process was sent a signal that can end it
 * @pid: its tgid
 * @id: its struct pid, as a number
 * @now: ns of local_clock()
 * @asks: the signal asks it to end
 *
 * Context: any but NMI, with the ring's lock held.
 */
static inline void sigtrail_exit_note(u32 pid, unsigned long id, u64 now,
				      bool asks)
{
	struct sigtrail_exit_entry *e =
		sigtrail_exit_table[pid % SIGTRAIL_EXIT_SETS];

	if (e->id == id && e->pid == pid)
		sigtrail_exit_stamp(&e->times, now, asks);
	else
		sigtrail_exit_note_any(pid, id, now, asks);
}

bool sigtrail_exit_take(u32 pid, unsigned long id,
			struct sigtrail_exit_times *times);
void sigtrail_exit_since(const struct sigtrail_exit_times *times,
			 struct sigtrail_record *rec);
u64 sigtrail_exit_forgotten(void);

/* fault.c */

void sigtrail_fault(u8 kind, const char *format, ...) __printf(2, 3);

/* print.c */

/*
 * So many ns of the rate can be saved up. A kill-all of 500 processes prints 1,500
 * lines within a second or two: TERM, KILL and exit of each. At 200 lines a second
 * this is 1,600 at once. A lower rate, for a slower console, lowers this as well.
 * A console of 115200 baud takes 10 s for it: less than the watchdogs of the
 * kernel, and those of routers, wait.
 */
#define SIGTRAIL_PRINT_BURST (8ULL * NSEC_PER_SEC)

/**
 * struct sigtrail_print_budget - the rate limit of printed lines
 * @time: ns of local_clock(), up to which @spent is paid back
 * @spent: lines printed and not yet paid back, times NSEC_PER_SEC; 0: the whole
 *	burst can be printed
 * @held_back: lines not printed, since boot
 * @held_back_said: of these, those that a printed line has reported
 */
struct sigtrail_print_budget {
	u64 time;
	u64 spent;
	u64 held_back;
	u64 held_back_said;
};

extern struct sigtrail_print_budget sigtrail_print_budget;

bool sigtrail_print_admit(u64 now);
void sigtrail_print_signal(const struct sigtrail_record *rec);
void sigtrail_print_exit(const struct sigtrail_record *rec);
void sigtrail_print_mark(const struct sigtrail_record *rec);
void sigtrail_print_reboot(const struct sigtrail_record *rec);
void sigtrail_print_survivor(const struct sigtrail_record *rec);
void sigtrail_print_held_back(void);
u64 sigtrail_held_back_count(void);

/* message.c */

int sigtrail_put_u64(struct sk_buff *skb, int attr, u64 value);
int sigtrail_record_put(struct sk_buff *skb, const struct sigtrail_record *rec);

/* alive.c */

void sigtrail_alive_boot(const char *id);
void sigtrail_alive_now(void);
void sigtrail_alive_start(void);
void sigtrail_alive_fault(const struct sigtrail_record *rec);

/* box.c */

u32 sigtrail_box_check(u32 salt, const void *from, size_t bytes);
void sigtrail_box_store(u32 salt, void *to, const void *from, size_t bytes);
void sigtrail_box_forget(struct sigtrail_box *box);
void sigtrail_box_format(struct sigtrail_box *box, u32 bytes, u32 slots,
			 u32 names, u32 salt);

/* place.c */

int sigtrail_place_put(struct sk_buff *skb);

/* previous.c */

/**
 * struct sigtrail_previous - the records that outlived the last reset
 * @image: the memory as it was found; NULL if it has none, or has been freed
 * @found: enum sigtrail_box_found
 * @first: number of the oldest record that it can have
 * @last: number of the newest one
 * @near: number of one of them, or close to it: it has their upper 32 bits
 * @near_place: its slot
 * @records: number of records, @fault included
 * @damaged: number of those that are not whole
 * @fault: it has a fault that could not become a record
 */
struct sigtrail_previous {
	void *image;
	u32 found;
	u64 first;
	u64 last;
	u64 near;
	u32 near_place;
	u32 records;
	u32 damaged;
	bool fault;
};

u32 sigtrail_box_judge(const struct sigtrail_box *box, u32 bytes);
void sigtrail_previous_count(struct sigtrail_previous *previous);
bool sigtrail_previous_get(const struct sigtrail_previous *previous, u64 seq,
			   struct sigtrail_record *rec);
u32 sigtrail_previous_keep(void *memory, u32 bytes);
bool sigtrail_previous_read(u64 seq, struct sigtrail_record *rec);
void sigtrail_previous_free(void);
int sigtrail_previous_put(struct sk_buff *skb);

/* relay.c */

void sigtrail_relay_kick(void);
void sigtrail_record_add(struct sigtrail_record *rec);
bool sigtrail_record_try_add(struct sigtrail_record *rec);

/**
 * sigtrail_relay_is_current - is the relay's work current?
 *
 * Return: whether it is; false in an interrupt.
 */
static inline bool sigtrail_relay_is_current(void)
{
	return READ_ONCE(sigtrail_state.relay_task) == current && in_task();
}

u64 sigtrail_relay_failed(void);
int sigtrail_relay_init(const struct genl_family *family);

/* claim.c */

/**
 * sigtrail_claim_pid - the process that has claimed the log
 *
 * Context: any.
 * Return: its tgid, or 0 if there is none.
 */
static inline u32 sigtrail_claim_pid(void)
{
	return READ_ONCE(sigtrail_state.claim_pid);
}

int sigtrail_claim_put(struct sk_buff *skb);
int sigtrail_claim_set(struct sk_buff *request, struct genl_info *info);
void sigtrail_claim_end(struct task_struct *p);
int sigtrail_claim_init(void);

/* info.c */

int sigtrail_info_put(struct sk_buff *skb);

/* set.c */

int sigtrail_switch_get(int attr);
void sigtrail_switch_text(char *text, int attr, int value);
void sigtrail_switch_set(int attr, int value);

/* shutdown.c */

/**
 * sigtrail_shutdown_begun - has shutdown begun?
 *
 * Return: whether it has.
 */
static inline bool sigtrail_shutdown_begun(void)
{
	return READ_ONCE(sigtrail_state.shutdown);
}

void sigtrail_shutdown_begin(void);
bool sigtrail_shutdown_starts(int sig, int outcome, bool to_init,
			      bool from_init, enum pid_type type);

/* survivor.c */

bool sigtrail_kill_pending(struct task_struct *t);
u32 sigtrail_survivors_count(void);
void sigtrail_survivors_record(void);

/* switch.c */

/**
 * struct sigtrail_switches - switches, set at boot and at run time
 * @printk: enum sigtrail_printk
 * @printk_rate: lines per second, and a burst of 8 times as many
 * @sigchld: record SIGCHLD
 * @sigalrm: record SIGALRM
 * @sigurg: record SIGURG by tgkill(2) within one process
 * @kthread: record what kernel threads ignore
 *
 * Each is one word, written and read without a lock: a hook may see the old or
 * the new value.
 */
struct sigtrail_switches {
	int printk;
	int printk_rate;
	int sigchld;
	int sigalrm;
	int sigurg;
	int kthread;
};

/* More than any console can show. A netlink policy takes an s16. */
#define SIGTRAIL_PRINTK_RATE_MAX 10000

extern struct sigtrail_switches sigtrail_switches;

/**
 * sigtrail_print_wanted - does the mode allow printing now?
 *
 * Return: whether it does.
 */
static inline bool sigtrail_print_wanted(void)
{
	switch (READ_ONCE(sigtrail_switches.printk)) {
	case SIGTRAIL_PRINTK_OFF:
		return false;
	case SIGTRAIL_PRINTK_ALWAYS:
		return true;
	default:
		return !sigtrail_claim_pid() || sigtrail_shutdown_begun();
	}
}

extern const char * const sigtrail_printk_words[SIGTRAIL_PRINTK_ALWAYS + 1];

bool sigtrail_switch_enabled(void);

#endif /* _SIGTRAIL_INTERNAL_H */
