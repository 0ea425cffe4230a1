// SPDX-License-Identifier: GPL-2.0

package config

import "strings"

// lines tells on which line something stands, which package ini does not: it
// is a second, simpler look at the file, and decides nothing else.
type lines []line

type line struct {
	number       int
	section, key string // key is "" for the section's own line
	text         string // of a line that is none of these
}

func scan(data []byte) lines {
	var all lines
	section := ""
	for i, s := range strings.Split(strings.TrimPrefix(string(data), "\ufeff"), "\n") {
		s = strings.TrimSpace(s)
		switch name, _, ok := strings.Cut(s, "="); {
		case s == "" || s[0] == '#' || s[0] == ';':
		case s[0] == '[' && strings.Contains(s, "]"):
			section = strings.TrimSpace(s[1:strings.IndexByte(s, ']')])
			all = append(all, line{number: i + 1, section: section})
		case s[0] != '[' && ok && strings.TrimSpace(name) != "":
			all = append(all, line{number: i + 1, section: section, key: strings.Trim(strings.TrimSpace(name), "\"`")})
		default:
			all = append(all, line{number: i + 1, text: s})
		}
	}
	return all
}

// section returns the first line of a section, 0 if it is not found.
func (l lines) section(name string) int {
	for _, s := range l {
		if s.key == "" && s.text == "" && s.section == name {
			return s.number
		}
	}
	return 0
}

// key returns the last line that sets a key, as that one counts.
func (l lines) key(section, key string) (number int) {
	for _, s := range l {
		if s.section == section && s.key == key && s.text == "" {
			number = s.number
		}
	}
	return number
}

// malformed returns the first line that is neither section nor key, and says
// so with its text.
func (l lines) malformed() (int, string) {
	for _, s := range l {
		if s.text != "" {
			return s.number, printable(s.text)
		}
	}
	return 0, "a quote or a bracket that is not closed"
}
