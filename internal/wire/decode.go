// SPDX-License-Identifier: GPL-2.0

// Package wire turns the messages of the generic netlink family "sigtrail" into
// events, and back for tests. It is pure: bytes come in, values go out. Lengths
// are checked strictly, unknown attributes are skipped, and no input makes it
// panic.
//
// A message here is what follows the netlink header: struct genlmsghdr
// (include/uapi/linux/genetlink.h), then attributes. Names and values are those
// of include/uapi/linux/sigtrail.h, numbers in the byte order of the machine
// that sent them.
package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"sigtrail/internal/event"
	"sigtrail/internal/uapi"
)

// What can be wrong with a message or a record. The errors returned wrap one of
// these.
var (
	ErrTruncated = errors.New("cut short")
	ErrLength    = errors.New("an attribute of the wrong length")
	ErrCommand   = errors.New("not the one expected")
	ErrMissing   = errors.New("a record without number, time or kind")
)

const (
	genlHeader = 4 // struct genlmsghdr: u8 cmd, u8 version, u16 reserved
	attrHeader = 4 // struct nlattr: u16 nla_len, header included, u16 nla_type
	typeMask   = 0x3fff
)

// Events calls f for each record of a message of SIGTRAIL_CMD_EVENTS (multicast)
// or SIGTRAIL_CMD_EVENTS_GET (the answer to a dump), in order. A record that cannot be decoded is skipped and counted. If the message itself
// breaks off, the error says so, and what stood before it has been told.
func Events(msg []byte, order binary.ByteOrder, f func(event.Event)) (skipped int, err error) {
	body, err := open(msg, uapi.CMD_EVENTS, uapi.CMD_EVENTS_GET)
	if err != nil {
		return 0, err
	}
	err = attributes(body, order, func(typ int, v []byte) error {
		if typ != uapi.ATTR_RECORD {
			return nil
		}
		e, err := record(v, order)
		if err != nil {
			skipped++
			return nil
		}
		f(e)
		return nil
	})
	return skipped, err
}

// Info decodes the answer to SIGTRAIL_CMD_INFO_GET.
func Info(msg []byte, order binary.ByteOrder) (event.Info, error) {
	var i event.Info
	body, err := open(msg, uapi.CMD_INFO_GET)
	if err != nil {
		return i, err
	}
	err = attributes(body, order, func(typ int, v []byte) error {
		return setInfo(&i, typ, field{v, order})
	})
	return i, err
}

// open checks the generic netlink header and returns what follows it. A newer
// version only appends attributes, and is read as far as it is known.
func open(msg []byte, cmds ...uint8) ([]byte, error) {
	if len(msg) < genlHeader {
		return nil, fmt.Errorf("message of %d bytes: %w", len(msg), ErrTruncated)
	}
	for _, cmd := range cmds {
		if msg[0] == cmd {
			return msg[genlHeader:], nil
		}
	}
	return nil, fmt.Errorf("message of command %d: %w", msg[0], ErrCommand)
}

// attributes calls f for each attribute in b, as nla_for_each_attr does, and
// fails if b does not end where an attribute does. The padding of the last one
// may be absent.
func attributes(b []byte, order binary.ByteOrder, f func(typ int, v []byte) error) error {
	for len(b) > 0 {
		if len(b) < attrHeader {
			return fmt.Errorf("%d bytes after the last attribute: %w", len(b), ErrTruncated)
		}
		n := int(order.Uint16(b))
		typ := int(order.Uint16(b[2:]) & typeMask)
		if n < attrHeader || n > len(b) {
			return fmt.Errorf("attribute %d of %d bytes, where %d are left: %w", typ, n, len(b), ErrTruncated)
		}
		if err := f(typ, b[attrHeader:n]); err != nil {
			return fmt.Errorf("attribute %d: %w", typ, err)
		}
		b = b[min(align(n), len(b)):]
	}
	return nil
}

func align(n int) int { return (n + 3) &^ 3 }

// record decodes one SIGTRAIL_ATTR_RECORD.
func record(b []byte, order binary.ByteOrder) (event.Event, error) {
	var e event.Event
	timed, kind := false, false
	err := attributes(b, order, func(typ int, v []byte) error {
		timed = timed || typ == uapi.ATTR_TIME
		kind = kind || typ == uapi.ATTR_KIND
		return setEvent(&e, typ, field{v, order})
	})
	if err != nil {
		return e, err
	}
	if e.Seq == 0 || !timed || !kind {
		return e, ErrMissing
	}
	if e.Flags&event.FlagKernel != 0 && e.SenderName == "" {
		e.SenderName = "kernel"
	}
	return e, nil
}

// field is an attribute's payload.
type field struct {
	b     []byte
	order binary.ByteOrder
}

// u8 reads a switch: 0 or anything else.
func (f field) u8(p *bool) error {
	if len(f.b) != 1 {
		return ErrLength
	}
	*p = f.b[0] != 0
	return nil
}

func (f field) u64(p *uint64) error {
	if len(f.b) != 8 {
		return ErrLength
	}
	*p = f.order.Uint64(f.b)
	return nil
}

// u32 reads into any of the 32-bit types, the signed one included.
func u32[T ~uint32 | ~int32](f field, p *T) error {
	if len(f.b) != 4 {
		return ErrLength
	}
	*p = T(f.order.Uint32(f.b))
	return nil
}

// text reads a string of at most size bytes, the NUL at its end included.
func (f field) text(p *string, size int) error {
	n := len(f.b) - 1
	if n < 0 || n >= size || bytes.IndexByte(f.b, 0) != n {
		return ErrLength
	}
	*p = string(f.b[:n])
	return nil
}

func (f field) name(p *string) error { return f.text(p, uapi.NAME_LEN) }
