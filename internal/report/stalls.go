// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"slices"

	"sigtrail/internal/event"
	"sigtrail/internal/stall"
)

// Stall is a time without progress in a shutdown, as the daemon's stall watch
// reported it.
type Stall struct {
	Begin, End uint64          // times of the event before and after it; without one after it, of the last line
	Open       bool            // there is no event after it
	Quiet      uint64          // ns, the longest time that the watch reported
	Lines      []string        // the watch's last report, without its first line and prefix
	Blame      string          // the first of them about an init script; "": none
	Waiters    []stall.Process // processes that init waited for, likeliest first
}

// Duration returns how long the stall lasted at least, in ns.
func (s *Stall) Duration() uint64 { return max(s.Quiet, between(s.Begin, s.End)) }

// maxStallLines bounds the lines kept for one stall, whatever a trail holds.
const maxStallLines = 32

// stalls collects the reports of the stall watch, which repeats its report of a
// stall until the next event.
func stalls(events []event.Event) []Stall {
	var list []Stall
	var open *Stall
	moved := uint64(0) // time of the last progress
	for i := range events {
		e := &events[i]
		line, ok := stall.Parse(e.Text)
		ok = ok && e.Kind == event.KindNote
		switch {
		case !ok && isProgress(e):
			moved = max(moved, e.Time)
			if open != nil {
				open.End, open = moved, nil
			}
		case !ok:
		case line.Quiet > 0:
			if open == nil {
				list = append(list, Stall{Begin: moved})
				open = &list[len(list)-1]
			}
			open.beginReport(e.Time, uint64(line.Quiet))
		case open != nil:
			open.add(line)
		}
	}
	if open != nil {
		open.Open = true
	}
	return list
}

// isProgress reports whether e is progress of the shutdown. A signal that was
// dropped is not.
func isProgress(e *event.Event) bool {
	switch e.Kind {
	case event.KindSignal:
		return e.Outcome.Taken()
	case event.KindNote:
		return kernelLine(e) != 0
	}
	return true
}

// beginReport takes the first line of a report by the watch.
func (s *Stall) beginReport(at, quiet uint64) {
	s.End = max(s.End, at)
	if quiet > s.Quiet { // else the same line from another origin
		s.Quiet = quiet
		s.Lines, s.Blame, s.Waiters = nil, "", nil
	}
}

// add takes a further line of a report.
func (s *Stall) add(line stall.Line) {
	if len(s.Lines) == maxStallLines || slices.Contains(s.Lines, line.Text) {
		return
	}
	s.Lines = append(s.Lines, line.Text)
	if line.Script && s.Blame == "" {
		s.Blame = line.Text
	}
	if line.Suspect.PID != 0 {
		s.Waiters = append(s.Waiters, line.Suspect)
	}
}

// longest returns the longest stall, or nil.
func (s *Shutdown) longest() *Stall {
	var found *Stall
	for i := range s.Stalls {
		if at := &s.Stalls[i]; found == nil || at.Duration() > found.Duration() {
			found = at
		}
	}
	return found
}
