// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"strings"
	"testing"

	"sigtrail/internal/event"
)

// flooded is a shutdown with a process that got a flood of signals, and a user whose signals
// were only counted, before it and in it.
func flooded() *event.Trail {
	tr := parseTrail(50, "0 ask", "0.1 1>15>60")
	tr.Events[1].SenderName = "procd"
	usr1 := event.Event{Seq: 900, Time: tr.Events[0].Time + 200e6, Signal: 10, Flags: event.FlagShutdown | event.FlagCaught, SenderPID: 70,
		SenderName: "flooder", SenderUID: 65534, TargetPID: 60, TargetName: "victim"}
	usr1.TimeLast, usr1.Count = usr1.Time+998e6, 48211
	before, within := usr1, usr1
	before.Kind, before.Seq, before.Time, before.TimeLast, before.Count = event.KindSummary, 0, 1e9, 2e9, 7
	within.Kind, within.Seq, within.TargetPID, within.Count = event.KindSummary, 901, 61, 5120
	end := event.Event{Seq: 902, Kind: event.KindReboot, Time: usr1.Time + 5e9, Flags: event.FlagShutdown, SenderPID: 1, SenderName: "procd",
		RebootCode: event.RebootRestart}
	before.Seq = 1
	tr.Events = append([]event.Event{before}, append(tr.Events, usr1, within, end)...)
	return tr
}

// A record of many signals is told as many, and a summary makes no row for its target.
func TestCounts(t *testing.T) {
	s := Analyse(flooded())
	if len(s.Processes) != 1 || s.Processes[0].PID != 60 {
		t.Fatalf("processes %+v, want the one that is known to be signalled", s.Processes)
	}
	p := &s.Processes[0]
	if got, want := p.signals(), "TERM by procd 1, USR1 48211 times in 0.998 s by flooder 70 +0.100"; got != want {
		t.Errorf("row %q, want %q", got, want)
	}
	if want := p.Signals[1].TimeLast - p.Signals[0].Time; p.Took != want || !p.AtLeast {
		t.Errorf("took %d, want at least %d: until the last of the signals", p.Took, want)
	}
	for range 4 {
		p.Signals = append(p.Signals, p.Signals[1])
	}
	p.Signals = append(p.Signals, p.Signals[0])
	if got, want := p.signals(), "+0.100 and 1 more"; strings.HasSuffix(got, want) {
		t.Errorf("row %q", got)
	}
	p.Signals = append(p.Signals, p.Signals[1])
	if got, want := p.signals(), " and 48212 more"; !strings.HasSuffix(got, want) {
		t.Errorf("row %q, want %q at its end: the signals, not the records", got, want)
	}
	verdict := string(s.AppendVerdict(nil))
	if want := "5120 signals of users' processes were only counted\n"; !strings.Contains(verdict, want) {
		t.Errorf("no %q in the verdict:\n%s", want, verdict)
	}
	if s.recordedWhole() {
		t.Error("recorded whole, though it is unknown which processes got 5120 signals")
	}
	if svg := string(s.AppendSVG(nil)); !strings.Contains(svg, "<title>SIGUSR1 48211 times in 0.998 s by flooder 70") {
		t.Errorf("the chart has no count: %s", svg)
	}
	b := string(s.AppendJSON(nil, nil))
	for _, want := range []string{`"count":48211,"time_last":"`, `"only_counted":5120`} {
		if !strings.Contains(b, want) {
			t.Errorf("no %s in %s", want, b)
		}
	}
}

// With nothing but a summary it is unknown who was signalled.
func TestCountsAtBoot(t *testing.T) {
	tr := flooded()
	tr.Events = tr.Events[:1]
	got := string(AnalyseBoot(tr, 120e9, 120e9).AppendText(nil))
	want := "Boot: unknown which processes were signalled in the first 120.000 s: 7 signals of users' processes were only counted\n"
	if !strings.HasPrefix(got, want) {
		t.Errorf("got %swant %s", got, want)
	}
}

// A summary is no progress, and other signals are until the last one.
func TestCountsInStalls(t *testing.T) {
	sum := event.Event{Kind: event.KindSummary, Time: 1e9}
	if isProgress(&sum) {
		t.Error("a summary is taken for progress")
	}
	list := stalls([]event.Event{{Seq: 1, Time: 1e9, TimeLast: 3e9, Count: 5, Signal: 15, TargetPID: 5},
		{Kind: event.KindNote, Time: 9e9, Text: "Stall :: no signal, exit or mark for 6 s of shutdown; init still waits for:"}, {Seq: 2, Time: 10e9, Kind: event.KindReboot}})
	if len(list) != 1 || list[0].Begin != 3e9 {
		t.Errorf("stalls %+v, want one that begins with the last of the signals", list)
	}
}
