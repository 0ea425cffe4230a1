// SPDX-License-Identifier: GPL-2.0

package report

import (
	"slices"
	"strconv"
	"strings"

	"sigtrail/internal/event"
)

// Stall is a time during which the shutdown did not move on, as the daemon's
// stall watch told of it while it lasted.
type Stall struct {
	Begin, End uint64   // the events before and after it; the last that is known if none came
	Open       bool     // none came
	Quiet      uint64   // ns, the longest that the watch had told of
	Lines      []string // what it said last, without its header and prefix
	Waiters    []Waiter // the processes that were named, likeliest first
}

// Waiter is a process that init waited for.
type Waiter struct {
	PID  uint32
	Name string
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
		text, ok := stallText(e)
		switch {
		case !ok && moves(e):
			moved = max(moved, e.Time)
			if open != nil {
				open.End, open = moved, nil
			}
		case !ok:
		case stallHeader(text) > 0:
			if open == nil {
				list = append(list, Stall{Begin: moved})
				open = &list[len(list)-1]
			}
			open.tell(e.Time, stallHeader(text))
		case open != nil:
			open.line(text)
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
		return e.Outcome == event.Delivered || e.Outcome == event.LoseInfo
	case event.KindNote:
		return restarts(e) != 0
	}
	return true
}

func stallText(e *event.Event) (text string, ok bool) {
	if e.Kind != event.KindNote {
		return "", false
	}
	_, text, ok = strings.Cut(e.Text, "Stall :: ")
	return text, ok
}

// stallHeader returns for how long nothing has happened, in ns, if the line
// says that; 0 for any other line:
//
//	no signal, exit or mark for 10 s of shutdown; init still waits for:
func stallHeader(text string) uint64 {
	said, _, ok := strings.Cut(text, " s of shutdown")
	if !ok {
		return 0
	}
	return leading(said[strings.LastIndexByte(said, ' ')+1:]) * 1e9
}

// tell begins what the watch says at a time.
func (s *Stall) tell(at, quiet uint64) {
	s.End = max(s.End, at)
	if quiet > s.Quiet { // not the same line by another way
		s.Quiet = quiet
		s.Lines, s.Waiters = nil, nil
	}
}

// line takes a line that follows the header.
func (s *Stall) line(text string) {
	if len(s.Lines) == maxStallLines || slices.Contains(s.Lines, text) {
		return
	}
	s.Lines = append(s.Lines, text)
	if inside, _, ok := strings.Cut(text, ")"); ok && inside[:min(1, len(inside))] == "(" {
		space := strings.LastIndexByte(inside, ' ')
		pid, err := strconv.ParseUint(inside[space+1:], 10, 32)
		if err != nil || space < 1 {
			return
		}
		name, err := event.Unescape(inside[1:space])
		if err == nil {
			s.Waiters = append(s.Waiters, Waiter{uint32(pid), name})
		}
	}
}

// blamed returns the watch's own words on who is to blame, "" if it has none:
//
//	start script S95foo (pid 812) still runs in the foreground: ...
func (s *Stall) blamed() string {
	for _, line := range s.Lines {
		if strings.HasPrefix(line, "start script ") || strings.HasPrefix(line, "stop script ") {
			return line
		}
	}
	return ""
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
