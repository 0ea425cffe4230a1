// SPDX-License-Identifier: GPL-2.0-only

package kernel

// What follows is the Go copy of include/uapi/linux/sigtrail.h, and of
// sigtrail_trigger.h beside it: names are those of the headers without the prefix
// SIGTRAIL_. Attributes and the values of enums stand in package event. A test
// parses the headers, and fails for a name or a value that differs.

// Families and multicast groups, to be looked up by name.
const (
	FAMILY_NAME    = "sigtrail"
	FAMILY_VERSION = 1
	MCGRP_EVENTS   = "events"

	TRIGGER_FAMILY_NAME    = "sigtrailtrigger"
	TRIGGER_FAMILY_VERSION = 1
	TRIGGER_MCGRP_TRIGGERS = "triggers"
)

// Commands of the family "sigtrail" (enum sigtrail_cmd).
const (
	CMD_UNSPEC = iota
	CMD_INFO_GET
	CMD_EVENTS_GET
	CMD_EVENTS
	CMD_CLAIM
	CMD_MARK
	CMD_SET
)

// Commands of the family "sigtrailtrigger" (enum sigtrail_trigger_cmd).
const (
	TRIGGER_CMD_UNSPEC = iota
	TRIGGER_CMD_ADD
	TRIGGER_CMD_DEL
	TRIGGER_CMD_GET
	TRIGGER_CMD_NOTICE
)

// How many triggers there can be, and arguments of a call; notices per second;
// hits that can be skipped, and the farthest offset in bytes.
const (
	TRIGGER_LIMIT        = 32
	TRIGGER_ARGS         = 6
	TRIGGER_RATE_DEFAULT = 100
	TRIGGER_RATE_LIMIT   = 10000
	TRIGGER_SKIP_LIMIT   = 1000000000
	TRIGGER_OFFSET_LIMIT = 1048576
)
