// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"sigtrail/internal/event"
)

// The report of a boot's beginning does not read the rest of the trail, and keeps of what it
// reads later only the ends of what began before.
func TestBootStops(t *testing.T) {
	read := 0
	a := &app{running: func(dir string, onEvent func(event.Event) error, _ func(event.Loss) error) (string, int, error) {
		for i := range uint64(1000) {
			read++
			e := event.Event{Seq: i + 1, Time: i * 1e9}
			if i == 150 || i == 160 {
				e.Kind, e.TargetPID, e.TargetName, e.Flags, e.RunTime = event.KindExit, 90, "S95hang", event.FlagOfInit, 145e9
			}
			if err := onEvent(e); err != nil {
				return "this-boot", 3, fmt.Errorf("trail %s: %w", dir, err)
			}
		}
		return "this-boot", 3, nil
	}}
	got, until, err := a.beginning("/tmp/x", 10e9)
	if err != nil || read != 613 || until != 610e9 || len(got.Events) != 12 || got.Events[11].Seq != 151 || got.BootID != "this-boot" || got.Malformed != 3 {
		t.Errorf("%d events read, %+v, %v", read, got, err)
	}
}

// Records are not in the order of their times.
func TestBootDisorder(t *testing.T) {
	var out bytes.Buffer
	a := &app{out: &out, running: func(dir string, onEvent func(event.Event) error, _ func(event.Loss) error) (string, int, error) {
		for i, at := range [...]uint64{9.9e9, 10.2e9, 9.95e9, 11.5e9, 9.99e9} {
			if err := onEvent(event.Event{Seq: uint64(i) + 1, Time: at, Signal: 15, TargetPID: uint32(200 + i), TargetName: "stubd", SenderPID: 1, SenderName: "procd"}); err != nil {
				return "this-boot", 0, err
			}
		}
		return "this-boot", 0, nil
	}}
	if err := a.listBoot("/tmp/x", 10e9, &view{}); err != nil || strings.Count(out.String(), "\n") != 2 || !strings.Contains(out.String(), "stubd 202") {
		t.Errorf("%v, %s", err, &out)
	}
}
