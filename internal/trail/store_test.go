// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"sigtrail/internal/event"
)

// newStore returns a store in a new directory. pmsg is a plain file, because the
// device cannot be read back.
func newStore(t testing.TB) Store {
	t.Helper()
	dir := t.TempDir()
	s := Store{Dir: dir + "/flash", Keep: 8, Size: 64 << 10, Fallback: dir + "/tmp", Pmsg: dir + "/pmsg0", Writes: new(atomic.Uint64)}
	must(t, os.Mkdir(s.Fallback, 0o700))
	if err := os.WriteFile(s.Pmsg, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

var head = event.Trail{BootID: boot, DaemonPID: 812, ClockLocal: 54e9, ClockRealtime: 1763785512e9}

func begin(t testing.TB, s Store) *ShutdownWriter {
	t.Helper()
	d := s.Begin(head)
	t.Cleanup(func() { d.Close() })
	return d
}

func batch(from, to uint64) *Batch {
	b := new(Batch)
	for ; from <= to; from++ {
		e := sample(from)
		b.Event(&e)
	}
	return b
}

func store(t testing.TB, d *ShutdownWriter, from, to uint64) {
	t.Helper()
	if lost, err := d.Write(batch(from, to)); err != nil || lost != 0 {
		t.Errorf("%d to %d: %d lines lost, %v", from, to, lost, err)
	}
}

// describe returns a trail as "1 2 lost 3-5 6 (a note)".
func describe(tr *event.Trail) string {
	var list []string
	eachStored(tr, func(e *event.Event, l event.Loss) {
		switch {
		case e == nil:
			list = append(list, fmt.Sprintf("lost %d-%d", l.From, l.To))
		case e.Kind == event.KindNote:
			list = append(list, "("+e.Text+")")
		case e.Seq == 0:
			list = append(list, e.String())
		default:
			list = append(list, fmt.Sprint(e.Seq))
		}
	})
	return strings.Join(list, " ")
}

// onFlash describes the newest file; "": there is none.
func onFlash(t testing.TB, s Store) string {
	t.Helper()
	list, damaged, err := List(s.Dir)
	if err != nil || len(damaged) != 0 {
		t.Errorf("%v damaged, %v", damaged, err)
	}
	if len(list) == 0 {
		return ""
	}
	tr, malformed, err := list[0].Load()
	if err != nil || malformed != 0 {
		t.Fatalf("%d malformed, %v", malformed, err)
	}
	for _, e := range tr.Events {
		if e.Origin != event.OriginFlash {
			t.Errorf("%v is of %v", &e, e.Origin)
		}
	}
	return describe(tr)
}

func expectStored(t testing.TB, s Store, flash, pmsg string) {
	t.Helper()
	if got := onFlash(t, s); got != flash {
		t.Errorf("flash has %s\nwant        %s", got, flash)
	}
	if got := inPmsg(t, s); got != pmsg {
		t.Errorf("pmsg has %s\nwant       %s", got, pmsg)
	}
}

func TestShutdown(t *testing.T) {
	s := newStore(t)
	d := begin(t, s)
	if _, err := os.Stat(s.Dir); !errors.Is(err, fs.ErrNotExist) || s.Writes.Load() != 0 {
		t.Errorf("written to before there is something to write: %v", err)
	}
	store(t, d, 1, 2)
	b := batch(3, 3)
	b.Loss(event.Loss{From: 4, To: 6})
	b.Event(&event.Event{Kind: event.KindNote, Time: 9, Text: "Stall :: a"})
	if _, err := d.Write(b); err != nil || d.Last() != 6 || !d.OnFlash() {
		t.Errorf("last is %d, %v", d.Last(), err)
	}
	store(t, d, 7, 7)
	expectStored(t, s, "1 2 3 lost 4-6 (Stall :: a) 7", "")
	if n := s.Writes.Load(); n != 3 {
		t.Errorf("%d writes, want 3", n)
	}
	list, _, _ := List(s.Dir)
	if h := list[0].Header; h.Number != 1 || h.BootID != boot || h.DaemonPID != 812 || h.ClockLocal != 54e9 || h.MergedBy != "" {
		t.Errorf("header %+v", h)
	}
	if len(list) != 1 || !strings.HasSuffix(list[0].Path, "/flash/shutdown-1.sig") {
		t.Errorf("kept: %+v", list)
	}
}

// No file may be open for writing between two batches: the root could not be
// remounted.
func TestShutdownHoldsNothingOpen(t *testing.T) {
	s := newStore(t)
	d := begin(t, s)
	store(t, d, 1, 1)
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	seen := false
	for _, fd := range fds {
		target, _ := os.Readlink("/proc/self/fd/" + fd.Name())
		seen = seen || target == s.Pmsg
		if strings.HasPrefix(target, s.Dir) {
			t.Errorf("%s is open", target)
		}
	}
	if !seen {
		t.Error("pmsg is not open: the test sees nothing")
	}
}

// A daemon that was killed leaves at most an incomplete last frame.
func TestShutdownResumed(t *testing.T) {
	s := newStore(t)
	d := begin(t, s)
	store(t, d, 1, 2)
	store(t, d, 3, 3)
	name := path(s.Dir, keptName(1))
	whole := readFile(t, name)
	must(t, os.WriteFile(name, whole[:len(whole)-9], 0o600)) // 3 is torn
	d = begin(t, s)
	if d.Last() != 2 {
		t.Errorf("resumes after %d, want 2", d.Last())
	}
	store(t, d, 3, 3)
	store(t, d, 4, 4)
	expectStored(t, s, "1 2 3 4", "")
	if again := readFile(t, name); !bytes.HasPrefix(again, whole) {
		t.Errorf("the file has been changed:\n%s", again)
	}

	// Another boot has its own file.
	next := head
	next.BootID = other
	d = s.Begin(next)
	defer d.Close()
	if d.Last() != 0 {
		t.Errorf("another boot resumes after %d", d.Last())
	}
	store(t, d, 1, 1)
	if list, _, _ := List(s.Dir); len(list) != 2 || list[0].Header.BootID != other || list[0].Header.Number != 2 {
		t.Errorf("kept: %+v", list)
	}
}

// A daemon that was killed after flash had failed resumes in pmsg, and knows the
// newest number there.
func TestShutdownResumedInPmsg(t *testing.T) {
	s := newStore(t)
	s.Dir = ""
	const note = "(flash: no directory is configured (shutdown.dir); continuing in PMSG) "
	store(t, begin(t, s), 1, 3)
	s.Dir = t.TempDir() // flash stays failed for this shutdown
	d := begin(t, s)
	if d.Last() != 3 || d.OnFlash() {
		t.Errorf("resumes after %d, want 3; on flash: %v", d.Last(), d.OnFlash())
	}
	store(t, d, 4, 4)
	expectStored(t, s, "", strings.Replace(note, "PMSG", s.Pmsg, 1)+"1 2 3 4")

	next := head
	next.BootID = other
	d = s.Begin(next)
	defer d.Close()
	if d.Last() != 0 || !d.OnFlash() {
		t.Errorf("another boot resumes after %d; on flash: %v", d.Last(), d.OnFlash())
	}
}

// The maximum size cuts between two frames. The rest is stored in pmsg.
func TestShutdownBound(t *testing.T) {
	const total = 900
	for _, batches := range []uint64{1, 4, total} {
		s := newStore(t)
		s.Size = 16 << 10
		d := begin(t, s)
		for i := uint64(0); i < batches; i++ {
			store(t, d, i*total/batches+1, (i+1)*total/batches)
		}
		info, err := os.Stat(path(s.Dir, keptName(1)))
		if err != nil || info.Size() > s.Size || info.Size() < s.Size-2*batchFrame {
			t.Errorf("%v bytes, the bound is %d; %v", info.Size(), s.Size, err)
		}
		flash, pmsg := onFlash(t, s), inPmsg(t, s)
		switchNote := fmt.Sprintf(" (flash: the file has its maximum size (shutdown.size); continuing in %s) ", s.Pmsg)
		var want []string
		for i := range total {
			want = append(want, fmt.Sprint(i+1))
		}
		if got := strings.Replace(flash+" "+pmsg, switchNote, " ", 1); got != strings.Join(want, " ") {
			t.Errorf("%d batches: flash has %s\npmsg %s", batches, flash, pmsg)
		}
	}
}

func TestPrune(t *testing.T) {
	s := newStore(t)
	s.Keep = 3
	must(t, os.Mkdir(s.Dir, 0o700))
	for _, name := range []string{"notes", "shutdown-x.sig", "shutdown-007.sig", "shutdown-1.sig.old", "shutdown--1.jsonl", "shutdown-99999999999.sig"} {
		must(t, os.WriteFile(path(s.Dir, name), nil, 0o600))
	}
	must(t, os.Mkdir(path(s.Dir, "shutdown-50.sig"), 0o700))
	for _, n := range []int{2, 9, 10} { // 9 is damaged
		must(t, os.WriteFile(path(s.Dir, keptName(n)), []byte(map[bool]string{true: header(other)}[n != 9]), 0o600))
	}
	store(t, begin(t, s), 1, 1)
	entries, _ := os.ReadDir(s.Dir)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	want := "notes shutdown--1.jsonl shutdown-007.sig shutdown-1.sig.old shutdown-10.sig shutdown-11.sig shutdown-50.sig " +
		"shutdown-9.sig shutdown-99999999999.sig shutdown-x.sig"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("left are %s\nwant     %s", got, want)
	}
	list, damaged, err := List(s.Dir)
	if len(list) != 2 || list[0].Header.Number != 11 || list[1].Header.Number != 10 || len(damaged) != 1 || err != nil {
		t.Errorf("%+v, %v damaged, %v", list, damaged, err)
	}
}

// A hang before a shutdown that is over costs no kept shutdown.
func TestDiscardSparesTheKept(t *testing.T) {
	s := newStore(t)
	s.Keep = 1
	shutDown(t, s, bootX, 1, 3)
	b := new(Batch)
	b.Event(&event.Event{Kind: event.KindNote, Time: 5, Text: "a hang"})
	d := s.Begin(head)
	if _, err := d.Write(b); err != nil {
		t.Fatal(err)
	}
	must(t, d.Discard())
	list, _, err := List(s.Dir)
	if err != nil || len(list) != 1 || list[0].Header.BootID != bootX {
		t.Errorf("kept %+v, %v", list, err)
	}
	d = begin(t, s)
	store(t, d, 4, 5)
	if list, _, err = List(s.Dir); err != nil || len(list) != 1 || list[0].Header.BootID != boot {
		t.Errorf("after a shutdown %+v, %v", list, err)
	}
}

// A sysupgrade that does not take place leaves flash to the next shutdown of the boot.
func TestUpgradeSparesFlash(t *testing.T) {
	s := newStore(t)
	s.Upgrade = true
	store(t, begin(t, s), 1, 3)
	if _, err := os.Stat(s.Dir); !os.IsNotExist(err) {
		t.Errorf("flash was written: %v", err)
	}
	s.Upgrade = false
	d := begin(t, s)
	if store(t, d, 4, 5); !d.OnFlash() {
		t.Error("the next shutdown is not on flash")
	}
}
