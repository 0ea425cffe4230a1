// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"regexp"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/vm"
)

var (
	faultNote = regexp.MustCompile(`(?m)^fault scenario=(?:\w+) pid=(\d+) signal=(\d+) address=(\d+) pc=(\d+)$`)
	timerNote = regexp.MustCompile(`(?m)^timer signal=(\d+) pid=(\d+)$`)
	peakNote  = regexp.MustCompile(`(?m)^memory scenario=peak pid=(\d+) kib=(\d+)$`)
)

// TestFaults has processes fault, first with a handler and then without one: address and
// program counter are those that the handler was told. A timer's SIGSEGV is no fault. It also compares the most memory that a
// process had with what its parent was told.
func TestFaults(t *testing.T) {
	g := boot(t, vm.Config{})
	notes := g.run("faults")
	tr := g.trail()
	faults := faultNote.FindAllStringSubmatch(notes, -1)
	if len(faults) < 3 {
		t.Fatalf("notes: %q", notes)
	}
	for _, m := range faults {
		n := numbers(t, m[1:])
		found := tr.pick(func(e *event.Event) bool {
			return e.Kind == event.KindSignal && int64(e.TargetPID) == n[0] && int64(e.Signal) == n[1]
		})
		if len(found) != 2 {
			t.Errorf("%s: %d records", m[0], len(found))
			continue
		}
		for i, e := range found {
			if e.Flags&event.FlagFault == 0 || int64(e.FaultAddress) != n[2] || int64(e.FaultPC) != n[3] ||
				e.Flags&event.FlagFatal != 0 != (i == 1) || e.ContextPID != e.TargetPID || e.ContextTID != e.TargetTID || e.ContextName != "faults" {
				t.Errorf("%s: address %#x, pc %#x: %v", m[0], e.FaultAddress, e.FaultPC, &e)
			}
		}
	}
	m := timerNote.FindStringSubmatch(notes)
	if m == nil {
		t.Fatalf("notes: %q", notes)
	}
	n := numbers(t, m[1:])
	found := tr.pick(func(e *event.Event) bool {
		return e.Kind == event.KindSignal && int64(e.TargetPID) == n[1] && int64(e.Signal) == n[0]
	})
	if len(found) != 1 || found[0].Flags&(event.FlagFault|event.FlagKernel) != event.FlagKernel || uint32(n[1]) != found[0].ContextPID {
		t.Errorf("%s: %v", m[0], found)
	}
	m = peakNote.FindStringSubmatch(notes)
	if m == nil {
		t.Fatalf("notes: %q", notes)
	}
	n = numbers(t, m[1:])
	found = tr.pick(func(e *event.Event) bool { return e.Kind == event.KindExit && int64(e.TargetPID) == n[0] })
	if len(found) != 1 || int64(found[0].PeakRSS) != n[1] {
		t.Errorf("%s: %v", m[0], found)
	}
	for _, e := range tr.pick(func(e *event.Event) bool { return e.Flags&event.FlagFault == 0 }) {
		if e.FaultAddress != 0 || e.FaultPC != 0 {
			t.Errorf("no fault, but with an address: %v", &e)
		}
	}
}
