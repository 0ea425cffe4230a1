// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"sigtrail/internal/event"
)

// What the black box has is stored once, as the end of its boot.
func TestRecoverBox(t *testing.T) {
	s := newStore(t)
	records := append(before(3), story(t)...)
	left := PstoreData{State: event.PstoreNone, Box: boxOf(bootX, records)}
	left.Box.Previous.Damaged = event.CountOf(3)
	if s.BoxStored(bootY) {
		t.Error("stored before it is")
	}
	tr, err := s.Recover(bootY, left)
	if err != nil || tr.BootID != bootX || tr.Reset != event.ResetWarm || tr.Pstore != event.PstoreNone || tr.Alive != 63e9 || tr.Wall(63e9) != 1763785521e9 {
		t.Fatalf("%+v, %v", tr, err)
	}
	if got, want := fmt.Sprintf("%+v", tr.Sources), fmt.Sprintf("%+v", []event.Source{{Name: "box", Boot: event.BelongsSame, Merged: true,
		Time: records[len(records)-1].Time, Fault: "3 torn or damaged records were skipped", Damaged: 3}}); got != want {
		t.Errorf("sources %s\nwant %s", got, want)
	}
	if tr.Box != (event.Box{Place: event.BoxName, Found: event.FoundRecords}) {
		t.Errorf("%+v", tr.Box)
	}
	if !s.BoxStored(bootY) || s.BoxStored(bootX) {
		t.Error("not stored, or by another boot")
	}
	if again, err := s.Recover(bootY, left); again != nil || err != nil {
		t.Errorf("again: %+v, %v", again, err)
	}
	list, _, _ := List(s.Dir)
	if again, malformed, err := list[0].Load(); err != nil || malformed != 0 || !slices.Equal(again.Events, tr.Events) || again.Alive != tr.Alive {
		t.Errorf("%d malformed, %v", malformed, err)
	}
	// The next boot finds nothing.
	restart(t, &s)
	left = PstoreData{State: event.PstoreNone, Box: Box{State: event.Box{Place: event.BoxName}}}
	if tr, err := s.Recover(bootZ, left); err != nil || tr.BootID != bootY || len(tr.Events) != 0 || tr.Reset != event.ResetUnknown || tr.Box.Found != event.FoundNothing ||
		tr.Box.Place != event.BoxName || tr.Alive != 0 {
		t.Errorf("%+v, %v", tr, err)
	}
}

// A black box need not be of the boot that stored a shutdown's beginning.
func TestRecoverBoxOfBoot(t *testing.T) {
	records := func(id string) []event.Event {
		list := before(6)
		for i := 3; i < 6; i++ {
			list[i].Flags = event.FlagShutdown
		}
		if id == "" { // the daemon of boot X stored others with these numbers
			for i := range list {
				list[i].Time += 7
			}
		}
		return list
	}
	stored := records(bootX)[3:5]
	for _, c := range []struct {
		what, id string
		records  []event.Event
		want     []string // the newest first
	}{
		{"its id", bootX, records(bootX), []string{"0000000a: 1 2 3 4 5 6"}},
		{"another boot's", bootZ, records(bootX), []string{"0000000c: 1 2 3 4 5 6", "0000000a: 4 5"}},
		{"no id, and no daemon", "", records(""), []string{": 1 2 3 4 5 6", "0000000a: 4 5"}},
		{"no id, but its records", "", records(bootX), []string{"0000000a: 1 2 3 4 5 6"}},
		{"a damaged id", "../x", records(bootX), []string{"0000000a: 1 2 3 4 5 6"}},
	} {
		s := newStore(t)
		h := head
		h.BootID = bootX
		d := s.Begin(h)
		b := new(Batch)
		for i := range stored {
			b.Event(&stored[i])
		}
		d.Write(b)
		d.Close()
		restart(t, &s)
		if _, err := s.Recover(bootY, PstoreData{Box: boxOf(c.id, c.records)}); err != nil {
			t.Error(err)
		}
		var got []string
		list, _, _ := List(s.Dir)
		for _, k := range list {
			tr, _, err := k.Load()
			if err != nil || tr.MergedBy != bootY {
				t.Errorf("%s: %+v, %v", c.what, tr, err)
			}
			got = append(got, fmt.Sprintf("%.8s: %s", tr.BootID, describe(tr)))
		}
		if !slices.Equal(got, c.want) || !s.BoxStored(bootY) {
			t.Errorf("%s: %q\nwant %q", c.what, got, c.want)
		}
	}
}

// A kernel without a black box ran since: its records are those of a boot that is told.
func TestRecoverBoxTold(t *testing.T) {
	s := newStore(t)
	shutDown(t, s, bootX, 1, 2)
	restart(t, &s)
	if _, err := s.Recover(bootY, none); err != nil {
		t.Error(err)
	}
	restart(t, &s)
	tr, err := s.Recover(bootZ, PstoreData{State: event.PstoreNone, Box: boxOf(bootX, before(3))})
	if err != nil || tr.BootID != bootY || len(tr.Events) != 0 || len(tr.Sources) != 1 || !tr.Sources[0].Told || tr.Sources[0].Boot != event.BelongsOther ||
		tr.Boxed() || tr.Alive != 0 {
		t.Errorf("%+v, %v", tr, err)
	}
	if !s.BoxStored(bootZ) {
		t.Error("its memory would stay")
	}
}

// Without flash, pmsg may show whose black box it is; a file that cannot be read does not.
func TestRecoverBoxWithoutFlash(t *testing.T) {
	records := story(t)
	p := parts{pmsg: records[3:6], box: records}
	left := p.left()
	left.Box.Previous.BootID = ""
	tr, err := newStore(t).Recover(bootY, left)
	if err != nil || tr.BootID != boot || len(tr.Events) != len(records) || tr.DaemonPID != head.DaemonPID {
		t.Errorf("%s of %q, %v", describe(tr), tr.BootID, err)
	}
	// Another daemon's numbers.
	left = p.left()
	left.Box.Previous.BootID = ""
	for i := range left.Box.Events {
		left.Box.Events[i].Time++
	}
	tr, err = newStore(t).Recover(bootY, left)
	if err != nil || tr.BootID != "" || len(tr.Events) != len(records) || len(tr.Sources) != 2 || tr.Sources[1].Boot != event.BelongsOther {
		t.Errorf("%s of %q, %+v, %v", describe(tr), tr.BootID, tr.Sources, err)
	}
	s := newStore(t)
	must(t, os.MkdirAll(s.Dir, 0o700))
	must(t, os.WriteFile(path(s.Dir, keptName(3)), nil, 0o600))
	tr, err = s.Recover(bootY, PstoreData{Box: boxOf(bootX, records)})
	if err != nil || tr.BootID != bootX || tr.Unreadable == "" || len(tr.Events) != len(records) || !s.BoxStored(bootY) {
		t.Errorf("%s of %q, %q, %v", describe(tr), tr.BootID, tr.Unreadable, err)
	}
}

// The daemon may be killed between the two files that one start writes.
func TestRecoverBoxKilledBetween(t *testing.T) {
	for _, damaged := range []bool{false, true} {
		s := newStore(t)
		shutDown(t, s, bootX, 1, 2)
		if damaged {
			must(t, os.WriteFile(path(s.Dir, keptName(2)), nil, 0o600))
		}
		restart(t, &s)
		list, _, _ := List(s.Dir, s.Fallback)
		m := merging{Store: s, boot: bootY, kept: list}
		must(t, m.keepAlone(list[0]))
		for i, want := range []string{"1 2 3 4 5 6", ""} {
			tr, err := s.Recover(bootY, PstoreData{State: event.PstoreNone, Box: boxOf(bootZ, before(6))})
			got := ""
			if tr != nil {
				got = describe(tr)
			}
			if got != want || err != nil || !s.BoxStored(bootY) {
				t.Errorf("start %d: %q of %v, want %q", i, got, err, want)
			}
		}
	}
}

// A file that cannot be read is newer than the one of the black box's boot.
func TestRecoverBoxBeforeUnreadable(t *testing.T) {
	s := newStore(t)
	shutDown(t, s, bootX, 1, 2)
	must(t, os.WriteFile(path(s.Dir, keptName(2)), nil, 0o600))
	restart(t, &s)
	box := boxOf(bootX, before(3))
	for i := range box.Events {
		box.Events[i].Time = sample(uint64(i + 1)).Time
	}
	tr, err := s.Recover(bootY, PstoreData{State: event.PstoreNone, Box: box})
	if err != nil || tr.Unreadable == "" || len(tr.Events) != 0 {
		t.Errorf("%+v, %v", tr, err)
	}
	list, _, _ := List(s.Dir)
	if tr, _, err := list[1].Load(); err != nil || tr.BootID != bootX || describe(tr) != "1 2 3" {
		t.Errorf("%+v, %v", tr, err)
	}
}
