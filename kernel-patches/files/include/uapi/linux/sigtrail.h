/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * sigtrail: the wire format of the generic netlink family "sigtrail".
 *
 * This header is its only definition. New attributes and values are appended,
 * and then SIGTRAIL_FAMILY_VERSION is incremented.
 */
#ifndef _UAPI_LINUX_SIGTRAIL_H
#define _UAPI_LINUX_SIGTRAIL_H

#define SIGTRAIL_FAMILY_NAME	"sigtrail"
#define SIGTRAIL_FAMILY_VERSION	5
#define SIGTRAIL_MCGRP_EVENTS	"events"

/* Size of a name (TASK_COMM_LEN) and of a mark's text, with the NUL. */
#define SIGTRAIL_NAME_LEN	16
#define SIGTRAIL_TEXT_LEN	64
/* Size of a boot's id as /proc/sys/kernel/random/boot_id has it, with the NUL. */
#define SIGTRAIL_BOOT_ID_LEN	37

/**
 * enum sigtrail_cmd - commands; all of them need CAP_NET_ADMIN
 * @SIGTRAIL_CMD_UNSPEC: unused
 * @SIGTRAIL_CMD_INFO_GET: state, counters and clocks, in one message
 * @SIGTRAIL_CMD_EVENTS_GET: dump of the ring, from SIGTRAIL_ATTR_FROM_SEQ (else
 *	its oldest record) to the record that is the newest when the dump
 *	starts; each message has one or more SIGTRAIL_ATTR_RECORD. With
 *	SIGTRAIL_ATTR_PREVIOUS, of the records that outlived the last reset;
 *	their numbers have gaps where records were damaged
 * @SIGTRAIL_CMD_EVENTS: new records, as multicast to the group "events"
 * @SIGTRAIL_CMD_CLAIM: the process of this socket logs every record until the
 *	socket is closed: printk mode "auto" stops printing. With
 *	SIGTRAIL_ATTR_BOOT_ID, the black box gets that id
 * @SIGTRAIL_CMD_MARK: add a record with SIGTRAIL_ATTR_TEXT; with
 *	SIGTRAIL_ATTR_SHUTDOWN, shutdown begins here
 * @SIGTRAIL_CMD_SET: set the switches that are in the message
 * @SIGTRAIL_CMD_PREVIOUS_FREE: free the memory of the records that outlived the
 *	last reset
 */
enum sigtrail_cmd {
	SIGTRAIL_CMD_UNSPEC,
	SIGTRAIL_CMD_INFO_GET,
	SIGTRAIL_CMD_EVENTS_GET,
	SIGTRAIL_CMD_EVENTS,
	SIGTRAIL_CMD_CLAIM,
	SIGTRAIL_CMD_MARK,
	SIGTRAIL_CMD_SET,
	SIGTRAIL_CMD_PREVIOUS_FREE,

	/* private: */
	__SIGTRAIL_CMD_MAX,
	SIGTRAIL_CMD_MAX = __SIGTRAIL_CMD_MAX - 1
};

/**
 * enum sigtrail_attr - the attributes of all messages
 * @SIGTRAIL_ATTR_UNSPEC: unused
 * @SIGTRAIL_ATTR_PAD: alignment of 64-bit values
 * @SIGTRAIL_ATTR_RECORD: nest: one record, with those attributes that its
 *	kind has: from _SEQ to _TEXT, _STATE, _SURVIVORS, _COUNT, _TIME_LAST,
 *	_SENDER_CGROUP, _TARGET_CGROUP, _RUN_TIME, and from _ANCESTOR to _PEAK_RSS
 * @SIGTRAIL_ATTR_FROM_SEQ: u64, number of the first record to dump
 * @SIGTRAIL_ATTR_SEQ: u64, the record's number, from 1, without gaps
 * @SIGTRAIL_ATTR_TIME: u64, ns of local_clock(), the clock of printk
 * @SIGTRAIL_ATTR_KIND: u32, enum sigtrail_kind
 * @SIGTRAIL_ATTR_SIGNAL: u32, the signal's number
 * @SIGTRAIL_ATTR_CODE: s32, si_code
 * @SIGTRAIL_ATTR_OUTCOME: u32, enum sigtrail_outcome
 * @SIGTRAIL_ATTR_SCOPE: u32, enum sigtrail_scope
 * @SIGTRAIL_ATTR_FLAGS: u32, bits of enum sigtrail_flag
 * @SIGTRAIL_ATTR_SENDER_PID: u32, tgid in the initial pid namespace; 0 is the
 *	kernel
 * @SIGTRAIL_ATTR_SENDER_TID: u32
 * @SIGTRAIL_ATTR_SENDER_UID: u32, in the initial user namespace
 * @SIGTRAIL_ATTR_SENDER_NAME: string of any bytes, the process's comm
 * @SIGTRAIL_ATTR_PARENT_PID: u32, tgid of the sender's parent
 * @SIGTRAIL_ATTR_PARENT_NAME: string
 * @SIGTRAIL_ATTR_CONTEXT_PID: u32, tgid of the task in whose context the
 *	kernel made the signal; absent if it was an interrupt
 * @SIGTRAIL_ATTR_CONTEXT_TID: u32
 * @SIGTRAIL_ATTR_CONTEXT_NAME: string
 * @SIGTRAIL_ATTR_TARGET_PID: u32, tgid of the target, of the process that
 *	exited, or of the survivor
 * @SIGTRAIL_ATTR_TARGET_TID: u32
 * @SIGTRAIL_ATTR_TARGET_NAME: string
 * @SIGTRAIL_ATTR_EXIT_STATUS: u32, as wait(2) reports it, core flag included
 * @SIGTRAIL_ATTR_SINCE_FIRST: u64, ns from the first signal that asked the process
 *	to end to its exit: KILL and TERM, INT and QUIT unless the kernel sends them,
 *	and each one that was fatal when it was sent. Absent if none is known
 * @SIGTRAIL_ATTR_SINCE_LAST: u64, ns from the last such signal; if none is known,
 *	from the last signal that could end it. Absent if that is not known either
 * @SIGTRAIL_ATTR_REBOOT_CODE: u32, enum sigtrail_reboot
 * @SIGTRAIL_ATTR_TEXT: string, a mark's text; the restart command's argument;
 *	where a survivor waits in the kernel, absent if it does not wait or that is
 *	unknown; a switch with its new value, as "enable=0"; the kernel's reason
 *	for an oops or a panic
 * @SIGTRAIL_ATTR_RING_SIZE: u32, capacity of the ring, in records
 * @SIGTRAIL_ATTR_SEQ_FIRST: u64, oldest number in the ring
 * @SIGTRAIL_ATTR_SEQ_LAST: u64, newest number in the ring; 0: no record yet
 * @SIGTRAIL_ATTR_RELAY_SKIPPED: u64, records that were overwritten before they
 *	were multicast to a listener. One of another network namespace does not
 *	count
 * @SIGTRAIL_ATTR_RELAY_FAILED: u64, messages that had no memory, or that a
 *	listener with NETLINK_BROADCAST_ERROR did not get. A listener whose queue
 *	is full gets ENOBUFS if another one has room; else the records wait in the
 *	ring
 * @SIGTRAIL_ATTR_HELD_BACK: u64, lines not printed because of the rate limit
 * @SIGTRAIL_ATTR_EXIT_FORGOTTEN: u64, processes whose end has no record, or none
 *	with the time since the signal: they were removed from a full table of
 *	exits, or their user had more of them than its share. Ends without a signal
 *	are bounded for root's processes, too: 32 at once, then 8 a second, of those
 *	that init has started, and of others; 32, then 1 a second, of those that the
 *	kernel has started; and as many with a status that is not 0
 * @SIGTRAIL_ATTR_LEFT_OUT_SIGCHLD: u64, not recorded because of that switch
 * @SIGTRAIL_ATTR_LEFT_OUT_SIGALRM: u64
 * @SIGTRAIL_ATTR_LEFT_OUT_SIGURG: u64
 * @SIGTRAIL_ATTR_LEFT_OUT_KTHREAD: u64
 * @SIGTRAIL_ATTR_LEFT_OUT_OWN: u64, not recorded because the relay's own
 *	message caused it (SIGIO to a listener)
 * @SIGTRAIL_ATTR_ENABLE: u8, switch: 0 captures nothing
 * @SIGTRAIL_ATTR_PRINTK: u32, switch: enum sigtrail_printk
 * @SIGTRAIL_ATTR_PRINTK_RATE: u32, switch: printed lines per second, and a burst
 *	of 8 times as many
 * @SIGTRAIL_ATTR_SIGCHLD: u8, switch: 1 records SIGCHLD
 * @SIGTRAIL_ATTR_SIGALRM: u8, switch: 1 records SIGALRM
 * @SIGTRAIL_ATTR_SIGURG: u8, switch: 1 records SIGURG by tgkill within one
 *	process
 * @SIGTRAIL_ATTR_KTHREAD: u8, switch: 1 records what kernel threads ignore
 * @SIGTRAIL_ATTR_CLAIM_PID: u32, tgid of the process that has claimed the log;
 *	0: no process has
 * @SIGTRAIL_ATTR_CLAIM_NAME: string
 * @SIGTRAIL_ATTR_SHUTDOWN: u8, in a reply: shutdown has begun; in a mark: it
 *	begins now
 * @SIGTRAIL_ATTR_CLOCK_LOCAL: u64, ns of local_clock(); the three clocks are
 *	read at the same time
 * @SIGTRAIL_ATTR_CLOCK_BOOTTIME: u64, ns of CLOCK_BOOTTIME
 * @SIGTRAIL_ATTR_CLOCK_REALTIME: u64, ns of CLOCK_REALTIME
 * @SIGTRAIL_ATTR_STATE: u32, state of a survivor: the letter of
 *	/proc/PID/stat; of its threads, of the one whose SIGTRAIL_ATTR_TARGET_TID
 *	the record has
 * @SIGTRAIL_ATTR_SURVIVORS: u32, user processes that were there when reboot(2)
 *	was called, without its caller and without init; those without a record
 *	of their own are left out
 * @SIGTRAIL_ATTR_PREVIOUS: u8, 1: the records that outlived the last reset
 * @SIGTRAIL_ATTR_BOOT_ID: string, this boot's id
 * @SIGTRAIL_ATTR_BOX_PLACE: u32, enum sigtrail_box_place
 * @SIGTRAIL_ATTR_BOX_FOUND: u32, enum sigtrail_box_found
 * @SIGTRAIL_ATTR_BOX_ADDRESS: u64, physical address of the black box; absent
 *	without one
 * @SIGTRAIL_ATTR_BOX_SIZE: u32, bytes of the ring's memory, also without a
 *	black box
 * @SIGTRAIL_ATTR_PREVIOUS_RECORDS: u32, records that outlived the last reset;
 *	absent, with the next ones, if there are none to dump: nothing was found,
 *	or they have been freed
 * @SIGTRAIL_ATTR_PREVIOUS_DAMAGED: u32, records that do not pass their check, and
 *	are not dumped: torn by the reset, or damaged
 * @SIGTRAIL_ATTR_PREVIOUS_SEQ: u64, number of the newest record when that boot
 *	was last known to be alive
 * @SIGTRAIL_ATTR_PREVIOUS_BOOT_ID: string, that boot's id; absent if no process
 *	had claimed the log
 * @SIGTRAIL_ATTR_PREVIOUS_LOCAL: u64, when that boot was last known to be alive,
 *	in ns of its local_clock(). On a busy system this is never older than 10 s; an
 *	idle processor is not woken for it. Absent, with the next two, if it is damaged
 * @SIGTRAIL_ATTR_PREVIOUS_BOOTTIME: u64, CLOCK_BOOTTIME at that moment
 * @SIGTRAIL_ATTR_PREVIOUS_REALTIME: u64, CLOCK_REALTIME at that moment
 * @SIGTRAIL_ATTR_COUNT: u32, signals that the record stands for: the same signal
 *	by the same thread to the same target with the same outcome and flags, from
 *	SIGTRAIL_ATTR_TIME to SIGTRAIL_ATTR_TIME_LAST; of a summary, all that it
 *	counts. Absent: 1, or unknown beside a damaged record of the boot before. A
 *	record that has been dumped or multicast no longer changes: the next such
 *	signal begins another one
 * @SIGTRAIL_ATTR_TIME_LAST: u64, ns of local_clock(), of the last of them; absent
 *	without SIGTRAIL_ATTR_COUNT
 * @SIGTRAIL_ATTR_SIGNALS: u64, signals since boot, each one of a record's count
 *	included
 * @SIGTRAIL_ATTR_SIGNALS_SKIPPED: u64, those of them in the records of
 *	SIGTRAIL_ATTR_RELAY_SKIPPED
 * @SIGTRAIL_ATTR_SENDER_CGROUP: u64, id of the sender's cgroup in the hierarchy of
 *	version 2, 1 for its root: the lower 32 bits of the inode number of its
 *	directory, which no two cgroups have in common at a time. Absent for a
 *	signal of the kernel, in a summary of several users, and without
 *	CONFIG_CGROUPS
 * @SIGTRAIL_ATTR_TARGET_CGROUP: u64, that of the target, of the process that
 *	exited, or of the survivor. Absent without CONFIG_CGROUPS
 * @SIGTRAIL_ATTR_RUN_TIME: u64, ns from the start of a process to its exit, rounded
 *	up to ms
 * @SIGTRAIL_ATTR_EXITS: u32, switch: enum sigtrail_exits
 * @SIGTRAIL_ATTR_ANCESTOR: nest: an ancestor of the sender beyond its parent, as it
 *	was at that moment, with SIGTRAIL_ATTR_PARENT_PID and
 *	SIGTRAIL_ATTR_PARENT_NAME. A record has up to three, the nearest one first,
 *	and only with a SIGTRAIL_ATTR_PARENT_PID of its own. If there are fewer than
 *	three, the last one has no parent, as init has none, or none that could be told,
 *	as one that was just ending
 * @SIGTRAIL_ATTR_FAULT_ADDRESS: u64, si_addr of a fault, see SIGTRAIL_FLAG_FAULT
 * @SIGTRAIL_ATTR_FAULT_PC: u64, the program counter as the fault found it; on ARM
 *	without the bit that says Thumb
 * @SIGTRAIL_ATTR_PEAK_RSS: u64, KiB: the most memory that a process that exited had at
 *	once, as ru_maxrss of getrusage(2): what it had or shared before an exec counts,
 *	too. Of one that the OOM killer chose it is a lower bound: its memory may have
 *	been taken before. Absent if it had none, or none is known
 */
enum sigtrail_attr {
	SIGTRAIL_ATTR_UNSPEC,
	SIGTRAIL_ATTR_PAD,

	SIGTRAIL_ATTR_RECORD,
	SIGTRAIL_ATTR_FROM_SEQ,

	SIGTRAIL_ATTR_SEQ,
	SIGTRAIL_ATTR_TIME,
	SIGTRAIL_ATTR_KIND,
	SIGTRAIL_ATTR_SIGNAL,
	SIGTRAIL_ATTR_CODE,
	SIGTRAIL_ATTR_OUTCOME,
	SIGTRAIL_ATTR_SCOPE,
	SIGTRAIL_ATTR_FLAGS,
	SIGTRAIL_ATTR_SENDER_PID,
	SIGTRAIL_ATTR_SENDER_TID,
	SIGTRAIL_ATTR_SENDER_UID,
	SIGTRAIL_ATTR_SENDER_NAME,
	SIGTRAIL_ATTR_PARENT_PID,
	SIGTRAIL_ATTR_PARENT_NAME,
	SIGTRAIL_ATTR_CONTEXT_PID,
	SIGTRAIL_ATTR_CONTEXT_TID,
	SIGTRAIL_ATTR_CONTEXT_NAME,
	SIGTRAIL_ATTR_TARGET_PID,
	SIGTRAIL_ATTR_TARGET_TID,
	SIGTRAIL_ATTR_TARGET_NAME,
	SIGTRAIL_ATTR_EXIT_STATUS,
	SIGTRAIL_ATTR_SINCE_FIRST,
	SIGTRAIL_ATTR_SINCE_LAST,
	SIGTRAIL_ATTR_REBOOT_CODE,
	SIGTRAIL_ATTR_TEXT,

	SIGTRAIL_ATTR_RING_SIZE,
	SIGTRAIL_ATTR_SEQ_FIRST,
	SIGTRAIL_ATTR_SEQ_LAST,
	SIGTRAIL_ATTR_RELAY_SKIPPED,
	SIGTRAIL_ATTR_RELAY_FAILED,
	SIGTRAIL_ATTR_HELD_BACK,
	SIGTRAIL_ATTR_EXIT_FORGOTTEN,
	SIGTRAIL_ATTR_LEFT_OUT_SIGCHLD,
	SIGTRAIL_ATTR_LEFT_OUT_SIGALRM,
	SIGTRAIL_ATTR_LEFT_OUT_SIGURG,
	SIGTRAIL_ATTR_LEFT_OUT_KTHREAD,
	SIGTRAIL_ATTR_LEFT_OUT_OWN,
	SIGTRAIL_ATTR_ENABLE,
	SIGTRAIL_ATTR_PRINTK,
	SIGTRAIL_ATTR_PRINTK_RATE,
	SIGTRAIL_ATTR_SIGCHLD,
	SIGTRAIL_ATTR_SIGALRM,
	SIGTRAIL_ATTR_SIGURG,
	SIGTRAIL_ATTR_KTHREAD,
	SIGTRAIL_ATTR_CLAIM_PID,
	SIGTRAIL_ATTR_CLAIM_NAME,
	SIGTRAIL_ATTR_SHUTDOWN,
	SIGTRAIL_ATTR_CLOCK_LOCAL,
	SIGTRAIL_ATTR_CLOCK_BOOTTIME,
	SIGTRAIL_ATTR_CLOCK_REALTIME,

	SIGTRAIL_ATTR_STATE,
	SIGTRAIL_ATTR_SURVIVORS,
	SIGTRAIL_ATTR_PREVIOUS,
	SIGTRAIL_ATTR_BOOT_ID,
	SIGTRAIL_ATTR_BOX_PLACE,
	SIGTRAIL_ATTR_BOX_FOUND,
	SIGTRAIL_ATTR_BOX_ADDRESS,
	SIGTRAIL_ATTR_BOX_SIZE,
	SIGTRAIL_ATTR_PREVIOUS_RECORDS,
	SIGTRAIL_ATTR_PREVIOUS_DAMAGED,
	SIGTRAIL_ATTR_PREVIOUS_SEQ,
	SIGTRAIL_ATTR_PREVIOUS_BOOT_ID,
	SIGTRAIL_ATTR_PREVIOUS_LOCAL,
	SIGTRAIL_ATTR_PREVIOUS_BOOTTIME,
	SIGTRAIL_ATTR_PREVIOUS_REALTIME,

	SIGTRAIL_ATTR_COUNT,
	SIGTRAIL_ATTR_TIME_LAST,
	SIGTRAIL_ATTR_SIGNALS,
	SIGTRAIL_ATTR_SIGNALS_SKIPPED,

	SIGTRAIL_ATTR_SENDER_CGROUP,
	SIGTRAIL_ATTR_TARGET_CGROUP,
	SIGTRAIL_ATTR_RUN_TIME,
	SIGTRAIL_ATTR_EXITS,
	SIGTRAIL_ATTR_ANCESTOR,
	SIGTRAIL_ATTR_FAULT_ADDRESS,
	SIGTRAIL_ATTR_FAULT_PC,
	SIGTRAIL_ATTR_PEAK_RSS,

	/* private: */
	__SIGTRAIL_ATTR_MAX,
	SIGTRAIL_ATTR_MAX = __SIGTRAIL_ATTR_MAX - 1
};

/**
 * enum sigtrail_kind - what a record reports
 * @SIGTRAIL_KIND_SIGNAL: a signal was sent
 * @SIGTRAIL_KIND_EXIT: a process ended after it had been sent a signal, or was
 *	killed by one; which others have such a record, enum sigtrail_exits says
 * @SIGTRAIL_KIND_MARK: user space left a mark
 * @SIGTRAIL_KIND_REBOOT: reboot(2) was called
 * @SIGTRAIL_KIND_SURVIVOR: a user process that was there when reboot(2) was
 *	called; follows that record
 * @SIGTRAIL_KIND_SWITCH: a process changed a switch
 * @SIGTRAIL_KIND_CLAIM: a process claimed the log
 * @SIGTRAIL_KIND_CLAIM_END: its claim ended
 * @SIGTRAIL_KIND_OOPS: the kernel reported a fault of its own; the sender is the
 *	kernel, with the context in which it occurred
 * @SIGTRAIL_KIND_PANIC: the kernel gave up
 * @SIGTRAIL_KIND_SUMMARY: signals of a user's processes of which only the number was
 *	kept, as they were more than the user's share; all else in the record is of the
 *	first of them. It has sender 0, no name and no uid if it counts
 *	several users
 */
enum sigtrail_kind {
	SIGTRAIL_KIND_SIGNAL,
	SIGTRAIL_KIND_EXIT,
	SIGTRAIL_KIND_MARK,
	SIGTRAIL_KIND_REBOOT,
	SIGTRAIL_KIND_SURVIVOR,
	SIGTRAIL_KIND_SWITCH,
	SIGTRAIL_KIND_CLAIM,
	SIGTRAIL_KIND_CLAIM_END,
	SIGTRAIL_KIND_OOPS,
	SIGTRAIL_KIND_PANIC,
	SIGTRAIL_KIND_SUMMARY,
};

/**
 * enum sigtrail_outcome - what the kernel did with a signal when it was sent
 * @SIGTRAIL_OUTCOME_DELIVERED: pending
 * @SIGTRAIL_OUTCOME_IGNORED: dropped, the target ignores it, or is the
 *	init of a pid namespace and has no handler
 * @SIGTRAIL_OUTCOME_ALREADY_PENDING: dropped, the same signal is pending
 * @SIGTRAIL_OUTCOME_OVERFLOW_FAIL: dropped, the target's queue is full
 * @SIGTRAIL_OUTCOME_LOSE_INFO: pending, but there was no memory for its siginfo
 * @SIGTRAIL_OUTCOME_DYING: dropped, the target is exiting
 *
 * The values up to LOSE_INFO are those of TRACE_SIGNAL_*
 * (include/trace/events/signal.h), where DYING is reported as ignored.
 */
enum sigtrail_outcome {
	SIGTRAIL_OUTCOME_DELIVERED,
	SIGTRAIL_OUTCOME_IGNORED,
	SIGTRAIL_OUTCOME_ALREADY_PENDING,
	SIGTRAIL_OUTCOME_OVERFLOW_FAIL,
	SIGTRAIL_OUTCOME_LOSE_INFO,
	SIGTRAIL_OUTCOME_DYING,
};

/**
 * enum sigtrail_scope - what a signal was sent to
 * @SIGTRAIL_SCOPE_PROCESS: to the process
 * @SIGTRAIL_SCOPE_THREAD: to one thread
 */
enum sigtrail_scope {
	SIGTRAIL_SCOPE_PROCESS,
	SIGTRAIL_SCOPE_THREAD,
};

/**
 * enum sigtrail_flag - flags of a record
 * @SIGTRAIL_FLAG_KERNEL: made by the kernel
 * @SIGTRAIL_FLAG_BLOCKED: every thread that could take it blocks it, or waits
 *	for it in sigtimedwait(2)
 * @SIGTRAIL_FLAG_CAUGHT: the target has a handler
 * @SIGTRAIL_FLAG_DEFAULT: the default action applies
 * @SIGTRAIL_FLAG_FATAL: not blocked, and the action ends the process
 * @SIGTRAIL_FLAG_PRINTED: printed by the kernel, so already in the log
 * @SIGTRAIL_FLAG_BY_SIGTRAIL: sent by the process that has claimed the log
 * @SIGTRAIL_FLAG_SHUTDOWN: made after shutdown began
 * @SIGTRAIL_FLAG_KILL_PENDING: SIGKILL is pending for a survivor, or a signal has
 *	begun its end: the kernel makes SIGKILL pending for each one that does
 * @SIGTRAIL_FLAG_SHARE: of a user's share of the ring: it does not cross users, or is
 *	one too many of those that do, or the target's user has root's process cause it.
 *	The user is the sender's, if the record has one that is neither root nor has
 *	CAP_KILL
 * @SIGTRAIL_FLAG_OF_INIT: the process that exited was a child of init, or the init of
 *	a pid namespace
 * @SIGTRAIL_FLAG_OOM: the OOM killer had chosen the process that exited; only with
 *	SIGKILL
 * @SIGTRAIL_FLAG_FORGOTTEN: no signal is known that can have ended the process that
 *	exited, but one may have been forgotten, or sent while capture was off.
 *	SIGALRM that is left out does not count
 * @SIGTRAIL_FLAG_REPARENTED: a former parent has ended: the sender's own, or with
 *	CLONE_PARENT that of the process that started it. Without the flag that is
 *	unknown: the kernel cannot always tell
 * @SIGTRAIL_FLAG_FAULT: SIGSEGV, SIGBUS, SIGILL or SIGFPE, raised by the kernel for a
 *	fault of the target itself, which is the context. The record has its address
 *	and program counter; if it stands for several signals, those of the first one.
 *	A fault of which the kernel gives no address does not have the flag: its si_code
 *	is SI_KERNEL, as on MIPS for an instruction that is not known. A process can send
 *	itself a signal that looks like a fault, by rt_sigqueueinfo(2)
 */
enum sigtrail_flag {
	SIGTRAIL_FLAG_KERNEL		= 1 << 0,
	SIGTRAIL_FLAG_BLOCKED		= 1 << 1,
	SIGTRAIL_FLAG_CAUGHT		= 1 << 2,
	SIGTRAIL_FLAG_DEFAULT		= 1 << 3,
	SIGTRAIL_FLAG_FATAL		= 1 << 4,
	SIGTRAIL_FLAG_PRINTED		= 1 << 5,
	SIGTRAIL_FLAG_BY_SIGTRAIL	= 1 << 6,
	SIGTRAIL_FLAG_SHUTDOWN		= 1 << 7,
	SIGTRAIL_FLAG_KILL_PENDING	= 1 << 8,
	SIGTRAIL_FLAG_SHARE		= 1 << 9,
	SIGTRAIL_FLAG_OF_INIT		= 1 << 10,
	SIGTRAIL_FLAG_OOM		= 1 << 11,
	SIGTRAIL_FLAG_FORGOTTEN		= 1 << 12,
	SIGTRAIL_FLAG_REPARENTED	= 1 << 13,
	SIGTRAIL_FLAG_FAULT		= 1 << 14,
};

/**
 * enum sigtrail_reboot - what reboot(2) was called for
 * @SIGTRAIL_REBOOT_RESTART: restart
 * @SIGTRAIL_REBOOT_HALT: stop, power stays on
 * @SIGTRAIL_REBOOT_POWER_OFF: stop, power goes off
 *
 * The values are those of SYS_* (include/linux/reboot.h).
 */
enum sigtrail_reboot {
	SIGTRAIL_REBOOT_RESTART		= 1,
	SIGTRAIL_REBOOT_HALT		= 2,
	SIGTRAIL_REBOOT_POWER_OFF	= 3,
};

/**
 * enum sigtrail_printk - when a record is also printed
 * @SIGTRAIL_PRINTK_OFF: never
 * @SIGTRAIL_PRINTK_AUTO: while no process has claimed the log, and after
 *	shutdown has begun
 * @SIGTRAIL_PRINTK_ALWAYS: always
 */
enum sigtrail_printk {
	SIGTRAIL_PRINTK_OFF,
	SIGTRAIL_PRINTK_AUTO,
	SIGTRAIL_PRINTK_ALWAYS,
};

/**
 * enum sigtrail_exits - which processes have a record of their exit
 * @SIGTRAIL_EXITS_SIGNALLED: those that had been sent a signal that can end a process,
 *	and those that a signal killed of which none is known
 * @SIGTRAIL_EXITS_SERVICES: also the children of init, and the init of a pid namespace
 * @SIGTRAIL_EXITS_ALL: all
 */
enum sigtrail_exits {
	SIGTRAIL_EXITS_SIGNALLED,
	SIGTRAIL_EXITS_SERVICES,
	SIGTRAIL_EXITS_ALL,
};

/**
 * enum sigtrail_box_place - where the ring is
 * @SIGTRAIL_BOX_NONE: in ordinary memory, which a reset clears
 * @SIGTRAIL_BOX_NAME: in memory of reserve_mem=, found by sigtrail.mem_name=
 * @SIGTRAIL_BOX_ADDRESS: at sigtrail.mem_address=
 * @SIGTRAIL_BOX_DEVICE_TREE: in reserved-memory of the device tree
 * @SIGTRAIL_BOX_FAILED: in ordinary memory, as the black box that was asked for
 *	could not be used; the kernel's log says why
 */
enum sigtrail_box_place {
	SIGTRAIL_BOX_NONE,
	SIGTRAIL_BOX_NAME,
	SIGTRAIL_BOX_ADDRESS,
	SIGTRAIL_BOX_DEVICE_TREE,
	SIGTRAIL_BOX_FAILED,
};

/**
 * enum sigtrail_box_found - what was in the black box at boot
 * @SIGTRAIL_FOUND_NOTHING: no black box, or no header: memory that lost its
 *	content, or was never one
 * @SIGTRAIL_FOUND_RECORDS: records of the boot before
 * @SIGTRAIL_FOUND_DAMAGED: a header that does not pass its check
 * @SIGTRAIL_FOUND_FOREIGN: a header of another layout, byte order or size
 */
enum sigtrail_box_found {
	SIGTRAIL_FOUND_NOTHING,
	SIGTRAIL_FOUND_RECORDS,
	SIGTRAIL_FOUND_DAMAGED,
	SIGTRAIL_FOUND_FOREIGN,
};

#endif /* _UAPI_LINUX_SIGTRAIL_H */
