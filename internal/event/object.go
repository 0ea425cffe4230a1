// SPDX-License-Identifier: GPL-2.0-only

package event

import (
	"strconv"
	"unsafe"
)

// member is a member of a flat JSON object: '{', members, '}'.
type member struct {
	form  Form
	head  string   // comma, key in quotes, colon, and what each value begins with
	words []string // of an enum
	whole []string // of an enum, the member with each word
}

// append appends the member with a value of its form.
func (m *member) append(b []byte, p unsafe.Pointer) []byte {
	if m.whole != nil {
		if v := *(*uint32)(p); v < uint32(len(m.whole)) {
			return appendHead(b, m.whole[v])
		}
	}
	b = appendHead(b, m.head)
	switch m.form {
	case FormUint32:
		v := *(*uint32)(p)
		if m.words == nil {
			return appendUint32(b, v)
		}
		b = append(b, word(m.words, v)...)
	case FormString:
		b = appendHex(b, *(*string)(p), inJSON)
	case FormUint64:
		return AppendUint(b, *(*uint64)(p))
	case FormNanos:
		b = AppendUint(b, *(*uint64)(p))
	case FormAddress:
		b = Address(*(*uint64)(p)).append(b)
	case FormInt32:
		v := int64(*(*int32)(p))
		if v < 0 {
			b, v = append(b, '-'), -v
		}
		return AppendUint(b, uint64(v))
	case FormWall:
		b = AppendWall(b, *(*int64)(p))
	case FormBool:
		return strconv.AppendBool(b, *(*bool)(p))
	case FormKind:
		b = append(b, (*Kind)(p).String()...)
	case FormCount:
		n, _ := (*Count)(p).Known()
		return AppendUint(b, n)
	case FormAncestors:
		return append((*Ancestors)(p).append(b), ']')
	case FormFlags:
		return append((*Flags)(p).appendWords(b, `"`), ']')
	}
	return append(b, '"')
}

// appendHead appends the head of a member, without the comma if it is the first.
func appendHead(b []byte, head string) []byte {
	if b[len(b)-1] == '{' {
		head = head[1:]
	}
	return append(b, head...)
}
