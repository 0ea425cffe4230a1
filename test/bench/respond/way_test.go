// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"strings"
	"testing"
	"time"

	"sigtrail/internal/event"
)

// recorded returns the records of two processes that took 5 ms and 7 ms to end.
func recorded() string {
	var b strings.Builder
	for pid, took := range map[uint32]uint64{7: 5e6, 8: 7e6} {
		for _, e := range []event.Event{
			{Seq: 1, Time: 1e9, Signal: 10, TargetPID: pid},
			{Seq: 2, Time: 2e9, Signal: 15, TargetPID: pid},
			{Seq: 3, Time: 2e9 + took, Kind: event.KindExit, TargetPID: pid, SinceFirst: 1e9 + took},
		} {
			b.Write(append(e.AppendJSON(nil), '\n'))
		}
	}
	return b.String()
}

func TestCompare(t *testing.T) {
	c := event.Case{Rule: "bench", TargetPID: 7, TargetName: "victim", Signal: 15, SeenFirst: 5040000, SeenLast: 5040000,
		Recorded: true, SinceFirst: 5e6, SinceLast: 5e6}
	note := c.Note()
	for name, said := range map[string]string{
		"ns":         "7 5040000\n",
		"JSON":       string(c.AppendJSON(nil)) + "\n",
		"note":       string(note.AppendJSON(nil)) + "\n",
		"hundredths": "8 162633 162634\n",
	} {
		var w way
		want := 40 * time.Microsecond
		if name == "hundredths" {
			want = 3 * time.Millisecond
		}
		if err := w.compare(said, recorded(), 1); err != nil || w.quantile(50) != want {
			t.Errorf("%s: %v, %v", name, w.errors, err)
		}
	}
	for said, why := range map[string]string{
		"7 5040000\n":            "1 of 2 processes",
		"7 1\n9 1\n":             "no record of process 9",
		"victim 7\n":             "no time of a process",
		"7 1\n{\"target_pid\":8": "no time of a process",
	} {
		if err := new(way).compare(said, recorded(), 2); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v", said, err)
		}
	}
	lost := event.Loss{From: 4, To: 5}
	if err := new(way).compare("7 1\n", recorded()+string(lost.AppendJSON(nil)), 1); err == nil {
		t.Error("no error for lost records")
	}
}

func example() []way {
	errors := func(us ...time.Duration) (list []time.Duration) {
		for _, n := range us {
			list = append(list, n*time.Microsecond)
		}
		return list
	}
	return []way{
		{name: "service", what: "the service", errors: errors(10, 40, 90), cpu: 30 * time.Millisecond},
		{name: "poll", what: "poll", errors: errors(10, 35, 90)},
		{name: "loop", what: "loop", errors: errors(10, 36, 90)},
		{name: "shell", what: "shell", errors: errors(10, 5123, 12345), cpu: time.Minute},
	}
}

func TestTable(t *testing.T) {
	got := table(example())
	for _, row := range []string{
		"| the service | 40 µs | 40 µs | 10000 µs |\n",
		"| shell | 5120 µs | 5120 µs | 20000000 µs |\n",
	} {
		if !strings.Contains(got, row) {
			t.Errorf("no %q in\n%s", row, got)
		}
	}
}

func TestCheck(t *testing.T) {
	if err := check(example()); err != nil {
		t.Error(err)
	}
	for us, complaints := range map[time.Duration]int{41: 1, 42: 2, 512: 2, 513: 3} {
		ways := example()
		ways[0].errors[1] = us * time.Microsecond
		if err := check(ways); err == nil || strings.Count(err.Error(), "the service's median") != complaints {
			t.Errorf("%d µs: %v, want %d complaints", us, err, complaints)
		}
	}
}

func TestParseTimes(t *testing.T) {
	if d, err := parseTimes("0.12 3.40\n"); err != nil || d != 3520*time.Millisecond {
		t.Errorf("%v, %v", d, err)
	}
	if _, err := parseTimes("0.12 x\n"); err == nil {
		t.Error("no error for a wrong time")
	}
}
