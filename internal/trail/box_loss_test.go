// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"slices"
	"testing"

	"sigtrail/internal/event"
)

// What the ring has overwritten before the first record is lost, if the beginning of the
// shutdown may be among it.
func TestBoxOverwritten(t *testing.T) {
	ring := func(n int, flags event.Flags) []event.Event {
		list := before(n)
		for i := range list {
			list[i].Seq, list[i].Time, list[i].Flags = list[i].Seq+7000, list[i].Time+60e9, flags
		}
		return list
	}
	forced := ring(1, 0)
	forced[0].Kind = event.KindReboot
	late := ring(5, 0)
	late[4].Flags = event.FlagShutdown
	for _, c := range []struct {
		what   string
		box    []event.Event
		flash  []event.Event
		losses []event.Loss
		want   []event.Loss
	}{
		{what: "in a shutdown", box: ring(2, event.FlagShutdown), want: []event.Loss{{From: 1, To: 7000}}},
		{what: "reboot -f", box: forced, want: []event.Loss{{From: 1, To: 7000}}},
		{what: "before a shutdown", box: late},
		{what: "without a shutdown", box: ring(300, 0)},
		{what: "nothing", box: before(3)},
		{what: "flash has what comes before", box: ring(5, event.FlagShutdown)[2:], flash: ring(3, event.FlagShutdown)},
		{what: "flash has an earlier part", box: ring(9, event.FlagShutdown)[6:], flash: ring(3, event.FlagShutdown), want: []event.Loss{{From: 7004, To: 7006}}},
		{what: "flash has the end", box: ring(2, event.FlagShutdown), flash: ring(5, event.FlagShutdown)[2:], want: []event.Loss{{From: 1, To: 7000}}},
		{what: "the daemon lost some", box: ring(5, event.FlagShutdown)[2:], losses: []event.Loss{{From: 6990, To: 7001}}, want: []event.Loss{{From: 1, To: 7002}}},
	} {
		m := merging{Store: Store{Size: 1 << 20}, left: PstoreData{Box: boxOf(boot, c.box)}}
		m.box = m.left.Box.trail()
		tr := m.combine(&event.Trail{BootID: boot, Events: c.flash, Losses: c.losses})
		if !slices.Equal(tr.Losses, c.want) {
			t.Errorf("%s: %v, want %v", c.what, tr.Losses, c.want)
		}
	}
}

// Damaged records are counted, also if none is whole.
func TestBoxAllDamaged(t *testing.T) {
	for _, c := range []struct {
		newest  uint64
		damaged uint64
		want    []event.Loss
	}{
		{300, 300, []event.Loss{{From: 1, To: 300, Damaged: true}}},
		{300, 10, []event.Loss{{From: 291, To: 300, Damaged: true}}},
		{300, 301, []event.Loss{{From: 1, To: 300, Damaged: true}}},
		{300, 0, nil},
		{0, 10, nil},
	} {
		left := PstoreData{Box: boxOf(bootX, nil)}
		left.Box.Previous.Seq, left.Box.Previous.Damaged = c.newest, event.CountOf(c.damaged)
		tr, err := newStore(t).Recover(bootY, left)
		if err != nil || !slices.Equal(tr.Losses, c.want) || tr.Sources[0].Damaged != c.damaged {
			t.Errorf("%+v: %v, %+v, %v", c, tr.Losses, tr.Sources, err)
		}
	}
}

// The kernel gives a fault that had no place in the ring the number after the last record
// that is whole. Flash may have the record of that number.
func TestBoxFaultNumber(t *testing.T) {
	whole := before(7)
	for i := range whole {
		whole[i].Flags = event.FlagShutdown
	}
	fault := event.Event{Seq: 6, Time: 900e6, Kind: event.KindPanic, Flags: event.FlagKernel | event.FlagShutdown, Text: "Fatal exception"}
	m := merging{Store: Store{Size: 1 << 20}, left: PstoreData{Box: boxOf(boot, append(whole[:5:5], fault))}}
	m.box = m.left.Box.trail()
	tr := m.combine(&event.Trail{BootID: boot, Events: append([]event.Event(nil), whole[3:]...)})
	if got := describe(tr); got != "1 2 3 4 5 6 7 8" || tr.Events[7].Kind != event.KindPanic || len(tr.Losses) != 0 {
		t.Errorf("%s, %+v, %v", got, tr.Events, tr.Losses)
	}
	// A record with a place has its own number.
	m = merging{Store: Store{Size: 1 << 20}, left: PstoreData{Box: boxOf(boot, append(whole[:5:5], fault))}}
	m.box = m.left.Box.trail()
	tr = m.combine(&event.Trail{BootID: boot, Events: []event.Event{whole[4], fault}})
	if got := describe(tr); got != "1 2 3 4 5 6" {
		t.Error(got)
	}
}

// An empty pstore does not show that power was off, if the black box still has something.
func TestBoxNotCold(t *testing.T) {
	box := func(found event.BoxFound) Box { return Box{State: event.Box{Place: event.BoxName, Found: found}} }
	other := boxOf(bootX, before(3))
	for _, c := range []struct {
		what string
		box  Box
		want event.Reset
	}{
		{"no black box", Box{}, event.ResetCold},
		{"empty", box(event.FoundNothing), event.ResetCold},
		{"records that were freed", box(event.FoundRecords), event.ResetUnknown},
		{"a damaged header", box(event.FoundDamaged), event.ResetUnknown},
		{"another layout", box(event.FoundForeign), event.ResetUnknown},
		{"records of a boot that is told", other, event.ResetUnknown},
	} {
		s := newStore(t)
		shutDown(t, s, bootX, 1, 2)
		restart(t, &s)
		_, err := s.Recover(bootY, none)
		must(t, err)
		restart(t, &s)
		left := cold
		left.Box = c.box
		if tr, err := s.Recover(bootZ, left); err != nil || tr.Reset != c.want {
			t.Errorf("%s: %v, %v, want %v", c.what, tr.Reset, err, c.want)
		}
	}
}
