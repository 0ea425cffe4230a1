/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * sigtrail: the wire format of the generic netlink family "sigtrailtrigger", of
 * the module sigtrail_trigger.ko. The name has no underscore because GENL_NAMSIZ
 * is 16, with the NUL.
 *
 * This header is its only definition. New attributes and values are appended,
 * and then SIGTRAIL_TRIGGER_FAMILY_VERSION is incremented.
 */
#ifndef _UAPI_LINUX_SIGTRAIL_TRIGGER_H
#define _UAPI_LINUX_SIGTRAIL_TRIGGER_H

#define SIGTRAIL_TRIGGER_FAMILY_NAME	"sigtrailtrigger"
#define SIGTRAIL_TRIGGER_FAMILY_VERSION	1
#define SIGTRAIL_TRIGGER_MCGRP_TRIGGERS	"triggers"

/* Size of a process name (TASK_COMM_LEN) and of a symbol, with the NUL. */
#define SIGTRAIL_TRIGGER_NAME_LEN	16
#define SIGTRAIL_TRIGGER_SYMBOL_LEN	128

/* Maximum of triggers, and arguments of a call. */
#define SIGTRAIL_TRIGGER_LIMIT		32
#define SIGTRAIL_TRIGGER_ARGS		6

/* Notices per second of one trigger: default and maximum. */
#define SIGTRAIL_TRIGGER_RATE_DEFAULT	100
#define SIGTRAIL_TRIGGER_RATE_LIMIT	10000

/* Maximum of hits to skip, and of the offset. */
#define SIGTRAIL_TRIGGER_SKIP_LIMIT	1000000000
#define SIGTRAIL_TRIGGER_OFFSET_LIMIT	1048576

/**
 * enum sigtrail_trigger_cmd - commands; all of them need CAP_NET_ADMIN, _ADD and
 *	_DEL need CAP_SYS_ADMIN, too
 * @SIGTRAIL_TRIGGER_CMD_UNSPEC: unused
 * @SIGTRAIL_TRIGGER_CMD_ADD: add a trigger, with the attributes from _SYMBOL to
 *	_RATE; _SYMBOL and _TARGET_NAME are required. The reply is the trigger,
 *	as for _GET
 * @SIGTRAIL_TRIGGER_CMD_DEL: delete the trigger with an _ID. The reply is the
 *	trigger with its counters; there are no notices after it
 * @SIGTRAIL_TRIGGER_CMD_GET: dump of all triggers, one message for each, with
 *	the attributes from _ID to _HELD_BACK
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
 * @SIGTRAIL_TRIGGER_ATTR_ID: u32, from 1, not reused while the module is loaded
 * @SIGTRAIL_TRIGGER_ATTR_SYMBOL: string, a function of the kernel, or a
 *	syscall by its plain name: "do_exit", "write", "sys_write"
 * @SIGTRAIL_TRIGGER_ATTR_OFFSET: u32, bytes into the function, 0 if absent
 * @SIGTRAIL_TRIGGER_ATTR_TARGET_NAME: string of any bytes, the comm of the
 *	process's group leader: of the processes that a trigger is for, or of
 *	the process that made the hit
 * @SIGTRAIL_TRIGGER_ATTR_SKIP: u32, hits that are counted, but do not act; each
 *	later one acts. 0 if absent
 * @SIGTRAIL_TRIGGER_ATTR_PER: u32, enum sigtrail_trigger_per, which hits are
 *	counted together
 * @SIGTRAIL_TRIGGER_ATTR_RATE: u32, maximum of notices per second
 * @SIGTRAIL_TRIGGER_ATTR_FUNCTION: string, the kernel's own name of the
 *	function: "__arm64_sys_write"
 * @SIGTRAIL_TRIGGER_ATTR_HITS: u64, hits by processes of that name
 * @SIGTRAIL_TRIGGER_ATTR_ACTED: u64, of these, hits whose notice was queued
 * @SIGTRAIL_TRIGGER_ATTR_RATE_LIMITED: u64, hits without a notice because of the
 *	rate
 * @SIGTRAIL_TRIGGER_ATTR_DROPPED: u64, hits without a notice because the queue was
 *	full, and queued notices that were not sent for lack of memory
 * @SIGTRAIL_TRIGGER_ATTR_MISSED: u64, hits by any process that the kernel
 *	ignored, since they were inside another probe. On a 32-bit machine it
 *	starts at 0 again after 4294967295
 * @SIGTRAIL_TRIGGER_ATTR_FORGOTTEN: u64, processes, ended ones too, whose count
 *	was removed because there were too many
 * @SIGTRAIL_TRIGGER_ATTR_HELD_BACK: u64, hits that were not printed because of
 *	the rate limits of lines
 * @SIGTRAIL_TRIGGER_ATTR_TIME: u64, ns of local_clock() at the hit, the clock
 *	of printk and of SIGTRAIL_ATTR_TIME
 * @SIGTRAIL_TRIGGER_ATTR_TARGET_PID: u32, tgid in the initial pid namespace
 * @SIGTRAIL_TRIGGER_ATTR_TARGET_TID: u32, the thread that made the hit
 * @SIGTRAIL_TRIGGER_ATTR_START_TIME: u64, when the process started, in ns of
 *	CLOCK_BOOTTIME in the initial time namespace (start_boottime of the
 *	group leader). Field 22 of /proc/PID/stat is this divided by
 *	1000000000 / USER_HZ, rounded down; USER_HZ is sysconf(_SC_CLK_TCK),
 *	nearly always 100. An exec() does not change it
 * @SIGTRAIL_TRIGGER_ATTR_COUNT: u64, the hit's number, from 1, among the hits
 *	that are counted together
 * @SIGTRAIL_TRIGGER_ATTR_ARG: u64, an argument of the call. At offset 0 there
 *	are SIGTRAIL_TRIGGER_ARGS of them, in order, at other offsets none;
 *	those beyond what the function takes mean nothing. What a process
 *	passed to a syscall is as it is; any other value is what %p prints of
 *	it, a hash. There are none before the kernel has a hash
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
