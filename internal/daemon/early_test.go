// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sigtrail/internal/config"
	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/internal/procfs"
)

// earlyTest is a watch before a shutdown, 100 s after boot. It has an empty proc.
type earlyTest struct {
	*stallTest
	proc   string
	noted  []string
	marked []string
}

func newEarly(t *testing.T) *earlyTest {
	s := &earlyTest{stallTest: newStall(t), proc: t.TempDir()}
	s.watch.early = early{
		proc:    procfs.Root(s.proc),
		logread: s.proc + "/logread",
		store:   func(e event.Event, over bool) { s.noted = append(s.noted, fmt.Sprint(e.Time/1e9, over, e.Text)) },
		mark: func(logged string) error {
			s.marked = append(s.marked, logged)
			return nil
		},
	}
	return s
}

// runs adds a process, as in a scene.
func (s *earlyTest) runs(line string) {
	s.t.Helper()
	addProcess(s.t, s.proc, line)
}

func (s *earlyTest) ended(pid string) { must(s.t, os.RemoveAll(filepath.Join(s.proc, pid))) }

// logs makes a logread that prints lines.
func (s *earlyTest) logs(lines ...string) {
	s.t.Helper()
	script := "#!/bin/sh\necho asked >>" + s.proc + "/asked\ncat <<'END'\n" + strings.Join(lines, "\n") + "\nEND\n"
	must(s.t, os.WriteFile(s.watch.early.logread, []byte(script), 0o755))
}

// later moves the clocks, and lets the timer expire.
func (s *earlyTest) later(seconds int) {
	s.k.info.ClockBoottime += uint64(seconds) * 1e9
	s.k.info.ClockLocal += uint64(seconds) * 1e9
	s.pass(seconds)
}

func (s *earlyTest) saidLines(want ...string) {
	s.t.Helper()
	got := strings.Split(strings.TrimSuffix(s.drain(), "\n"), "\n")
	for i := range want {
		want[i] = "Stall :: " + want[i]
	}
	if len(want) == 0 {
		want = []string{""}
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("said %q\nwant %q", got, want)
	}
}

// A reboot that waits in sync is reported as a stall is, until it has ended.
func TestEarlyCaller(t *testing.T) {
	s := newEarly(t)
	s.runs("116 1 S 50 wait_woken ash -ash")
	s.runs("696 116 D 98 folio_wait_bit_common reboot reboot")
	s.runs("13 2 S 1 0 shutdown shutdown")          // a kernel thread
	s.runs("697 116 Z 20 0 halt halt")              // has ended
	s.runs("698 116 S 20 0 rebootd rebootd reboot") // another program
	s.runs("699 116 S 20 0 reboot reboot")
	must(t, os.WriteFile(s.proc+"/699/status", []byte("Name:\treboot\nUid:\t0\t1000\t0\t0\n"), 0o644)) // may not ask
	s.start(5, event.Info{})
	s.waits(3)
	s.saidLines()
	s.later(3)
	s.waits(10)
	s.saidLines("no shutdown has begun 5 s after a program was started to ask for it:",
		"(reboot 696) state D, folio_wait_bit_common, for 5 s, child of (ash 116): reboot")
	s.runs("700 1 S 104 hrtimer_nanosleep busybox busybox poweroff")
	for _, c := range []struct{ passes, says int }{{10, 15}, {10, 25}, {10, 0}, {10, 45}, {400, 445}, {10, 0}} {
		s.later(c.passes)
		s.waits(10)
		if said := s.drain(); (said != "") != (c.says > 0) || !strings.Contains(said, fmt.Sprintf(" %d s after a program", c.says)) && c.says > 0 {
			t.Errorf("after %d s: said %q", c.says, said)
		}
	}
	if n := len(s.noted); n != 2+3+3+3+3 || s.noted[1] != "101 falseStall :: (reboot 696) state D, folio_wait_bit_common, for 5 s, child of (ash 116): reboot" {
		t.Errorf("%d notes: %q", n, s.noted)
	}
	s.noted = nil
	s.ended("696")
	s.later(10) // the other one stands, for the first time as the oldest one
	s.waits(10)
	s.saidLines("no shutdown has begun 459 s after a program was started to ask for it:",
		"(busybox 700) state S, hrtimer_nanosleep, for 459 s: busybox poweroff")
	s.ended("700")
	s.later(10)
	s.waits(10)
	s.saidLines("no shutdown has begun, and the program that was to ask for it has ended")
	if last := s.noted[len(s.noted)-1]; !strings.Contains(last, "true") {
		t.Errorf("noted %q", last)
	}
	s.later(10)
	s.waits(10)
	s.saidLines()
}

// Once a shutdown has begun, its stalls are reported.
func TestEarlyThenShutdown(t *testing.T) {
	s := newEarly(t)
	s.runs("696 116 D 80 folio_wait_bit_common reboot reboot")
	s.start(5, event.Info{})
	s.waits(10)
	s.drain()
	s.k.info.Shutdown = true // the event is still to come
	s.later(10)
	s.waits(10)
	s.saidLines()
	down := goingDown(1)
	s.watch.event(&down)
	s.waits(5)
	s.later(5)
	s.waits(5)
	s.says(5)
	s.watch.set(0)
	s.quiet()
}

// A reboot over ubus that waits for a start script in the foreground is in the log alone.
func TestEarlyStartScript(t *testing.T) {
	const logged = "Thu Nov 26 04:14:56 2026 daemon.info procd: - shutdown -"
	s := newEarly(t)
	asked := func() int {
		b, _ := os.ReadFile(s.proc + "/asked")
		return strings.Count(string(b), "asked")
	}
	s.logs("Thu Nov 26 04:10:00 2026 daemon.info procd: - early -", "Thu Nov 26 04:12:00 2026 user.notice x: procd: - shutdown - ")
	s.runs("812 1 S 97 do_wait S95foo /bin/sh /etc/rc.common /etc/rc.d/S95foo boot")
	s.runs("813 1 S 20 do_wait S95 vi S95")
	s.runs("814 1 S 20 do_wait S95forged /bin/sh /etc/rc.d/S95forged boot")
	must(t, os.WriteFile(s.proc+"/814/status", []byte("Uid:\t1000\t1000\t1000\t1000\n"), 0o644))
	s.start(5, event.Info{})
	s.waits(10) // still young
	s.later(10)
	s.waits(10)
	if asked() != 1 || len(s.marked) != 0 {
		t.Errorf("asked %d times, marked %q", asked(), s.marked)
	}
	// The log is read less and less often, once a minute at least.
	for range 30 {
		s.later(10)
		s.waits(10)
	}
	if n := asked(); n != 7 {
		t.Errorf("asked %d times", n)
	}
	s.logs(logged, "another line")
	for range 6 {
		s.later(10)
		s.waits(10)
	}
	if want := []string{"Thu Nov 26 04:14:56 2026"}; !slices.Equal(s.marked, want) {
		t.Errorf("marked %q", s.marked)
	}
	s.watch.early.mark = func(string) error { return errors.New("refused") }
	for range 6 {
		s.later(10)
		s.waits(10)
	}
	if said := s.drain(); said != "reboot over ubus: refused\n" {
		t.Errorf("said %q", said)
	}
	// All start scripts have ended: what has the name of one is something else.
	s.logs("Thu Nov 26 04:15:00 2026 daemon.info procd: - init complete -")
	for range 7 {
		s.later(10)
		s.waits(10)
	}
	before := asked()
	for range 20 {
		s.later(10)
		s.waits(10)
	}
	if n := asked() - before; n != 0 {
		t.Errorf("asked %d times more", n)
	}
}

func TestInitLog(t *testing.T) {
	for _, c := range []struct {
		log     string
		logged  string
		started bool
	}{
		{"", "", false},
		{"Thu Nov  6 04:14:56 2026 daemon.info procd: - shutdown -\nx", "Thu Nov  6 04:14:56 2026", false},
		{"Nov 26 04:14:56 guest daemon.info procd: - shutdown -\n", "Nov 26 04:14:56", false},
		{"a line of another log daemon procd: - shutdown -\n", "time unknown", false},
		{"Thu Nov 26 04:14:56 2026 daemon.info procd: - shutdown - not\n", "", false},
		{"Thu Nov 26 04:14:56 2026 daemon.info xprocd: - shutdown -\n", "", false},
		{"Thu Nov 26 04:14:56 2026 daemon.info procd: - init complete -\n", "", true},
		{"Nov 26 04:14:56 procd: - init complete -\nNov 26 04:14:56 procd: - shutdown -\nNov 26 04:15:56 kernel: [    0.000000] Linux version 6.6\n", "", false},
		{strings.Repeat("x", 1<<20) + "\nNov 26 04:14:56 procd: - shutdown -\n", "Nov 26 04:14:56", false},
	} {
		if logged, started := parseInitLog(strings.NewReader(c.log)); logged != c.logged || started != c.started {
			t.Errorf("%.80q: got %q, %v", c.log, logged, started)
		}
	}
	if logged, started := readInitLog("/none"); logged != "" || started {
		t.Errorf("without logread: %q, %v", logged, started)
	}
}

// The whole daemon: a shutdown that procd has only logged is kept on flash, with its stall.
func TestEarlyKeptOnFlash(t *testing.T) {
	m, k := newKeepingMachine(t, true), newKernel(9)
	k.info.ClockBoottime, k.info.ClockLocal = 100e9, 98e9
	m.configure("[shutdown]\nstall = 1\n")
	scene(t, m.dir+"/proc", "foreground")
	must(t, os.WriteFile(m.dir+"/logread", []byte("#!/bin/sh\necho 'Thu Nov 26 04:14:56 2026 daemon.info procd: - shutdown -'\n"), 0o755))
	stop := m.start(k)
	marked := false
	for line := m.log.next(); !strings.HasPrefix(line, "Stall :: start script S95foo"); line = m.log.next() {
		if marked = marked || line == "Mark :: (kernel 0) "+event.LoggedMark+"Thu Nov 26 04:14:56 2026"; line == "" {
			t.Fatal("no stall is logged")
		}
	}
	if !marked {
		t.Error("no mark is logged")
	}
	stop()
	kept := m.kept()
	if !strings.HasPrefix(kept, "1 (Stall ::") || !strings.Contains(kept, "start script S95foo") {
		t.Errorf("kept %s", kept)
	}
}

// A hang before the shutdown is on flash as long as it lasts, without other events.
func TestEarlyOnFlash(t *testing.T) {
	m, k := newKeepingMachine(t, true), newKernel(9)
	cfg := config.Default()
	cfg.Shutdown.Dir, cfg.Trail.Dir = m.flash, m.dir
	r := &recorder{kernel: k, cfg: cfg}
	s := newShutdownStore(r, options{}.on(m), bootID, event.Info{})
	s.logf = func(string, ...any) {}
	s.start(false, 0)
	defer s.close()
	note := func(text string, over bool) { s.early(event.Event{Kind: event.KindNote, Time: 1, Text: text}, over) }
	stored := func(seq uint64, flags event.Flags) {
		e := sample(seq)
		e.Flags = flags
		s.record([]kernel.Step{{Event: &e}})
	}

	stored(1, 0)
	note("hangs", false)
	m.expectKept("(hangs)")
	stored(2, 0)
	note("still hangs", false)
	m.expectKept("(hangs) (still hangs)")
	note("over", true)
	m.expectKept("nothing")
	stored(3, 0)
	note("hangs again", false)
	stored(4, event.FlagShutdown)
	note("over by the shutdown", true)
	m.expectKept("(hangs again) 4 (over by the shutdown)")
}

// Without flash the notes are in pmsg, and so is the one that says that it is over. A
// shutdown after that is stored on flash again.
func TestEarlyInPmsg(t *testing.T) {
	m, k := newKeepingMachine(t, true), newKernel(9)
	cfg := config.Default()
	cfg.Shutdown.Dir, cfg.Trail.Dir = "", m.dir
	r := &recorder{kernel: k, cfg: cfg}
	s := newShutdownStore(r, options{}.on(m), bootID, event.Info{})
	s.logf = func(string, ...any) {}
	s.start(false, 0)
	defer s.close()
	for i, over := range []bool{false, true} {
		s.early(event.Event{Kind: event.KindNote, Time: 1, Text: fmt.Sprint("note ", i)}, over)
		for range 500 {
			if b, _ := os.ReadFile(m.dir + "/pmsg0"); strings.Contains(string(b), fmt.Sprint("note ", i)) {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	b, _ := os.ReadFile(m.dir + "/pmsg0")
	if !strings.Contains(string(b), "note 0") || !strings.Contains(string(b), "note 1") {
		t.Errorf("pmsg has %s", b)
	}
	cfg.Shutdown.Dir = m.flash
	s.use(cfg)
	down := goingDown(7)
	s.record([]kernel.Step{{Event: &down}})
	m.expectKept("7")
}
