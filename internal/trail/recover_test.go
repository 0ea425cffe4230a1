// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/internal/frame"
)

// Boots, one after the other, besides boot and other.
const (
	bootX = "0000000a-0000-4000-8000-000000000000"
	bootY = "0000000b-0000-4000-8000-000000000000"
	bootZ = "0000000c-0000-4000-8000-000000000000"
)

// shutDown stores on flash what a boot with a shutdown stores.
func shutDown(t testing.TB, s Store, id string, from, to uint64) {
	t.Helper()
	h := head
	h.BootID = id
	d := s.Begin(h)
	defer d.Close()
	store(t, d, from, to)
}

// restart is the start of a boot, with an empty tmpfs.
func restart(t testing.TB, s *Store) {
	t.Helper()
	s.Fallback = t.TempDir()
	must(t, os.WriteFile(s.Pmsg, nil, 0o600))
}

// recovered describes what a start finds; "": nothing.
func recovered(t testing.TB, s Store, id string, left PstoreData) string {
	t.Helper()
	tr, err := s.Recover(id, left)
	if err != nil {
		t.Errorf("recover in %s: %v", id, err)
	}
	if tr == nil {
		return ""
	}
	if tr.MergedBy != id {
		t.Errorf("recover in %s: merged by %s", id, tr.MergedBy)
	}
	return fmt.Sprintf("%d: boot %.8s, %v, pstore %v: %s", tr.Number, tr.BootID, tr.Reset, tr.Pstore, describe(tr))
}

var (
	cold = PstoreData{State: event.PstoreEmpty, Reset: event.ResetCold}
	none = PstoreData{State: event.PstoreNone}
	// Its end is right after the daemon's last record.
	panicked = PstoreData{State: event.PstoreFound, Reset: event.ResetWarm, Console: []byte("[    7.000000] Kernel panic\n[    7.100000] reboot: Restarting system\n")}
)

const panickedEnd = "(Kernel panic) (reboot: Restarting system)"

func (s Store) pmsgOf(t testing.TB) PstoreData {
	t.Helper()
	b, err := os.ReadFile(s.Pmsg)
	if err != nil {
		t.Fatal(err)
	}
	return PstoreData{State: event.PstoreFound, Reset: event.ResetWarm, Pmsg: b}
}

func TestRecover(t *testing.T) {
	s := newStore(t)
	// A first start has no record; neither has the next one.
	for range 2 {
		if got := recovered(t, s, bootX, cold); got != "" {
			t.Errorf("first start: %s", got)
		}
	}
	if _, err := os.Stat(s.Dir); !os.IsNotExist(err) || s.Writes.Load() != 0 {
		t.Errorf("a first start writes: %v", err)
	}
	shutDown(t, s, bootX, 1, 2)
	if got := recovered(t, s, bootX, cold); got != "" { // only the daemon was restarted
		t.Errorf("in its own shutdown: %s", got)
	}

	// A shutdown, found once.
	restart(t, &s)
	if got, want := recovered(t, s, bootY, panicked), "1: boot 0000000a, warm, pstore found: 1 2 "+panickedEnd; got != want {
		t.Errorf("after a shutdown: %s\nwant %s", got, want)
	}
	if got := recovered(t, s, bootY, panicked); got != "" {
		t.Errorf("found again: %s", got)
	}

	// That boot ends without a shutdown: by a power cut, then by a panic.
	restart(t, &s)
	if got, want := recovered(t, s, bootZ, cold), "2: boot 0000000b, cold, pstore empty: "; got != want {
		t.Errorf("after a power cut: %s\nwant %s", got, want)
	}
	restart(t, &s)
	again := panicked
	again.Console = []byte("[    8.000000] Kernel panic\n")
	if got, want := recovered(t, s, other, again), "3: boot , warm, pstore found: (Kernel panic)"; got != want {
		t.Errorf("after a panic: %s\nwant %s", got, want)
	}

	// A shutdown that could not be stored on flash is in pstore.
	noFlash := s
	noFlash.Dir = ""
	shutDown(t, noFlash, other, 5, 6)
	left := s.pmsgOf(t)
	restart(t, &s)
	want := fmt.Sprintf("4: boot 00000000, warm, pstore found: (flash: no directory is configured (shutdown.dir); continuing in %s) 5 6", s.Pmsg)
	if got := recovered(t, s, boot, left); got != want {
		t.Errorf("after a shutdown without flash: %s\nwant %s", got, want)
	}
	list, damaged, err := List(s.Dir)
	if len(list) != 4 || len(damaged) != 0 || err != nil || s.Writes.Load() != 5 {
		t.Errorf("%d kept, %v damaged, %v, %d writes", len(list), damaged, err, s.Writes.Load())
	}
}

// Without flash everything is in pstore, and the merged trail in the fallback
// directory.
func TestRecoverWithoutFlash(t *testing.T) {
	s := newStore(t)
	s.Dir = ""
	shutDown(t, s, bootX, 1, 2)
	left := s.pmsgOf(t)
	restart(t, &s)
	want := fmt.Sprintf("1: boot 0000000a, warm, pstore found: (flash: no directory is configured (shutdown.dir); continuing in %s) 1 2", s.Pmsg)
	if got := recovered(t, s, bootY, left); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got := recovered(t, s, bootY, left); got != "" {
		t.Errorf("found again: %s", got)
	}
	if list, _, _ := List(s.Dir, s.Fallback); len(list) != 1 || s.Writes.Load() != 0 {
		t.Errorf("kept %+v, %d writes to flash", list, s.Writes.Load())
	}
}

// pstore is not always from the boot of the newest file.
func TestRecoverForeignPstore(t *testing.T) {
	s := newStore(t)
	shutDown(t, s, bootX, 1, 2)
	noFlash := s // it could not be written to in boot Y
	noFlash.Dir = ""
	restart(t, &noFlash)
	shutDown(t, noFlash, bootY, 3, 4)
	left := s.pmsgOf(t)
	restart(t, &s)
	want := fmt.Sprintf("2: boot 0000000b, warm, pstore found: (flash: no directory is configured (shutdown.dir); continuing in %s) 3 4", s.Pmsg)
	if got := recovered(t, s, bootZ, left); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	list, _, _ := List(s.Dir)
	if len(list) != 2 || list[1].Header.MergedBy != bootZ || list[1].Header.Reset != event.ResetUnknown {
		t.Fatalf("kept %+v", list)
	}
	if tr, _, _ := list[1].Load(); describe(tr) != "1 2" {
		t.Errorf("the first one has %s", describe(tr))
	}

	// Boot Z has merged Y's trail, and did not use pstore: it still has Y's end.
	restart(t, &s)
	if got, want := recovered(t, s, other, left), "3: boot 0000000c, unknown, pstore other: "; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// A file that cannot be read is named where it would have been the answer, and is not
// removed. The one before it is not taken for it.
func TestRecoverCorrupt(t *testing.T) {
	const noHeader = "its header is cut short, damaged, or of a newer version"
	const noLine = "its first line is not a header: damaged, or of a newer version"
	damaged := []byte(header(bootX))
	damaged[30] ^= 1
	for _, c := range []struct{ name, file, content, why string }{
		{"empty", keptName(2), "", "the file is empty"},
		{"zeros", keptName(2), strings.Repeat("\x00", 4096), "the file has only zero bytes"},
		{"cut header", keptName(2), header(bootX)[:40], noHeader},
		{"damaged header", keptName(2), string(damaged), noHeader},
		{"no header", keptName(2), "song\n", noHeader},
		{"an event", keptName(2), framesOf(batch(1, 1)), noHeader},
		{"bad id", keptName(2), header("../x"), noHeader},
		{"long", keptName(2), strings.Repeat("x", 3*frame.MaxSize), noHeader},

		{"empty, older", olderName(2), "", "the file is empty"},
		{"zeros, older", olderName(2), strings.Repeat("\x00", 4096), "the file has only zero bytes"},
		{"cut header, older", olderName(2), `{"boot_id":"0000`, "its first line is cut short"},
		{"no header, older", olderName(2), "song\n", noLine},
		{"binary, older", olderName(2), "\x00\xff\n\x00", noLine},
		{"an event, older", olderName(2), `{"seq":1}` + "\n", noLine},
		{"bad id, older", olderName(2), `{"boot_id":"../x"}` + "\n", noLine},
		{"to come, older", olderName(2), `{"format":2,"boots":["x"]}` + "\n" + `{"e":[1]}` + "\n", noLine},
		{"long, older", olderName(2), strings.Repeat("x", 3*maxLine) + "\n", noLine},
	} {
		s := newStore(t)
		shutDown(t, s, bootX, 1, 2)
		must(t, os.WriteFile(path(s.Dir, c.file), []byte(c.content), 0o600))
		restart(t, &s)
		if got, want := recovered(t, s, bootY, none), "3: boot , unknown, pstore none: "; got != want {
			t.Errorf("%s: %s\nwant %s", c.name, got, want)
		}
		list, damaged, err := List(s.Dir)
		if len(list) != 2 || len(damaged) != 1 || err != nil || list[0].Header.Unreadable != c.file+": not a trail: "+c.why ||
			list[1].Header.MergedBy != bootY {
			t.Errorf("%s: kept %+v, %v damaged, %v", c.name, list, damaged, err)
		}
		if _, _, err := damaged[0].Load(); err == nil || !strings.Contains(err.Error(), c.file+": not a trail: "+c.why) {
			t.Errorf("%s: %v", c.name, err)
		}
		if b := readFile(t, path(s.Dir, c.file)); string(b) != c.content {
			t.Errorf("%s: it is now %q", c.name, b)
		}
		if got := recovered(t, s, bootY, none); got != "" {
			t.Errorf("%s, again: %s", c.name, got)
		}
		shutDown(t, s, bootY, 1, 1)
		restart(t, &s)
		if got, want := recovered(t, s, bootZ, none), "4: boot 0000000b, unknown, pstore none: 1"; got != want {
			t.Errorf("%s: %s\nwant %s", c.name, got, want)
		}
	}
}

// What pstore has is told beside a file that cannot be read.
func TestRecoverCorruptAndPstore(t *testing.T) {
	s := newStore(t)
	must(t, os.MkdirAll(s.Dir, 0o700))
	must(t, os.WriteFile(path(s.Dir, keptName(1)), nil, 0o600))
	tr, err := s.Recover(bootY, panicked)
	if err != nil || tr.Unreadable == "" || describe(tr) != panickedEnd || tr.Sources[0].Boot != event.BelongsUnknown {
		t.Errorf("%+v, %v", tr, err)
	}
	// The console's boot need not be that of the file.
	restart(t, &s)
	must(t, os.WriteFile(path(s.Dir, keptName(3)), nil, 0o600))
	left := panicked
	left.Console = []byte("[    6.000000] " + BootLine + bootX + "\n[    7.000000] Kernel panic\n")
	if tr, err := s.Recover(bootZ, left); err != nil || len(tr.Events) != 2 || tr.Sources[0].Boot != event.BelongsUnknown {
		t.Errorf("%+v, %v", tr, err)
	}
	// A later start has nothing to say of it.
	restart(t, &s)
	if tr, err := s.Recover(other, cold); err != nil || tr.Unreadable != "" {
		t.Errorf("%+v, %v", tr, err)
	}
}

// Damaged frames in the middle are skipped and counted.
func TestLoadDamaged(t *testing.T) {
	s := newStore(t)
	d := begin(t, s)
	for seq := range uint64(5) {
		store(t, d, seq+1, seq+1)
	}
	name := path(s.Dir, keptName(1))
	b := readFile(t, name)
	size := len(framesOf(batch(1, 1)))
	b[len(b)-size*4+40] ^= 1                                 // 2
	b = slices.Delete(b, len(b)-size*2, len(b)-size*2+10)    // 4
	must(t, os.WriteFile(name, append(b, b[:50]...), 0o600)) // its last frame was being written
	list, _, _ := List(s.Dir)
	tr, malformed, err := list[0].Load()
	if err != nil || malformed != 2 || tr.Malformed != 2 || describe(tr) != "1 3 5" {
		t.Errorf("%s, %d malformed, %v", describe(tr), malformed, err)
	}
	// The count is kept when the file is replaced, by one that has no such frame.
	restart(t, &s)
	if tr, err := s.Recover(bootY, none); err != nil || tr.Malformed != 2 {
		t.Errorf("%+v, %v", tr, err)
	}
	list, _, _ = List(s.Dir)
	if tr, malformed, err := list[0].Load(); err != nil || malformed != 0 || tr.Malformed != 2 {
		t.Errorf("%+v, %d malformed, %v", tr, malformed, err)
	}
	// That one was written as a whole: a cut is damage.
	b = readFile(t, name)
	must(t, os.WriteFile(name, b[:len(b)-7], 0o600))
	if tr, malformed, err := list[0].Load(); err != nil || malformed != 1 || tr.Malformed != 3 {
		t.Errorf("%+v, %d malformed, %v", tr, malformed, err)
	}
	must(t, os.Remove(name))
	if _, _, err := list[0].Load(); err == nil {
		t.Error("no error for a file that is gone")
	}
}

// A call of reboot(2) has a date, which is the only one where the daemon stored nothing.
func TestRecoverDate(t *testing.T) {
	const line = "[    7.000000] Reboot :: (reboot 9) restart; parent (sh 1)"
	for console, want := range map[string]int64{
		line + "; 2026-11-22T02:20:32Z\n": 1795314032e9,
		line + "\n":                       0,
		line[len("[    7.000000] "):] + "; 2026-11-22T02:20:32Z\n": 0, // at an unknown time
	} {
		s := newStore(t)
		tr, err := s.Recover(bootX, PstoreData{State: event.PstoreFound, Reset: event.ResetWarm, Console: []byte(console)})
		if err != nil || tr == nil || tr.Wall(7e9) != want {
			t.Errorf("%s: %+v, %v; want the date %d", console, tr, err, want)
		}
	}
	// The daemon's clocks are finer.
	s := newStore(t)
	shutDown(t, s, bootX, 1, 3)
	tr, err := s.Recover(bootY, PstoreData{State: event.PstoreFound, Reset: event.ResetWarm, Console: []byte(line + "; 2020-11-22T02:20:32Z\n")})
	if err != nil || tr.ClockRealtime != head.ClockRealtime {
		t.Errorf("%+v, %v", tr, err)
	}
}

// Damage that the kernel's error correction could not mend is told.
func TestRecoverUncorrected(t *testing.T) {
	dir := t.TempDir()
	text := "[    7.000000] a\n\nECC: 9 Corrected bytes, 30 unrecoverable blocks\n"
	must(t, os.WriteFile(dir+"/console-ramoops-0", []byte(text), 0o600))
	left, err := ReadPstore(dir, true, true)
	if err != nil || len(left.Faulty) != 1 || left.Faulty[0].Fault != "30 unrecoverable blocks" || len(left.Console) == 0 {
		t.Errorf("%+v, %v", left, err)
	}
}
