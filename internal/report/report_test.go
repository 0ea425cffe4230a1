// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"bytes"
	"errors"
	"fmt"
	"os"
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

// recorded are the trails in testdata. reboot, kthreads, console and boot are from
// consoles of a real procd system, without exits and parents; in the first two
// those were added by hand. guest and jailed are as the daemon stored them in a
// guest, through a real reset: with BusyBox's init, and with procd, where ujail
// starts the daemon.
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
	{"empty", event.Trail{}},
}

// read returns a trail of testdata, with its events.
func read(t testing.TB, name string, header event.Trail) *event.Trail {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name + ".jsonl")
	if errors.Is(err, os.ErrNotExist) && (name == "cold" || name == "empty") {
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
	return AnalyseBoot(read(t, "boot", event.Trail{BootID: bootID}), 120e9)
}

func TestWays(t *testing.T) {
	var got []string
	for i, s := range all(t) {
		got = append(got, fmt.Sprintf("%s:%v,%v,%d", recorded[i].name, s.Way, s.Ending, s.Code))
	}
	want := "reboot:signal,reboot,1 poweroff:signal,reboot,3 forced:forced,reboot,1 ubus:ubus,reboot,1 " +
		"sysupgrade:sysupgrade,reboot,1 stalled:signal,reboot,1 panic:none,failure,0 cold:none,missing,0 " +
		"nopstore:signal,missing,1 kthreads:signal,reboot,1 console:signal,reboot,1 sixty:signal,reboot,1 guest:signal,reboot,1 jailed:signal,reboot,1 empty:none,missing,0"
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

// Records of a kernel failure are not denied: they may be of this boot.
func TestRecordsInPstore(t *testing.T) {
	text := string(Analyse(&event.Trail{Number: 1, Pstore: event.PstoreRecords, MergedBy: other}).AppendText(nil, nil))
	if !strings.Contains(text, "unknown whether power was off: pstore has only records of a kernel failure") || !strings.Contains(text, "ls /sys/fs/pstore") {
		t.Error(text)
	}
}
