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

// Trigger is what makes a trigger, see enum sigtrail_trigger_attr.
type Trigger struct {
	Symbol     string
	Offset     uint32
	TargetName string
	Skip       uint32
	Per        uint32 // uapi.TRIGGER_PER_*
	Rate       uint32
}

func (t Trigger) attrs() []byte {
	b := appendText(nil, uapi.TRIGGER_ATTR_SYMBOL, t.Symbol)
	b = appendU32(b, uapi.TRIGGER_ATTR_OFFSET, t.Offset)
	b = appendText(b, uapi.TRIGGER_ATTR_TARGET_NAME, t.TargetName)
	b = appendU32(b, uapi.TRIGGER_ATTR_SKIP, t.Skip)
	b = appendU32(b, uapi.TRIGGER_ATTR_PER, t.Per)
	return appendU32(b, uapi.TRIGGER_ATTR_RATE, t.Rate)
}

// AddTrigger adds a trigger (SIGTRAIL_TRIGGER_CMD_ADD) and returns the answer,
// for wire.Trigger.
func (c *Conn) AddTrigger(t Trigger) ([]byte, error) {
	return c.ask("add trigger", uapi.TRIGGER_CMD_ADD, t.attrs())
}

// DelTrigger deletes a trigger (SIGTRAIL_TRIGGER_CMD_DEL) and returns the
// answer, for wire.Trigger. The error wraps ENOENT if there is none of that
// number.
func (c *Conn) DelTrigger(id uint32) ([]byte, error) {
	return c.ask("delete trigger", uapi.TRIGGER_CMD_DEL, appendU32(nil, uapi.TRIGGER_ATTR_ID, id))
}

// DumpTriggers calls f for each message of a dump of all triggers
// (SIGTRAIL_TRIGGER_CMD_GET). f must neither keep the bytes nor use c.
func (c *Conn) DumpTriggers(f func(msg []byte)) error {
	return c.request("dump of triggers", uapi.TRIGGER_CMD_GET, syscall.NLM_F_DUMP, nil, f)
}
