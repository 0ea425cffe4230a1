// SPDX-License-Identifier: GPL-2.0-only

package kernel

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"unsafe"

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

// table says where the attributes of a T go, by their type.
type table[T any] []place

// place is where an attribute goes.
type place struct {
	form event.Form // 0: an unknown attribute
	max  int        // longest string
	at   uintptr    // offset in the struct
}

func newTable[T any](fields []event.Field[T]) (t table[T]) {
	var v T
	for i := range fields {
		f := &fields[i]
		if f.Attr == 0 {
			continue
		}
		t = append(t, make(table[T], max(0, int(f.Attr)+1-len(t)))...)
		t[f.Attr] = place{f.Form, cmp.Or(f.Max, event.NameMax), uintptr(f.In(&v)) - uintptr(unsafe.Pointer(&v))}
	}
	return t
}

// decode stores attributes into the fields of v. Unknown attributes are skipped.
func (t table[T]) decode(b []byte, v *T) error {
	_, err := t.decodeTo(b, 0, v, nil)
	return err
}

// decodeTo stores attributes before the first one of a type; 0: all. It returns the rest.
// Names are kept in a table, if there is one.
func (t table[T]) decodeTo(b []byte, stop uint16, v *T, kept *names) (rest []byte, err error) {
	return decode(b, stop, t, unsafe.Pointer(v), kept)
}

// decode stores attributes in a struct. It is one loop, as it runs for each record.
func decode(b []byte, stop uint16, t []place, base unsafe.Pointer, kept *names) (rest []byte, err error) {
	for len(b) >= attrHeader {
		head := (*[2]uint16)(unsafe.Pointer(&b[0])) // attributes are aligned, see NLA_ALIGNTO
		n, typ := int(head[0]), int(head[1]&typeMask)
		if n < attrHeader || n > len(b) {
			break
		}
		if typ == int(stop) && stop != 0 {
			return b, nil
		}
		value, at := b[attrHeader:n], b
		b = b[min((n+3)&^3, len(b)):]
		if typ >= len(t) {
			continue
		}
		f := &t[typ]
		p := unsafe.Add(base, f.at)
		switch f.form {
		case 0:
			continue
		case event.FormUint32, event.FormInt32, event.FormKind, event.FormFlags:
			if len(value) == 4 {
				*(*uint32)(p) = *(*uint32)(unsafe.Pointer(&value[0]))
				continue
			}
		case event.FormUint64, event.FormNanos, event.FormAddress:
			if len(value) == 8 {
				*(*uint64)(p) = binary.NativeEndian.Uint64(value) // aligned to 4 bytes
				continue
			}
		case event.FormString:
			if len(value) <= f.max+1 {
				if text, ok := kept.string(value); ok {
					*(*string)(p) = text
					continue
				}
			}
		case event.FormAncestors:
			b = after(at, typ)
			if text, ok := kept.ancestors(at[:len(at)-len(b)]); ok {
				*(*event.Ancestors)(p) = text
				continue
			}
		case event.FormBool:
			if len(value) == 1 {
				*(*bool)(p) = value[0] != 0
				continue
			}
		case event.FormCount: // of a u32 or a u64
			switch len(value) {
			case 4:
				*(*event.Count)(p) = event.CountOf(binary.NativeEndian.Uint32(value))
				continue
			case 8:
				*(*event.Count)(p) = event.CountOf(binary.NativeEndian.Uint64(value))
				continue
			}
		}
		return nil, fmt.Errorf("attribute %d: %w", typ, errLength)
	}
	if len(b) > 0 {
		_, _, _, err = cut(b)
	}
	return nil, err
}

// after returns what follows the attributes of a type at the beginning of b.
func after(b []byte, typ int) []byte {
	for len(b) >= attrHeader {
		head := (*[2]uint16)(unsafe.Pointer(&b[0]))
		n := int(head[0])
		if int(head[1]&typeMask) != typ || n < attrHeader || n > len(b) {
			break
		}
		b = b[min((n+3)&^3, len(b)):]
	}
	return b
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
