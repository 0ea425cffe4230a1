// SPDX-License-Identifier: GPL-2.0

package uapi

// The rest is of sigtrail_trigger.h: the family of the module
// sigtrail_trigger.ko, and its multicast group, to be looked up by name.
const (
	TRIGGER_FAMILY_NAME    = "sigtrailtrigger"
	TRIGGER_FAMILY_VERSION = 1
	TRIGGER_MCGRP_TRIGGERS = "triggers"
)

// Bytes of a process's name and of a symbol, the NUL included; how many
// triggers there can be, and arguments of a call; notices per second; hits that
// can be skipped, and the farthest offset.
const (
	TRIGGER_NAME_LEN     = 16
	TRIGGER_SYMBOL_LEN   = 128
	TRIGGER_LIMIT        = 32
	TRIGGER_ARGS         = 6
	TRIGGER_RATE_DEFAULT = 100
	TRIGGER_RATE_LIMIT   = 10000
	TRIGGER_SKIP_LIMIT   = 1000000000
	TRIGGER_OFFSET_LIMIT = 1048576
)

// Commands (enum sigtrail_trigger_cmd).
const (
	TRIGGER_CMD_UNSPEC = iota
	TRIGGER_CMD_ADD
	TRIGGER_CMD_DEL
	TRIGGER_CMD_GET
	TRIGGER_CMD_NOTICE

	TRIGGER_CMD_MAX = iota - 1
)

// Attributes of all messages (enum sigtrail_trigger_attr).
const (
	TRIGGER_ATTR_UNSPEC = iota
	TRIGGER_ATTR_PAD
	TRIGGER_ATTR_ID
	TRIGGER_ATTR_SYMBOL
	TRIGGER_ATTR_OFFSET
	TRIGGER_ATTR_TARGET_NAME
	TRIGGER_ATTR_SKIP
	TRIGGER_ATTR_PER
	TRIGGER_ATTR_RATE
	TRIGGER_ATTR_FUNCTION
	TRIGGER_ATTR_HITS
	TRIGGER_ATTR_ACTED
	TRIGGER_ATTR_RATE_LIMITED
	TRIGGER_ATTR_DROPPED
	TRIGGER_ATTR_MISSED
	TRIGGER_ATTR_FORGOTTEN
	TRIGGER_ATTR_HELD_BACK
	TRIGGER_ATTR_TIME
	TRIGGER_ATTR_TARGET_PID
	TRIGGER_ATTR_TARGET_TID
	TRIGGER_ATTR_START_TIME
	TRIGGER_ATTR_COUNT
	TRIGGER_ATTR_ARG

	TRIGGER_ATTR_MAX = iota - 1
)

// Which hits are counted together (enum sigtrail_trigger_per), the values of
// TRIGGER_ATTR_PER.
const (
	TRIGGER_PER_PROCESS = iota
	TRIGGER_PER_NAME
)
