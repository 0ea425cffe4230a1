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
	switch kind {
	case "Exit":
		e.Kind, e.TargetName, e.TargetPID = event.KindExit, name, pid
		return pid != 0 && parseExit(e, rest)
	case "Survivor":
		e.Kind, e.TargetName, e.TargetPID = event.KindSurvivor, name, pid
		return pid != 0 && parseSurvivor(e, rest)
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

// parseExit parses how a process ended. The time since the first signal is missing if it
// is unknown; without a signal it is that since the start.
func parseExit(e *event.Event, s string) bool {
	how, since, known := strings.Cut(s, "; ")
	if known {
		since, started := strings.CutSuffix(since, " s after its start")
		if started {
			since += "000" // it is in whole ms
		} else {
			since, known = strings.CutSuffix(since, " s after its first signal to end")
		}
		ns, ok := parseSeconds([]byte(since))
		if !known || !ok || ns == 0 || string(event.AppendSeconds(nil, ns)) != since {
			return false
		}
		if started {
			e.RunTime = ns
		} else {
			e.SinceFirst = ns
		}
	}
	if code, exited := strings.CutPrefix(how, " exited "); exited {
		n, ok := parseNumber(code)
		e.ExitStatus = n << 8
		return ok && n <= maxExitCode
	}
	signal, ok := strings.CutPrefix(how, " killed by ")
	if !ok {
		return false
	}
	signal, core := strings.CutSuffix(signal, ", core dumped")
	if e.ExitStatus, ok = parseNumber(signal); !ok || e.ExitStatus == 0 || e.ExitStatus > maxExitSignal {
		return false
	}
	if core {
		e.ExitStatus |= coreDumped
	}
	return true
}

// parseSurvivor parses a survivor's state: a letter, where it waits, and whether SIGKILL
// is pending.
func parseSurvivor(e *event.Event, s string) bool {
	s, pending := strings.CutSuffix(s, "; KILL pending")
	if pending {
		e.Flags = event.FlagKillPending
	}
	if len(s) < 2 || s[0] != ' ' || (s[1]|0x20) < 'a' || (s[1]|0x20) > 'z' {
		return false
	}
	e.State = event.State(s[1])
	if s = s[2:]; s == "" {
		return true
	}
	where, ok := strings.CutPrefix(s, " in ")
	if !ok || where == "" {
		return false
	}
	e.Text, ok = unescape(where, maxMark)
	return ok
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

// The maximum length of a mark, SIGTRAIL_TEXT_LEN without the NUL; the highest signal, on
// MIPS; and the parts of an exit status, as wait(2) reports it.
const (
	maxMark   = 63
	maxSignal = 128

	maxExitCode   = 0xff
	maxExitSignal = 0x7f
	coreDumped    = 0x80
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
