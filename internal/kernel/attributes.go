// SPDX-License-Identifier: GPL-2.0-only

package kernel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/vishvananda/netlink/nl"

	"sigtrail/internal/event"
)

// Errors of a message or a record. Returned errors wrap one of these.
var (
	errTruncated = errors.New("truncated")
	errLength    = errors.New("wrong length")
	errCommand   = errors.New("unexpected")
)

const (
	attrHeader = 4 // struct nlattr: u16 nla_len, header included, u16 nla_type
	typeMask   = 0x3fff
)

// open checks the generic netlink header and returns the attributes after it. A newer
// version only adds attributes; unknown ones are skipped.
func open(msg []byte, cmds ...uint8) ([]byte, error) {
	if len(msg) < nl.SizeofGenlmsg {
		return nil, fmt.Errorf("message of %d bytes: %w", len(msg), errTruncated)
	}
	if !bytes.Contains(cmds, msg[:1]) {
		return nil, fmt.Errorf("message of command %d: %w", msg[0], errCommand)
	}
	return msg[nl.SizeofGenlmsg:], nil
}

// cut takes the first attribute off b, as nla_for_each_attr() does. The last attribute
// may have no padding. nl.ParseRouteAttr would panic then, and it allocates memory for
// each record.
func cut(b []byte) (typ uint16, value, rest []byte, err error) {
	if len(b) < attrHeader {
		return 0, nil, nil, fmt.Errorf("%d bytes after the last attribute: %w", len(b), errTruncated)
	}
	n := int(binary.NativeEndian.Uint16(b))
	typ = binary.NativeEndian.Uint16(b[2:]) & typeMask
	if n < attrHeader || n > len(b) {
		return 0, nil, nil, fmt.Errorf("attribute %d of %d bytes, where %d are left: %w", typ, n, len(b), errTruncated)
	}
	return typ, b[attrHeader:n], b[min((n+3)&^3, len(b)):], nil
}

// table has the fields of T, indexed by attribute.
type table[T any] []*event.Field[T]

func newTable[T any](fields []event.Field[T]) (t table[T]) {
	for i := range fields {
		f := &fields[i]
		t = append(t, make(table[T], max(0, int(f.Attr)+1-len(t)))...)
		t[f.Attr] = f
	}
	t[0] = nil // a field without an attribute
	return t
}

// decode stores attributes into the fields of v. Unknown attributes are skipped.
func (t table[T]) decode(b []byte, v *T) error {
	for len(b) > 0 {
		typ, value, rest, err := cut(b)
		if err != nil {
			return err
		}
		if b = rest; int(typ) >= len(t) || t[typ] == nil {
			continue
		}
		if !decode(value, t[typ].At(v), t[typ].Max) {
			return fmt.Errorf("attribute %d: %w", typ, errLength)
		}
	}
	return nil
}

// decode stores an attribute's payload at p, and reports whether it has the right
// length. A string has at most max bytes and a NUL.
func decode(b []byte, p any, max int) bool {
	switch p := p.(type) {
	case *string:
		if max == 0 {
			max = event.NameMax
		}
		end := bytes.IndexByte(b, 0)
		if end < 0 || end != len(b)-1 || end > max {
			return false
		}
		*p = string(b[:end])
		return true
	case *bool:
		if len(b) != 1 {
			return false
		}
		*p = b[0] != 0
		return true
	case *uint64:
		if len(b) != 8 {
			return false
		}
		*p = binary.NativeEndian.Uint64(b)
		return true
	case *event.Nanos:
		return decode(b, (*uint64)(p), max)
	case *event.Count: // of a u32 or a u64
		if len(b) == 8 {
			*p = event.CountOf(binary.NativeEndian.Uint64(b))
			return true
		}
	}
	if len(b) != 4 {
		return false
	}
	v := binary.NativeEndian.Uint32(b)
	switch p := p.(type) {
	case *uint32:
		*p = v
	case *int32:
		*p = int32(v)
	case *event.Kind:
		*p = event.Kind(v)
	case *event.Flags:
		*p = event.Flags(v)
	case *event.Count:
		*p = event.CountOf(v)
	}
	return true
}

// encode returns the fields of a value as attributes, without nil fields.
func encode[T any](fields []event.Field[T], v *T) (attrs []*nl.RtAttr) {
	for i := range fields {
		var payload []byte
		switch p := fields[i].At(v).(type) {
		case *string:
			payload = nl.ZeroTerminated(*p)
		case *bool:
			if p != nil {
				payload = flag(*p)
			}
		case *uint32:
			if p != nil {
				payload = nl.Uint32Attr(*p)
			}
		}
		if payload != nil {
			attrs = append(attrs, nl.NewRtAttr(int(fields[i].Attr), payload))
		}
	}
	return attrs
}

func flag(v bool) []byte {
	if v {
		return nl.Uint8Attr(1)
	}
	return nl.Uint8Attr(0)
}
