/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * sigtrail: the layout of the black box, the memory in which records outlive a
 * reset, in the byte order of the machine:
 *
 *	struct sigtrail_box
 *	the common part
 *	SIGTRAIL_BOX_USERS parts, each for the signals among one user's processes
 *
 * A part is, with the header's @names and @slots, or @user_names and @user_slots:
 *
 *	struct sigtrail_box_name or struct sigtrail_box_line, an even number of them
 *	struct sigtrail_box_slot
 *
 * The numbers of the records are those of the whole ring. In a part they are in
 * order: they ascend from slot to slot, but for one place where the oldest record
 * follows the newest one. A record has names by their place in its part's table;
 * place 0 is the empty name, of no cgroup. A text takes four places, of no cgroup. The
 * sender's parent, and its ancestors beyond, are one entry of the table, a line, which
 * has their names by place; place 0 is the empty line, too. No entry changes while a
 * record of the part has it, itself or by its line.
 *
 * A record that stands for more than one signal is followed by a slot of kind
 * SIGTRAIL_BOX_REPEATS with its number, see struct sigtrail_box_repeats.
 *
 * Each struct has a check, of its other 32-bit words w in order:
 *
 *	check = salt
 *	for each w:
 *		check = rol32(check + w * 0x85ebca77, 13) * 0x9e3779b1
 *
 * A name has one, too, which is not stored. It ends with more steps, so that those
 * of names that differ in the same bits can be added:
 *
 *	check = (check ^ check >> 15) * 0x85ebca77
 *	check = (check ^ check >> 13) * 0xc2b2ae3d
 *	check = check ^ check >> 16
 *
 * That of a line has, before these steps, one more word for each of its names that is
 * not at place 0: the name's check.
 *
 * A slot's goes on with one more word: the sum of those of its names, of all of @name,
 * one of them a line, and then of @text or @wait, which other kinds have than signal,
 * exit, summary and repeats; each is rotated to the left by 5 bits more than the one
 * before. So a slot does not pass if one of its names has changed, but for one change
 * in 2 ^ 32. A name can be chosen so that it is that one: records before struct
 * sigtrail_box_kept's are not to be believed.
 *
 * This header is the only definition of the layout. A change increments
 * SIGTRAIL_BOX_LAYOUT.
 */
#ifndef _UAPI_LINUX_SIGTRAIL_BOX_H
#define _UAPI_LINUX_SIGTRAIL_BOX_H

#include <linux/sigtrail.h>
#include <linux/types.h>

#define SIGTRAIL_BOX_MAGIC	0x58425453
#define SIGTRAIL_BOX_LAYOUT	4
/* Parts beside the common one. */
#define SIGTRAIL_BOX_USERS	8
/* Places that a text takes. */
#define SIGTRAIL_BOX_TEXT	(SIGTRAIL_TEXT_LEN / SIGTRAIL_NAME_LEN)

/**
 * struct sigtrail_box_header - what the memory has
 * @magic: SIGTRAIL_BOX_MAGIC; written last
 * @layout: SIGTRAIL_BOX_LAYOUT
 * @size: bytes of the memory
 * @slots: number of slots of the common part
 * @names: number of its names
 * @user_slots: number of slots of each other part
 * @user_names: number of its names
 * @salt: another number at each boot
 * @reserved: 0
 * @check: the struct's
 */
struct sigtrail_box_header {
	__u32 magic;
	__u32 layout;
	__u32 size;
	__u32 slots;
	__u32 names;
	__u32 user_slots;
	__u32 user_names;
	__u32 salt;
	__u32 reserved;
	__u32 check;
};

/**
 * struct sigtrail_box_boot - the boot whose records these are
 * @check: the struct's
 * @id: its id, of SIGTRAIL_BOOT_ID_LEN bytes; empty until a process has claimed
 *	the log
 */
struct sigtrail_box_boot {
	__u32 check;
	char id[44];
};

/**
 * struct sigtrail_box_alive - a moment at which the kernel ran
 * @check: the struct's
 * @count: number of these moments; the larger one of two is the later one
 * @seq: number of the newest record
 * @local: ns of local_clock()
 * @boottime: ns of CLOCK_BOOTTIME
 * @realtime: ns of CLOCK_REALTIME
 */
struct sigtrail_box_alive {
	__u32 check;
	__u32 count;
	__u64 seq;
	__u64 local;
	__u64 boottime;
	__u64 realtime;
};

/**
 * struct sigtrail_box_kept - the oldest record of a part that has its names
 * @check: the struct's
 * @reserved: 0
 * @seq: its number; the names of those before may have been overwritten, so they
 *	are not to be believed. The struct does not pass its check if that has not
 *	happened
 */
struct sigtrail_box_kept {
	__u32 check;
	__u32 reserved;
	__u64 seq;
};

/**
 * struct sigtrail_box_fault - an oops or a panic while the ring could not be used
 * @check: the struct's
 * @kind: enum sigtrail_kind
 * @time: ns of local_clock()
 * @pid: tgid of the task, 0 in an interrupt
 * @tid: its thread's id
 * @name: its comm
 * @text: the kernel's reason
 */
struct sigtrail_box_fault {
	__u32 check;
	__u32 kind;
	__u64 time;
	__u32 pid;
	__u32 tid;
	char name[SIGTRAIL_NAME_LEN];
	char text[SIGTRAIL_TEXT_LEN];
};

/**
 * struct sigtrail_box - the beginning of the memory
 * @header: what follows
 * @boot: whose records these are
 * @alive: the last two moments; while one is written, the other one is whole
 * @kept: the oldest record that has its names, of each part
 * @fault: the last oops or panic that has no record
 */
struct sigtrail_box {
	struct sigtrail_box_header header;
	struct sigtrail_box_boot boot;
	struct sigtrail_box_alive alive[2];
	struct sigtrail_box_kept kept[1 + SIGTRAIL_BOX_USERS];
	struct sigtrail_box_fault fault;
};

/**
 * struct sigtrail_box_name - a process's name, or a part of a text
 * @name: its bytes
 * @cgroup: as SIGTRAIL_ATTR_SENDER_CGROUP, 0 if unknown
 */
struct sigtrail_box_name {
	char name[SIGTRAIL_NAME_LEN];
	__u32 cgroup;
};

/* Names of a line: of the parent, and of ancestors beyond. */
#define SIGTRAIL_BOX_LINE_NAMES	4

/**
 * struct sigtrail_box_line - the parent of a sender, and ancestors, in place of a name
 * @name: places of their names, the parent's first; 0 where there is none
 * @pid: tgids of those beyond the parent, 0 where there is none
 *
 * The cgroups beside the names of those beyond the parent can be older than the record: if
 * one of them is moved, that alone makes no new line.
 */
struct sigtrail_box_line {
	__u16 name[SIGTRAIL_BOX_LINE_NAMES];
	__u32 pid[SIGTRAIL_BOX_LINE_NAMES - 1];
};

/* Names of struct sigtrail_box_slot; that of SIGTRAIL_BOX_PARENT is a line. */
enum sigtrail_box_role {
	SIGTRAIL_BOX_SENDER,
	SIGTRAIL_BOX_PARENT,
	SIGTRAIL_BOX_TARGET,

	/* private: */
	SIGTRAIL_BOX_ROLES
};

/**
 * struct sigtrail_box_slot - a record; fields that its kind does not have are 0
 * @check: the struct's, and that of its names
 * @seq: the lower 32 bits of its number
 * @time: ns of local_clock()
 * @kind: enum sigtrail_kind
 * @signal: number of the signal, or a survivor's state
 * @outcome: enum sigtrail_outcome
 * @scope: enum sigtrail_scope
 * @flags: bits of enum sigtrail_flag
 * @name: places of the names, by enum sigtrail_box_role
 * @value: si_code, exit status, enum sigtrail_reboot
 * @sender_pid: or its context's
 * @sender_tid: or its context's
 * @sender_uid: the sender's
 * @parent_pid: the sender's parent's
 * @since_first: of an exit, as SIGTRAIL_ATTR_SINCE_FIRST, 0 if unknown
 * @since_last: of an exit, as SIGTRAIL_ATTR_SINCE_LAST, 0 if unknown
 * @wait: of a survivor, places of the text
 * @fault_address: of a signal with SIGTRAIL_FLAG_FAULT: si_addr. Its context is its
 *	target
 * @fault_pc: of the same: the program counter
 * @target_pid: of a signal, an exit or a survivor
 * @target_tid: of a signal or a survivor
 * @peak_rss: of an exit, whose thread is the first one: as SIGTRAIL_ATTR_PEAK_RSS, up
 *	to 2 ^ 32 - 1, 0 if unknown
 * @text: of the other kinds, places of the text
 *
 * A call of reboot(2) has SIGTRAIL_ATTR_SURVIVORS, up to 65535, in the upper half
 * of @value. An exit has SIGTRAIL_ATTR_RUN_TIME in ms, 0 if unknown: its lowest 24
 * bits in @signal, @outcome and @scope, from the lowest on, and the 16 bits above
 * these in the upper half of @value.
 */
struct sigtrail_box_slot {
	__u32 check;
	__u32 seq;
	__u64 time;
	__u8 kind;
	__u8 signal;
	__u8 outcome;
	__u8 scope;
	__u16 flags;
	__u16 name[SIGTRAIL_BOX_ROLES];
	__u32 value;
	union {
		struct {
			__u32 sender_pid;
			__u32 sender_tid;
			__u32 sender_uid;
			__u32 parent_pid;
		};
		struct {
			__u64 since_first;
			__u64 since_last;
		};
		struct {
			__u16 wait[SIGTRAIL_BOX_TEXT];
			__u32 unused[2];
		};
		struct {
			__u64 fault_address;
			__u64 fault_pc;
		};
	};
	union {
		struct {
			__u32 target_pid;
			union {
				__u32 target_tid;
				__u32 peak_rss;
			};
		};
		__u16 text[SIGTRAIL_BOX_TEXT];
	};
};

/* A kind of slot, beside enum sigtrail_kind. */
#define SIGTRAIL_BOX_REPEATS	255

/**
 * struct sigtrail_box_repeats - a slot: how many signals the record before stands for
 * @check: the struct's, as a slot's: its names are the empty ones
 * @seq: the lower 32 bits of that record's number
 * @zero: 0
 * @kind: SIGTRAIL_BOX_REPEATS
 * @zeros: 0
 * @count: number of signals, that of the record included
 * @time_last: ns of local_clock(), of the last one
 *
 * It is written again with each signal. If it does not pass its check, the record
 * before stands for an unknown number of signals.
 */
struct sigtrail_box_repeats {
	__u32 check;
	__u32 seq;
	__u64 zero;
	__u8 kind;
	__u8 zeros[27];
	__u32 count;
	__u64 time_last;
};

#endif /* _UAPI_LINUX_SIGTRAIL_BOX_H */
