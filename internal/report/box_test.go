// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"fmt"
	"strings"
	"testing"

	"sigtrail/internal/event"
)

// boxedTrail is the trail of a black box with these records.
func boxedTrail(alive uint64, events ...event.Event) *event.Trail {
	for i := range events {
		if e := &events[i]; e.Kind != event.KindNote && e.Origin == event.OriginLive {
			e.Origin, e.Seq = event.OriginBox, uint64(i+1)
		}
	}
	return &event.Trail{Number: 1, BootID: bootID, MergedBy: other, Reset: event.ResetWarm, Box: blackBox, Alive: alive, Sources: boxSource, Events: events}
}

func expectLine(t *testing.T, what string, tr *event.Trail, want string) {
	t.Helper()
	if text := string(Analyse(tr).AppendVerdict(nil)); !strings.Contains(text, " :: "+want+"\n") {
		t.Errorf("%s: %q is missing in\n%s", what, want, text)
	}
}

func expectNo(t *testing.T, what string, tr *event.Trail, unwanted ...string) {
	t.Helper()
	text := string(Analyse(tr).AppendText(nil, nil))
	for _, words := range unwanted {
		if strings.Contains(text, words) {
			t.Errorf("%s: %q is in\n%s", what, words, text)
		}
	}
}

// The moment when a boot was last alive is a lower bound.
func TestSilentReset(t *testing.T) {
	last := event.Event{Time: 10e9, Signal: 15, SenderPID: 1, SenderName: "procd", TargetPID: 9, TargetName: "x"}
	const later = "; the reset came at any time after that"
	for want, tr := range map[string]*event.Trail{
		"reset without a word, last alive 4.500 s after its last record, 14.500 s after boot" + later: boxedTrail(14.5e9, last),
		"reset without a word, last alive at its last record, 10.000 s after boot" + later:            boxedTrail(9e9, last),
		"reset without a word, last alive, 14.500 s after boot" + later:                               boxedTrail(14.5e9),
		"reset without a word; when it was last alive is unknown":                                     boxedTrail(0),
	} {
		expectLine(t, want, tr, want)
		if s := Analyse(tr); s.Ending != EndSilent || s.Way != WayNone {
			t.Errorf("%s: %v, %v", want, s.Way, s.Ending)
		}
		tr.Sources = []event.Source{{Name: event.BoxSource, Boot: event.BelongsSame, Merged: true, Fault: "9 torn or damaged records were skipped"}}
		if len(tr.Events) > 0 {
			expectLine(t, "damaged", tr, want+", and damaged records may have said more")
		} else {
			expectNo(t, "damaged", tr, "without a word")
		}
	}
	off := switched(11, "enable=0")
	const noRecord = "capture was off from 11.000 s after boot on: a request or reboot(2) has no record then; no panic was recorded; last alive 88.000 s after its last record, 99.000 s after boot"
	expectLine(t, "capture off", boxedTrail(99e9, last, off), "unknown how it ended: "+noRecord+later)
	off.Flags = event.FlagShutdown
	expectLine(t, "capture off in a shutdown", boxedTrail(99e9, last, off), "unknown whether reboot(2) was called: "+noRecord+later)
	expectLine(t, "in a shutdown", boxedTrail(14.5e9, event.Event{Time: 9e9, Signal: 15, Flags: event.FlagShutdown, SenderPID: 7, SenderName: "reboot", TargetPID: 1, TargetName: "procd"}, last),
		"ends before reboot(2): reset without a word, last alive 4.500 s after its last record, 14.500 s after boot"+later)
}

// What the kernel itself says of its end is told once.
func TestRecordedFailures(t *testing.T) {
	panicked := event.Event{Time: 11e9, Kind: event.KindPanic, Flags: event.FlagKernel, ContextPID: 99, ContextName: "sh", Text: "sysrq triggered crash\n"}
	tr := boxedTrail(10e9, panicked, event.Event{Time: 11e9, Kind: event.KindNote, Origin: event.OriginConsole, Text: "Kernel panic - not syncing: sysrq triggered crash"})
	expectLine(t, "a panic", tr, "kernel panic: sysrq triggered crash, in (sh 99), 11.000 s after boot")
	expectNo(t, "a panic", tr, "without a word", "Kernel panic - not", "warm reset")
	panicked.ContextPID, panicked.ContextName = 0, ""
	expectLine(t, "in an interrupt", boxedTrail(10e9, panicked), "kernel panic: sysrq triggered crash, 11.000 s after boot")
	panicked.Kind = event.KindOops
	tr = boxedTrail(19e9, panicked)
	expectLine(t, "an oops, then a reset", tr, "kernel oops: sysrq triggered crash, 11.000 s after boot")
	expectLine(t, "an oops, then a reset", tr, "reset without a panic, at least 8.000 s after a failure of its kernel, last alive 8.000 s after its last record, "+
		"19.000 s after boot; the reset came at any time after that")
	panicked.Time = 0
	expectLine(t, "an oops at an unknown time", boxedTrail(0, panicked), "reset without a panic, after a failure of its kernel; when it was last alive is unknown")
}

// Signals that a service manager sends in ordinary times are no shutdown.
func TestBoxedServices(t *testing.T) {
	var events []event.Event
	for i := range uint32(6) {
		events = append(events, event.Event{Time: 5e9 + uint64(i), Signal: 15, SenderPID: 1, SenderName: "procd", TargetPID: 60 + i, TargetName: "x"})
	}
	events = append(events, event.Event{Time: 7e9, Signal: 12, SenderPID: 90, SenderName: "x", TargetPID: 1, TargetName: "procd"})
	tr := boxedTrail(9e9, events...)
	tr.DaemonPID = 62
	if s := Analyse(tr); s.Way != WayNone {
		t.Errorf("%v", s.Way)
	}
	tr.Events = append(tr.Events, event.Event{Seq: 99, Time: 9e9, Kind: event.KindReboot, Flags: event.FlagShutdown, SenderPID: 5, SenderName: "sh", Origin: event.OriginBox})
	if s := Analyse(tr); s.Way != WayForced || len(s.Processes) != 0 {
		t.Errorf("%v, %d processes", s.Way, len(s.Processes))
	}
}

// Whose box it is, and why it has nothing.
func TestNothingInBox(t *testing.T) {
	place := func(found event.BoxFound) event.Box { return event.Box{Place: event.BoxAddress, Found: found} }
	for _, c := range []struct {
		box     event.Box
		pstore  event.Pstore
		sources []event.Source
		want    string
	}{
		{place(event.FoundDamaged), event.PstoreNone, nil, "unknown how it ended: the black box was found damaged: nothing of it is believed"},
		{place(event.FoundForeign), event.PstoreNone, nil, "unknown how it ended: the black box was found foreign: nothing of it is believed"},
		{place(event.FoundNothing), event.PstoreOther, nil, "unknown how it ended: the black box was empty, as after a power cut, a reset that clears RAM, or a boot without one; " +
			"nothing in pstore is shown to be of the boot that ended"},
		{event.Box{Place: event.BoxFailed}, event.PstoreNone, nil, "unknown how it ended: this kernel has no pstore; see docs/pstore.md"},
		{place(event.FoundRecords), event.PstoreNone, []event.Source{{Name: event.BoxSource, Boot: event.BelongsOther, Time: 5e9, Text: "Mark :: (x 9) y"}},
			"the black box is of another boot, and says, 5.000 s after boot: Mark :: (x 9) y"},
		{place(event.FoundRecords), event.PstoreNone, []event.Source{{Name: event.BoxSource, Boot: event.BelongsOther, Told: true}},
			"unknown how it ended: the black box has nothing of the boot that ended"},
		{place(event.FoundRecords), event.PstoreNone, nil, "unknown how it ended: what the black box had is not in this trail"},
		{place(event.FoundRecords), event.PstoreEmpty, nil, "unknown how it ended: what the black box had is not in this trail; pstore was empty, the black box was not: RAM survived, at least in part"},
		{place(event.FoundDamaged), event.PstoreEmpty, nil, "unknown how it ended: the black box was found damaged: nothing of it is believed; " +
			"pstore was empty, the black box was not: RAM survived, at least in part"},
		{place(event.FoundNothing), event.PstoreEmpty, nil, "pstore was empty (cold), as after a power cut, or a reset that clears RAM"},
	} {
		tr := &event.Trail{Number: 1, MergedBy: other, Box: c.box, Pstore: c.pstore, Sources: c.sources}
		if c.pstore == event.PstoreEmpty {
			tr.Reset = event.ResetCold
		}
		expectLine(t, c.want, tr, c.want)
		s := Analyse(tr)
		if cold := strings.Contains(c.want, "cold"); cold != strings.Contains(string(s.AppendJSON(nil, nil)), `"reset":"cold"`) ||
			cold != strings.Contains(string(s.AppendLine(nil, 1, nil)), "none, cold") {
			t.Errorf("%s: %s%s", c.want, s.AppendJSON(nil, nil), s.AppendLine(nil, 1, nil))
		}
	}
}

// With the black box no line is missing for the rate limit.
func TestBoxedHeldBack(t *testing.T) {
	tr := boxedTrail(9e9, event.Event{Time: 9e9, Kind: event.KindReboot, Flags: event.FlagShutdown, SenderPID: 5, SenderName: "sh"},
		event.Event{Time: 8e9, Kind: event.KindNote, Origin: event.OriginConsole, Text: "sigtrail: held back 30 lines"})
	tr.Cut = 7
	expectLine(t, "held back", tr, "forced shutdown by (sh 5), 9.000 s after boot: no process was told to end")
	expectNo(t, "held back", tr, "30 lines")
}

// In the black box a sysupgrade comes after all else that happened, and only the call of
// reboot(2) is flagged as of a shutdown.
func TestBoxedUpgrade(t *testing.T) {
	want := named(t, "sysupgrade")
	tr := *want.Trail
	tr.Sources, tr.Box = boxSource, blackBox
	services := event.Event{Time: 60e9, Signal: 15, SenderPID: 1, SenderName: "procd", TargetPID: 402, TargetName: "dnsmasq"}
	tr.Events = append([]event.Event{services}, tr.Events...)
	for i := range tr.Events {
		if e := &tr.Events[i]; e.Kind != event.KindNote {
			e.Origin, e.Seq = event.OriginBox, uint64(i+1)
			if e.Kind != event.KindReboot {
				e.Flags &^= event.FlagShutdown
			}
		}
	}
	got := Analyse(&tr)
	if got.Way != WaySysupgrade || fmt.Sprint(got.Phases) != fmt.Sprint(want.Phases) || len(got.Processes) != len(want.Processes) {
		t.Errorf("%v, %v, %d processes\nwant %v, %v, %d", got.Way, got.Phases, len(got.Processes), want.Way, want.Phases, len(want.Processes))
	}
}
