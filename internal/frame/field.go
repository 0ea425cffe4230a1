// SPDX-License-Identifier: GPL-2.0-only

package frame

import (
	"encoding/binary"
	"strings"

	"sigtrail/internal/event"
)

// field is a field of an event, with its tag.
type field struct {
	tag uint64
	at  func(*event.Event) any
}

// The numbers of fields that no netlink attribute has.
const (
	originNumber = 1024 + iota
	timeAtLeastNumber
	damagedNumber // of a loss, as the next one
	droppedNumber
	senderServiceNumber
	targetServiceNumber
)

// The tag of the only text with a form of its own.
const ancestorsTag = event.ATTR_ANCESTOR<<1 | 1

// The fields of each part of a record. New ones get theirs by their key.
var (
	classFields, senderFields, contextFields, targetFields, otherFields []field

	byTag = make(map[uint64]field)
)

func init() {
	groups := map[string]*[]field{"sender": &senderFields, "parent": &senderFields, "ancestors": &senderFields, "context": &contextFields, "target": &targetFields,
		"kind": &classFields, "signal": &classFields, "code": &classFields, "outcome": &classFields, "scope": &classFields, "flags": &classFields}
	numbers := map[string]uint64{"origin": originNumber, "time_at_least": timeAtLeastNumber,
		"sender_service": senderServiceNumber, "target_service": targetServiceNumber}
	for i := range event.Fields {
		f := &event.Fields[i]
		number := uint64(f.Attr)
		switch f.Key {
		case "seq", "time", "wall": // coded apart
			continue
		}
		if number == 0 {
			number = numbers[f.Key]
		}
		own := field{tag: number << 1, at: f.At}
		if text(f.At(new(event.Event))) != nil {
			own.tag |= 1
		}
		first, _, _ := strings.Cut(f.Key, "_")
		group := groups[first]
		if group == nil {
			group = &otherFields
		}
		*group = append(*group, own)
		byTag[own.tag] = own
	}
}

// text returns a field that is a text; nil: it is an integer.
func text(p any) *string {
	switch p := p.(type) {
	case *string:
		return p
	case *event.Ancestors:
		return (*string)(p)
	}
	return nil
}

// value returns an integer field's value, as it is coded.
func value(p any) uint64 {
	switch p := p.(type) {
	case *uint32:
		return uint64(*p)
	case *event.Nanos:
		return uint64(*p)
	case *event.Address:
		return uint64(*p)
	case *uint64:
		return *p
	case *int32:
		return uint64(uint32(*p)<<1 ^ uint32(*p>>31))
	case *event.Kind:
		return uint64(*p)
	case *event.Flags:
		return uint64(*p)
	case *event.Count:
		return uint64(*p)
	case *bool:
		if *p {
			return 1
		}
	}
	return 0
}

// setValue is the inverse of value. It reports whether the value fits.
func setValue(p any, v uint64) bool {
	small := uint64(uint32(v)) == v
	switch p := p.(type) {
	case *uint32:
		*p = uint32(v)
	case *event.Nanos:
		*p = event.Nanos(v)
		return true
	case *event.Address:
		*p = event.Address(v)
		return true
	case *uint64:
		*p = v
		return true
	case *int32:
		*p = int32(uint32(v)>>1) ^ -int32(v&1)
	case *event.Kind:
		*p = event.Kind(v)
	case *event.Flags:
		*p = event.Flags(v)
	case *event.Count:
		*p = event.Count(v)
		return true
	case *bool:
		*p = v != 0
	}
	return small
}

// appendValue appends a field's value.
func (f *field) appendValue(b []byte, e *event.Event) []byte {
	p := f.at(e)
	if s := text(p); s != nil {
		begin := (*s)[:min(len(*s), maxText)]
		return append(binary.AppendUvarint(b, uint64(len(begin))), begin...)
	}
	return binary.AppendUvarint(b, value(p))
}

// isZero reports whether a field is left out.
func (f *field) isZero(e *event.Event) bool {
	p := f.at(e)
	if s := text(p); s != nil {
		return *s == ""
	}
	return value(p) == 0
}

// appendFields appends the fields that are not zero, up to a 0.
func appendFields(b []byte, fields []field, e *event.Event) []byte {
	for i := range fields {
		if f := &fields[i]; !f.isZero(e) {
			b = f.appendValue(binary.AppendUvarint(b, f.tag), e)
		}
	}
	return append(b, 0)
}

// maxText bounds a string, so that each record fits into a frame. The longest one is a note of
// the kernel's log, of 700 bytes.
const maxText = 1 << 10
