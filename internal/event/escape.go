// SPDX-License-Identifier: GPL-2.0

package event

import (
	"fmt"
	"strconv"
	"strings"
)

// NameMax is how many bytes the kernel keeps of a process's name: TASK_COMM_LEN of
// include/linux/sched.h less the NUL.
const NameMax = 15

// Name is a name, or another text of any bytes, that encoding/json writes and
// reads as Escaped has it.
type Name string

// MarshalText is encoding.TextMarshaler.
func (n Name) MarshalText() ([]byte, error) { return AppendEscaped(nil, string(n)), nil }

// UnmarshalText is encoding.TextUnmarshaler.
func (n *Name) UnmarshalText(text []byte) error {
	s, err := Unescape(string(text))
	*n = Name(s)
	return err
}

const hex = "0123456789abcdef"

// AppendEscaped appends s with every byte that is no printable ASCII, and every
// bracket, double quote and backslash, as \xNN in lower-case hex. It is the
// rule of the kernel's own lines (kernel/sigtrail/): a process may name itself
// as it likes, but forges no line, ends no bracket, and sends nothing to a
// terminal. Unescape gives the bytes back.
func AppendEscaped(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if plain(c) {
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
	return c >= 0x20 && c < 0x7f
}

// AppendPrintable appends s with every byte that is no printable ASCII as \xNN:
// for a text that has a line to itself, where a bracket misleads nobody.
func AppendPrintable(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 0x20 && c < 0x7f {
			b = append(b, c)
		} else {
			b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
		}
	}
	return b
}

// Printable returns s as AppendPrintable writes it.
func Printable(s string) string { return string(AppendPrintable(nil, s)) }

// Unescape undoes Escaped. It fails for a backslash that begins no \xNN.
func Unescape(s string) (string, error) {
	plain, rest, escaped := strings.Cut(s, `\`)
	if !escaped {
		return s, nil
	}
	b := []byte(plain)
	for escaped {
		if len(rest) < 3 || rest[0] != 'x' {
			return "", fmt.Errorf("%q: a backslash must begin \\xNN", s)
		}
		c, err := strconv.ParseUint(rest[1:3], 16, 8)
		if err != nil {
			return "", fmt.Errorf("%q: a backslash must begin \\xNN", s)
		}
		plain, rest, escaped = strings.Cut(rest[3:], `\`)
		b = append(append(b, byte(c)), plain...)
	}
	return string(b), nil
}
