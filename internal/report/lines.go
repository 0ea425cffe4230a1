// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"strings"

	"sigtrail/internal/event"
)

// LineHeader is the header of AppendLine's lines.
const LineHeader = "  N  NUMBER  WHEN (UTC)            WHAT                TOOK (s)  SIGNALLED  IGNORED  KILLED  NOTE\n"

// AppendLine appends the report as one line, with a newline: the nth last
// shutdown, and what changed since an earlier one, nil if there is none:
//
//	1       3  2026-11-22 02:20:23   reboot, signal         8.698         14        1       5  duration +1.2 s
//
// A "?" follows a time that is from a clock not yet set.
func (s *Shutdown) AppendLine(b []byte, n int, before *Shutdown) []byte {
	when, unset := s.wall(dateAndTime)
	switch {
	case unset:
		when += "?"
	case when == "":
		when = "-"
	}
	what := actionName(s.Code) + ", " + s.Way.String()
	if s.Way == WayNone {
		if fatal := s.fatal(); fatal != nil && s.wallOf(fatal.Event) != 0 {
			when = string(dateAndTime(nil, s.wallOf(fatal.Event)))
		} else if alive := s.wallOf(&event.Event{Time: s.Trail.Alive}); alive != 0 {
			when = string(dateAndTime(nil, alive))
		}
		what = "none, " + s.kindOfReset().String()
	}
	took := "-"
	if d := s.Duration(); d > 0 {
		took = seconds(d)
		if s.atLeast() {
			took = ">" + took
		}
	}
	return append(b, cell(n, "  N")+cell(s.Trail.Number, "NUMBER")+left(when, len("2006-01-02 15:04:05?"))+
		left(what, len("reboot, sysupgrade"))+right(took, len("TOOK (s)"))+s.countCell(len(s.Processes), "SIGNALLED")+
		s.countCell(len(filter(s.Processes, resistedTerm)), "IGNORED")+s.countCell(len(filter(s.Processes, neededKill)), "KILLED")+
		s.changes(before)+"\n"...)
}

// countCell returns a number of processes; "-": no signal was recorded, so it is unknown.
func (s *Shutdown) countCell(n int, head string) string {
	if len(s.Processes) == 0 && !s.recordedWhole() {
		return right("-", len(head))
	}
	return cell(n, head)
}

// cell returns a number aligned with its column's header.
func cell(n int, head string) string { return right(number(uint64(n)), len(head)) }

func (s *Shutdown) changes(before *Shutdown) string {
	if len(s.Failures) > 0 {
		return s.Failures[0].text()
	}
	if failure := s.worstApart(); failure != "" {
		return failure
	}
	if s.Trail.Unreadable != "" {
		return "cannot be read: " + excerpt(s.Trail.Unreadable)
	}
	if changes := compare(before, s); len(changes) > 0 {
		return strings.Join(changes, "; ")
	}
	return "-"
}

// stampWidth is the width of printk's timestamps.
const stampWidth = 12

// AppendTrail appends all lines of a trail, each after its time and origin; a ">" is
// before a time that is a lower bound, and "?" is an unknown one:
//
//	[   54.154220] flash    Signal :: (reboot 696) --[15]--> (procd 1) SIGTERM delivered, caught; parent (ash 116), uid 0
func AppendTrail(b []byte, t *event.Trail) []byte {
	return walk(b, t, func(b []byte, e *event.Event) []byte {
		stamp := "?"
		if e.Time != 0 {
			stamp = string(event.AppendSeconds(nil, e.Time))
		}
		if e.TimeAtLeast {
			stamp = ">" + stamp
		}
		b = append(b, "["+spaces(stampWidth-len(stamp))+stamp+"] "+left(e.Origin.String(), len("console"))...)
		return e.AppendLine(b)
	}, event.Loss.AppendLine)
}

// AppendTrailJSON appends all lines of a trail as JSON objects, one a line.
func AppendTrailJSON(b []byte, t *event.Trail) []byte {
	return walk(b, t, func(b []byte, e *event.Event) []byte {
		timed := *e
		if e.Time != 0 && e.Wall == 0 {
			timed.Wall = t.Wall(e.Time)
		}
		return timed.AppendJSON(b)
	}, event.Loss.AppendJSON)
}

// walk appends each event, and each loss at the place of its records.
func walk(b []byte, t *event.Trail, one func([]byte, *event.Event) []byte, gap func(event.Loss, []byte) []byte) []byte {
	losses := t.Losses
	for i := range t.Events {
		e := &t.Events[i]
		for len(losses) > 0 && e.Seq != 0 && losses[0].From < e.Seq {
			b = append(gap(losses[0], b), '\n')
			losses = losses[1:]
		}
		b = append(one(b, e), '\n')
	}
	for _, l := range losses {
		b = append(gap(l, b), '\n')
	}
	return b
}
