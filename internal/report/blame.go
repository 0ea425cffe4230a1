// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"cmp"
	"slices"
	"strings"

	"sigtrail/internal/event"
)

// minLong is how long a script runs at least, in ns, that the verdict names: with at least
// half of its phase, no other one took as long.
const minLong = 1e9

// longScript returns the script that made the shutdown long, if one did. One whose end is not
// recorded is in the line about the stall.
func (s *Shutdown) longScript() string {
	phase := s.inScripts()
	if phase == nil || len(s.Scripts) == 0 {
		return ""
	}
	c := bySlowness(s.Scripts)[0]
	if !c.exact() || c.Took < minLong || c.Took < between(phase.Begin, phase.End)/2 {
		return ""
	}
	line := "stop script "
	if event.ScriptKind(c.Name) == event.StartScript {
		line = "start script "
	}
	line += process(c.Name, c.PID) + " " + c.ran() + ", " + c.end()
	if c.asked() {
		line += " (" + c.Process.signals() + ")"
	}
	return line
}

// bySlowness returns the scripts that ran longest first, then those of which that is unknown.
func bySlowness(list []Script) []*Script {
	slow := make([]*Script, len(list))
	for i := range list {
		slow[i] = &list[i]
	}
	slices.SortStableFunc(slow, func(a, b *Script) int { return cmp.Compare(b.Took, a.Took) })
	return slow
}

// took returns how long the script ran, in seconds, with a ">" if that is a lower bound; "-" if
// it is unknown.
func (c *Script) took() string {
	switch {
	case c.Took == 0:
		return "-"
	case c.AtLeast:
		return ">" + c.duration(c.Took)
	}
	return c.duration(c.Took)
}

// ran says how long the script ran, and how long of that in the shutdown.
func (c *Script) ran() string {
	whole := *c
	if whole.Took = between(c.Begin, c.last().Time); whole.Took <= c.Took {
		return "ran for " + c.took() + " s"
	}
	return "ran for " + whole.took() + " s, " + c.took() + " s of it in the shutdown"
}

// duration returns ns as seconds, as exactly as the script's times are known.
func (c *Script) duration(ns uint64) string {
	if c.Rounded {
		return number((ns + 5e8) / 1e9)
	}
	return seconds(ns)
}

// end returns how the script ended.
func (c *Script) end() string {
	if c.Exit == nil {
		return "not seen"
	}
	return string(c.Exit.AppendExit(nil))
}

// remarks returns the signals that the script was sent, and if its end was not recorded, when
// and by what it was last seen.
func (c *Script) remarks(begin uint64) string {
	text := ""
	if c.Process != nil {
		text = c.Process.signals()
	}
	e := c.Seen
	if e == nil {
		return text
	}
	if text != "" {
		text += "; "
	}
	text += "last seen at " + seconds(e.Time-min(begin, e.Time)) + " s"
	switch {
	case e.Kind == event.KindNote:
		text += ", in the report of a stall"
	case e.Kind == event.KindSurvivor:
		text += ", at reboot(2)"
	case e.TargetPID == c.PID:
	case e.Kind == event.KindSignal && e.SenderPID == c.PID:
		text += ", as it sent " + event.SignalName(e.Signal) + " to " + process(e.TargetName, e.TargetPID)
	case e.ParentPID == c.PID:
		text += ", as the parent of " + process(e.SenderName, e.SenderPID)
	}
	return text
}

// before reports whether a script began before a time: by more than its begin may be early.
func (c *Script) before(begin uint64) bool {
	if event.ScriptKind(c.Name) == event.StopScript && c.exact() {
		at, error := c.Exit.Began()
		return at+error < begin
	}
	return c.Begin < begin && event.ScriptKind(c.Name) == event.StartScript
}

// within returns how much of its time a script ran after a time; at most, as it is rounded up.
func (c *Script) within(begin uint64) uint64 {
	return min(c.Took, c.Exit.Time-min(begin, c.Exit.Time))
}

// appendScripts appends the break-down by scripts: the slowest, and all that had to be ended
// or whose end was not recorded. where is of which time they are, later that others may be
// missing, both as texts, "" for none; spent is how long the phase took, 0 if that is unknown,
// and whole whether no record is known to be missing.
func appendScripts(b []byte, where, later string, list []Script, begin, spent uint64, whole bool) []byte {
	var rows []*Script
	var ended, others uint64    // scripts with a recorded run time, and those of them without a row
	var together, remain uint64 // how long they ran
	var unended, left int       // the same of the others
	for i, c := range bySlowness(list) {
		row := i < maxSlowest || c.asked()
		switch {
		case c.exact():
			ended++
			together += c.within(begin)
			if !row {
				others++
				remain += c.within(begin)
			}
		case row || unended < maxSlowest:
			unended++
			row = true
		default:
			left++
		}
		if row {
			rows = append(rows, c)
		}
	}
	b = append(b, "\nInit scripts"+where+": "...)
	if ended == 0 {
		b = append(b, "unknown how long each ran: no run time of one is recorded\n"...)
	} else {
		if spent != 0 { // one ran at a time
			together = min(together, spent)
		}
		text := number(ended) + " with a recorded run time, together at most " + seconds(together) + " s"
		if spent != 0 {
			text += " of " + seconds(spent) + " s"
		}
		switch {
		case !withoutSignal(list):
			text += "; unknown how long others ran: no end without a signal is recorded"
		case !whole:
			text += "; the ends of others may be missing"
		}
		b = append(b, text+later+"\n"...)
	}
	if len(rows) == 0 {
		return b
	}
	b = append(b, columns("AT (s)", "TOOK (s)", "SCRIPT", "END")+"SIGNALS\n"...)
	for _, c := range rows {
		at := "-"
		switch {
		case c.Begin == 0:
		case c.before(begin):
			at = "before"
		default:
			at = c.duration(c.Begin - min(begin, c.Begin))
		}
		row := columns(at, c.took(), process(c.Name, c.PID), c.end()) + c.remarks(begin)
		b = append(b, strings.TrimRight(row, " ")+"\n"...)
	}
	if others > 0 {
		b = append(b, "  and "+event.Counted(others, "other, at most ", "others, together at most ")+seconds(remain)+" s\n"...)
	}
	if left > 0 {
		b = append(b, "  and "+number(uint64(left))+" more without a recorded run time\n"...)
	}
	return b
}

// scriptJSON is a script for encoding/json.
type scriptJSON struct {
	PID        uint32       `json:"target_pid"`
	Name       event.Name   `json:"target_name"`
	Begin      event.Nanos  `json:"begin,omitempty"`
	Took       event.Nanos  `json:"took,omitempty"`
	AtLeast    bool         `json:"took_at_least,omitempty"`
	Rounded    bool         `json:"took_rounded,omitempty"` // to seconds
	RunTime    event.Nanos  `json:"run_time,omitempty"`
	ExitTime   event.Nanos  `json:"exit_time,omitempty"`
	ExitStatus *uint32      `json:"exit_status,omitempty"`
	LastSeen   event.Nanos  `json:"last_seen,omitempty"`
	Signals    []signalJSON `json:"signals,omitempty"`
}

func scriptOf(c *Script) scriptJSON {
	j := scriptJSON{PID: c.PID, Name: event.Name(c.Name), Begin: event.Nanos(c.Begin), Took: event.Nanos(c.Took), AtLeast: c.AtLeast, Rounded: c.Rounded}
	if c.Exit != nil {
		j.RunTime, j.ExitTime, j.ExitStatus = event.Nanos(c.Exit.RunTime), event.Nanos(c.Exit.Time), &c.Exit.ExitStatus
	}
	if c.Seen != nil {
		j.LastSeen = event.Nanos(c.Seen.Time)
	}
	if c.Process != nil {
		j.Signals = each(c.Process.Signals, signalOf)
	}
	return j
}
