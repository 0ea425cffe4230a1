// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"fmt"
	"strings"
	"testing"

	"sigtrail/internal/event"
)

func switched(s uint64, text string) event.Event {
	return event.Event{Time: s * 1e9, Kind: event.KindSwitch, SenderPID: 5, SenderName: "sh", Text: text}
}

func TestCaptureOff(t *testing.T) {
	at := switched
	for _, c := range []struct {
		events []event.Event
		want   string
	}{
		{[]event.Event{at(1, "enable=0"), at(2, "sigchld=1"), at(3, "enable=1")}, "capture was off from 1.000 s to 3.000 s after boot, switched off by (sh 5): unknown what happened meanwhile"},
		{[]event.Event{at(1, "sigurg=1"), at(2, "enable=0"), at(3, "sigurg=0")}, "capture was off from 2.000 s after boot on, switched off by (sh 5): unknown what happened meanwhile"},
		{[]event.Event{at(2, "enable=1")}, "capture was off until 2.000 s after boot, switched on by (sh 5): unknown what happened meanwhile"},
		{[]event.Event{at(1, "enable=0"), at(2, "enable=1"), at(3, "enable=0"), at(4, "enable=1")},
			"capture was off from 1.000 s to 2.000 s after boot, switched off by (sh 5), and 1 more time: unknown what happened meanwhile"},
	} {
		expectLine(t, fmt.Sprint(c.events), boxedTrail(9e9, c.events...), c.want)
	}
	expectNo(t, "other switches", boxedTrail(9e9, at(1, "sigchld=1"), at(2, "printk=2")), "capture")
	// A forced reboot is not known to have told no process to end.
	tr := boxedTrail(9e9, at(1, "enable=0"), at(2, "enable=1"), event.Event{Time: 9e9, Kind: event.KindReboot, Flags: event.FlagShutdown, SenderPID: 5, SenderName: "sh"})
	expectNo(t, "off before a forced reboot", tr, "no process was told")
}

// A record that is not made while capture is off shows that it was on again, if the record
// of that may be lost.
func TestCaptureOnAgain(t *testing.T) {
	mark := func(at uint64) event.Event {
		return event.Event{Time: at, Kind: event.KindMark, SenderPID: 8, SenderName: "x", Text: "y"}
	}
	lost := func(events ...event.Event) *event.Trail {
		tr := boxedTrail(30e9, events...)
		for i := range tr.Events[1:] {
			tr.Events[1+i].Seq += 2
		}
		tr.Losses = []event.Loss{{From: 2, To: 3, Damaged: true}}
		return tr
	}
	tr := lost(switched(1, "enable=0"), mark(5e9), mark(6e9))
	expectLine(t, "a lost switch", tr, "capture was off from 1.000 s to at most 5.000 s after boot, switched off by (sh 5): unknown what happened meanwhile")
	expectLine(t, "a lost switch", tr, "reset without a word, last alive 24.000 s after its last record, 30.000 s after boot; the reset came at any time after that")
	if text := string(Analyse(tr).AppendJSON(nil, nil)); !strings.Contains(text, `"end":"5000000000","end_at_most":true`) {
		t.Errorf("%s", text)
	}
	tr = lost(switched(1, "enable=0"), mark(5e9), switched(8, "enable=0"))
	expectLine(t, "off again", tr, "capture was off from 1.000 s to at most 5.000 s after boot, switched off by (sh 5), and 1 more time: unknown what happened meanwhile")
	const on = "capture was off from 1.000 s after boot on, switched off by (sh 5): unknown what happened meanwhile"
	for what, tr := range map[string]*event.Trail{
		"records that come with the switch": lost(switched(1, "enable=0"), mark(1.000001e9)),
		"no record is lost":                 boxedTrail(30e9, switched(1, "enable=0"), mark(5e9)),
		"records that are made also then":   lost(switched(1, "enable=0"), switched(5, "sigurg=1"), event.Event{Time: 6e9, Kind: event.KindClaim, SenderPID: 8, SenderName: "sigtrail"}),
	} {
		expectLine(t, what, tr, on)
	}
	expectLine(t, "switched on then", lost(switched(1, "enable=0"), mark(5e9), switched(6, "enable=1")),
		"capture was off from 1.000 s to 6.000 s after boot, switched off by (sh 5): unknown what happened meanwhile")
}

// reboot(2) has no record while capture is off.
func TestCaptureOffDuringShutdown(t *testing.T) {
	request := event.Event{Time: 9e9, Signal: 15, Flags: event.FlagShutdown, SenderPID: 7, SenderName: "reboot", TargetPID: 1, TargetName: "procd"}
	tr := boxedTrail(30e9, request, switched(10, "enable=0"), switched(22, "enable=1"))
	expectLine(t, "during it", tr, "unknown whether reboot(2) was called: capture was off from 10.000 s to 22.000 s after boot; "+
		"last alive 8.000 s after its last record, 30.000 s after boot; the reset came at any time after that")
	if s := Analyse(tr); s.Ending != EndMissing {
		t.Errorf("%v", s.Ending)
	}
	tr = boxedTrail(30e9, switched(2, "enable=0"), switched(3, "enable=1"), request)
	expectLine(t, "before it", tr, "ends before reboot(2): reset without a word, last alive 21.000 s after its last record, 30.000 s after boot; "+
		"the reset came at any time after that")
}

// A request to init has no record while capture is off: the mark of the stop scripts that
// follows does not show a reboot over ubus.
func TestCaptureOffBeforeBeginning(t *testing.T) {
	trail := func(off, begin uint64) *event.Trail {
		return boxedTrail(30e9, switched(off, "enable=0"), switched(off+1, "enable=1"),
			event.Event{Time: begin * 1e9, Kind: event.KindMark, Flags: event.FlagShutdown, SenderPID: 9, SenderName: "sigtrail", Text: event.ShutdownMark})
	}
	if s := Analyse(trail(19, 21)); s.Way != WayUnknown {
		t.Errorf("right before it: %v", s.Way)
	}
	tr := trail(2, 21)
	tr.Events = append(tr.Events, event.Event{Seq: 9, Time: 22e9, Kind: event.KindSwitch, SenderPID: 5, SenderName: "sh", Text: "enable=0"})
	if s := Analyse(tr); s.Way != WayUbus {
		t.Errorf("long before it: %v", s.Way)
	}
}
