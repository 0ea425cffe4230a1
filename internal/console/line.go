// SPDX-License-Identifier: GPL-2.0-only

package console

import (
	"strconv"
	"strings"
	"time"

	"sigtrail/internal/event"
)

// Event returns the event of a line. A line that is not from the kernel part, or is
// damaged, is a note.
func (l *Line) Event() event.Event {
	e := event.Event{}
	if !l.parse(&e) {
		e = event.Event{Kind: event.KindNote, Text: string(l.text[:min(len(l.text), maxNote)])}
	}
	e.Time, e.Origin = l.time, event.OriginConsole
	return e
}

// parse parses the lines of kernel/sigtrail/print.c.
func (l *Line) parse(e *event.Event) (ok bool) {
	kind, rest, ok := strings.Cut(string(l.text), " :: ")
	if !ok {
		return false
	}
	name, pid, rest, ok := event.CutProcess(rest)
	if !ok || pid == 0 && name != "kernel" {
		return false
	}
	if pid != 0 {
		e.SenderName, e.SenderPID = name, pid
	}
	switch kind {
	case "Signal":
		return parseSignal(e, rest)
	case "Mark":
		e.Kind = event.KindMark
		text, found := strings.CutPrefix(rest, " ")
		e.Text, ok = unescape(text, maxMark)
		return ok && found
	case "Reboot":
		e.Kind = event.KindReboot
		return parseReboot(e, rest)
	}
	return false
}

func parseSignal(e *event.Event, s string) bool {
	s, ok := strings.CutPrefix(s, " --[")
	number, s, found := strings.Cut(s, "]--> ")
	if !ok || !found {
		return false
	}
	if e.Signal, ok = parseNumber(number); !ok || e.Signal == 0 || e.Signal > maxSignal {
		return false
	}
	e.TargetName, e.TargetPID, s, ok = event.CutProcess(s)
	return ok && s == ""
}

func parseReboot(e *event.Event, s string) bool {
	code, s, ok := strings.Cut(s, "; parent ")
	if !ok {
		return false
	}
	for _, c := range []event.RebootCode{event.RebootRestart, event.RebootHalt, event.RebootPowerOff} {
		if code == " "+c.String() {
			e.RebootCode = c
		}
	}
	if e.RebootCode == 0 && code != " reboot" { // a code without a name
		return false
	}
	if e.ParentName, e.ParentPID, s, ok = event.CutProcess(s); !ok || s == "" { // an older kernel part
		return ok
	}
	date, ok := strings.CutPrefix(s, ";")
	// The reset may cut off the line.
	if t, err := time.Parse(" "+time.RFC3339, date); err == nil {
		e.Wall = t.UnixNano()
	}
	return ok
}

// The maximum length of a mark, SIGTRAIL_TEXT_LEN without the NUL; and the highest
// signal, on MIPS.
const (
	maxMark   = 63
	maxSignal = 128
)

// parseNumber parses a number as printk's %u writes it.
func parseNumber(s string) (uint32, bool) {
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err == nil && (s[0] != '0' || s == "0")
}

// unescape is the reverse of sigtrail_escape(). Text that this function would have
// escaped in another way is refused.
func unescape(s string, limit int) (string, bool) {
	raw, err := event.Unescape(s)
	return raw, err == nil && len(raw) <= limit && event.Escaped(raw) == s
}
