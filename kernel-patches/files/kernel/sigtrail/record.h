/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigtrail: a record.
 */
#ifndef _SIGTRAIL_RECORD_H
#define _SIGTRAIL_RECORD_H

#include <linux/types.h>
#include <uapi/linux/sigtrail.h>

/**
 * struct sigtrail_task - a process, when a record was made
 * @pid: its tgid in the initial pid namespace
 * @tid: the thread's id there
 * @uid: its real uid in the initial user namespace
 * @name: comm of its group leader, always with a NUL
 */
struct sigtrail_task {
	u32 pid;
	u32 tid;
	u32 uid;
	char name[SIGTRAIL_NAME_LEN];
};

/**
 * struct sigtrail_record - what a record has, by its kind
 * @seq: number, set by sigtrail_ring_push()
 * @time: ns of local_clock()
 * @kind: enum sigtrail_kind
 * @signal: number of the signal
 * @outcome: enum sigtrail_outcome
 * @scope: enum sigtrail_scope
 * @flags: enum sigtrail_flag
 * @code: si_code
 * @sender: the process that sent the signal, left the mark or called
 *	reboot(2); for a signal of the kernel, its context, pid 0 in an
 *	interrupt
 * @parent: the sender's parent, pid 0 if unknown
 * @target: the target, or the process that exited
 * @status: exit status as wait(2) reports it
 * @since_first: ns from the first signal that asked it to end to the exit, 0 if
 *	none is known
 * @since_last: ns from the last such signal; if none is known, from the last one
 *	that could end it, 0 if none is known
 * @reboot_code: enum sigtrail_reboot
 * @survivors: user processes that were there when reboot(2) was called
 * @state: a survivor's state, as /proc/PID/stat has it
 * @text: as SIGTRAIL_ATTR_TEXT
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
	struct sigtrail_task target;
	u32 status;
	u32 reboot_code;
	u32 survivors;
	u64 since_first;
	u64 since_last;
	u8 state;
	char text[SIGTRAIL_TEXT_LEN];
};

#endif /* _SIGTRAIL_RECORD_H */
