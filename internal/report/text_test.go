// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/golden"
)

func TestVerdict(t *testing.T) {
	var b []byte
	for i, s := range all(t) {
		b = append(append(b, recorded[i].name...), '\n')
		b = append(s.AppendVerdict(b), '\n')
	}
	tr := parseTrail(50, "0 ask", "1 1>15>60")
	tr.Events = append(tr.Events, event.Event{Kind: event.KindNote, Time: 12e9, Text: "Kernel panic - not syncing: \xff", Origin: event.OriginConsole})
	b = Analyse(tr).AppendVerdict(append(b, "a panic during the shutdown\n"...))
	tr.Events[2].Text = "the last line"
	tr.Pstore = event.PstoreFound
	b = Analyse(tr).AppendVerdict(append(b, "\na reset during the shutdown\n"...))
	b = Analyse(&event.Trail{Events: tr.Events[2:]}).AppendVerdict(append(b, "\nno shutdown\n"...))
	golden.Check(t, "verdict.golden", b)
	for _, line := range strings.Split(string(b), "\n") {
		if len(line) > 230 {
			t.Errorf("%d bytes are too long for a log: %s", len(line), line)
		}
	}
}

func TestText(t *testing.T) {
	var b []byte
	var before *Shutdown
	for _, s := range all(t) {
		b = append(s.AppendText(b, before), "\n----\n\n"...)
		before = s
	}
	b = boot(t).AppendText(b)
	b = started(t).AppendText(append(b, "\n----\n\n"...))
	golden.Check(t, "text.golden", b)
}

func TestLines(t *testing.T) {
	b := []byte(LineHeader)
	list := all(t)
	slices.Reverse(list)
	for i, s := range list {
		b = s.AppendLine(b, i+1, Earlier(list, i))
	}
	golden.Check(t, "lines.golden", b)
}

func TestTrail(t *testing.T) {
	s := named(t, "nopstore")
	s.Trail.Losses = append(s.Trail.Losses, event.Loss{From: 900, To: 900})
	golden.Check(t, "trail.golden", trailText(t, s.Trail))
}

// trailText returns both forms of a trail's lines.
func trailText(t *testing.T, tr *event.Trail) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, json := range []bool{false, true} {
		w := NewTrailWriter(&b, json, tr.Wall)
		if err := errors.Join(w.Trail(tr), w.Flush()); err != nil {
			t.Fatal(err)
		}
		if !json {
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

// A trail is bounded: without the boot's beginning, what it has is a lower bound.
func TestBootBeginning(t *testing.T) {
	signal := func(seq, at uint64) event.Event {
		return event.Event{Seq: seq, Time: at, Signal: 15, SenderPID: 1, SenderName: "procd", TargetPID: 9, TargetName: "x"}
	}
	for want, tr := range map[string]event.Trail{
		"Boot: 1 process was signalled in the first 120.000 s\n": {Events: []event.Event{signal(1, 5e9)}},
		"Boot: at least 1 process was signalled in the first 120.000 s: the trail no longer has the records before 40\n": {
			Events: []event.Event{signal(40, 5e9)}},
		"Boot: unknown which processes were signalled in the first 120.000 s: the trail no longer has the records before 40\n": {
			Events: []event.Event{signal(40, 500e9)}},
		"Boot: unknown which processes were signalled in the first 120.000 s: records 1 to 39 were lost\n": {
			Losses: []event.Loss{{From: 1, To: 39}}},
		"Boot: unknown which processes were signalled in the first 120.000 s: the trail has no record\n": {},
		"Boot: at least 1 process was signalled in the first 120.000 s: 2 damaged places in the trail were skipped\n": {
			Events: []event.Event{signal(1, 5e9)}, Malformed: 2},
	} {
		if got := string(AnalyseBoot(&tr, 120e9, 120e9).AppendText(nil)); !strings.HasPrefix(got, want) {
			t.Errorf("got %swant %s", got, want)
		}
	}
}
