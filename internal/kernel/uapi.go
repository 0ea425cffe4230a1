// SPDX-License-Identifier: GPL-2.0-only

package kernel

// The constants of include/uapi/linux/sigtrail.h and sigtrail_trigger.h, without the
// prefix SIGTRAIL_. Attributes and values of enums are in package event. A test parses
// the headers, and fails if a name or a value differs.

// Names of families and multicast groups.
const (
	FAMILY_NAME    = "sigtrail"
	FAMILY_VERSION = 5
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
	CMD_PREVIOUS_FREE
)

// Commands of the family "sigtrailtrigger" (enum sigtrail_trigger_cmd).
const (
	TRIGGER_CMD_UNSPEC = iota
	TRIGGER_CMD_ADD
	TRIGGER_CMD_DEL
	TRIGGER_CMD_GET
	TRIGGER_CMD_NOTICE
)

// Maximum number of triggers, arguments of a call, notices per second (default and
// maximum), maximum number of skipped hits, and maximum offset in bytes.
const (
	TRIGGER_LIMIT        = 32
	TRIGGER_ARGS         = 6
	TRIGGER_RATE_DEFAULT = 100
	TRIGGER_RATE_LIMIT   = 10000
	TRIGGER_SKIP_LIMIT   = 1000000000
	TRIGGER_OFFSET_LIMIT = 1048576
)
