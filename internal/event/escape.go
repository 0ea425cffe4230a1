// SPDX-License-Identifier: GPL-2.0

package event

import "fmt"

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
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			if b != nil {
				b = append(b, s[i])
			}
			continue
		}
		if b == nil {
			b = append(make([]byte, 0, len(s)), s[:i]...)
		}
		if i+3 >= len(s) || s[i+1] != 'x' {
			return "", fmt.Errorf("%q: a backslash must begin \\xNN", s)
		}
		high, low := nibble(s[i+2]), nibble(s[i+3])
		if high < 0 || low < 0 {
			return "", fmt.Errorf("%q: a backslash must begin \\xNN", s)
		}
		b = append(b, byte(high<<4|low))
		i += 3
	}
	if b == nil {
		return s, nil
	}
	return string(b), nil
}

func nibble(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c - 'a' + 10)
	case 'A' <= c && c <= 'F':
		return int(c - 'A' + 10)
	}
	return -1
}
