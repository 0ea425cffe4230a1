// SPDX-License-Identifier: GPL-2.0-only

package event

import (
	"fmt"
	"strconv"
	"strings"
)

// NameMax is the longest name of a process, in bytes: TASK_COMM_LEN of
// include/linux/sched.h without the NUL.
const NameMax = 15

// Name is a name, or another text of any bytes, as a string of JSON: printable ASCII
// is plain, a backslash and other bytes are \xNN. JSON protects a quote by itself.
type Name string

// MarshalText is encoding.TextMarshaler.
func (n Name) MarshalText() ([]byte, error) {
	return appendHex(nil, string(n), inName), nil
}

// UnmarshalText is encoding.TextUnmarshaler.
func (n *Name) UnmarshalText(text []byte) error {
	s, err := Unescape(string(text))
	*n = Name(s)
	return err
}

const hex = "0123456789abcdef"

// AppendEscaped appends s with every byte that is not printable ASCII, and every
// bracket, double quote and backslash, as \xNN in lower-case hex, as in the
// kernel's lines (kernel/sigtrail/). A process can choose any name, but cannot
// forge a line, close a bracket, or send control characters to a terminal.
// Unescape is the inverse.
func AppendEscaped(b []byte, s string) []byte { return appendHex(b, s, inLine) }

// place is a set of places in which a byte stays as it is.
type place uint8

const (
	inText   place = 1 << iota // a text on a line of its own
	inLine                     // a name in a line
	inQuotes                   // a text in double quotes in a line
	inName                     // a Name, of which encoding/json quotes the rest
	inJSON                     // a string of JSON: as a Name, quoted
)

// stays has the places of each byte.
var stays = func() (list [256]place) {
	for c := byte(0x20); c < 0x7f; c++ {
		list[c] = inText | inLine | inQuotes | inName | inJSON
	}
	for _, c := range `()[]"\` {
		list[c] &^= inLine
	}
	list['"'] &^= inQuotes | inJSON
	list['\\'] &^= inQuotes | inName | inJSON
	return list
}()

// appendHex appends s with every byte that may not stay in its place as \xNN.
func appendHex(b []byte, s string, at place) []byte {
	done := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if stays[c]&at != 0 {
			continue
		}
		b = append(b, s[done:i]...)
		done = i + 1
		switch {
		case at != inJSON:
			b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
		case c == '"':
			b = append(b, '\\', '"')
		default:
			b = append(b, '\\', '\\', 'x', hex[c>>4], hex[c&15])
		}
	}
	return append(b, s[done:]...)
}

// Escaped returns s as AppendEscaped writes it.
func Escaped(s string) string {
	for i := 0; i < len(s); i++ {
		if stays[s[i]]&inLine == 0 {
			return string(AppendEscaped(nil, s))
		}
	}
	return s
}

// AppendPrintable appends s with every byte that is not printable ASCII as \xNN,
// for a text on a line of its own, where brackets cannot mislead.
func AppendPrintable(b []byte, s string) []byte { return appendHex(b, s, inText) }

// Printable returns s as AppendPrintable writes it.
func Printable(s string) string { return string(AppendPrintable(nil, s)) }

// Quoted returns s for a place between double quotes: as Escaped, but brackets stay.
func Quoted(s string) string { return string(appendHex(nil, s, inQuotes)) }

// Unescape is the inverse of Escaped and Quoted. It fails for a backslash without xNN.
func Unescape(s string) (string, error) {
	plain, rest, escaped := strings.Cut(s, `\`)
	if !escaped {
		return s, nil
	}
	b := []byte(plain)
	for escaped {
		if len(rest) < 3 || rest[0] != 'x' {
			return "", badEscape(s)
		}
		c, err := strconv.ParseUint(rest[1:3], 16, 8)
		if err != nil {
			return "", badEscape(s)
		}
		plain, rest, escaped = strings.Cut(rest[3:], `\`)
		b = append(append(b, byte(c)), plain...)
	}
	return string(b), nil
}

func badEscape(s string) error {
	return fmt.Errorf(`%s: a backslash is allowed only in \xNN, two hex digits`, s)
}
