// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"testing"

	"sigtrail/internal/config"
	"sigtrail/internal/event"
)

// A record of many signals matches as one signal does. A summary does not: it is not known
// who got which of its signals.
func TestRuleCounts(t *testing.T) {
	c := config.Rule{Name: "r", TargetName: "victim"}
	c.Signal, _ = event.ParseSignals("USR1")
	r := newRule(c)
	e := event.Event{Seq: 1, Time: 1e9, TimeLast: 2e9, Count: 48211, Signal: 10, SenderPID: 7, TargetPID: 8, TargetName: "victim"}
	if !r.matches(&e) {
		t.Error("a record of 48211 signals does not match")
	}
	if e.Kind = event.KindSummary; r.matches(&e) {
		t.Error("a summary matches")
	}
}
