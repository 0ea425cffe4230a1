// SPDX-License-Identifier: GPL-2.0

// Package config reads the daemon's INI file into a checked Config.
//
// On OpenWrt the init script writes that file from UCI (files/sigtrail.init).
// Sections and keys are in the table of keys.go; a key that is absent has its
// default, and one of [kernel] that is absent leaves the kernel as it is.
package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"sigtrail/internal/event"
)

// Config is what the file says, checked.
type Config struct {
	Log struct {
		Syslog   string   // path of the syslog socket; "" for no logging
		Facility int      // code, see syslog(3): 3 is daemon
		Level    int      // code: 6 is info
		Exclude  []string // signals, each one good for isSignal
	}
	Trail struct {
		Dir  string
		Size int // KiB, bound of the running boot's trail
	}
	Shutdown struct {
		Dir   string // on flash, where trails of shutdowns are kept; "" for none
		Keep  int    // shutdowns
		Size  int    // KiB, bound of each
		Stall int    // seconds without a sign of life that make a stall; 0: never
	}
	Kernel  event.Switches
	Respond Respond
	Rules   []Rule // in the file's order
}

// Error is what is wrong with the file, in one line.
type Error struct {
	File string
	Line int // 0: the file as a whole
	Text string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Text
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
}

// No configuration of ours is as long, and what is goes unread.
const maxSize = 64 << 10

// Default returns the Config of an empty file.
func Default() *Config {
	c := new(Config)
	c.Log.Syslog = "/dev/log"
	c.Log.Facility = index(facilities, "daemon")
	c.Log.Level = index(levels, "info")
	c.Trail.Dir = "/tmp/sigtrail"
	c.Trail.Size = 1024
	c.Shutdown.Dir = "/etc/sigtrail"
	c.Shutdown.Keep = 8
	c.Shutdown.Size = 64
	c.Shutdown.Stall = 10
	c.Respond = defaultRespond
	return c
}

// Load reads and checks a file. isSignal tells whether a word is a signal. What
// is wrong is returned as *Error.
func Load(path string, isSignal func(string) bool) (*Config, error) {
	data, err := read(path)
	if err != nil {
		return nil, err
	}
	lines, bad, number := scan(data)
	if bad != "" {
		return nil, &Error{path, number, "malformed: " + printable(bad) + `; allowed are [section], key = value, and comments after "#"`}
	}
	c := Default()
	for _, l := range lines {
		if text := c.take(l, isSignal); text != "" {
			return nil, &Error{path, l.number, text}
		}
	}
	if err := c.checkRules(lines); err != nil {
		err.File = path
		return nil, err
	}
	return c, nil
}

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &Error{File: path, Text: "no such file; name one with --config, an empty one means all defaults"}
	}
	if err != nil {
		return nil, &Error{File: path, Text: reason(err)}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, &Error{File: path, Text: reason(err)}
	}
	if len(data) > maxSize {
		return nil, &Error{File: path, Text: fmt.Sprintf("larger than %d bytes", maxSize)}
	}
	return data, nil
}

// reason returns an error without the path, which the line names already.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return err.Error()
}

// take puts a line into the Config, or returns what is wrong with it.
func (c *Config) take(l line, isSignal func(string) bool) (wrong string) {
	const allowed = "allowed are [log], [trail], [shutdown], [kernel], [respond], [rule NAME]"
	keys, ok := sections[l.section]
	name, isRule := strings.CutPrefix(l.section, rulePrefix)
	if isRule {
		keys, ok = ruleKeys, true
	}
	switch {
	case !ok && l.section == "":
		return printable(l.key) + ": stands in no section; " + allowed
	case !ok:
		return fmt.Sprintf("[%s]: no such section; %s", printable(l.section), allowed)
	case l.key == "" && isRule:
		return c.addRule(name)
	case l.key == "":
		return ""
	}
	for _, k := range keys {
		if k.name != l.key {
			continue
		}
		if allowed := k.set(c, l.value, isSignal); allowed != "" {
			return fmt.Sprintf("%s = %s: allowed %s", l.key, printable(l.value), allowed)
		}
		return ""
	}
	return fmt.Sprintf("%s: no such key; allowed in [%s] are %s", printable(l.key), l.section, names(keys))
}

func names(keys []key) string {
	list := make([]string, len(keys))
	for i, k := range keys {
		list[i] = k.name
	}
	return strings.Join(list, ", ")
}

// printable returns what the file holds in a form that fits into one line.
func printable(s string) string {
	if len(s) > 60 {
		s = s[:60] + "..."
	}
	q := fmt.Sprintf("%+q", s)
	if q[1:len(q)-1] == s {
		return s
	}
	return q
}
