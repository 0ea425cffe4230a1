// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"testing"

	"sigtrail/internal/event"
)

// The first line of each class counts, the worst class first.
func TestFailures(t *testing.T) {
	var events []event.Event
	for _, text := range []string{
		"oom-kill:constraint=CONSTRAINT_NONE", "Out of memory: Killed process 577 (hog)", "Oops[#1]:", "Oops[#2]:",
		"Kernel panic - not syncing: Fatal exception",
	} {
		events = append(events, event.Event{Kind: event.KindNote, Text: text})
	}
	events = append(events, event.Event{Kind: event.KindMark, Text: "BUG: soft lockup"})
	got := failures(events)
	if len(got) != 3 || got[0].Event != &events[4] || !got[0].Fatal || got[1].Event != &events[2] || got[1].Fatal ||
		got[2].Event != &events[1] || got[2].Fatal {
		t.Errorf("got %+v", got)
	}
}
