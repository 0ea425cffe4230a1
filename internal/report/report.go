// SPDX-License-Identifier: GPL-2.0

// Package report says what a trail tells: how a system went down, who was told
// to end and how long each took, and where the trail ends. What there is to
// say is found first (Analyse, AnalyseBoot, Earlier); how it is said, as lines
// of the log, text, JSON or SVG, only reads it. There is no I/O.
package report

import "sigtrail/internal/event"

// Shutdown is what a trail tells of how a system went down. Times are ns of the
// trail's own kernel clock, 0 where they are not known; events are the trail's.
type Shutdown struct {
	Trail *event.Trail

	Way   Way
	Code  event.RebootCode // what reboot(2) was called for, or else what init was asked for; 0: not known
	Asker *event.Event     // the signal to init, or the forced call of reboot(2); nil: not known
	Begin uint64
	End   uint64 // reboot(2), or else the last that is known

	Phases    []Phase
	Processes []Process // in the order of their first signals
	Stalls    []Stall

	Ending   Ending
	Reboot   *event.Event // the record of reboot(2), nil if there is none
	LastLine *event.Event // the kernel's own note of it, nil if there is none
	Failures []Failure    // worst first

	Origins  [4]int // records and notes by event.Origin
	HeldBack uint64 // lines that the kernel did not print, for its rate limit
}

// Boot is what a trail tells of the beginning of a boot.
type Boot struct {
	Trail     *event.Trail
	End       uint64    // ns of the kernel's clock, which begins at 0
	Processes []Process // in the order of their first signals
}

// Way says how a shutdown was brought about.
type Way uint32

const (
	WayNone       Way = iota // not orderly: nothing of a shutdown is in the trail
	WaySignal                // init was sent a signal
	WayUbus                  // procd began without one, as it was called over ubus
	WaySysupgrade            // a new image was written
	WayForced                // reboot(2) was called, nobody was told: reboot -f
	WayUnknown               // the trail lacks how it began
)

// Ending says with what a trail ends.
type Ending uint32

const (
	EndMissing Ending = iota // with the daemon: what came after it is not known
	EndReboot                // with reboot(2)
	EndFailure               // with a failure of the kernel
	EndCut                   // the kernel's last lines are there, reboot(2) is not among them
)

// Phase is a stretch of a shutdown.
type Phase struct {
	Name  string `json:"name"`
	Begin uint64 `json:"begin,omitempty"`
	End   uint64 `json:"end,omitempty"`
	Open  bool   `json:"open,omitempty"` // the trail ends before the phase does
}

// Duration returns how long the shutdown took, in ns; 0: not known. Unless the
// trail ends with reboot(2), it took longer.
func (s *Shutdown) Duration() uint64 { return between(s.Begin, s.End) }

// between returns the ns from one time to another, 0 if either is not known, or
// if the clocks of two CPUs have them the other way round.
func between(from, to uint64) uint64 {
	if from == 0 || to < from {
		return 0
	}
	return to - from
}
