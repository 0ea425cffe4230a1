/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sigtrail: what its files share.
 *
 * Locks, outermost first: the receiver's siglock (the hooks run under it, or
 * under tasklist_lock), then one of the raw spinlocks of the ring, the table of
 * exits or the printer. None of these is held while another is taken, and
 * nothing is called with one held that could send a signal, wake a task or
 * print. A hook also queues delayed work, with none of them held: that takes
 * the lock of a timer base or of a worker pool, and may wake a worker, as
 * complete_signal() wakes the receiver. The claim's lock is not for hooks.
 */
#ifndef _SIGTRAIL_INTERNAL_H
#define _SIGTRAIL_INTERNAL_H

#include <linux/jump_label.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/sigtrail.h>

struct genl_family;
struct genl_info;
struct sk_buff;

/**
 * struct sigtrail_task - a process as it was when a record was made
 * @pid: its tgid in the initial pid namespace
 * @tid: the thread's id there
 * @uid: its real uid in the initial user namespace
 * @name: comm of its group leader, always ended by a NUL
 */
struct sigtrail_task {
	u32 pid;
	u32 tid;
	u32 uid;
	char name[SIGTRAIL_NAME_LEN];
};

/**
 * struct sigtrail_record - one line of the trail
 * @seq: number, set by sigtrail_ring_push()
 * @time: ns of local_clock()
 * @kind: enum sigtrail_kind
 * @signal: number of the signal
 * @outcome: enum sigtrail_outcome
 * @scope: enum sigtrail_scope
 * @flags: enum sigtrail_flag
 * @code: si_code
 * @sender: who sent, marked or called reboot(2); of a kernel-made signal, in
 *	whose context it arose, pid 0 if in no task's
 * @parent: the sender's parent, pid 0 if not known
 * @target: the receiver, or who exited
 * @status: exit status as wait(2) reports it
 * @since_first: ns from the first signal that could end it to the exit
 * @since_last: ns from the last one
 * @reboot_code: enum sigtrail_reboot
 * @text: a mark's text, or the argument of a restart command
 */
struct sigtrail_record {
	u64 seq;
	u64 time;
	u8 kind;
	u8 signal;
	u8 outcome;
	u8 scope;
	u32 flags;
	s32 code;
	struct sigtrail_task sender;
	struct sigtrail_task parent;
	union {
		struct {
			struct sigtrail_task target;
			u32 status;
			u64 since_first;
			u64 since_last;
		};
		struct {
			u32 reboot_code;
			char text[SIGTRAIL_TEXT_LEN];
		};
	};
};

/* ring.c */

/**
 * struct sigtrail_ring - the newest records
 * @lock: protects all below; taken with a siglock held and interrupts off
 * @slots: the record numbered n is in slots[n & (size - 1)]; NULL until there
 *	is memory at boot
 * @size: of @slots, a power of two
 * @next: the number of the next record, from 1
 * @relay: the number of the next record to multicast
 * @skipped: records overwritten before they were multicast
 * @listening: whether anybody hears what is multicast; asked with the lock
 *	held, so that who joins first and then reads the ring misses nothing
 */
struct sigtrail_ring {
	raw_spinlock_t lock;
	struct sigtrail_record *slots;
	u32 size;
	bool (*listening)(void);
	u64 next;
	u64 relay;
	u64 skipped;
};

/**
 * struct sigtrail_ring_state - a ring's numbers, all of one moment
 * @size: records that it holds
 * @first: oldest number held
 * @last: newest number, 0 before the first record
 * @skipped: as in struct sigtrail_ring
 */
struct sigtrail_ring_state {
	u32 size;
	u64 first;
	u64 last;
	u64 skipped;
};

int sigtrail_ring_init(struct sigtrail_ring *ring, unsigned int size);
void sigtrail_ring_free(struct sigtrail_ring *ring);
bool sigtrail_ring_push(struct sigtrail_ring *ring,
			struct sigtrail_record *rec);
bool sigtrail_ring_read(struct sigtrail_ring *ring, u64 seq,
			struct sigtrail_record *rec);
bool sigtrail_ring_relay_peek(struct sigtrail_ring *ring,
			      struct sigtrail_record *rec);
void sigtrail_ring_relay_done(struct sigtrail_ring *ring, u64 seq);
void sigtrail_ring_state(struct sigtrail_ring *ring,
			 struct sigtrail_ring_state *state);

/* capture.c */

extern struct sigtrail_ring sigtrail_ring;

/**
 * enum sigtrail_left_out - why a signal was not recorded
 * @SIGTRAIL_LEFT_OUT_NOT: it was
 * @SIGTRAIL_LEFT_OUT_SIGCHLD: switch sigchld is off
 * @SIGTRAIL_LEFT_OUT_SIGALRM: switch sigalrm is off
 * @SIGTRAIL_LEFT_OUT_SIGURG: switch sigurg is off
 * @SIGTRAIL_LEFT_OUT_KTHREAD: switch kthread is off
 * @SIGTRAIL_LEFT_OUT_OWN: the relay's own message caused it
 * @SIGTRAIL_LEFT_OUT_COUNT: how many there are
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
u64 sigtrail_left_out_count(enum sigtrail_left_out why);
void sigtrail_record_add(struct sigtrail_record *rec);

/* sender.c */

bool sigtrail_sender_is_kernel(const struct kernel_siginfo *info, bool timer,
			       bool in_task, bool kthread);
void sigtrail_task_fill(struct sigtrail_task *to, struct task_struct *from);
void sigtrail_caller_fill(struct sigtrail_record *rec);

/* exit.c */

#define SIGTRAIL_EXIT_SETS 128
#define SIGTRAIL_EXIT_WAYS 4

/**
 * struct sigtrail_exit_times - when a process was sent what can end it
 * @first: ns of local_clock()
 * @last: ns of local_clock()
 */
struct sigtrail_exit_times {
	u64 first;
	u64 last;
};

void sigtrail_exit_note(u32 pid, unsigned long id, u64 now);
bool sigtrail_exit_take(u32 pid, unsigned long id,
			struct sigtrail_exit_times *times);
u64 sigtrail_exit_forgotten(void);

/* print.c */

/* Room for a name or text of a size, escaped: every byte may become \xNN. */
#define SIGTRAIL_ESCAPED(size) (4 * ((size) - 1) + 1)

char *sigtrail_escape(char *to, const char *from, int size);
bool sigtrail_print_admit(u64 now);
void sigtrail_print_signal(const struct sigtrail_record *rec);
void sigtrail_print_mark(const struct sigtrail_record *rec);
void sigtrail_print_reboot(const struct sigtrail_record *rec);
void sigtrail_print_held_back(void);
u64 sigtrail_held_back_count(void);

/* message.c */

int sigtrail_put_u64(struct sk_buff *skb, int attr, u64 value);
int sigtrail_record_put(struct sk_buff *skb, const struct sigtrail_record *rec);

/* relay.c */

bool sigtrail_relay_listening(void);
void sigtrail_relay_kick(void);
bool sigtrail_relay_is_current(void);
u64 sigtrail_relay_failed(void);
int sigtrail_relay_init(void);

/* netlink.c */

extern struct genl_family sigtrail_family;

/* claim.c */

u32 sigtrail_claim_pid(void);
int sigtrail_claim_put(struct sk_buff *skb);
int sigtrail_claim_set(struct sk_buff *request, struct genl_info *info);
int sigtrail_claim_init(void);

/* info.c */

int sigtrail_info_get(struct sk_buff *request, struct genl_info *info);

/* shutdown.c */

bool sigtrail_shutdown_begun(void);
void sigtrail_shutdown_begin(void);
bool sigtrail_shutdown_starts(int sig, int outcome, bool to_init,
			      bool from_init, enum pid_type type);

/* switch.c */

/**
 * struct sigtrail_switches - what can be set at boot and at run time
 * @printk: enum sigtrail_printk
 * @printk_rate: lines per second at the most
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

/* More lines in a second than any console shows; a netlink policy takes s16. */
#define SIGTRAIL_PRINTK_RATE_MAX 10000

extern struct sigtrail_switches sigtrail_switches;

bool sigtrail_switch_enabled(void);
void sigtrail_switch_enable(bool on);

#endif /* _SIGTRAIL_INTERNAL_H */
