// SPDX-License-Identifier: GPL-2.0-only

package why

import (
	"cmp"

	"sigtrail/internal/event"
)

// when returns when the process ended.
func (e *End) when(now int64) string {
	text := moment(e.Wall, e.Time)
	switch {
	case e.Boot.number != 0:
		text += ", in the boot that ended with shutdown " + number(uint64(e.Boot.number))
	case dated(e.Wall) && now >= e.Wall:
		text += ", " + span(uint64(now-e.Wall)) + " ago"
	}
	return text
}

// moment returns a time as "2026-11-26 04:00:01 UTC", or in seconds since boot.
func moment(wall int64, local uint64) string {
	switch {
	case dated(wall):
		return string(event.AppendTime(append(event.AppendDate(nil, wall), ' '), wall)) + " UTC"
	case local > 0 && local < 10e9:
		return span(local) + " after boot"
	case local != 0: // as the kernel's log has it
		return number(local/1e9) + "." + number(local/1e8%10) + " s after boot"
	}
	return "time unknown"
}

// early returns how long after its start the process ended, if that was at once.
func (e *End) early() string {
	if ran := e.runTime(); ran != 0 && ran <= minute {
		return ", " + span(ran) + " after its start"
	}
	return ""
}

// length returns how long the process had run, and how long it took to end.
func (e *End) length() string {
	text := ""
	if ran := e.runTime(); ran > minute || ran != 0 && e.early() == "" || ran != 0 && (e.Cause == Killed || e.Cause == After || e.Cause == Memory) {
		text = "; it had run " + span(ran)
	}
	switch x := e.Record; {
	case x == nil || x.SinceFirst == 0:
	case e.Cause != Killed && (e.Cause != After || x.SinceFirst == e.since()):
	case x.SinceLast != 0 && between(x.SinceLast, x.SinceFirst) > minute: // it can have handled the first one for good
		text += "; it was first asked to end " + span(x.SinceFirst) + " before"
	case e.Stop != nil && e.Stop.Event.Outcome == event.Ignored: // it is not counted from there
	default:
		text += "; it took " + span(x.SinceFirst) + " to end"
	}
	return text
}

// since returns the ns from the signal to the exit.
func (e *End) since() uint64 {
	if e.By != nil {
		if ns := between(e.By.Event.Last(), e.Time); ns != 0 {
			return ns
		}
	}
	return cmp.Or(e.Record.SinceLast, e.Record.SinceFirst)
}

// span returns how long something took, as people say it: with ms below 10 s.
func span(ns uint64) string {
	s := ns / 1e9
	switch {
	case ns < 1e6:
		return "less than 0.001 s"
	case s < 10:
		return number(s) + "." + number(1000 + ns/1e6%1000)[1:] + " s"
	case s < 120:
		return number(s) + " s"
	case s < 7200:
		return number(s/60) + " min"
	case s < 48*3600:
		return number(s/3600) + " h" + rest(s/60%60, " min")
	}
	return number(s/86400) + " days" + rest(s/3600%24, " h")
}

func rest(n uint64, unit string) string {
	if n == 0 {
		return ""
	}
	return " " + number(n) + unit
}

// bound returns a round time that ns is within.
func bound(ns uint64) string {
	for _, s := range []uint64{1, 2, 5, 10, 20, 30, 60} {
		if ns <= s*1e9 {
			return number(s) + " s"
		}
	}
	return span(ns + 60e9)
}
