// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"slices"
	"testing"

	"sigtrail/internal/event"
)

// The oldest record in the black box need not be the shutdown's first one.
func TestBeginningOverwritten(t *testing.T) {
	trail := func(events ...event.Event) *event.Trail {
		tr := boxedTrail(21e9, slices.Clone(events)...)
		for i := range tr.Events {
			tr.Events[i].Seq += 7000
		}
		return tr
	}
	restart := event.Event{Time: 20e9, Kind: event.KindReboot, Flags: event.FlagShutdown, SenderPID: 90, SenderName: "procd", ParentPID: 1, ParentName: "procd",
		RebootCode: event.RebootRestart}
	var all []event.Event
	for i := range uint32(5) {
		all = append(all, event.Event{Time: 10e9 + uint64(i)*1000, Signal: 15, Flags: event.FlagShutdown, SenderPID: 1, SenderName: "procd", TargetPID: 60 + i, TargetName: "x"})
	}
	all = append(all, restart)
	expectLine(t, "the sweep alone", trail(all...), "reboot, 10.000 s after boot; its beginning was not recorded")
	before := event.Event{Time: 9e9, Kind: event.KindExit, TargetPID: 50, TargetName: "x"}
	expectLine(t, "with the record before", trail(append([]event.Event{before}, all...)...), "reboot requested over ubus (as LuCI does), 10.000 s after boot; requester unknown")
	mark := event.Event{Time: 9e9, Kind: event.KindMark, SenderPID: 50, SenderName: "sigtrail", Text: event.ShutdownMark}
	expectLine(t, "a mark", trail(append([]event.Event{mark}, all...)...), "reboot, 9.000 s after boot; its beginning was not recorded")

	forced := restart
	forced.SenderName, forced.ParentPID = "sh", 0
	expectLine(t, "reboot(2) alone", trail(forced), "forced reboot by (sh 90), 20.000 s after boot: no earlier request is recorded")
	expectLine(t, "reboot(2) and the record before", trail(before, forced), "forced reboot by (sh 90), 20.000 s after boot: no process was told to end")
}
