// SPDX-License-Identifier: GPL-2.0

package genl

import (
	"syscall"

	"sigtrail/internal/uapi"
)

// ErrNoModule means that the running kernel does not know the family of the
// trigger module. It is ErrNoKernel, too.
var ErrNoModule error = noModuleError{}

type noModuleError struct{}

func (noModuleError) Error() string {
	return "kernel has no triggers: load the module sigtrail_trigger (kmod-sigtrail)"
}

func (noModuleError) Is(target error) bool { return target == ErrNoKernel }

// DialTriggers opens a socket to the family of the trigger module. It needs no
// rights; the commands do.
func DialTriggers() (*Conn, error) {
	c, err := dial(uapi.TRIGGER_FAMILY_NAME)
	if err == ErrNoKernel { // and not another network namespace
		return nil, ErrNoModule
	}
	if err != nil {
		return nil, err
	}
	c.group = uapi.TRIGGER_MCGRP_TRIGGERS
	return c, nil
}

// AddTrigger adds a trigger (SIGTRAIL_TRIGGER_CMD_ADD), given by its attributes,
// and returns the answer. Package wire makes the one and reads the other.
func (c *Conn) AddTrigger(attrs []byte) ([]byte, error) {
	return c.ask("add trigger", uapi.TRIGGER_CMD_ADD, attrs)
}

// DelTrigger deletes a trigger (SIGTRAIL_TRIGGER_CMD_DEL) and returns the
// answer. The error wraps ENOENT if there is none of that
// number.
func (c *Conn) DelTrigger(id uint32) ([]byte, error) {
	return c.ask("delete trigger", uapi.TRIGGER_CMD_DEL, appendU32(nil, uapi.TRIGGER_ATTR_ID, id))
}

// DumpTriggers calls f for each message of a dump of all triggers
// (SIGTRAIL_TRIGGER_CMD_GET). f must neither keep the bytes nor use c.
func (c *Conn) DumpTriggers(f func(msg []byte)) error {
	return c.request("dump of triggers", uapi.TRIGGER_CMD_GET, syscall.NLM_F_DUMP, nil, f)
}
