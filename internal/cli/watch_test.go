// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/test/golden"
)

// Without cgroups there are no services: a watch that waits for one says so.
func TestWatchNoServices(t *testing.T) {
	for args, want := range map[string]string{
		"watch --once --service cron": "sigtrail: services are unknown: cgroup2 is not mounted\n",
		"watch --once":                "",
	} {
		if _, besides, err := runBoth(newKernel(), strings.Fields(args)...); besides != want || err != nil {
			t.Errorf("%s: %q, %v", args, besides, err)
		}
	}
}

func TestWatch(t *testing.T) {
	for name, args := range map[string][]string{
		"watch":          {"--count", "2"},
		"watch-backlog":  {"--backlog", "--count=7"},
		"watch-json":     {"--json", "--backlog", "--count", "7"},
		"watch-filtered": {"--backlog", "--count", "3", "--sender", "killall,kernel", "--signal", "!TERM"},
	} {
		out, err := run(t, newKernel(), append([]string{"watch"}, args...)...)
		if err != nil && name != "watch-filtered" {
			t.Errorf("%s: %v", name, err)
		}
		golden.Check(t, name+".golden", []byte(out))
	}
}

// A summary passes each filter, as it may have what is looked for, but is not counted as it.
func TestWatchCounts(t *testing.T) {
	var b bytes.Buffer
	w := watcher{out: &b, count: 1}
	w.filter.Signal, _ = event.ParseSignals("TERM")
	summary := event.Event{Seq: 2, Time: 6e9, TimeLast: 7.25e9, Kind: event.KindSummary, Signal: 15, SenderPID: 120, SenderUID: 65534,
		SenderName: "flooder", TargetPID: 130, TargetName: "victim", Count: 5120}
	many := event.Event{Seq: 3, Time: 8e9, TimeLast: 9e9, Signal: 15, SenderPID: 120, SenderUID: 65534, SenderName: "flooder",
		TargetPID: 120, TargetName: "flooder", Count: 48211}
	for i, e := range []event.Event{summary, many} {
		if enough, err := w.step(&kernel.Step{Event: &e}); enough != (i == 1) || err != nil {
			t.Errorf("record %d: %v, %v", i, enough, err)
		}
	}
	w.flush()
	golden.Check(t, "watch-counts.golden", b.Bytes())
}

// The services end the notes. A record of the boot before keeps what it has.
func TestWatchServices(t *testing.T) {
	var b bytes.Buffer
	w := watcher{out: &b}
	w.filter.Service, _ = event.ParseServices("legacy")
	sent := event.Event{Seq: 1, Time: 3e9, Signal: 15, Flags: event.FlagDefault | event.FlagFatal, SenderPID: 883, SenderName: "killall",
		SenderService: "cron", ParentPID: 645, ParentName: "sh", TargetPID: 564, TargetTID: 564, TargetName: "legacyd", TargetService: "legacy"}
	many, other := sent, sent
	many.Count, many.TimeLast, other.TargetService = 3, 4e9, "httpd"
	for _, e := range []event.Event{sent, many, other,
		{Seq: 3, Time: 4e9, Kind: event.KindExit, ExitStatus: 15, TargetPID: 564, TargetName: "legacyd", TargetService: "legacy"},
		{Seq: 4, Time: 5e9, Kind: event.KindSurvivor, State: 'D', TargetPID: 570, TargetName: "sh", TargetService: "legacy/other"},
		{Seq: 5, Time: 6e9, Kind: event.KindSwitch, SenderPID: 99, SenderName: "sh", SenderService: "legacy", Text: "enable=0"},
	} {
		if _, err := w.step(&kernel.Step{Event: &e}); err != nil {
			t.Error(err)
		}
	}
	w.flush()
	golden.Check(t, "watch-services.golden", b.Bytes())
}

// The columns have a sender's ancestors, and of each fault its own place.
func TestWatchOrigins(t *testing.T) {
	fault := event.Event{Time: 9e9, Signal: 11, Code: 1, Flags: event.FlagKernel | event.FlagCaught | event.FlagFault, ContextPID: 611, ContextTID: 611,
		ContextName: "uhttpd", TargetPID: 611, TargetTID: 611, TargetName: "uhttpd", FaultAddress: 0x10, FaultPC: 0x10434}
	next := fault
	next.FaultAddress, next.FaultPC = 0x20, 0x20434
	kill := event.Event{Time: 9e9, Signal: 15, SenderPID: 883, SenderTID: 883, SenderName: "killall", ParentPID: 645, ParentName: "reload.sh",
		Ancestors: event.Ancestors("").With("crond", 80).With("procd", 1), TargetPID: 564, TargetTID: 564, TargetName: "legacyd"}
	other := kill
	other.Ancestors = event.Ancestors("").With("ash", 90).With("login", 80).With("sh", 70)
	orphan := kill
	orphan.Flags, orphan.ParentPID, orphan.ParentName, orphan.Ancestors = event.FlagReparented, 1, "procd", ""
	var b bytes.Buffer
	w := watcher{out: &b}
	w.header()
	for i, e := range []event.Event{fault, next, kill, other, orphan} {
		e.Seq = uint64(i + 1)
		if _, err := w.step(&kernel.Step{Event: &e}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.flush(); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "watch-origins.golden", b.Bytes())
}

func TestWatchJSONIsTrail(t *testing.T) {
	out, _ := run(t, newKernel(), "watch", "--json", "--backlog")
	var seqs []string
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		e, l, err := event.DecodeJSON([]byte(line))
		if err != nil {
			t.Errorf("%v in %s", err, line)
		}
		seqs = append(seqs, fmt.Sprint(max(e.Seq, l.To)))
	}
	if got := strings.Join(seqs, " "); got != "1 2 3 4 5 8 9 10" {
		t.Errorf("numbers %s", got)
	}
}

func TestWatchStops(t *testing.T) {
	k := newKernel()
	k.block = true
	stop := make(chan os.Signal, 1)
	var b bytes.Buffer
	a := &app{out: &b, dial: func() (kernelPart, error) { return k, nil }, running: noTrail, stop: func() <-chan os.Signal { return stop }}
	stop <- syscall.SIGINT
	if err := a.run([]string{"watch", "--backlog"}); err != nil {
		t.Errorf("told to stop: %v", err)
	}
}

// A watch ends without an error when the reader closes the pipe.
func TestWatchClosedOutput(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	a := &app{out: w, dial: func() (kernelPart, error) { return newKernel(), nil }, running: noTrail, stop: neverStop}
	if err := a.run([]string{"watch", "--backlog"}); err != nil {
		t.Errorf("closed pipe: %v", err)
	}
}
