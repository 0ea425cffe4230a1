// SPDX-License-Identifier: GPL-2.0

package config

import "strings"

// line is one line of the file that says something.
type line struct {
	number       int
	section, key string // key is "" for the section's own line
	value        string
}

// lines are all of these, in the file's order.
type lines []line

// find returns the number of the last line that sets a key, or that begins the
// section if key is "", 0 for none.
func (all lines) find(section, key string) (number int) {
	for _, l := range all {
		if l.section == section && l.key == key {
			number = l.number
		}
	}
	return number
}

// scan reads the whole of an INI file: sections in brackets, "key = value",
// comments behind "#" or ";" at a line's beginning or after white space. A
// value may stand in double quotes, then a comment's sign is part of it. What
// is none of these is returned as bad, with its line's number.
//
// It stands in for a library: gopkg.in/ini.v1 brings package regexp along, and
// both weigh 126 kB of the 1.0 MB that a router's package may have.
func scan(data []byte) (all lines, bad string, number int) {
	section := ""
	for i, s := range strings.Split(strings.TrimPrefix(string(data), "\ufeff"), "\n") {
		s = uncomment(s)
		if s == "" {
			continue
		}
		l := line{number: i + 1, section: section}
		if name, ok := strings.CutPrefix(s, "["); ok {
			if l.section, ok = strings.CutSuffix(name, "]"); !ok {
				return nil, s, i + 1
			}
			l.section = strings.TrimSpace(l.section)
			section = l.section
		} else if !l.set(s) {
			return nil, s, i + 1
		}
		all = append(all, l)
	}
	return all, "", 0
}

// set takes "key = value" apart, and reports whether it is that.
func (l *line) set(s string) bool {
	key, value, ok := strings.Cut(s, "=")
	l.key, l.value = strings.TrimSpace(key), strings.TrimSpace(value)
	if inner, quoted := strings.CutPrefix(l.value, `"`); quoted {
		if l.value, quoted = strings.CutSuffix(inner, `"`); !quoted || strings.Contains(l.value, `"`) {
			return false
		}
	}
	return ok && l.key != ""
}

// uncomment cuts off a comment, and white space at both ends.
func uncomment(s string) string {
	quoted := false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case (c == '#' || c == ';') && !quoted && (i == 0 || s[i-1] == ' ' || s[i-1] == '\t'):
			return strings.TrimSpace(s[:i])
		}
	}
	return strings.TrimSpace(s)
}
