// SPDX-License-Identifier: GPL-2.0-only

package kernel

import (
	"bytes"

	"sigtrail/internal/event"
)

// names are texts that were decoded before: most come again. The tables are bounded, as a
// new one replaces another one.
type names struct {
	single [256]string
	lines  [16]line
}

// line has ancestors, and the attributes that say so.
type line struct {
	attributes []byte
	text       event.Ancestors
}

// string returns a payload without its NUL, which is its last byte and its only one.
func (n *names) string(b []byte) (s string, ok bool) {
	end := len(b) - 1
	if end < 0 || b[end] != 0 {
		return "", false
	}
	var at *string
	if b = b[:end]; n != nil && 0 < end && end <= event.NameMax {
		// Names differ at their ends, as "kworker/0:1" and "service-12" do.
		h := uint32(end) ^ uint32(b[0])<<8 ^ uint32(b[end/2])<<16 ^ uint32(b[end-1])<<24
		at = &n.single[h*0x9e3779b1>>24]
		if *at == string(b) {
			return *at, true
		}
	}
	if bytes.IndexByte(b, 0) >= 0 {
		return "", false
	}
	s = string(b)
	if at != nil {
		*at = s
	}
	return s, true
}

// ancestors returns what a run of SIGTRAIL_ATTR_ANCESTOR says.
func (n *names) ancestors(b []byte) (text event.Ancestors, ok bool) {
	var at *line
	if n != nil {
		h := uint32(len(b))
		for i := 0; i+8 <= len(b); i += 8 { // not each byte: mostly a pid differs
			h = h*31 + uint32(b[i]) ^ uint32(b[i+4])<<8
		}
		if at = &n.lines[h*0x9e3779b1>>28]; bytes.Equal(at.attributes, b) {
			return at.text, true
		}
	}
	for rest := b; len(rest) > 0; {
		var value []byte
		var err error
		if _, value, rest, err = cut(rest); err != nil {
			return "", false
		}
		var parent event.Event
		if records.decode(value, &parent) != nil || parent.ParentPID == 0 {
			return "", false
		}
		text = text.With(parent.ParentName, parent.ParentPID)
	}
	if at != nil {
		at.attributes, at.text = append(at.attributes[:0], b...), text
	}
	return text, true
}
