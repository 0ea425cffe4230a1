// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"sigtrail/internal/event"
)

// If flash cannot be written, the fallback directory has the trail during this boot.
func TestRecoverReadOnly(t *testing.T) {
	if !inMounts(t) {
		return
	}
	for _, full := range []bool{true, false} {
		s := newStore(t)
		s.mount(t, 8)
		shutDown(t, s, bootX, 1, 2)
		reason := syscall.EROFS
		if full {
			reason = syscall.ENOSPC
			must(t, os.WriteFile(path(s.Dir, "fill"), make([]byte, 4<<10), 0o600))
		} else if err := syscall.Mount("none", s.Dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
		restart(t, &s)
		tr, err := s.Recover(bootY, panicked)
		if tr == nil || describe(tr) != "1 2 "+panickedEnd || err == nil || !strings.Contains(err.Error(), reason.Error()) {
			t.Errorf("%+v, %v", tr, err)
		}
		list, damaged, err := List(s.Dir, s.Fallback)
		if len(list) != 1 || len(damaged) != 0 || err != nil || list[0].Header.MergedBy != bootY {
			t.Fatalf("kept %+v, %v damaged, %v", list, damaged, err)
		}
		if entries, _ := os.ReadDir(s.Dir); len(entries) > 2 {
			t.Errorf("left on flash: %v", entries)
		}
		if tr, err := s.Recover(bootY, panicked); tr != nil || err != nil {
			t.Errorf("again: %+v, %v", tr, err)
		}
		// The numbers continue: each shutdown has its own.
		if n := nextNumber(s.Dir, s.Fallback); n != 2 {
			t.Errorf("the next one has number %d", n)
		}
	}
}

// Each kept file has at most the maximum size, and there are at most Keep files.
func TestRecoverBounds(t *testing.T) {
	s := newStore(t)
	s.Keep, s.Size = 2, 16<<10
	ids := []string{bootX, bootY, bootZ, other, boot}
	for i, id := range ids[:4] {
		shutDown(t, s, id, 1, 60)
		restart(t, &s)
		left := panicked
		left.Console = bytes.Repeat(fmt.Appendf(nil, "[    1.000000] idle talk\n[    8.00000%d] Signal :: (x 1) --[15]--> (y 5)\n", i), 8000)
		left.Console = append(left.Console, "[    8.100000] reboot: Restarting system\n"...)
		tr, err := s.Recover(ids[i+1], left)
		if err != nil || tr.Events[0].Seq != 1 || tr.Events[len(tr.Events)-2].TargetPID != 5 || tr.Cut == 0 {
			t.Errorf("%v, %d cut", err, tr.Cut)
		}
	}
	list, _, _ := List(s.Dir)
	if len(list) != 2 || list[0].Header.Number != 4 || list[1].Header.Number != 3 {
		t.Errorf("kept %+v", list)
	}
	for _, k := range list {
		if info, _ := os.Stat(k.Path); info.Size() > s.Size || k.Header.Cut == 0 {
			t.Errorf("%d bytes, %+v", info.Size(), k.Header)
		}
	}
}

// The oldest trail makes room on a full flash.
func TestRecoverFull(t *testing.T) {
	if !inMounts(t) {
		return
	}
	s := newStore(t)
	s.Keep = 2
	s.mount(t, 40)
	ids := []string{bootX, bootY, bootZ}
	for i, id := range ids[:2] {
		shutDown(t, s, id, 1, 60)
		restart(t, &s)
		_, err := s.Recover(ids[i+1], none)
		must(t, err)
	}
	fill, err := os.Create(path(s.Dir, "fill"))
	must(t, err)
	for err == nil {
		_, err = fill.Write(make([]byte, 4<<10))
	}
	fill.Close()
	restart(t, &s)
	box := boxOf(bootZ, before(30))
	if _, err := s.Recover(other, PstoreData{State: event.PstoreNone, Box: box}); err != nil {
		t.Error(err)
	}
	list, _, _ := List(s.Dir)
	if len(list) != 2 || list[0].Header.Number != 3 || list[1].Header.Number != 2 {
		t.Errorf("kept %+v", list)
	}
}
