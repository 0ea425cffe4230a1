// SPDX-License-Identifier: GPL-2.0

// Package uapi is the Go copy of include/uapi/linux/sigtrail.h, the only
// definition of the wire format: commands, attributes and values of the generic
// netlink family "sigtrail"; and of sigtrail_trigger.h beside it, which is the
// same for the family "sigtrailtrigger".
//
// Names are those of the headers without their prefix SIGTRAIL_, as package
// unix of golang.org/x/sys keeps the kernel's own. What each attribute holds,
// and in which unit, is said in the header; its width is in wire and genl. A
// test parses the headers and fails for a name or a value that differs.
package uapi

// Family and multicast group, to be looked up by name.
const (
	FAMILY_NAME    = "sigtrail"
	FAMILY_VERSION = 1
	MCGRP_EVENTS   = "events"
)

// Bytes of a name (TASK_COMM_LEN) and of a mark's text, the NUL included.
const (
	NAME_LEN = 16
	TEXT_LEN = 64
)

// Commands (enum sigtrail_cmd).
const (
	CMD_UNSPEC = iota
	CMD_INFO_GET
	CMD_EVENTS_GET
	CMD_EVENTS
	CMD_CLAIM
	CMD_MARK
	CMD_SET

	CMD_MAX = iota - 1
)

// Attributes of all messages (enum sigtrail_attr).
const (
	ATTR_UNSPEC = iota
	ATTR_PAD
	ATTR_RECORD
	ATTR_FROM_SEQ
	ATTR_SEQ
	ATTR_TIME
	ATTR_KIND
	ATTR_SIGNAL
	ATTR_CODE
	ATTR_OUTCOME
	ATTR_SCOPE
	ATTR_FLAGS
	ATTR_SENDER_PID
	ATTR_SENDER_TID
	ATTR_SENDER_UID
	ATTR_SENDER_NAME
	ATTR_PARENT_PID
	ATTR_PARENT_NAME
	ATTR_CONTEXT_PID
	ATTR_CONTEXT_TID
	ATTR_CONTEXT_NAME
	ATTR_TARGET_PID
	ATTR_TARGET_TID
	ATTR_TARGET_NAME
	ATTR_EXIT_STATUS
	ATTR_SINCE_FIRST
	ATTR_SINCE_LAST
	ATTR_REBOOT_CODE
	ATTR_TEXT
	ATTR_RING_SIZE
	ATTR_SEQ_FIRST
	ATTR_SEQ_LAST
	ATTR_RELAY_SKIPPED
	ATTR_RELAY_FAILED
	ATTR_HELD_BACK
	ATTR_EXIT_FORGOTTEN
	ATTR_LEFT_OUT_SIGCHLD
	ATTR_LEFT_OUT_SIGALRM
	ATTR_LEFT_OUT_SIGURG
	ATTR_LEFT_OUT_KTHREAD
	ATTR_LEFT_OUT_OWN
	ATTR_ENABLE
	ATTR_PRINTK
	ATTR_PRINTK_RATE
	ATTR_SIGCHLD
	ATTR_SIGALRM
	ATTR_SIGURG
	ATTR_KTHREAD
	ATTR_CLAIM_PID
	ATTR_CLAIM_NAME
	ATTR_SHUTDOWN
	ATTR_CLOCK_LOCAL
	ATTR_CLOCK_BOOTTIME
	ATTR_CLOCK_REALTIME

	ATTR_MAX = iota - 1
)

// What a record tells of (enum sigtrail_kind), the values of ATTR_KIND.
const (
	KIND_SIGNAL = iota
	KIND_EXIT
	KIND_MARK
	KIND_REBOOT
)

// What became of a signal when it was sent (enum sigtrail_outcome), the values
// of ATTR_OUTCOME.
const (
	OUTCOME_DELIVERED = iota
	OUTCOME_IGNORED
	OUTCOME_ALREADY_PENDING
	OUTCOME_OVERFLOW_FAIL
	OUTCOME_LOSE_INFO
	OUTCOME_DYING
)

// To whom a signal was directed (enum sigtrail_scope), the values of ATTR_SCOPE.
const (
	SCOPE_PROCESS = iota
	SCOPE_THREAD
)

// What else is known of a record (enum sigtrail_flag), the bits of ATTR_FLAGS.
const (
	FLAG_KERNEL = 1 << iota
	FLAG_BLOCKED
	FLAG_CAUGHT
	FLAG_DEFAULT
	FLAG_FATAL
	FLAG_PRINTED
	FLAG_BY_SIGTRAIL
	FLAG_SHUTDOWN
)

// What reboot(2) was asked for (enum sigtrail_reboot), the values of
// ATTR_REBOOT_CODE.
const (
	REBOOT_RESTART = iota + 1
	REBOOT_HALT
	REBOOT_POWER_OFF
)

// When a record is also printed (enum sigtrail_printk), the values of ATTR_PRINTK.
const (
	PRINTK_OFF = iota
	PRINTK_AUTO
	PRINTK_ALWAYS
)
