// SPDX-License-Identifier: GPL-2.0

package wire

import (
	"encoding/binary"
	"errors"

	"sigtrail/internal/event"
	"sigtrail/internal/uapi"
)

// ErrNotice means a notice that does not say which process it is about.
var ErrNotice = errors.New("a notice without trigger, process or start")

// No kernel has longer names of functions: KSYM_NAME_LEN of linux/kallsyms.h.
const functionLen = 512

// Triggers are the triggers of the module, at the other end of a transport.
// Package genl has one.
type Triggers struct {
	Conn interface {
		// AddTrigger returns the answer to a SIGTRAIL_TRIGGER_CMD_ADD.
		AddTrigger(attrs []byte) ([]byte, error)

		// DelTrigger returns the answer to a SIGTRAIL_TRIGGER_CMD_DEL.
		DelTrigger(id uint32) ([]byte, error)

		// DumpTriggers calls f for each message of a SIGTRAIL_TRIGGER_CMD_GET.
		DumpTriggers(f func(msg []byte)) error
	}
}

// Add makes the trigger of a Spec, and returns it as the kernel has it.
func (t Triggers) Add(spec event.Trigger) (event.Trigger, error) {
	w := writer{order: binary.NativeEndian}
	w.spec(&spec)
	return decodeTrigger(t.Conn.AddTrigger(w.b))
}

// Del deletes a trigger, and returns what it has counted.
func (t Triggers) Del(id uint32) (event.Trigger, error) {
	return decodeTrigger(t.Conn.DelTrigger(id))
}

func decodeTrigger(msg []byte, err error) (event.Trigger, error) {
	if err != nil {
		return event.Trigger{}, err
	}
	return Trigger(msg, binary.NativeEndian)
}

// List returns all triggers.
func (t Triggers) List() (list []event.Trigger, err error) {
	err = t.Conn.DumpTriggers(func(msg []byte) {
		if tr, failed := Trigger(msg, binary.NativeEndian); failed == nil {
			list = append(list, tr)
		}
	})
	return list, err
}

// Trigger decodes the answer to SIGTRAIL_TRIGGER_CMD_ADD or _DEL, or one of
// those to _GET.
func Trigger(msg []byte, order binary.ByteOrder) (event.Trigger, error) {
	var t event.Trigger
	body, err := open(msg, uapi.TRIGGER_CMD_ADD, uapi.TRIGGER_CMD_DEL, uapi.TRIGGER_CMD_GET)
	if err != nil {
		return t, err
	}
	err = attributes(body, order, func(typ int, v []byte) error {
		return setTrigger(&t, typ, field{v, order})
	})
	return t, err
}

// Notice decodes a message of SIGTRAIL_TRIGGER_CMD_NOTICE (multicast).
func Notice(msg []byte, order binary.ByteOrder) (event.Notice, error) {
	var n event.Notice
	body, err := open(msg, uapi.TRIGGER_CMD_NOTICE)
	if err != nil {
		return n, err
	}
	err = attributes(body, order, func(typ int, v []byte) error {
		return setNotice(&n, typ, field{v, order})
	})
	if err == nil && (n.ID == 0 || n.TargetPID == 0 || n.StartTime == 0) {
		err = ErrNotice
	}
	return n, err
}

func setTrigger(t *event.Trigger, typ int, f field) error {
	switch typ {
	case uapi.TRIGGER_ATTR_ID:
		return u32(f, &t.ID)
	case uapi.TRIGGER_ATTR_SYMBOL:
		return f.text(&t.Symbol, uapi.TRIGGER_SYMBOL_LEN)
	case uapi.TRIGGER_ATTR_OFFSET:
		return u32(f, &t.Offset)
	case uapi.TRIGGER_ATTR_TARGET_NAME:
		return f.name(&t.TargetName)
	case uapi.TRIGGER_ATTR_SKIP:
		return u32(f, &t.Skip)
	case uapi.TRIGGER_ATTR_PER:
		return u32(f, &t.Per)
	case uapi.TRIGGER_ATTR_RATE:
		return u32(f, &t.Rate)
	case uapi.TRIGGER_ATTR_FUNCTION:
		return f.text(&t.Function, functionLen)
	case uapi.TRIGGER_ATTR_HITS:
		return f.u64(&t.Hits)
	case uapi.TRIGGER_ATTR_ACTED:
		return f.u64(&t.Acted)
	case uapi.TRIGGER_ATTR_RATE_LIMITED:
		return f.u64(&t.RateLimited)
	case uapi.TRIGGER_ATTR_DROPPED:
		return f.u64(&t.Dropped)
	case uapi.TRIGGER_ATTR_MISSED:
		return f.u64(&t.Missed)
	case uapi.TRIGGER_ATTR_FORGOTTEN:
		return f.u64(&t.Forgotten)
	case uapi.TRIGGER_ATTR_HELD_BACK:
		return f.u64(&t.HeldBack)
	}
	return nil
}

func setNotice(n *event.Notice, typ int, f field) error {
	switch typ {
	case uapi.TRIGGER_ATTR_ID:
		return u32(f, &n.ID)
	case uapi.TRIGGER_ATTR_TIME:
		return f.u64(&n.Time)
	case uapi.TRIGGER_ATTR_TARGET_PID:
		return u32(f, &n.TargetPID)
	case uapi.TRIGGER_ATTR_TARGET_TID:
		return u32(f, &n.TargetTID)
	case uapi.TRIGGER_ATTR_TARGET_NAME:
		return f.name(&n.TargetName)
	case uapi.TRIGGER_ATTR_START_TIME:
		return f.u64(&n.StartTime)
	case uapi.TRIGGER_ATTR_COUNT:
		return f.u64(&n.Count)
	}
	return nil
}
