// SPDX-License-Identifier: GPL-2.0

package report

import (
	"slices"

	"sigtrail/internal/event"
	"sigtrail/internal/stall"
)

// Stall is a time during which the shutdown did not move on, as the daemon's
// stall watch told of it while it lasted.
type Stall struct {
	Begin, End uint64          // the events before and after it; the last that is known if none came
	Open       bool            // none came
	Quiet      uint64          // ns, the longest that the watch had told of
	Lines      []string        // what it said last, without its first line and prefix
	Blame      string          // the first of them that tells of an init script; "": none does
	Waiters    []stall.Process // that init waited for, likeliest first
}

// Duration returns how long it lasted at least, in ns.
func (s *Stall) Duration() uint64 { return max(s.Quiet, between(s.Begin, s.End)) }

// maxStallLines bounds what is kept of one stall, whatever a trail holds.
const maxStallLines = 32

// stalls puts the lines of the stall watch together. It tells of a stall again
// and again, until there is an event.
func stalls(events []event.Event) []Stall {
	var list []Stall
	var open *Stall
	moved := uint64(0) // when, for the last time
	for i := range events {
		e := &events[i]
		line, ok := stall.Parse(e.Text)
		ok = ok && e.Kind == event.KindNote
		switch {
		case !ok && moves(e):
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
			open.tell(e.Time, uint64(line.Quiet))
		case open != nil:
			open.add(line)
		}
	}
	if open != nil {
		open.Open = true
	}
	return list
}

// moves reports whether e shows that the shutdown goes on. A signal that was
// dropped does not.
func moves(e *event.Event) bool {
	switch e.Kind {
	case event.KindSignal:
		return e.Outcome.Taken()
	case event.KindNote:
		return restarts(e) != 0
	}
	return true
}

// tell begins what the watch says at a time.
func (s *Stall) tell(at, quiet uint64) {
	s.End = max(s.End, at)
	if quiet > s.Quiet { // not the same line by another way
		s.Quiet = quiet
		s.Lines, s.Blame, s.Waiters = nil, "", nil
	}
}

// add takes a line that follows the first.
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

// longest returns the stall that lasted longest, nil if there was none.
func (s *Shutdown) longest() *Stall {
	var found *Stall
	for i := range s.Stalls {
		if at := &s.Stalls[i]; found == nil || at.Duration() > found.Duration() {
			found = at
		}
	}
	return found
}
