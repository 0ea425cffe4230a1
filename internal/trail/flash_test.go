// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// inMounts runs the test again in its own mount namespace, where it may mount file
// systems, and reports whether it already runs there. Without root it also uses a
// user namespace.
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

// mount mounts a tmpfs of some KiB in place of flash.
func (s *Store) mount(t *testing.T, kib int) {
	t.Helper()
	must(t, os.Mkdir(s.Dir, 0o700))
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("none", s.Dir, "tmpfs", 0, fmt.Sprintf("size=%dk", kib)); err != nil {
		t.Fatal(err)
	}
	dir := s.Dir
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
}

// A full disk stores whole lines or nothing.
func TestShutdownNoSpace(t *testing.T) {
	if !inMounts(t) {
		return
	}
	s := newStore(t)
	s.mount(t, 8)
	d := begin(t, s)
	store(t, d, 1, 10)
	store(t, d, 11, 600) // a part of it would fit
	store(t, d, 601, 602)
	flash, pmsg := onFlash(t, s), inPmsg(t, s)
	if flash != "1 2 3 4 5 6 7 8 9 10" {
		t.Errorf("flash has %s", flash)
	}
	if want := fmt.Sprintf("(flash: no space left on device; continuing in %s) 11 12 ", s.Pmsg); !strings.HasPrefix(pmsg, want) || !strings.HasSuffix(pmsg, " 601 602") {
		t.Errorf("pmsg has %s", pmsg)
	}
	if n := s.Writes.Load(); n != 1 {
		t.Errorf("%d writes, want 1", n)
	}

	// Full from the beginning: the attempt leaves no file.
	s = newStore(t)
	s.mount(t, 4)
	must(t, os.WriteFile(path(s.Dir, "fill"), make([]byte, 4<<10), 0o600))
	store(t, begin(t, s), 1, 2)
	if entries, _ := os.ReadDir(s.Dir); len(entries) != 1 {
		t.Errorf("left are %v", entries)
	}
	expectStored(t, s, "", fmt.Sprintf("(flash: no space left on device; continuing in %s) 1 2", s.Pmsg))
}

// The root is remounted read-only while the daemon writes. The remount works at
// once; the daemon continues in pmsg, and stores each record once.
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
	note := fmt.Sprintf("(flash: read-only file system; continuing in %s) ", s.Pmsg)
	if got := flash + " " + strings.TrimPrefix(pmsg, note); got != strings.Join(want, " ") || !strings.HasPrefix(pmsg, note) {
		t.Errorf("flash has %s\npmsg has %s", flash, pmsg)
	}

	s.Fallback = t.TempDir()
	must(t, os.WriteFile(s.Pmsg, nil, 0o600))
	next := head
	next.BootID = other // read-only from the beginning
	d = s.Begin(next)
	defer d.Close()
	store(t, d, 1, 1)
	if b := readFile(t, s.Pmsg); len(parsePmsg(b)) != 1 || describe(parsePmsg(b)[0]) != note+"1" {
		t.Errorf("pmsg has %s", b)
	}
}
