// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"strconv"

	"sigtrail/internal/event"
)

// The report's text is built with "+", not by appending: that takes half the
// code, which counts on a router's flash, and a report need not be fast.

func (w Way) String() string {
	return [...]string{"none", "signal", "ubus", "sysupgrade", "forced", "unknown", "services"}[w]
}

func (e Ending) String() string {
	return [...]string{"missing", "reboot", "failure", "cut", "silent"}[e]
}

// actionName returns the usual name of what was requested.
func actionName(code event.RebootCode) string {
	switch code {
	case event.RebootRestart:
		return "reboot"
	case event.RebootHalt:
		return "halt"
	case event.RebootPowerOff:
		return "poweroff"
	}
	return "shutdown"
}

func number(n uint64) string { return strconv.FormatUint(n, 10) }

// seconds returns ns as seconds and milliseconds.
func seconds(ns uint64) string {
	ms := ns / 1e6
	return number(ms/1000) + "." + number(1000 + ms%1000)[1:]
}

// process returns a process as "name pid".
func process(name string, pid uint32) string { return event.Escaped(name) + " " + number(uint64(pid)) }

func (p *Process) String() string { return process(p.Name, p.PID) }

// sender returns an event's sender and, if they are known, its parent, that one's ancestors and
// its service, as "(reboot 696), parent (sh 116) < (crond 80), service cron".
func sender(e *event.Event) string {
	by := "(" + process(e.Sender()) + ")"
	by = string(e.AppendParent([]byte(by), ", "))
	if e.SenderService != "" && !event.NamesakeOf(e.SenderService, e.SenderName) {
		by += ", service " + event.Printable(e.SenderService)
	}
	return by
}

// maxList bounds the names in a line, in bytes, as log daemons cut long lines.
const maxList = 100

// list returns the names that fit, separated by commas, and the number of the
// others.
func list(names []string) string {
	all := ""
	for i, name := range names {
		if len(all) > maxList {
			return all + " and " + strconv.Itoa(len(names)-i) + " more"
		}
		if i > 0 {
			all += ", "
		}
		all += name
	}
	return all
}

// maxText bounds a quoted text in a line, in bytes.
const maxText = 160

// excerpt returns a line of the kernel or of the stall watch, made printable and
// cut to maxText.
func excerpt(text string) string {
	text = event.Printable(text)
	if len(text) > maxText {
		return text[:maxText-3] + "..."
	}
	return text
}

// wall returns the wall-clock time at which the shutdown began, "" if it is
// unknown, and whether that clock had not been set.
func (s *Shutdown) wall(write func(b []byte, ns int64) []byte) (when string, unset bool) {
	return s.wallAt(s.Begin, write)
}

// wallAt returns the same of a time of the trail's clock.
func (s *Shutdown) wallAt(ns uint64, write func(b []byte, ns int64) []byte) (when string, unset bool) {
	if ns == 0 {
		return "", false
	}
	e := event.Event{Wall: s.Trail.Wall(ns)}
	if e.Wall == 0 {
		return "", false
	}
	return string(write(nil, e.Wall)), e.WallUnset()
}

func dateAndTime(b []byte, ns int64) []byte {
	return event.AppendTime(append(event.AppendDate(b, ns), ' '), ns)
}

// when returns when the shutdown began, for the verdict.
func (s *Shutdown) when() string { return s.whenAt(s.Begin, s.BeginAtLeast) }

// whenAt returns the same of a time of the trail's clock; bound: it is a lower bound.
func (s *Shutdown) whenAt(ns uint64, bound bool) string {
	at, unset := s.wallAt(ns, dateAndTime)
	prefix := "at "
	if bound {
		prefix = "not before "
	}
	switch {
	case unset:
		return prefix + at + " UTC (clock not set)"
	case at != "":
		return prefix + at + " UTC"
	case ns != 0:
		return atLeast(bound) + seconds(ns) + " s after boot"
	}
	return "time unknown"
}
