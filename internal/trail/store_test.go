// SPDX-License-Identifier: GPL-2.0

package trail

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"sigtrail/internal/event"
)

// newStore is one in a new directory; pmsg is a plain file, as the device cannot
// be read back.
func newStore(t testing.TB) Store {
	t.Helper()
	dir := t.TempDir()
	s := Store{Dir: dir + "/flash", Keep: 8, Size: 64 << 10, Spare: dir + "/tmp", Pmsg: dir + "/pmsg0", Writes: new(atomic.Uint64)}
	os.Mkdir(s.Spare, 0o700)
	if err := os.WriteFile(s.Pmsg, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

var head = event.Trail{BootID: boot, DaemonPID: 812, ClockLocal: 54e9, ClockRealtime: 1763785512e9}

func begin(t testing.TB, s Store) *Shutdown {
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

func store(t testing.TB, d *Shutdown, from, to uint64) {
	t.Helper()
	if lost, err := d.Write(batch(from, to)); err != nil || lost != 0 {
		t.Errorf("%d to %d: %d lines lost, %v", from, to, lost, err)
	}
}

// tell returns a trail in short: "1 2 lost 3-5 6 (a note)".
func tell(tr *event.Trail) string {
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

// onFlash returns what the newest file tells, "" without one.
func onFlash(t testing.TB, s Store) string {
	t.Helper()
	list, corrupt, err := List(s.Dir)
	if err != nil || corrupt != 0 {
		t.Errorf("%d corrupt, %v", corrupt, err)
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
	return tell(tr)
}

func inPmsg(t testing.TB, s Store) string {
	t.Helper()
	b, err := os.ReadFile(s.Pmsg)
	if err != nil {
		t.Fatal(err)
	}
	tr := parsePmsg(b, boot)
	if tr == nil {
		return ""
	}
	return tell(tr)
}

func expectStored(t testing.TB, s Store, flash, pmsg string) {
	t.Helper()
	if got := onFlash(t, s); got != flash {
		t.Errorf("flash tells %s\nwant        %s", got, flash)
	}
	if got := inPmsg(t, s); got != pmsg {
		t.Errorf("pmsg tells %s\nwant       %s", got, pmsg)
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
	if len(list) != 1 || !strings.HasSuffix(list[0].Path, "/flash/shutdown-1.jsonl") {
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

// A daemon that was killed leaves, at the worst, a line that is cut short.
func TestShutdownResumed(t *testing.T) {
	s := newStore(t)
	store(t, begin(t, s), 1, 3)
	name := path(s.Dir, keptName(1))
	whole, _ := os.ReadFile(name)
	os.WriteFile(name, whole[:len(whole)-9], 0o600) // 3 is torn
	d := begin(t, s)
	if d.Last() != 2 {
		t.Errorf("goes on after %d, want 2", d.Last())
	}
	store(t, d, 3, 4)
	expectStored(t, s, "1 2 3 4", "")
	if again, _ := os.ReadFile(name); !bytes.HasPrefix(again, whole) {
		t.Errorf("the file has been changed:\n%s", again)
	}

	// Another boot has a file of its own.
	next := head
	next.BootID = other
	d = s.Begin(next)
	defer d.Close()
	if d.Last() != 0 {
		t.Errorf("another boot goes on after %d", d.Last())
	}
	store(t, d, 1, 1)
	if list, _, _ := List(s.Dir); len(list) != 2 || list[0].Header.BootID != other || list[0].Header.Number != 2 {
		t.Errorf("kept: %+v", list)
	}
}

// One that was killed when flash was over goes on in pmsg, and knows what that has.
func TestShutdownResumedInPmsg(t *testing.T) {
	s := newStore(t)
	s.Dir = ""
	const note = "(flash: no directory is configured; going on in PMSG) "
	store(t, begin(t, s), 1, 3)
	s.Dir = t.TempDir() // flash was given up for good
	d := begin(t, s)
	if d.Last() != 3 || d.OnFlash() {
		t.Errorf("goes on after %d, want 3; on flash: %v", d.Last(), d.OnFlash())
	}
	store(t, d, 4, 4)
	expectStored(t, s, "", strings.Replace(note, "PMSG", s.Pmsg, 1)+"1 2 3 4")

	next := head
	next.BootID = other
	d = s.Begin(next)
	defer d.Close()
	if d.Last() != 0 || !d.OnFlash() {
		t.Errorf("another boot goes on after %d; on flash: %v", d.Last(), d.OnFlash())
	}
}

// The bound cuts between two lines, and what is beyond it goes on in pmsg.
func TestShutdownBound(t *testing.T) {
	const total = 400
	for _, batches := range []uint64{1, 4, total} {
		s := newStore(t)
		s.Size = 16 << 10
		d := begin(t, s)
		for i := uint64(0); i < batches; i++ {
			store(t, d, i*total/batches+1, (i+1)*total/batches)
		}
		info, err := os.Stat(path(s.Dir, keptName(1)))
		if err != nil || info.Size() > s.Size || info.Size() < s.Size-200 {
			t.Errorf("%v bytes, the bound is %d; %v", info.Size(), s.Size, err)
		}
		flash, pmsg := onFlash(t, s), inPmsg(t, s)
		farewell := fmt.Sprintf(" (flash: the file has reached its bound; going on in %s) ", s.Pmsg)
		var want []string
		for i := range total {
			want = append(want, fmt.Sprint(i+1))
		}
		if got := strings.Replace(flash+" "+pmsg, farewell, " ", 1); got != strings.Join(want, " ") {
			t.Errorf("%d batches: flash tells %s\npmsg %s", batches, flash, pmsg)
		}
	}
}

// The ring that pmsg is may have overwritten the beginning.
func TestPmsgRing(t *testing.T) {
	s := newStore(t)
	s.Dir = ""
	d := begin(t, s)
	for i := uint64(0); i < 20; i++ {
		store(t, d, 10*i+1, 10*i+10)
	}
	all, _ := os.ReadFile(s.Pmsg)
	heads := bytes.Count(all, []byte(`{"boot_id"`))
	if want := len(all) / pmsgHeadEvery; heads < want || heads > want+3 {
		t.Errorf("%d headers in %d bytes", heads, len(all))
	}
	for start := 0; start < len(all)-3*pmsgHeadEvery; start += 97 {
		tr := parsePmsg(all[start:], "")
		if tr == nil || tr.BootID != boot || tr.ClockLocal != 54e9 {
			t.Fatalf("from %d on: %+v", start, tr)
		}
		first := tr.Events[0].Seq
		if start == 0 {
			first = 1
		}
		for i, e := range tr.Events[len(tr.Events)-int(201-first):] {
			if e.Seq != first+uint64(i) || e.Origin != event.OriginPmsg {
				t.Fatalf("from %d on: %v at %d, beginning with %d", start, &e, i, first)
			}
		}
		if lines := bytes.Count(all[start:], []byte(`{"seq":`)); int(201-first) < lines-1 {
			t.Errorf("from %d on: %d lines of %d", start, 201-first, lines)
		}
	}
}

func TestPmsgOfOthers(t *testing.T) {
	s := newStore(t)
	s.Dir = ""
	junk := "02-01 a logger\x00 of another kind\n{\"seq\":7}x\n{\"song\":1}\n\xff\xfe\n"
	os.WriteFile(s.Pmsg, []byte(junk), 0o600)
	d := begin(t, s)
	store(t, d, 1, 1)
	f, _ := os.OpenFile(s.Pmsg, os.O_APPEND|os.O_WRONLY, 0)
	defer f.Close()
	f.WriteString(junk)
	store(t, d, 2, 2)
	f.WriteString(junk + header(other) + string(batch(8, 8).lines) + header(boot) + string(batch(3, 3).lines) + `{"seq":4`)
	if got := inPmsg(t, s); !strings.HasSuffix(got, ") 1 2 3") {
		t.Errorf("pmsg tells %s", got)
	}
}

// Without pmsg what flash does not take is lost, and that is said.
func TestNoPmsg(t *testing.T) {
	s := newStore(t)
	os.Remove(s.Pmsg)
	s.Size = 16 << 10
	d := begin(t, s)
	store(t, d, 1, 2)
	lost, err := d.Write(batch(3, 500))
	kept := strings.Fields(onFlash(t, s))
	if lost != 500-len(kept) || !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "flash: the file has reached its bound; pmsg: ") {
		t.Errorf("%d lost, %d on flash, %v", lost, len(kept), err)
	}
	if lost, err := d.Write(batch(501, 502)); lost != 2 || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%d lost, %v", lost, err)
	}
	s.Pmsg = "/dev/full"
	s.Dir = ""
	if lost, err := begin(t, s).Write(batch(1, 3)); lost != 3 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%d lost, %v", lost, err)
	}
}

func TestPrune(t *testing.T) {
	s := newStore(t)
	s.Keep = 3
	os.Mkdir(s.Dir, 0o700)
	for _, name := range []string{"notes", "shutdown-x.jsonl", "shutdown-007.jsonl", "shutdown-1.jsonl.old", "shutdown--1.jsonl", "shutdown-99999999999.jsonl"} {
		os.WriteFile(path(s.Dir, name), nil, 0o600)
	}
	os.Mkdir(path(s.Dir, "shutdown-50.jsonl"), 0o700)
	for _, n := range []int{2, 9, 10} { // 9 is corrupt
		os.WriteFile(path(s.Dir, keptName(n)), []byte(map[bool]string{true: header(other)}[n != 9]), 0o600)
	}
	store(t, begin(t, s), 1, 1)
	entries, _ := os.ReadDir(s.Dir)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	want := "notes shutdown--1.jsonl shutdown-007.jsonl shutdown-1.jsonl.old shutdown-10.jsonl shutdown-11.jsonl shutdown-50.jsonl " +
		"shutdown-9.jsonl shutdown-99999999999.jsonl shutdown-x.jsonl"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("left are %s\nwant     %s", got, want)
	}
	list, corrupt, err := List(s.Dir)
	if len(list) != 2 || list[0].Header.Number != 11 || list[1].Header.Number != 10 || corrupt != 1 || err != nil {
		t.Errorf("%+v, %d corrupt, %v", list, corrupt, err)
	}
}

// inMounts runs the test anew in a mount namespace of its own, where it may mount
// what it likes, and returns whether it is there. A user namespace makes up for
// lacking rights.
func inMounts(t *testing.T) bool {
	t.Helper()
	const inside = "SIGTRAIL_TEST_MOUNTS"
	if os.Getenv(inside) != "" {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("in mounts of its own: %v\n%s", err, out)
	}
	return false
}

// mount mounts a tmpfs of so many KiB for flash.
func (s *Store) mount(t *testing.T, kib int) {
	t.Helper()
	os.Mkdir(s.Dir, 0o700)
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("none", s.Dir, "tmpfs", 0, fmt.Sprintf("size=%dk", kib)); err != nil {
		t.Fatal(err)
	}
	dir := s.Dir
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
}

// A disk that is full takes whole lines or none.
func TestShutdownNoSpace(t *testing.T) {
	if !inMounts(t) {
		return
	}
	s := newStore(t)
	s.mount(t, 8)
	d := begin(t, s)
	store(t, d, 1, 10)
	store(t, d, 11, 200) // a part of it would fit
	store(t, d, 201, 202)
	flash, pmsg := onFlash(t, s), inPmsg(t, s)
	if flash != "1 2 3 4 5 6 7 8 9 10" {
		t.Errorf("flash tells %s", flash)
	}
	if want := fmt.Sprintf("(flash: no space left on device; going on in %s) 11 12 ", s.Pmsg); !strings.HasPrefix(pmsg, want) || !strings.HasSuffix(pmsg, " 201 202") {
		t.Errorf("pmsg tells %s", pmsg)
	}
	if n := s.Writes.Load(); n != 1 {
		t.Errorf("%d writes, want 1", n)
	}

	// From the very beginning: nothing is left of the attempt.
	s = newStore(t)
	s.mount(t, 4)
	os.WriteFile(path(s.Dir, "fill"), make([]byte, 4<<10), 0o600)
	store(t, begin(t, s), 1, 2)
	if entries, _ := os.ReadDir(s.Dir); len(entries) != 1 {
		t.Errorf("left are %v", entries)
	}
	expectStored(t, s, "", fmt.Sprintf("(flash: no space left on device; going on in %s) 1 2", s.Pmsg))
}

// The root is remounted read-only while the daemon writes: at once, and the
// daemon goes on elsewhere, each record once.
func TestShutdownReadOnly(t *testing.T) {
	if !inMounts(t) {
		return
	}
	s := newStore(t)
	s.mount(t, 1024)
	d := begin(t, s)
	store(t, d, 1, 1)
	// At the same time as one write after the other, until it works.
	n := uint64(1)
	for remounted := false; !remounted; {
		tried := make(chan error, 1)
		go func() { tried <- syscall.Mount("none", s.Dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "") }()
		n++
		store(t, d, n, n)
		err := <-tried
		if remounted = err == nil; !remounted && (err != syscall.EBUSY || n == 300) {
			t.Fatalf("cannot be remounted: %v", err)
		}
	}
	store(t, d, n+1, n+2)
	var want []string
	for i := range n + 2 {
		want = append(want, fmt.Sprint(i+1))
	}
	flash, pmsg := onFlash(t, s), inPmsg(t, s)
	note := fmt.Sprintf("(flash: read-only file system; going on in %s) ", s.Pmsg)
	if got := flash + " " + strings.TrimPrefix(pmsg, note); got != strings.Join(want, " ") || !strings.HasPrefix(pmsg, note) {
		t.Errorf("flash tells %s\npmsg tells %s", flash, pmsg)
	}

	s.Spare = t.TempDir()
	os.WriteFile(s.Pmsg, nil, 0o600)
	next := head
	next.BootID = other // read-only from the beginning
	d = s.Begin(next)
	defer d.Close()
	store(t, d, 1, 1)
	if b, _ := os.ReadFile(s.Pmsg); tell(parsePmsg(b, other)) != note+"1" {
		t.Errorf("pmsg has %s", b)
	}
}
