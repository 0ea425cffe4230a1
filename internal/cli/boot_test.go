// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"
	"testing"

	"sigtrail/internal/event"
)

// The report of a boot's beginning does not read the rest of the trail.
func TestBootStops(t *testing.T) {
	read := 0
	a := &app{running: func(dir string, onEvent func(event.Event) error, _ func(event.Loss) error) (string, int, error) {
		for i := range uint64(1000) {
			read++
			if err := onEvent(event.Event{Seq: i + 1, Time: i * 1e9}); err != nil {
				return "this-boot", 3, fmt.Errorf("trail %s: %w", dir, err)
			}
		}
		return "this-boot", 3, nil
	}}
	got, err := a.beginning("/tmp/x", 10e9)
	if err != nil || read != 13 || len(got.Events) != 13 || got.BootID != "this-boot" || got.Malformed != 3 {
		t.Errorf("%d events read, %+v, %v", read, got, err)
	}
}
