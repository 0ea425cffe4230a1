// SPDX-License-Identifier: GPL-2.0

package event

import (
	"errors"
	"strconv"
	"unicode/utf8"
)

var errJSON = errors.New("no flat JSON object")

// value is what stands behind a key: a string, undone of JSON's escapes; a list
// of strings; or anything else scalar, as it stands.
type value struct {
	text   string
	list   []string
	quoted bool
}

// scanner reads one flat JSON object: values are scalars, or lists of them. It
// is stricter than JSON in nothing that AppendJSON writes.
type scanner struct {
	s string
	i int
}

// scan calls f for each member of the object that is all of line.
func scan(line []byte, f func(key string, v value) error) error {
	s := &scanner{s: string(line)}
	if !s.take('{') {
		return errJSON
	}
	for first := true; !s.take('}'); first = false {
		if !first && !s.take(',') {
			return errJSON
		}
		key, err := s.string()
		if err != nil {
			return err
		}
		if !s.take(':') {
			return errJSON
		}
		v, err := s.value()
		if err != nil {
			return err
		}
		if err := f(key, v); err != nil {
			return err
		}
	}
	if s.space(); s.i != len(s.s) {
		return errJSON
	}
	return nil
}

func (s *scanner) space() {
	for s.i < len(s.s) && (s.s[s.i] == ' ' || s.s[s.i] == '\t' || s.s[s.i] == '\n' || s.s[s.i] == '\r') {
		s.i++
	}
}

// take steps over c if it is next, white space before it included.
func (s *scanner) take(c byte) bool {
	if s.space(); s.i < len(s.s) && s.s[s.i] == c {
		s.i++
		return true
	}
	return false
}

func (s *scanner) value() (value, error) {
	if !s.take('[') {
		return s.scalar()
	}
	v := value{list: []string{}}
	for first := true; !s.take(']'); first = false {
		if !first && !s.take(',') {
			return v, errJSON
		}
		item, err := s.scalar()
		if err != nil {
			return v, err
		}
		v.list = append(v.list, item.text)
	}
	return v, nil
}

func (s *scanner) scalar() (value, error) {
	if s.space(); s.i < len(s.s) && s.s[s.i] == '"' {
		text, err := s.string()
		return value{text: text, quoted: true}, err
	}
	start := s.i
	for s.i < len(s.s) && bare(s.s[s.i]) {
		s.i++
	}
	if s.i == start {
		return value{}, errJSON
	}
	return value{text: s.s[start:s.i]}, nil
}

// bare reports whether c may be part of a number, of true, false or null.
func bare(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || c == '-' || c == '+' || c == '.' || c == 'E'
}

func (s *scanner) string() (string, error) {
	if !s.take('"') {
		return "", errJSON
	}
	start := s.i
	var b []byte // once an escape was met
	for s.i < len(s.s) {
		c := s.s[s.i]
		s.i++
		switch {
		case c == '"':
			if b == nil {
				return s.s[start : s.i-1], nil
			}
			return string(b), nil
		case c < 0x20:
			return "", errJSON
		case c == '\\':
			if b == nil {
				b = append(make([]byte, 0, 64), s.s[start:s.i-1]...)
			}
			var err error
			if b, err = s.escape(b); err != nil {
				return "", err
			}
		case b != nil:
			b = append(b, c)
		}
	}
	return "", errJSON
}

// escape appends what the escape behind a backslash stands for.
func (s *scanner) escape(b []byte) ([]byte, error) {
	if s.i >= len(s.s) {
		return b, errJSON
	}
	c := s.s[s.i]
	s.i++
	switch c {
	case '"', '\\', '/':
		return append(b, c), nil
	case 'b':
		return append(b, '\b'), nil
	case 'f':
		return append(b, '\f'), nil
	case 'n':
		return append(b, '\n'), nil
	case 'r':
		return append(b, '\r'), nil
	case 't':
		return append(b, '\t'), nil
	case 'u':
		if s.i+4 > len(s.s) {
			return b, errJSON
		}
		r, err := strconv.ParseUint(s.s[s.i:s.i+4], 16, 16)
		if err != nil {
			return b, errJSON
		}
		s.i += 4
		return utf8.AppendRune(b, rune(r)), nil
	}
	return b, errJSON
}
