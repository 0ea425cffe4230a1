// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigtrail/internal/event"
)

const (
	bootID = "2f1c7b1e-3f2a-4c56-9c49-0d3d0c4f7a11"
	other  = "5d0b7a9c-11d2-4a5e-8a3f-6f2f0f6d1b22"
	wall   = 1795314934e9 // 2026-11-22 02:35:34 UTC
)

// What a black box had, see below.
var (
	blackBox  = event.Box{Place: event.BoxName, Found: event.FoundRecords}
	boxSource = []event.Source{{Name: event.BoxSource, Boot: event.BelongsSame, Merged: true}}
)

// recorded are the trails in testdata. reboot, kthreads, console and boot are from
// consoles of a real procd system, without exits and parents; in the first two
// those were added by hand. guest and jailed are as the daemon stored them in a
// guest, through a real reset: with BusyBox's init, and with procd, where ujail
// starts the daemon. The next ones are of a router with a black box. stops, hung and started
// are as on procd, with the ends of scripts: one of hung does not end until procd ends it.
var recorded = []struct {
	name  string
	trail event.Trail
}{
	{"reboot", event.Trail{Number: 1, BootID: bootID, DaemonPID: 290, ClockLocal: 94360380000, ClockRealtime: wall,
		Reset: event.ResetWarm, Pstore: event.PstoreFound, MergedBy: other}},
	{"poweroff", event.Trail{Number: 2, BootID: bootID, DaemonPID: 290, ClockLocal: 310e9, ClockRealtime: 310e9,
		Reset: event.ResetWarm, Pstore: event.PstoreFound, MergedBy: other}},
	{"forced", event.Trail{Number: 3, Reset: event.ResetWarm, Pstore: event.PstoreFound, MergedBy: other}},
	{"ubus", event.Trail{Number: 4, BootID: bootID, DaemonPID: 290, ClockLocal: 1200e9, ClockRealtime: wall + 3600e9,
		Reset: event.ResetWarm, Pstore: event.PstoreFound, MergedBy: other}},
	{"sysupgrade", event.Trail{Number: 5, Reset: event.ResetWarm, Pstore: event.PstoreFound, MergedBy: other}},
	{"stalled", event.Trail{Number: 6, BootID: bootID, DaemonPID: 290, ClockLocal: 40e9, ClockRealtime: wall + 7200e9,
		Reset: event.ResetWarm, Pstore: event.PstoreFound, MergedBy: other}},
	{"panic", event.Trail{Number: 7, Reset: event.ResetWarm, Pstore: event.PstoreFound, MergedBy: other}},
	{"cold", event.Trail{Number: 8, Reset: event.ResetCold, Pstore: event.PstoreEmpty, MergedBy: other}},
	{"nopstore", event.Trail{Number: 9, BootID: bootID, DaemonPID: 290, ClockLocal: 94360380000, ClockRealtime: wall + 9000e9,
		Pstore: event.PstoreNone, MergedBy: other, Cut: 7, Losses: []event.Loss{{From: 400, To: 405}}}},
	{"kthreads", event.Trail{Number: 10, BootID: bootID, DaemonPID: 290, ClockLocal: 94360380000, ClockRealtime: wall,
		Reset: event.ResetWarm, Pstore: event.PstoreFound, MergedBy: other}},
	{"console", event.Trail{Number: 11, Reset: event.ResetWarm, Pstore: event.PstoreFound, MergedBy: other}},
	{"sixty", event.Trail{Number: 12, BootID: bootID, DaemonPID: 290, ClockLocal: 7200e9, ClockRealtime: wall + 86400e9,
		Reset: event.ResetWarm, Pstore: event.PstoreFound, MergedBy: other}},
	{"guest", event.Trail{Number: 13, BootID: bootID, DaemonPID: 61, ClockLocal: 6030610096, ClockRealtime: 1795342275349782640,
		Reset: event.ResetWarm, Pstore: event.PstoreFound, MergedBy: other}},
	{"jailed", event.Trail{Number: 14, BootID: bootID, DaemonPID: 397, JailPID: 392, ClockLocal: 22227630768, ClockRealtime: 1795351553994913024,
		Reset: event.ResetWarm, Pstore: event.PstoreFound, MergedBy: other}},
	{"boxed", event.Trail{Number: 15, BootID: bootID, DaemonPID: 290, ClockLocal: 103e9, ClockRealtime: wall, Reset: event.ResetWarm,
		Pstore: event.PstoreFound, MergedBy: other, Box: blackBox, Alive: 116e9, Losses: []event.Loss{{From: 894, To: 894, Damaged: true}},
		Sources: []event.Source{{Name: event.BoxSource, Boot: event.BelongsSame, Merged: true, Fault: "1 torn or damaged record was skipped"}}}},
	{"crashed", event.Trail{Number: 16, BootID: bootID, ClockLocal: 810e9, ClockRealtime: wall, Reset: event.ResetWarm,
		Pstore: event.PstoreFound, MergedBy: other, Box: blackBox, Alive: 810e9, Sources: boxSource}},
	{"silent", event.Trail{Number: 17, BootID: bootID, ClockLocal: 770210e6, ClockRealtime: wall, Reset: event.ResetWarm,
		Pstore: event.PstoreNone, MergedBy: other, Box: blackBox, Alive: 770210e6, Cut: 2600, Sources: boxSource}},
	{"forcedbox", event.Trail{Number: 18, BootID: bootID, ClockLocal: 75e9, ClockRealtime: 75e9, Reset: event.ResetWarm,
		Pstore: event.PstoreNone, MergedBy: other, Box: blackBox, Alive: 75e9, Sources: boxSource}},
	{"emptybox", event.Trail{Number: 19, BootID: bootID, Pstore: event.PstoreNone, MergedBy: other, Box: event.Box{Place: event.BoxDeviceTree}}},
	{"empty", event.Trail{}},
	{"stops", event.Trail{Number: 20, BootID: bootID, DaemonPID: 290, ClockLocal: 94360380000, ClockRealtime: wall + 90000e9,
		Reset: event.ResetWarm, Pstore: event.PstoreFound, MergedBy: other}},
	{"hung", event.Trail{Number: 21, BootID: bootID, DaemonPID: 290, ClockLocal: 94360380000, ClockRealtime: wall + 99000e9,
		Reset: event.ResetWarm, Pstore: event.PstoreFound, MergedBy: other}},
}

// read returns a trail of testdata, with its events.
func read(t testing.TB, name string, header event.Trail) *event.Trail {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name + ".jsonl")
	if errors.Is(err, os.ErrNotExist) && (name == "cold" || name == "emptybox" || name == "empty") {
		return &header // no event survived the reset
	}
	if err != nil {
		t.Fatal(err)
	}
	if header.Events, header.Losses, err = decode(b, header.Losses); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return &header
}

// decode reads JSON lines.
func decode(b []byte, losses []event.Loss) ([]event.Event, []event.Loss, error) {
	var events []event.Event
	var failed error
	for _, line := range bytes.Split(b, []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		e, l, err := event.DecodeJSON(line)
		switch {
		case err != nil:
			failed = fmt.Errorf("%w in %s", err, line)
		case l.To != 0:
			losses = append(losses, l)
		default:
			events = append(events, e)
		}
	}
	return events, losses, failed
}

func all(t testing.TB) []*Shutdown {
	t.Helper()
	var list []*Shutdown
	for _, r := range recorded {
		list = append(list, Analyse(read(t, r.name, r.trail)))
	}
	return list
}

func named(t testing.TB, name string) *Shutdown {
	t.Helper()
	for _, r := range recorded {
		if r.name == name {
			return Analyse(read(t, r.name, r.trail))
		}
	}
	t.Fatalf("no trail %s", name)
	return nil
}

func boot(t testing.TB) *Boot {
	t.Helper()
	return AnalyseBoot(read(t, "boot", event.Trail{BootID: bootID}), 120e9, 720e9)
}

// started is a boot with the ends of start scripts.
func started(t testing.TB) *Boot {
	t.Helper()
	return AnalyseBoot(read(t, "started", event.Trail{BootID: bootID}), 60e9, 660e9)
}

func TestWays(t *testing.T) {
	var got []string
	for i, s := range all(t) {
		got = append(got, fmt.Sprintf("%s:%v,%v,%d", recorded[i].name, s.Way, s.Ending, s.Code))
	}
	want := "reboot:signal,reboot,1 poweroff:signal,reboot,3 forced:forced,reboot,1 ubus:ubus,reboot,1 " +
		"sysupgrade:sysupgrade,reboot,1 stalled:signal,reboot,1 panic:none,failure,0 cold:none,missing,0 " +
		"nopstore:signal,missing,1 kthreads:signal,reboot,1 console:signal,reboot,1 sixty:signal,reboot,1 guest:signal,reboot,1 jailed:signal,reboot,1 " +
		"boxed:signal,reboot,1 crashed:none,failure,0 silent:none,silent,0 forcedbox:forced,reboot,1 emptybox:none,missing,0 empty:none,missing,0 stops:signal,reboot,1 hung:signal,reboot,1"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
}

// Kernel threads have no rows, even if they are recorded.
func TestKernelThreads(t *testing.T) {
	with, without := named(t, "kthreads"), named(t, "reboot")
	names := func(s *Shutdown) (list []string) {
		for _, p := range s.Processes {
			list = append(list, fmt.Sprint(p.Name, p.PID, len(p.Signals)))
		}
		return list
	}
	if !slices.Equal(names(with), names(without)) {
		t.Errorf("with them:\n%v\nwithout:\n%v", names(with), names(without))
	}
}

// Of many records the worst ones are told, of these the newest; the others are counted.
func TestManySources(t *testing.T) {
	tr := &event.Trail{Number: 1, Pstore: event.PstoreRecords, MergedBy: other}
	for i := range 10 {
		tr.Sources = append(tr.Sources, event.Source{Name: fmt.Sprint("dmesg-ramoops-", i), Wall: wall + int64(i)*3600e9, Text: "Internal error: Oops: 5 [#1] ARM"})
	}
	tr.Sources[2].Text = "Kernel panic - not syncing: Fatal exception"
	var names []string
	text := string(Analyse(tr).AppendText(nil, nil))
	for _, m := range regexp.MustCompile(`\(dmesg-ramoops-(\d)\)`).FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	if want := "  6 more records of the kernel's log lie in pstore, the oldest from 2026-11-22 02:35:34 UTC\n"; strings.Join(names, " ") != "2 9 8 7" || !strings.Contains(text, want) {
		t.Errorf("%v in %s", names, text)
	}
}

// What pstore has is told, and whether it is shown to be of the boot that ended.
func TestSources(t *testing.T) {
	const panicked = "Kernel panic - not syncing: Fatal exception"
	for want, o := range map[string]event.Source{
		"a record of a kernel failure (file of 2026-11-22 02:35:34 UTC) lies in pstore (dmesg-ramoops-0), not shown to be of the boot that ended: " +
			"428855.335 s after boot: " + panicked: {Name: "dmesg-ramoops-0", Wall: wall, Time: 428855335e6, Text: panicked},
		"a record of a kernel failure, its date unknown, lies in pstore (dmesg-ramoops-0), of another boot: time unknown: " + panicked +
			"; a part of it cannot be read: it is cut short": {Name: "dmesg-ramoops-0", Boot: event.BelongsOther, Text: panicked, Fault: "it is cut short"},
		"a record of the kernel's log (file of 2026-11-22 02:35:34 UTC) lies in pstore (dmesg-efi-1), and cannot be read: it is compressed by zstd": {
			Name: "dmesg-efi-1", Wall: wall, Fault: "it is compressed by zstd"},
		"a record of the kernel's log, its date unknown, lies in pstore (dmesg-efi-1), not shown to be of the boot that ended: " +
			"5.000 s after boot: reboot: Restarting system": {Name: "dmesg-efi-1", Time: 5e9, Text: "reboot: Restarting system"},
		"a part of the record dmesg-efi-1 in pstore cannot be read: it is cut short": {
			Name: "dmesg-efi-1", Boot: event.BelongsSame, Merged: true, Fault: "it is cut short"},
		"1 more record of the kernel's log lies in pstore, the oldest from 2026-11-22 02:35:34 UTC": {Name: "dmesg-efi-1", Wall: wall, Short: true},
		"pstore's console is of another boot, and says, 95.441 s after boot: reboot: Restarting system": {
			Name: "console-ramoops-0", Boot: event.BelongsOther, Time: 95441e6, Text: "reboot: Restarting system"},
		"unknown of which boot since the last start of the service: all of this is from pstore's console": {Name: "console-ramoops-0", Merged: true},
		"pstore's pmsg has lines of another boot":                                                         {Name: "pmsg-ramoops-0", Boot: event.BelongsOther},
		"pstore's pmsg has lines of another boot, and says, 5.000 s after boot: Signal :: (procd 1) --[15]--> (x 9)": {
			Name: "pmsg-ramoops-0", Boot: event.BelongsOther, Time: 5e9, Text: "Signal :: (procd 1) --[15]--> (x 9)"},
	} {
		s := Analyse(&event.Trail{Number: 1, Pstore: event.PstoreRecords, MergedBy: other, Sources: []event.Source{o}})
		if text := string(s.AppendText(nil, nil)); !strings.Contains(text, "\n  "+want+"\n") {
			t.Errorf("%q is missing in\n%s", want, text)
		}
		o.Told, o.Merged, o.Short, o.Text, o.Fault = true, false, false, "", ""
		s = Analyse(&event.Trail{Number: 1, Pstore: event.PstoreRecords, MergedBy: other, Sources: []event.Source{o}})
		if text := string(s.AppendText(nil, nil)); strings.Contains(text, o.Name) || strings.Contains(text, "pstore's") {
			t.Errorf("told again:\n%s", text)
		}
		if text := string(s.AppendText(nil, nil)); !strings.Contains(text, "only records of the kernel's log that an earlier start told") {
			t.Error(text)
		}
	}
	s := Analyse(&event.Trail{Number: 1, MergedBy: other, Pstore: event.PstoreOther, Unreadable: "shutdown-1.jsonl: not a trail: the file is empty"})
	if text := string(s.AppendText(nil, nil)); !strings.Contains(text, "shutdown-1.jsonl cannot be read; it may be the trail of this shutdown: not a trail: the file is empty") ||
		strings.Contains(text, "no orderly shutdown") {
		t.Error(text)
	}
}
