// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"fmt"
	"slices"
	"testing"

	"sigtrail/internal/event"
)

// inOrder describes the kept trails, the newest first.
func inOrder(t testing.TB, s Store) (got []string) {
	t.Helper()
	list, damaged, err := List(s.Dir, s.Fallback)
	if len(damaged) > 0 || err != nil {
		t.Errorf("%v, %v", damaged, err)
	}
	for _, k := range list {
		tr, _, err := k.Load()
		if err != nil || tr.MergedBy != bootY {
			t.Errorf("%+v, %v", tr, err)
		}
		unordered := ""
		if tr.Unordered {
			unordered = " unordered"
		}
		got = append(got, fmt.Sprintf("%d %.8s%s: %s", tr.Number, tr.BootID, unordered, describe(tr)))
	}
	return got
}

// The black box may be of a boot before the one whose shutdown flash has, if that boot's kernel
// had no black box. Both are kept, in their order, or it is said that this is unknown.
func TestRecoverBoxOrder(t *testing.T) {
	const earlier, later, unset = 1763785400e9, 1763785600e9, 63e9
	for _, c := range []struct {
		what     string
		realtime uint64 // of the black box
		keep     int
		want     []string
	}{
		{"earlier", earlier, 8, []string{"2 0000000a: 1 2", "1 0000000c: 1 2 3"}},
		{"later", later, 8, []string{"2 0000000c: 1 2 3", "1 0000000a: 1 2"}},
		{"unknown", unset, 8, []string{"2 0000000c unordered: 1 2 3", "1 0000000a: 1 2"}},
		{"earlier, one is kept", earlier, 1, []string{"1 0000000a: 1 2"}},
	} {
		s := newStore(t)
		s.Keep = c.keep
		shutDown(t, s, bootX, 1, 2)
		restart(t, &s)
		for i, again := range []bool{false, true} {
			left := PstoreData{State: event.PstoreNone, Box: boxOf(bootZ, before(3))}
			left.Box.Previous.Realtime = c.realtime
			tr, err := s.Recover(bootY, left)
			if err != nil || (tr == nil) != again {
				t.Errorf("%s: start %d: %+v, %v", c.what, i, tr, err)
			} else if tr != nil && fmt.Sprintf("%d", tr.Number) != c.want[0][:1] {
				t.Errorf("%s: the last one is %d", c.what, tr.Number)
			}
			if got := inOrder(t, s); !slices.Equal(got, c.want) || !s.BoxStored(bootY) {
				t.Errorf("%s: %q\nwant %q", c.what, got, c.want)
			}
		}
	}
}

// The daemon may be killed before the earlier trail has the later one's number.
func TestRecoverBoxOrderKilledBetween(t *testing.T) {
	s := newStore(t)
	shutDown(t, s, bootX, 1, 2)
	restart(t, &s)
	list, _, _ := List(s.Dir)
	begun, _, _ := list[0].Load()
	begun.Number = 2
	m := merging{Store: s, boot: bootY}
	_, err := m.keep(m.combine(begun), nil)
	must(t, err)
	for range 2 {
		left := PstoreData{State: event.PstoreNone, Box: boxOf(bootZ, before(3))}
		left.Box.Previous.Realtime = 1763785400e9
		tr, err := s.Recover(bootY, left)
		if got, want := inOrder(t, s), []string{"2 0000000a: 1 2", "1 0000000c: 1 2 3"}; tr != nil || err != nil || !slices.Equal(got, want) {
			t.Errorf("%q of %v, want %q", got, err, want)
		}
	}
}

// A boot without a black box may have written to pmsg after the one that the black box has.
func TestRecoverBoxOrderPmsg(t *testing.T) {
	const earlier, later = 1763785400e9, 1763785600e9
	for _, c := range []struct {
		realtime uint64
		keep     int
		want     []string
	}{
		{earlier, 8, []string{"2 0000000a: 1 2 3 4", "1 0000000c: 1 2 3"}},
		{earlier, 1, []string{"1 0000000a: 1 2 3 4"}},
		{later, 8, []string{"1 0000000c: 1 2 3"}},
	} {
		s := newStore(t)
		s.Keep = c.keep
		h := head
		h.BootID = bootX
		pmsg := append(h.AppendHeader(nil), '\n')
		for _, e := range before(4) {
			pmsg = append(e.AppendJSON(pmsg), '\n')
		}
		left := PstoreData{State: event.PstoreFound, Reset: event.ResetWarm, Pmsg: pmsg, Box: boxOf(bootZ, before(3))}
		left.Box.Previous.Realtime = c.realtime
		_, err := s.Recover(bootY, left)
		if got := inOrder(t, s); err != nil || !slices.Equal(got, c.want) || !s.BoxStored(bootY) {
			t.Errorf("%q of %v\nwant %q", got, err, c.want)
		}
	}
}
