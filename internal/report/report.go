// SPDX-License-Identifier: GPL-2.0-only

// Package report makes reports from trails: how a system went down, which
// processes were told to end and how long each took, and where the trail ends.
// Analyse, AnalyseBoot and Earlier find the facts; the Append methods write them
// as log lines, text, JSON or SVG. The package does no I/O.
package report

import "sigtrail/internal/event"

// Shutdown is the report of a shutdown. Times are ns of the trail's kernel clock,
// 0 if unknown; events are those of the trail.
type Shutdown struct {
	Trail *event.Trail

	Way       Way
	Code      event.RebootCode // what reboot(2) was called for, else what init was asked for; 0: unknown
	Requester *event.Event     // the signal to init, or the forced call of reboot(2); nil: unknown
	Begin     uint64
	End       uint64 // of reboot(2), else of the last event

	BeginAtLeast, EndAtLeast bool // Begin, and End, are lower bounds: that line had no time

	Phases    []Phase
	Processes []Process      // in the order of their first signals
	Services  event.Services // of the processes that are listed; the verdict has all
	Stalls    []Stall
	Scripts   []Script // that init ran in it

	Ending   Ending
	Reboot   *event.Event // the record of reboot(2), nil if there is none
	LastLine *event.Event // the kernel's line about it, nil if there is none

	RebootFailed *event.Event // the kernel's line that it is still running after that, nil if there is none
	Failures     []Failure    // worst first
	Survivors    []Survivor   // that have a record, or a line
	Off          []Off        // when capture was off

	Origins  [6]int // records and notes by event.Origin
	HeldBack uint64 // lines that the kernel's rate limit held back

	OnlyCounted uint64 // signals in summaries: who got them is unknown

	oldest bool // what came before Begin may be overwritten
}

// Boot is the report of the beginning of a boot.
type Boot struct {
	Trail     *event.Trail
	End       uint64    // ns of the kernel's clock, which starts at 0
	Read      uint64    // up to when ends of scripts were looked for
	Processes []Process // in the order of their first signals
	Services  event.Services
	Scripts   []Script // that init ran

	OnlyCounted uint64 // as in Shutdown
}

// Way is how a shutdown was requested.
type Way uint32

const (
	WayNone       Way = iota // no orderly shutdown: the trail has none
	WaySignal                // by a signal to init
	WayUbus                  // by a ubus call: procd began without a signal
	WaySysupgrade            // by sysupgrade, which writes a new image
	WayForced                // by reboot(2) without telling any process: reboot -f
	WayUnknown               // the trail lacks the beginning
	WayServices              // init stopped all services, as before a sysupgrade; what came then is unknown
)

// Ending is how a trail ends.
type Ending uint32

const (
	EndMissing Ending = iota // with the last line that there is: the rest is unknown
	EndReboot                // with reboot(2)
	EndFailure               // with a kernel failure
	EndCut                   // with the kernel's last lines, without reboot(2)
	EndSilent                // with the last record in the black box, without reboot(2)
)

// Phase is a part of a shutdown.
type Phase struct {
	Name  string
	Begin uint64
	End   uint64
	Open  bool // the trail ends before the phase does

	BeginAtLeast, EndAtLeast bool // lower bounds
	BeginAtMost              bool // an upper bound: its beginning was not recorded
}

// Duration returns how long the shutdown took, in ns; 0: unknown. It is a lower
// bound unless the trail ends with reboot(2), at a time that is known.
func (s *Shutdown) Duration() uint64 {
	if s.BeginAtLeast {
		return 0
	}
	return between(s.Begin, s.End)
}

// atLeast reports whether the duration is a lower bound.
func (s *Shutdown) atLeast() bool {
	return s.Ending != EndReboot || s.EndAtLeast || s.Way == WayUnknown
}

// between returns the ns from one time to another, 0 if from is unknown, or if to
// is earlier, as with the clocks of two CPUs.
func between(from, to uint64) uint64 {
	if from == 0 || to < from {
		return 0
	}
	return to - from
}
