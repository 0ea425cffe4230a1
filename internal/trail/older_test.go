// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"sigtrail/internal/event"
)

// older returns what an older version wrote.
func older(t *testing.T, name string) []byte { return readFile(t, "testdata/older/"+name) }

// olderEvent is what the older version had as a sample.
func olderEvent(seq uint64) event.Event {
	e := event.Event{Seq: seq, Time: seq * 1000, Signal: 15, SenderPID: 7, SenderName: "a\n\"b", TargetPID: 8, TargetName: "c"}
	return e
}

// The trail that an older version wrote for this boot is read, continued, and in the end
// removed as its oldest part.
func TestOlderTrail(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{olderCurrent, olderBefore} {
		must(t, os.WriteFile(path(dir, name), older(t, name), 0o600))
	}
	var first string
	for seq := 1; seq <= 60; seq++ {
		switch seq {
		case 31:
			first += "lost 31-33 (Stall :: a \"note\") "
		case 32, 33:
		default:
			first += fmt.Sprint(seq, " ")
		}
	}
	first = strings.TrimSpace(first)
	tr, malformed, err := ReadBoot(dir)
	if err != nil || malformed != 0 || tr.BootID != boot || describe(tr) != first || tr.Events[4] != olderEvent(5) {
		t.Errorf("%s, %d malformed, %v", describe(tr), malformed, err)
	}
	w := mustOpen(t, dir, boot, 64<<10)
	if w.Last() != 60 {
		t.Errorf("resumes after %d", w.Last())
	}
	add(w, sample(61), own(62, 7))
	flush(t, w)
	w.Close()
	w = mustOpen(t, dir, boot, 64<<10)
	add(w, sample(63))
	flush(t, w)
	if got := numbersOf(t, dir); got != first+" 61 62 63" {
		t.Errorf("%s", got)
	}
	for seq := uint64(64); seq < 2000; seq++ {
		add(w, sample(seq))
		flush(t, w)
	}
	if _, err := os.Stat(path(dir, olderCurrent)); !os.IsNotExist(err) || used(t, dir) > 64<<10 {
		t.Errorf("%d bytes, %v", used(t, dir), err)
	}
	// Of another boot, it is replaced.
	w.Close()
	dir = t.TempDir()
	must(t, os.WriteFile(path(dir, olderCurrent), older(t, olderCurrent), 0o600))
	w = mustOpen(t, dir, other, 64<<10)
	if _, err := os.Stat(path(dir, olderCurrent)); !os.IsNotExist(err) || w.Last() != 0 {
		t.Errorf("resumes after %d, %v", w.Last(), err)
	}
}

// An older version that was killed while it began a file has left it empty: the one before
// counts.
func TestOlderEmpty(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(path(dir, olderBefore), older(t, olderBefore), 0o600))
	want := numbersOf(t, dir)
	must(t, os.WriteFile(path(dir, olderCurrent), nil, 0o600))
	if got := numbersOf(t, dir); got != want || want == "" {
		t.Errorf("%s, want %s", got, want)
	}
	w := mustOpen(t, dir, other, 64<<10)
	if _, err := os.Stat(path(dir, olderBefore)); !os.IsNotExist(err) || w.Last() != 0 {
		t.Errorf("of another boot: resumes after %d, %v", w.Last(), err)
	}
}

// What an older version kept of a shutdown, on flash and in pmsg, is listed, merged, and told
// as before.
func TestOlderShutdown(t *testing.T) {
	s := newStore(t)
	must(t, os.Mkdir(s.Dir, 0o700))
	must(t, os.WriteFile(path(s.Dir, olderName(1)), bytes.ReplaceAll(older(t, "merged.jsonl"), []byte(boot), []byte(bootX)), 0o600))
	must(t, os.WriteFile(path(s.Dir, olderName(2)), older(t, "shutdown-1.jsonl"), 0o600))
	list, damaged, err := List(s.Dir)
	if len(list) != 2 || len(damaged) != 0 || err != nil || list[0].Header.BootID != boot {
		t.Fatalf("%+v, %v, %v", list, damaged, err)
	}
	kept, malformed, err := list[1].Load()
	if err != nil || malformed != 0 || describe(kept) != "1 2 3 4 lost 5-6 (Stall :: a) "+panickedEnd || kept.Events[0].Origin != event.OriginFlash ||
		kept.Events[0].SenderTID != 7 || kept.Number != 1 || kept.Reset != event.ResetWarm {
		t.Errorf("%+v, %d malformed, %v", kept, malformed, err)
	}
	left := panicked
	left.Console = []byte("[    7.000000] Kernel panic\n[    7.200000] reboot: Restarting system\n")
	left.Pmsg = older(t, "pmsg-ramoops-0")
	got := recovered(t, s, bootY, left)
	if !strings.HasPrefix(got, "2: boot 2f1c7b1e, warm, pstore found: 1 2 3 4 lost 5-6 (Stall :: a) (flash: ") || !strings.HasSuffix(got, " 7 8 9 10 11 12 "+panickedEnd) {
		t.Errorf("%s", got)
	}
	entries, err := os.ReadDir(s.Dir)
	if err != nil || len(entries) != 2 || entries[0].Name() != "shutdown-1.jsonl" || entries[1].Name() != "shutdown-2.sig" {
		t.Errorf("left are %v, %v", entries, err)
	}
	if got := recovered(t, s, bootY, left); got != "" {
		t.Errorf("again: %s", got)
	}
	// Of a merge that was cut between the new file and the removal of the old one, the new one
	// counts. Both go together.
	must(t, os.WriteFile(path(s.Dir, olderName(2)), older(t, "shutdown-1.jsonl"), 0o600))
	if list, _, _ := List(s.Dir); len(list) != 2 || list[0].Header.MergedBy != bootY {
		t.Errorf("%+v", list)
	}
	must(t, prune(s.Dir, 1))
	must(t, removeKept(s.Dir, 2))
	if entries, _ := os.ReadDir(s.Dir); len(entries) != 0 {
		t.Errorf("left are %v", entries)
	}
}
