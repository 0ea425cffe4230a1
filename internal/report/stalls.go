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
	Early      bool            // no shutdown had begun; a program was started at Begin to ask for one
	Begin, End uint64          // times of the event before and after it; without one after it, of the last line
	Open       bool            // there is no event after it
	Quiet      uint64          // ns, the longest time that the watch reported
	Lines      []string        // the watch's last report that names a process, without its first line and prefix
	Blame      string          // the first of them about an init script; "": none
	Waiters    []stall.Process // processes that init waited for, likeliest first

	fresh bool // a report has begun, and no process of it was added
}

// Duration returns how long the stall lasted at least, in ns. The end of a hang before a
// shutdown is not recorded.
func (s *Stall) Duration() uint64 {
	if s.Early {
		return s.Quiet
	}
	return max(s.Quiet, between(s.Begin, s.End))
}

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
			moved = max(moved, e.Last())
			if open != nil && (!open.Early || ofShutdown(e)) {
				open.End, open = moved, nil
			}
		case !ok:
		case e.Text == stall.EarlyOver && open != nil && open.Early:
			list, open = list[:len(list)-1], nil // there is no shutdown that it was part of
		case line.Quiet > 0:
			if open == nil || open.Early != line.Early {
				list = append(list, Stall{Begin: moved, Early: line.Early})
				open = &list[len(list)-1]
			}
			if line.Early {
				open.Begin = e.Time - min(e.Time, uint64(line.Quiet))
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
// dropped is not, nor is a summary, whose signals may all have been dropped.
func isProgress(e *event.Event) bool {
	switch e.Kind {
	case event.KindSignal:
		return e.Outcome.Taken()
	case event.KindSummary:
		return false
	case event.KindNote:
		return kernelLine(e) != 0
	}
	return true
}

// ofShutdown reports whether a shutdown has begun with e, or before.
func ofShutdown(e *event.Event) bool {
	return e.Flags&event.FlagShutdown != 0 || requestsShutdown(e) || e.Kind == event.KindReboot || kernelLine(e) != 0
}

// beginReport takes the first line of a report by the watch.
func (s *Stall) beginReport(at, quiet uint64) {
	s.End = max(s.End, at)
	if quiet > s.Quiet { // else the same line from another origin
		s.Quiet = quiet
		s.fresh = true
		if len(s.Waiters) == 0 {
			s.Lines = nil
		}
	}
}

// add takes a further line of a report. A report that names no process does not replace
// one that does.
func (s *Stall) add(line stall.Line) {
	switch names := line.Script.PID != 0 || line.Suspect.PID != 0; {
	case s.fresh && names:
		s.fresh, s.Lines, s.Blame, s.Waiters = false, nil, "", nil
	case s.fresh && len(s.Waiters) > 0:
		return
	}
	if len(s.Lines) == maxStallLines || slices.Contains(s.Lines, line.Text) {
		return
	}
	s.Lines = append(s.Lines, line.Text)
	if line.Script.PID != 0 && s.Blame == "" {
		s.Blame = line.Text
	}
	if line.Suspect.PID != 0 {
		s.Waiters = append(s.Waiters, line.Suspect)
	}
}

// notBegun returns a hang before a shutdown that never began, or nil.
func (s *Shutdown) notBegun() *Stall {
	if n := len(s.Stalls); s.Way == WayNone && n > 0 && s.Stalls[n-1].Early {
		return &s.Stalls[n-1]
	}
	return nil
}

// inReboot returns a stall after the call of reboot(2), or nil.
func (s *Shutdown) inReboot() *Stall {
	if n := len(s.Stalls); n > 0 && s.Reboot != nil && s.Stalls[n-1].Open && s.Stalls[n-1].Begin >= s.Reboot.Time {
		return &s.Stalls[n-1]
	}
	return nil
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
