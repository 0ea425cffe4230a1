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
	return appendHex(nil, string(n), func(c byte) bool { return c != '\\' && printable(c) }), nil
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
func AppendEscaped(b []byte, s string) []byte { return appendHex(b, s, plain) }

// appendHex appends s with every byte that may not stay as \xNN.
func appendHex(b []byte, s string, stays func(byte) bool) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; stays(c) {
			b = append(b, c)
		} else {
			b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
		}
	}
	return b
}

// Escaped returns s as AppendEscaped writes it.
func Escaped(s string) string {
	for i := 0; i < len(s); i++ {
		if !plain(s[i]) {
			return string(AppendEscaped(nil, s))
		}
	}
	return s
}

func plain(c byte) bool {
	switch c {
	case '(', ')', '[', ']', '\\', '"':
		return false
	}
	return printable(c)
}

func printable(c byte) bool { return c >= 0x20 && c < 0x7f }

// AppendPrintable appends s with every byte that is not printable ASCII as \xNN,
// for a text on a line of its own, where brackets cannot mislead.
func AppendPrintable(b []byte, s string) []byte { return appendHex(b, s, printable) }

// Printable returns s as AppendPrintable writes it.
func Printable(s string) string { return string(AppendPrintable(nil, s)) }

// Unescape is the inverse of Escaped. It fails for a backslash without xNN.
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
