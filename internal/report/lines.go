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
