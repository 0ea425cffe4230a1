// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigtrail/internal/event"
)

// boxed returns a kernel part with a black box, which has the records 1 to last of the boot
// before; the shutdown began with record begin.
func boxed(begin, last uint64) *fakeKernel {
	k := newKernel(100)
	k.info.Box = event.Box{Place: event.BoxName, Found: event.FoundRecords, Address: 1 << 30, Size: 320 << 10}
	k.info.Previous = event.Previous{Records: event.CountOf(uint32(last)), Damaged: event.CountOf(0), BootID: bootID,
		Seq: last, Local: 9e9, Boottime: 9e9, Realtime: 1763785521e9}
	for seq := uint64(1); seq <= last; seq++ {
		e := sample(seq)
		if seq >= begin {
			e = goingDown(seq)
		}
		k.previous = append(k.previous, e)
	}
	return k
}

// verdict returns the lines that are logged of the last shutdown.
func (m *machine) verdict() (lines []string) {
	m.t.Helper()
	for {
		line := m.log.next()
		if line == "" {
			m.t.Fatalf("the log ends with %q", lines)
		}
		if rest, ok := strings.CutPrefix(line, "Last shutdown :: "); ok {
			lines = append(lines, rest)
			if strings.HasPrefix(rest, "details") {
				return lines
			}
		}
	}
}

// awaitDone waits until the kernel part was asked for something, and returns how often.
func (k *fakeKernel) awaitDone(what string) (times int) {
	for range 1000 {
		k.mu.Lock()
		for _, did := range k.did {
			if did == what {
				times++
			}
		}
		k.mu.Unlock()
		if times > 0 {
			return times
		}
		time.Sleep(5 * time.Millisecond)
	}
	return 0
}

// The black box's records are stored, and only then freed.
func TestBlackBox(t *testing.T) {
	m, k := newKeepingMachine(t, true), newKernel(100)
	stop := m.start(k)
	k.make(goingDown(3), true)
	m.expectKept("3")
	stop()
	m.reboot("")
	m.log.conn.Close()
	m.log = startLog(t, m.dir+"/log")
	second := boxed(3, 5)
	stop = m.start(second)
	if lines := m.verdict(); !strings.HasPrefix(lines[1], "took at least") {
		t.Errorf("%q", lines)
	}
	m.expectKept("1 2 3 4 5")
	if n := second.awaitDone("free"); n != 1 || len(second.previous) != 0 {
		t.Errorf("freed %d times", n)
	}
	stop()
	// Another start in the same boot.
	third := newKernel(100)
	third.info.Box = second.info.Box
	stop = m.start(third)
	third.makeAll(1, 1, true)
	m.trail("1")
	stop()
	if slices.Contains(third.did, "free") || slices.Contains(third.did, "dump of the boot before") {
		t.Errorf("did %q", third.did)
	}
	m.expectKept("1 2 3 4 5")
}

// What is stored nowhere is not freed. A later start stores it.
func TestBlackBoxNotStored(t *testing.T) {
	m, k := newKeepingMachine(t, true), boxed(3, 5)
	blocks := []string{m.dir + "/flash/shutdown-1.sig.new/x", m.dir + "/trail/shutdown-1.sig.new/x"}
	for _, dir := range blocks {
		must(t, os.MkdirAll(dir, 0o700))
	}
	stop := m.start(k)
	m.verdict()
	stop()
	if slices.Contains(k.did, "free") || len(k.previous) != 5 || m.kept() != "nothing" {
		t.Errorf("did %q, kept %s", k.did, m.kept())
	}
	for _, dir := range blocks {
		must(t, os.RemoveAll(strings.TrimSuffix(dir, "/x")))
	}
	m.expectBoxStored()
}

// What could not be read completely is not freed, and no part is stored in place of all: a
// later start does it. What flash has waits for it.
func TestBlackBoxNotRead(t *testing.T) {
	for _, c := range []struct{ broken, want string }{
		{"dump", "no memory"},
		{"short", "2 of 5 records"},
	} {
		m, k := newKeepingMachine(t, true), newKernel(100)
		stop := m.start(k)
		k.make(goingDown(3), true)
		m.expectKept("3")
		stop()
		m.reboot("")
		m.log.conn.Close()
		m.log = startLog(t, m.dir+"/log")
		second := boxed(3, 5)
		if c.broken == "dump" {
			second.refuses = map[string]error{"dump of the boot before": errors.New("no memory")}
		} else {
			second.previous = second.previous[:2] // another client freed them
		}
		stop = m.start(second)
		m.log.expect("started", "Last shutdown :: black box not read: "+c.want)
		stop()
		m.log.expect("stopped")
		if slices.Contains(second.did, "free") || m.kept() != "3" {
			t.Errorf("%s: did %q, kept %s", c.broken, second.did, m.kept())
		}
		m.expectBoxStored()
	}
}

// expectBoxStored starts the daemon, and waits until the five records of a black box are stored
// and freed.
func (m *machine) expectBoxStored() {
	m.t.Helper()
	again := boxed(3, 5)
	stop := m.start(again)
	m.expectKept("1 2 3 4 5")
	if n := again.awaitDone("free"); n != 1 {
		m.t.Errorf("freed %d times", n)
	}
	stop()
}

// With a black box pmsg is not written, and nothing is missing where flash fails.
func TestBlackBoxSparesPmsg(t *testing.T) {
	m, k := newKeepingMachine(t, true), newKernel(100)
	m.configure("[shutdown]\ndir = none\n")
	k.info.Box = event.Box{Place: event.BoxDeviceTree, Address: 1 << 30, Size: 320 << 10}
	stop := m.start(k)
	k.make(goingDown(1), true)
	m.log.expect("started", line)
	k.make(goingDown(2), true)
	m.log.expect(line)
	stop()
	m.log.expect("stopped")
	if b, err := os.ReadFile(m.dir + "/pmsg0"); err != nil || len(b) != 0 {
		t.Errorf("pmsg has %s, %v", b, err)
	}
}

// The black box has what comes before a sysupgrade: the daemon stores nothing.
func TestBlackBoxUpgrade(t *testing.T) {
	m, k := newKeepingMachine(t, true), newKernel(100)
	k.info.Box = event.Box{Place: event.BoxAddress, Address: 1 << 30, Size: 320 << 10}
	stop := m.start(k)
	for i, pid := range []int{100, 101, os.Getpid()} {
		e := sample(uint64(1 + i))
		e.SenderPID, e.SenderName, e.TargetPID, e.Time = 1, "procd", uint32(pid), 3e9+e.Seq
		k.make(e, true)
	}
	m.trail("1 2 3")
	m.signals <- syscall.SIGTERM
	must(t, stop())
	for line := ""; !strings.HasPrefix(line, "stopped after record"); {
		if line = m.log.next(); line == "" || strings.Contains(line, "storing") {
			t.Fatalf("logged %q", line)
		}
	}
	if b, err := os.ReadFile(m.dir + "/pmsg0"); err != nil || len(b) != 0 || m.kept() != "nothing" {
		t.Errorf("pmsg has %s, %v; kept %s", b, err, m.kept())
	}
}
