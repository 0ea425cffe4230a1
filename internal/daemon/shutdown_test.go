// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigtrail/internal/config"
	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/internal/trail"
)

const nextBootID = "7a35b6a0-54cc-4d2b-8a53-ce8a0d2a21c5"

// reboot changes the machine as a warm reset does: another boot id, an empty tmpfs,
// and pstore with the content of its device.
func (m *machine) reboot(console string) {
	m.t.Helper()
	pmsg, err := os.ReadFile(m.dir + "/pmsg0")
	if err != nil {
		m.t.Fatal(err)
	}
	must(m.t, os.RemoveAll(m.dir+"/trail"))
	must(m.t, os.Mkdir(m.dir+"/pstore", 0o700))
	for name, content := range map[string]string{
		"proc/sys/kernel/random/boot_id": nextBootID + "\n",
		"proc/filesystems":               "nodev\tpstore\n",
		"proc/mounts":                    "pstore " + m.dir + "/pstore pstore rw 0 0\n",
		"proc/consoles":                  "ramoops-1            -W- (E  p a)\n",
		"pmsg0":                          "",
		"pstore/pmsg-ramoops-0":          string(pmsg),
		"pstore/console-ramoops-0":       console,
	} {
		if strings.HasPrefix(name, "pstore/") && content == "" {
			continue // pstore has no file then
		}
		if err := os.WriteFile(m.dir+"/"+name, []byte(content), 0o600); err != nil {
			m.t.Fatal(err)
		}
	}
}

// goingDown is sample(seq) during a shutdown.
func goingDown(seq uint64) event.Event {
	e := sample(seq)
	e.Flags = event.FlagShutdown
	return e
}

// kept returns the newest kept trail as "1 2 lost 3-4 (a note)".
func (m *machine) kept() string {
	list, _, _ := trail.List(m.dir+"/flash", m.dir+"/trail")
	if len(list) == 0 {
		return "nothing"
	}
	tr, malformed, err := list[0].Load()
	if err != nil || malformed != 0 {
		return fmt.Sprintf("%d malformed, %v", malformed, err)
	}
	return describe(tr)
}

func describe(tr *event.Trail) string {
	var words []string
	for _, e := range tr.Events {
		switch {
		case e.Kind == event.KindNote:
			words = append(words, "("+e.Text+")")
		case e.Seq == 0:
			words = append(words, e.String())
		default:
			words = append(words, fmt.Sprint(e.Seq))
		}
	}
	for _, l := range tr.Losses {
		words = append(words, fmt.Sprintf("lost %d-%d", l.From, l.To))
	}
	return strings.Join(words, " ")
}

func (m *machine) expectKept(want string) {
	m.t.Helper()
	got := ""
	for range 1000 {
		if got = m.kept(); got == want {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	m.t.Errorf("kept is %s, want %s", got, want)
}

// Before a shutdown nothing is written to flash. With its first event, something is.
func TestFlashIsSpared(t *testing.T) {
	m, k := newKeepingMachine(t, true), newKernel(1000)
	flash := m.dir + "/flash"
	must(t, os.Mkdir(flash, 0o700))
	before, err := os.Stat(flash)
	if err != nil {
		t.Fatal(err)
	}
	stop := m.start(k)
	k.makeAll(1, 500, true)
	k.make(event.Event{Seq: 501, Kind: event.KindMark, Text: "a mark"}, true)
	for m.status().Records != 501 {
		time.Sleep(time.Millisecond)
	}
	after, err := os.Stat(flash)
	if entries, _ := os.ReadDir(flash); err != nil || len(entries) != 0 || after.ModTime() != before.ModTime() {
		t.Errorf("flash was touched: %v, %v", entries, err)
	}
	if s := m.status(); s.FlashWrites != 0 {
		t.Errorf("%d writes to flash", s.FlashWrites)
	}
	k.make(goingDown(502), true)
	m.expectKept("502")
	for m.status().FlashWrites != 1 {
		time.Sleep(time.Millisecond)
	}
	if s := m.status(); s.ShutdownDropped != 0 {
		t.Errorf("status %+v", s)
	}
	stop()
}

func TestShutdownAndReset(t *testing.T) {
	t.Setenv("container", "ujail") // as if our parent was a ujail
	m, k := newKeepingMachine(t, true), newKernel(100)
	k.info.ClockLocal, k.info.ClockRealtime = 5, 1763785512e9
	stop := m.start(k)
	k.makeAll(1, 3, true)
	for seq := uint64(4); seq <= 40; seq++ {
		k.make(goingDown(seq), true)
	}
	m.awaitStatus(func(s event.Status) bool { return s.Records == 40 })
	stop() // it stores the queued lines
	var want []string
	for seq := 4; seq <= 40; seq++ {
		want = append(want, fmt.Sprint(seq))
	}
	list, _, _ := trail.List(m.dir + "/flash")
	if got := m.kept(); got != strings.Join(want, " ") {
		t.Errorf("kept is %s", got)
	}
	if h := list[0].Header; h.ClockRealtime != 1763785512e9 || h.DaemonPID != uint32(os.Getpid()) || h.JailPID != uint32(os.Getppid()) {
		t.Errorf("header %+v", h)
	}

	m.reboot("[    0.500000] Signal :: (procd 1) --[9]--> (stubbornd 9)\n[    1.000000] reboot: Restarting system\n")
	m.log.conn.Close()
	m.log = startLog(t, m.dir+"/log")
	second := newKernel(100)
	stop = m.start(second)
	m.log.expect("started",
		"Last shutdown :: reboot, at 2025-11-22 04:25:11 UTC; its beginning was not recorded",
		"Last shutdown :: took at least 0.999 s",
		"Last shutdown :: 2 processes were signalled",
		"Last shutdown :: ends with the kernel's line: reboot: Restarting system",
		"Last shutdown :: details: sigtrail last")
	want = append(want, "Signal :: (procd 1) --[9]--> (stubbornd 9) SIGKILL delivered (reboot: Restarting system)")
	m.expectKept(strings.Join(want, " "))
	for m.status().FlashWrites != 1 {
		time.Sleep(time.Millisecond)
	}
	stop()

	// Only the daemon is restarted: nothing to log, nothing to write.
	third := newKernel(100)
	stop = m.start(third)
	third.makeAll(1, 1, true)
	m.log.expect("stopped", "started", line)
	if s := m.status(); s.FlashWrites != 0 {
		t.Errorf("status %+v", s)
	}
	stop()
}

// If a daemon is killed during a shutdown, the next one finds the records that were
// not stored in tmpfs.
func TestShutdownRespawn(t *testing.T) {
	for _, place := range []string{"flash", "pmsg"} {
		m, k := newKeepingMachine(t, true), newKernel(100)
		if place == "pmsg" {
			m.configure("[shutdown]\ndir = none\n")
		}
		stop := m.start(k)
		k.makeAll(1, 2, true)
		k.make(goingDown(3), true)
		k.make(goingDown(4), true)
		m.trail("1 2 3 4")
		stop()
		// As if it had been killed: 5 to 7 are only in tmpfs.
		w, err := trail.Open(m.dir+"/trail", bootID, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for seq := uint64(5); seq <= 7; seq++ {
			e := goingDown(seq)
			w.Event(&e)
		}
		w.Flush()
		w.Close()
		next := newKernel(100)
		next.info.Shutdown, next.info.SeqLast = true, 7
		stop = m.start(next)
		next.make(goingDown(8), true)
		m.trail("1 2 3 4 5 6 7 8")
		stop()
		const want = "3 4 5 6 7 8"
		if place == "flash" {
			m.expectKept(want)
			continue
		}
		m.reboot("")
		m.configure("[shutdown]\ndir = " + m.dir + "/flash\n")
		last := newKernel(9)
		stop = m.start(last)
		m.expectKept("(flash: no directory is configured (shutdown.dir); continuing in " + m.dir + "/pmsg0) " + want)
		stop()
	}
}

// Lines that cannot be stored are counted, and that is logged once.
func TestShutdownNotStored(t *testing.T) {
	m, k := newKeepingMachine(t, true), newKernel(100)
	m.configure("[shutdown]\ndir = none\n")
	must(t, os.Remove(m.dir+"/pmsg0"))
	stop := m.start(k)
	k.make(goingDown(1), true)
	m.log.expect("started", line, "trail of this shutdown is incomplete: flash: no directory is configured (shutdown.dir); pmsg: open "+m.dir+"/pmsg0: no such file")
	k.make(goingDown(2), true)
	m.log.expect(line)
	for m.status().ShutdownDropped != 2 {
		time.Sleep(time.Millisecond)
	}
	stop()
	m.log.expect("stopped")
}

// The follower does not wait for flash. Lines that do not fit into the queue are lost
// and counted, and the trail has the loss in their place.
func TestShutdownQueue(t *testing.T) {
	m := newKeepingMachine(t, true)
	cfg, err := config.Load(m.config)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Shutdown.Size = 32 // less than the queue: the end is in pmsg
	r := &recorder{cfg: cfg}
	k := newShutdownStore(r, options{pmsg: m.dir + "/pmsg0"}, bootID, event.Info{})
	must(t, os.Mkdir(m.dir+"/trail", 0o700))
	seq := uint64(0)
	next := func() {
		seq++
		e := goingDown(seq)
		k.record([]kernel.Step{{Event: &e}})
	}
	for r.shutdownDropped.Load() < 5 {
		next()
	}
	k.record([]kernel.Step{{Lost: event.Loss{From: seq + 1, To: seq + 10}}}) // lost in the kernel's ring
	seq += 10
	k.record([]kernel.Step{{Event: &event.Event{Kind: event.KindNote, Text: "Stall :: a"}}})
	if n := k.queue.Size(); n < maxQueued || n > maxQueued+300 {
		t.Errorf("%d bytes are queued", n)
	}
	d := k.store.Begin(event.Trail{BootID: bootID})
	defer d.Close()
	taken, _ := k.take(new(trail.Batch))
	next()
	rest, _ := k.take(new(trail.Batch))
	for _, b := range []*trail.Batch{taken, rest} {
		if _, err := d.Write(b); err != nil {
			t.Error(err)
		}
	}
	left, err := os.ReadFile(m.dir + "/pmsg0")
	if err != nil {
		t.Fatal(err)
	}
	lost := event.Loss{From: seq - 15, To: seq - 1}
	// pmsg alone, as a start reads it.
	after := trail.Store{Fallback: t.TempDir(), Size: 1 << 20}
	tr, err := after.Recover("0", trail.PstoreData{State: event.PstoreFound, Pmsg: left})
	must(t, err)
	if len(tr.Losses) == 0 || tr.Losses[len(tr.Losses)-1] != lost || tr.Events[len(tr.Events)-1].Seq != seq || r.shutdownDropped.Load() != 7 {
		t.Errorf("lost are %v, want %v; %d dropped", tr.Losses, lost, r.shutdownDropped.Load())
	}
}

// Before a sysupgrade procd tells the daemon to end, as all other services. The trail is
// stored then, with what the ring has of the other services, and the claim is given back
// before.
func TestServicesStopped(t *testing.T) {
	for _, c := range []struct {
		others int
		want   string
	}{{1, "nothing"}, {2, "3 4 5 6"}} {
		m, k := newKeepingMachine(t, true), newKernel(100)
		k.info.ClockLocal, k.info.ClockRealtime = 5e9, 1764122400e9
		term := func(seq uint64, pid int, heard bool) {
			e := sample(seq)
			e.SenderPID, e.SenderName, e.TargetPID, e.Time = 1, "procd", uint32(pid), 3e9+seq
			k.make(e, heard)
		}
		k.makeAll(1, 2, true)
		stop := m.start(k)
		m.trail("1 2")
		for i := range c.others {
			term(uint64(3+i), 100+i, true)
		}
		term(uint64(3+c.others), os.Getpid(), true)
		k.make(sample(uint64(4+c.others)), false) // not read when the signal comes
		m.signals <- syscall.SIGTERM
		must(t, stop())
		for line := ""; !strings.HasPrefix(line, "stopped after record"); {
			if line = m.log.next(); line == "" {
				t.Fatal("the log has no line about the end")
			}
		}
		// The sysupgrade erases flash.
		if got := m.kept(); got != "nothing" {
			t.Errorf("%d others: flash has %s", c.others, got)
		}
		m.reboot("")
		m.signals = make(chan os.Signal)
		m.start(newKernel(9))
		for started, line := false, ""; !started || !strings.HasPrefix(line, "Last shutdown :: details") && !strings.HasPrefix(line, "Last shutdown :: no "); {
			if line = m.log.next(); line == "" {
				t.Fatal("the log has no verdict")
			}
			started = started || strings.HasPrefix(line, "started")
		}
		if got := m.kept(); got != c.want {
			t.Errorf("%d others: kept %s, want %s", c.others, got, c.want)
		}
		list, _, _ := trail.List(m.dir+"/flash", m.dir+"/trail")
		if len(list) > 0 {
			tr, _, err := list[0].Load()
			if err != nil || tr.Wall(5e9) != 1764122400e9 {
				t.Errorf("wall time %d, %v", tr.Wall(5e9), err)
			}
		}
	}
}
