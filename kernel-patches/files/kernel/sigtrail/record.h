/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigtrail: a record.
 */
#ifndef _SIGTRAIL_RECORD_H
#define _SIGTRAIL_RECORD_H

#include <linux/limits.h>
#include <linux/types.h>
#include <uapi/linux/sigtrail_box.h>

/* Ancestors of a sender beyond its parent, at most. */
#define SIGTRAIL_ANCESTORS (SIGTRAIL_BOX_LINE_NAMES - 1)

/* That of a summary of several users. */
#define SIGTRAIL_UID_UNKNOWN U32_MAX

/**
 * struct sigtrail_task - a process, when a record was made
 * @pid: its tgid in the initial pid namespace
 * @tid: the thread's id there
 * @uid: its real uid in the initial user namespace, or SIGTRAIL_UID_UNKNOWN
 * @cgroup: id of that of its group leader, 0 if unknown; see sigtrail_cgroup_id()
 * @name: comm of its group leader, always with a NUL
 */
struct sigtrail_task {
	u32 pid;
	u32 tid;
	u32 uid;
	u32 cgroup;
	char name[SIGTRAIL_NAME_LEN];
};

/**
 * struct sigtrail_record - what happened
 * @seq: number, set when it is added
 * @time: ns of local_clock()
 * @time_last: ns of local_clock(), of the last signal, if @count is not 0
 * @count: signals that it stands for, 0 for one
 * @kind: enum sigtrail_kind
 * @signal: number of the signal
 * @state: a survivor's, the letter of /proc/PID/stat
 * @outcome: enum sigtrail_outcome
 * @scope: enum sigtrail_scope
 * @flags: enum sigtrail_flag
 * @code: si_code
 * @sender: the process that sent the signal, left the mark, called reboot(2),
 *	changed the switch or had the claim; for a signal, an oops or a panic of
 *	the kernel, its context, pid 0 in an interrupt
 * @parent: the sender's parent, pid 0 if unknown
 * @ancestor: the ancestors beyond, the nearest one first; pid 0 where there is none
 * @target: the target, the process that exited, or the survivor
 * @status: exit status as wait(2) reports it
 * @run_time: ms from the start of the process that exited, rounded up, 0 if unknown;
 *	of 40 bits
 * @since_first: ns from the first signal that asked it to end to the exit, 0 if
 *	none is known
 * @since_last: ns from the last such signal; if none is known, from the last one
 *	that could end it, 0 if none is known
 * @peak_rss: KiB, the most memory that it had at once, 0 if unknown
 * @fault_address: si_addr of a signal with SIGTRAIL_FLAG_FAULT
 * @fault_pc: its program counter
 * @reboot_code: enum sigtrail_reboot
 * @survivors: number of processes that were there when reboot(2) was called
 * @text: a mark's text, the argument of a restart command, where a survivor
 *	waits, a switch with its value, or the kernel's reason
 */
struct sigtrail_record {
	u64 seq;
	u64 time;
	u64 time_last;
	u32 count;
	u8 kind;
	union {
		u8 signal;
		u8 state;
	};
	u8 outcome;
	u8 scope;
	u32 flags;
	s32 code;
	struct sigtrail_task sender;
	struct sigtrail_task parent;
	struct sigtrail_task ancestor[SIGTRAIL_ANCESTORS];
	struct sigtrail_task target;
	union {
		struct {
			u32 status;
			u32 peak_rss;
			u64 run_time;
			u64 since_first;
			u64 since_last;
		};
		struct {
			u64 fault_address;
			u64 fault_pc;
		};
		struct {
			u32 reboot_code;
			u32 survivors;
			char text[SIGTRAIL_TEXT_LEN];
		};
	};
};

#endif /* _SIGTRAIL_RECORD_H */
