// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sigtrail/internal/config"
	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/internal/procfs"
	"sigtrail/internal/trail"
)

func procRoot(dir string) procfs.Root { return procfs.Root(dir + "/proc") }

// line is the log line of sample(any).
const line = "Signal :: (killall 7) --[15]--> (legacyd 8) SIGTERM delivered; uid 0"

func TestBacklogThenLive(t *testing.T) {
	m, k := newMachine(t), newKernel(100)
	k.makeAll(1, 2, true) // in the ring, and live again: duplicates
	stop := m.start(k)
	m.log.expect("started: version test", line, line)
	k.makeAll(3, 3, true)
	m.log.expect(line)
	m.trail("1 2 3")
	if err := stop(); err != nil {
		t.Error(err)
	}
	m.log.expect("stopped after record 3: 3 records")
	if want := "info join claim dump close"; strings.Join(k.did, " ") != want {
		t.Errorf("did %q, want %s", k.did, want)
	}
	if k.bootID != bootID {
		t.Errorf("claimed for boot %q, want %s", k.bootID, bootID)
	}
	if _, err := os.Stat(m.dir + "/trail/" + trail.Socket); !os.IsNotExist(err) {
		t.Errorf("the status socket is left over: %v", err)
	}
}

func TestGapHealed(t *testing.T) {
	m, k := newMachine(t), newKernel(100)
	m.start(k)
	k.makeAll(1, 1, true)
	m.trail("1")
	k.makeAll(2, 4, false)
	k.makeAll(5, 5, true)
	m.trail("1 2 3 4 5")
	m.awaitStatus(func(s event.Status) bool {
		return s.Healed == 3 && s.Lost == 0 && s.Records == 5 && s.Seq == 5 && s.MalformedEvents == 3
	})
}

func TestGapUnhealable(t *testing.T) {
	m, k := newMachine(t), newKernel(3)
	m.start(k)
	m.log.expect("started")
	k.makeAll(1, 1, true)
	m.log.expect(line)
	k.makeAll(2, 9, false)
	k.makeAll(10, 10, true)
	m.log.expect("Lost :: 6 records, 2 to 7, overwritten before they could be read", line, line, line)
	m.trail("1 lost 2-7 8 9 10")
	m.awaitStatus(func(s event.Status) bool { return s.Healed == 2 && s.Lost == 6 && s.Records == 4 })
}

func TestOverrun(t *testing.T) {
	m, k := newMachine(t), newKernel(100)
	m.start(k)
	k.makeAll(1, 1, true)
	k.makeAll(2, 3, false)
	k.live <- live{err: fmt.Errorf("receive: %w", kernel.ErrOverrun)}
	m.trail("1 2 3")
	m.awaitStatus(func(s event.Status) bool { return s.Overruns == 1 && s.Healed+s.Records >= 3 && s.Lost == 0 })
}

// A daemon that was killed leaves a trail with an incomplete last frame. The next one
// resumes by number.
func TestRespawn(t *testing.T) {
	m, k := newMachine(t), newKernel(9)
	stop := m.start(k)
	k.makeAll(1, 5, true)
	m.trail("1 2 3 4 5")
	stop()
	path := m.dir + "/trail/trail.1.sig"
	whole := readFile(t, path)
	must(t, os.WriteFile(path, whole[:len(whole)-9], 0o600)) // 5 is torn

	next := newKernel(9)
	next.ring, next.info = k.ring, k.info
	next.makeAll(6, 7, false)
	stop = m.start(next)
	m.trail("1 2 3 4 5 6 7")
	stop()

	last := newKernel(4)
	last.makeAll(20, 24, false)
	m.start(last)
	m.trail("1 2 3 4 5 6 7 lost 8-20 21 22 23 24")
}

// A trail with numbers that this kernel has not reached is not from this boot.
func TestForeignNumbers(t *testing.T) {
	m, k := newMachine(t), newKernel(9)
	w, err := trail.Open(m.dir+"/trail", bootID, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	e := sample(500)
	w.Event(&e)
	w.Flush()
	w.Close()
	k.makeAll(1, 2, false)
	m.start(k)
	m.trail("1 2")
}

func TestPrintedAndExcluded(t *testing.T) {
	m, k := newMachine(t), newKernel(9)
	m.configure("exclude = SIGWINCH,14\n")
	m.start(k)
	m.log.expect("started")
	for seq, e := range []event.Event{
		{Signal: 28}, {Signal: 14}, {Signal: 1, Flags: event.FlagPrinted}, {Kind: event.KindMark, Text: "last"},
	} {
		e.Seq = uint64(seq + 1)
		k.make(e, true)
	}
	m.log.expect("Mark :: (kernel 0) last")
	m.trail("1 2 3 4")
	m.awaitStatus(func(s event.Status) bool { return s.Excluded == 2 && s.Printed == 1 && s.Records == 4 })
}

// The log says which protection failed.
func TestOutliveFails(t *testing.T) {
	m := newMachine(t)
	o := options{config: m.config, version: "test", kernel: func() (kernelPart, error) { return newKernel(1), nil },
		outlive: func() (failed, right error) { return errors.New("read-only"), errors.New("no threads") }}.on(m)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx, o) }()
	m.log.expect("started", "the OOM killer can choose the service before other processes: read-only",
		"the service keeps the right CAP_SYS_RESOURCE, and does not need it: no threads")
	cancel()
	m.wait(done)
}

func TestNothingHalfStarted(t *testing.T) {
	m := newMachine(t)
	o := options{config: m.config}.on(m)
	o.kernel = func() (kernelPart, error) { return nil, kernel.ErrNoKernel }
	if err := run(context.Background(), o); !errors.Is(err, kernel.ErrNoKernel) {
		t.Errorf("no kernel part: %v", err)
	}
	k := newKernel(1)
	k.refuses = map[string]error{"info": kernel.ErrNoRights}
	o.kernel = func() (kernelPart, error) { return k, nil }
	if err := run(context.Background(), o); !errors.Is(err, kernel.ErrNoRights) {
		t.Errorf("no rights: %v", err)
	}
	o.config = m.dir + "/none"
	var bad *config.Error
	if err := run(context.Background(), o); !errors.As(err, &bad) {
		t.Errorf("no configuration: %v", err)
	}
	if entries, _ := filepath.Glob(m.dir + "/trail*"); len(entries) != 0 {
		t.Errorf("made %v", entries)
	}
	if strings.Join(k.did, " ") != "info close" {
		t.Errorf("did %q", k.did)
	}
}

func TestRefused(t *testing.T) {
	for _, what := range []string{"join", "set", "claim", "dump"} {
		m, k := newMachine(t), newKernel(1)
		m.configure("[kernel]\nsigchld = 1\n")
		broken := errors.New("refused")
		k.refuses = map[string]error{what: broken}
		o := options{config: m.config, kernel: func() (kernelPart, error) { return k, nil }}.on(m)
		if err := run(context.Background(), o); !errors.Is(err, broken) {
			t.Errorf("%s refused: %v", what, err)
		}
		if k.did[len(k.did)-1] != "close" {
			t.Errorf("%s refused: did %q", what, k.did)
		}
	}
}

func TestTwoDaemons(t *testing.T) {
	m, k := newMachine(t), newKernel(9)
	k.makeAll(1, 1, true)
	m.start(k)
	m.trail("1")
	o := options{config: m.config, kernel: func() (kernelPart, error) { return newKernel(1), nil }}.on(m)
	if err := run(context.Background(), o); !errors.Is(err, trail.ErrLocked) {
		t.Errorf("second daemon: %v", err)
	}
	// The first one still answers.
	m.awaitStatus(func(s event.Status) bool { return s.Records == 1 })
}

func TestSignals(t *testing.T) {
	m, k := newMachine(t), newKernel(9)
	k.info.Shutdown = true
	stop := m.start(k)
	m.signals <- syscall.SIGTERM
	m.signals <- syscall.SIGINT
	m.log.expect("started", `ignored signal "terminated": shutdown has begun, recording until killed`)
	k.makeAll(1, 1, true)
	m.log.expect(line)

	// A wrong configuration is refused, with a line for each option.
	m.configure("level = loud\nfacility = loud\n")
	m.signals <- syscall.SIGHUP
	m.log.expect("configuration error, keeping the previous configuration: "+m.config+": log.level = loud: allowed are",
		"configuration error, keeping the previous configuration: "+m.config+": log.facility = loud: allowed are")
	m.configure("exclude = TERM\n[kernel]\nprintk = off\nsigchld = yes\n")
	m.signals <- syscall.SIGHUP
	m.log.expect("configuration reloaded")
	k.makeAll(2, 2, true)
	m.trail("1 2")
	m.awaitStatus(func(s event.Status) bool { return s.Excluded == 1 && s.Logged >= 3 })
	if set := k.sets[len(k.sets)-1]; *set.Printk != 0 || !*set.SIGCHLD || set.SIGALRM != nil {
		t.Errorf("set %+v", set)
	}
	stop()

	// Without a shutdown, SIGTERM stops it.
	k = newKernel(9)
	k.info.SeqLast = 2
	done := make(chan error, 1)
	o := options{config: m.config, signals: m.signals, kernel: func() (kernelPart, error) { return k, nil }}.on(m)
	go func() { done <- run(context.Background(), o) }()
	m.signals <- syscall.SIGTERM
	if err := m.wait(done); err != nil {
		t.Error(err)
	}
}

// The queue to a log daemon that does not read is bounded. Dropped lines are counted,
// and the trail has all records.
func TestStorm(t *testing.T) {
	m, k := newMachine(t), newKernel(5000)
	m.configure("rate = 0\n")
	m.start(k)
	const n = 3000
	k.makeAll(1, n, true)
	// A record is counted before its line is.
	m.awaitStatus(func(s event.Status) bool { return s.Records == n && s.LogDropped > 0 })
	s := m.status()
	if s.Records != n || s.Lost != 0 || s.LogDropped > n-queueLines {
		t.Errorf("status %+v", s)
	}
}

// Lines wait for a log daemon that is restarted.
func TestLogComesAndGoes(t *testing.T) {
	m, k := newMachine(t), newKernel(9)
	m.log.conn.Close() // this removes the socket's file, too
	m.start(k)
	k.makeAll(1, 2, true)
	m.trail("1 2")
	m.log = startLog(t, m.dir+"/log")
	m.log.expect("started", line, line)
	m.log.conn.Close()
	k.makeAll(3, 3, true)
	m.trail("1 2 3")
	m.log = startLog(t, m.dir+"/log") // another one
	k.makeAll(4, 4, true)
	m.log.expect(line, line)
	m.awaitStatus(func(s event.Status) bool { return s.LogDropped == 0 && s.Records == 4 })
}

// A client that never reads only delays the next one.
func TestStatusClients(t *testing.T) {
	m, k := newMachine(t), newKernel(9)
	m.start(k)
	for range 20 {
		if s := m.status(); s.PID != uint64(os.Getpid()) {
			t.Fatalf("status %+v", s)
		}
	}
}
