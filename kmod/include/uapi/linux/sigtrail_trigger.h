/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * sigtrail: the wire format of the generic netlink family "sigtrailtrigger",
 * which the module sigtrail_trigger.ko brings. The family's name has no room
 * for a mark between the words: GENL_NAMSIZ is 16, the NUL included.
 *
 * This header is its only definition. Attributes and values are only ever
 * appended; SIGTRAIL_TRIGGER_FAMILY_VERSION counts up when one is.
 */
#ifndef _UAPI_LINUX_SIGTRAIL_TRIGGER_H
#define _UAPI_LINUX_SIGTRAIL_TRIGGER_H

#define SIGTRAIL_TRIGGER_FAMILY_NAME	"sigtrailtrigger"
#define SIGTRAIL_TRIGGER_FAMILY_VERSION	1
#define SIGTRAIL_TRIGGER_MCGRP_TRIGGERS	"triggers"

/* Bytes of a process's name (TASK_COMM_LEN) and of a symbol, the NUL included. */
#define SIGTRAIL_TRIGGER_NAME_LEN	16
#define SIGTRAIL_TRIGGER_SYMBOL_LEN	128

/* Triggers at one time, and arguments of a call. */
#define SIGTRAIL_TRIGGER_LIMIT		32
#define SIGTRAIL_TRIGGER_ARGS		6

/* Notices per second of one trigger: unless it is set, and at the most. */
#define SIGTRAIL_TRIGGER_RATE_DEFAULT	100
#define SIGTRAIL_TRIGGER_RATE_LIMIT	10000

/* Hits that can be skipped, and the farthest offset. */
#define SIGTRAIL_TRIGGER_SKIP_LIMIT	1000000000
#define SIGTRAIL_TRIGGER_OFFSET_LIMIT	1048576

/**
 * enum sigtrail_trigger_cmd - what can be asked, all of it with CAP_NET_ADMIN
 *	only
 * @SIGTRAIL_TRIGGER_CMD_UNSPEC: unused
 * @SIGTRAIL_TRIGGER_CMD_ADD: add a trigger, of the attributes from _SYMBOL to
 *	_RATE; symbol and name are needed. Answered by the trigger as _GET has it
 * @SIGTRAIL_TRIGGER_CMD_DEL: delete the trigger of an _ID; when the answer is
 *	there it makes no notice any more. Answered by the trigger with what it
 *	has counted
 * @SIGTRAIL_TRIGGER_CMD_GET: dump of all triggers, one message for each, of the
 *	attributes from _ID to _HELD_BACK
 * @SIGTRAIL_TRIGGER_CMD_NOTICE: a trigger acts: multicast to the group
 *	"triggers", one message for each such hit, with _ID, _SYMBOL, _OFFSET,
 *	_TARGET_NAME and the attributes from _TIME on
 */
enum sigtrail_trigger_cmd {
	SIGTRAIL_TRIGGER_CMD_UNSPEC,
	SIGTRAIL_TRIGGER_CMD_ADD,
	SIGTRAIL_TRIGGER_CMD_DEL,
	SIGTRAIL_TRIGGER_CMD_GET,
	SIGTRAIL_TRIGGER_CMD_NOTICE,

	/* private: */
	__SIGTRAIL_TRIGGER_CMD_MAX,
	SIGTRAIL_TRIGGER_CMD_MAX = __SIGTRAIL_TRIGGER_CMD_MAX - 1
};

/**
 * enum sigtrail_trigger_attr - the attributes of all messages
 * @SIGTRAIL_TRIGGER_ATTR_UNSPEC: unused
 * @SIGTRAIL_TRIGGER_ATTR_PAD: alignment of 64-bit values
 * @SIGTRAIL_TRIGGER_ATTR_ID: u32, from 1, not given again until the module is
 *	loaded anew
 * @SIGTRAIL_TRIGGER_ATTR_SYMBOL: string, a function of the kernel, or a
 *	syscall by its plain name: "do_exit", "write", "sys_write"
 * @SIGTRAIL_TRIGGER_ATTR_OFFSET: u32, bytes into the function, 0 if absent
 * @SIGTRAIL_TRIGGER_ATTR_TARGET_NAME: string of any bytes, the comm of the
 *	process's group leader. In a trigger: for whom it is; in a notice: as
 *	it was
 * @SIGTRAIL_TRIGGER_ATTR_SKIP: u32, so many hits are counted without acting;
 *	each one after them acts. 0 if absent
 * @SIGTRAIL_TRIGGER_ATTR_PER: u32, enum sigtrail_trigger_per, what is counted
 *	together
 * @SIGTRAIL_TRIGGER_ATTR_RATE: u32, notices per second at the most
 * @SIGTRAIL_TRIGGER_ATTR_FUNCTION: string, the kernel's own name of the
 *	function: "__arm64_sys_write"
 * @SIGTRAIL_TRIGGER_ATTR_HITS: u64, hits by processes of that name
 * @SIGTRAIL_TRIGGER_ATTR_ACTED: u64, of these, those that made a notice
 * @SIGTRAIL_TRIGGER_ATTR_RATE_LIMITED: u64, those that made none for the rate
 * @SIGTRAIL_TRIGGER_ATTR_DROPPED: u64, those that found no room or no memory
 *	for it
 * @SIGTRAIL_TRIGGER_ATTR_MISSED: u64, hits by anybody that the kernel passed
 *	over, since they were within another probe
 * @SIGTRAIL_TRIGGER_ATTR_FORGOTTEN: u64, processes, dead ones too, whose count
 *	was given up to make room for another's
 * @SIGTRAIL_TRIGGER_ATTR_HELD_BACK: u64, hits that were not printed, for there
 *	were too many in a second
 * @SIGTRAIL_TRIGGER_ATTR_TIME: u64, ns of local_clock() at the hit, the clock
 *	of printk and of SIGTRAIL_ATTR_TIME
 * @SIGTRAIL_TRIGGER_ATTR_TARGET_PID: u32, tgid in the initial pid namespace
 * @SIGTRAIL_TRIGGER_ATTR_TARGET_TID: u32, the thread that made the hit
 * @SIGTRAIL_TRIGGER_ATTR_START_TIME: u64, when the process started, in ns of
 *	CLOCK_BOOTTIME in the initial time namespace (start_boottime of the
 *	group leader). Field 22 of /proc/PID/stat is this divided by
 *	1000000000 / USER_HZ, rounded down; USER_HZ is sysconf(_SC_CLK_TCK),
 *	100 nearly everywhere. An exec() does not change it
 * @SIGTRAIL_TRIGGER_ATTR_COUNT: u64, the hit's number, from 1, of those that
 *	are counted together
 * @SIGTRAIL_TRIGGER_ATTR_ARG: u64, an argument of the call. There are
 *	SIGTRAIL_TRIGGER_ARGS of them, in order, at offset 0, and none elsewhere;
 *	those beyond what the function takes mean nothing
 */
enum sigtrail_trigger_attr {
	SIGTRAIL_TRIGGER_ATTR_UNSPEC,
	SIGTRAIL_TRIGGER_ATTR_PAD,

	SIGTRAIL_TRIGGER_ATTR_ID,
	SIGTRAIL_TRIGGER_ATTR_SYMBOL,
	SIGTRAIL_TRIGGER_ATTR_OFFSET,
	SIGTRAIL_TRIGGER_ATTR_TARGET_NAME,
	SIGTRAIL_TRIGGER_ATTR_SKIP,
	SIGTRAIL_TRIGGER_ATTR_PER,
	SIGTRAIL_TRIGGER_ATTR_RATE,

	SIGTRAIL_TRIGGER_ATTR_FUNCTION,
	SIGTRAIL_TRIGGER_ATTR_HITS,
	SIGTRAIL_TRIGGER_ATTR_ACTED,
	SIGTRAIL_TRIGGER_ATTR_RATE_LIMITED,
	SIGTRAIL_TRIGGER_ATTR_DROPPED,
	SIGTRAIL_TRIGGER_ATTR_MISSED,
	SIGTRAIL_TRIGGER_ATTR_FORGOTTEN,
	SIGTRAIL_TRIGGER_ATTR_HELD_BACK,

	SIGTRAIL_TRIGGER_ATTR_TIME,
	SIGTRAIL_TRIGGER_ATTR_TARGET_PID,
	SIGTRAIL_TRIGGER_ATTR_TARGET_TID,
	SIGTRAIL_TRIGGER_ATTR_START_TIME,
	SIGTRAIL_TRIGGER_ATTR_COUNT,
	SIGTRAIL_TRIGGER_ATTR_ARG,

	/* private: */
	__SIGTRAIL_TRIGGER_ATTR_MAX,
	SIGTRAIL_TRIGGER_ATTR_MAX = __SIGTRAIL_TRIGGER_ATTR_MAX - 1
};

/**
 * enum sigtrail_trigger_per - which hits are counted together
 * @SIGTRAIL_TRIGGER_PER_PROCESS: those of one process, the default
 * @SIGTRAIL_TRIGGER_PER_NAME: those of all processes of the name
 */
enum sigtrail_trigger_per {
	SIGTRAIL_TRIGGER_PER_PROCESS,
	SIGTRAIL_TRIGGER_PER_NAME,
};

#endif /* _UAPI_LINUX_SIGTRAIL_TRIGGER_H */
