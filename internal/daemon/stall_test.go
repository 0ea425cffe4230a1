// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
)

// stallTest is a watch with a clock that only the test moves.
type stallTest struct {
	t     *testing.T
	watch *stallWatch
	k     *fakeKernel
	now   time.Time
	asked chan time.Duration // timers that the watch has set
	fire  chan time.Time
	said  chan string
	close func()
}

func newStall(t *testing.T) *stallTest {
	s := &stallTest{t: t, k: newKernel(1), now: time.Now(), asked: make(chan time.Duration, 9), said: make(chan string, 100)}
	// 100 s after boot; the kernel's local clock is 2 s behind.
	s.k.info.ClockBoottime, s.k.info.ClockLocal = 100e9, 98e9
	s.watch = &stallWatch{
		kernel: s.k,
		look:   scene(t, t.TempDir(), "foreground").Processes,
		early:  early{proc: procfs.Root(t.TempDir()), logread: "/none"},
		kmsg:   t.TempDir() + "/none",
		log:    func(line string) { s.said <- line },
		clock:  func() time.Time { return s.now },
		timer: func(d time.Duration) <-chan time.Time {
			s.fire = make(chan time.Time)
			s.asked <- d
			return s.fire
		},
	}
	return s
}

func (s *stallTest) start(seconds int, info event.Info) {
	s.watch.start(time.Duration(seconds)*time.Second, info)
	s.close = sync.OnceFunc(s.watch.close)
	s.t.Cleanup(s.close)
}

// quiet ends the watch, and expects no timer and no line.
func (s *stallTest) quiet() {
	s.t.Helper()
	s.close()
	if len(s.asked) != 0 || len(s.said) != 0 {
		s.t.Errorf("waits %d times, said %q", len(s.asked), s.drain())
	}
}

// waits expects a timer of so many seconds.
func (s *stallTest) waits(seconds int) {
	s.t.Helper()
	select {
	case d := <-s.asked:
		if d != time.Duration(seconds)*time.Second {
			s.t.Errorf("waits %v, want %d s", d, seconds)
		}
	case <-time.After(10 * time.Second):
		s.t.Fatalf("does not wait %d s", seconds)
	}
}

// pass moves the clock, and lets the timer expire.
func (s *stallTest) pass(seconds int) {
	s.elapse(seconds)
	s.fire <- s.now
}

func (s *stallTest) elapse(seconds int) { s.now = s.now.Add(time.Duration(seconds) * time.Second) }

// says expects a first line with so many seconds, and drops the others.
func (s *stallTest) says(seconds int) {
	s.t.Helper()
	want := fmt.Sprintf("Stall :: no progress for %d s of shutdown; ", seconds)
	if got := s.drain(); !strings.HasPrefix(got, want) || strings.Count(got, want) != 1 {
		s.t.Errorf("said %q, want %q", got, want)
	}
}

func (s *stallTest) drain() string {
	var all strings.Builder
	for len(s.said) > 0 {
		all.WriteString(<-s.said + "\n")
	}
	return all.String()
}

func TestStallIntervals(t *testing.T) {
	s := newStall(t)
	s.start(10, event.Info{})
	s.waits(10)
	before, down := sample(1), goingDown(2)
	s.watch.event(&before) // not a shutdown
	s.watch.event(&down)
	s.waits(10)
	for _, c := range []struct{ passes, says, waits int }{
		{10, 10, 10}, {10, 20, 20}, {20, 40, 40}, {40, 80, 80}, {80, 160, 160}, {160, 320, 300}, {300, 620, 300}, {300, 920, 300},
	} {
		s.pass(c.passes)
		s.waits(c.waits)
		s.says(c.says)
	}
	// An event: the running timer is far too late.
	s.elapse(100)
	s.watch.event(&down)
	s.waits(10)
	// Another event before the timer expires: it expires, then waits for the rest.
	s.elapse(7)
	s.watch.event(&down)
	s.pass(3)
	s.waits(7)
	s.pass(7)
	s.waits(10)
	s.says(10)
	// A machine that was suspended reports once.
	s.pass(1000)
	s.waits(210)
	s.says(1010)
}

// A signal that was not delivered is not progress.
func TestStallDroppedSignals(t *testing.T) {
	s := newStall(t)
	s.start(10, event.Info{})
	s.waits(10)
	down := goingDown(1)
	s.watch.event(&down)
	s.waits(10)
	s.elapse(9)
	s.watch.event(&event.Event{Seq: 2, Kind: event.KindSummary, Flags: event.FlagShutdown, TargetPID: 9})
	for _, outcome := range []event.Outcome{event.Ignored, event.AlreadyPending, event.OverflowFail, event.Dying} {
		dropped := goingDown(2)
		dropped.Outcome = outcome
		s.watch.event(&dropped)
	}
	s.pass(1)
	s.waits(10)
	s.says(10)
	exit := event.Event{Kind: event.KindExit, Flags: event.FlagShutdown}
	s.watch.event(&exit)
	s.waits(10)
}

func TestStallConfigured(t *testing.T) {
	s := newStall(t)
	s.start(10, event.Info{Shutdown: true, ClockLocal: 90e9})
	s.waits(10)
	s.watch.set(3 * time.Second)
	s.waits(3)
	s.watch.set(0)
	s.elapse(1000)
	down := goingDown(1)
	s.watch.event(&down)
	s.quiet()

	s = newStall(t)
	s.start(0, event.Info{Shutdown: true})
	s.watch.event(&down)
	s.quiet()

	s = newStall(t) // no shutdown
	s.start(20, event.Info{})
	s.waits(20)
	s.quiet()
}

// Each line is a note in the trail, with the time of the kernel's clock. Only lines
// that cannot be written to /dev/kmsg go to the log.
func TestStallLines(t *testing.T) {
	s := newStall(t)
	var notes []event.Event
	s.watch.note = func(e event.Event) { notes = append(notes, e) }
	s.start(10, event.Info{Shutdown: true, ClockLocal: 20e9})
	s.waits(10)
	s.pass(10)
	s.waits(10)
	logged := strings.Split(strings.TrimSuffix(s.drain(), "\n"), "\n")
	if len(logged) < 3 || len(notes) != len(logged) {
		t.Fatalf("logged %q, noted %v", logged, notes)
	}
	for i, e := range notes {
		if want := (event.Event{Kind: event.KindNote, Time: 98e9, Text: logged[i]}); e != want {
			t.Errorf("noted %+v, want %+v", e, want)
		}
	}

	// A pipe keeps the lines, as /dev/kmsg does, and so does its order.
	s.watch.kmsg = s.t.TempDir() + "/kmsg"
	if err := syscall.Mkfifo(s.watch.kmsg, 0o600); err != nil {
		t.Fatal(err)
	}
	pipe, err := os.OpenFile(s.watch.kmsg, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	s.pass(10)
	s.waits(20)
	if got := s.drain(); got != "" {
		t.Errorf("logged %q besides", got)
	}
	pipe.WriteString("end\n")
	kmsg := bufio.NewScanner(pipe)
	for _, e := range notes[len(logged):] {
		if kmsg.Scan(); kmsg.Text() != "<3>"+e.Text {
			t.Errorf("printed %q, want %q", kmsg.Text(), e.Text)
		}
	}
	if kmsg.Scan(); kmsg.Text() != "end" {
		t.Errorf("printed %q besides", kmsg.Text())
	}
}

// A stall is reported without proc or the kernel's clocks, too.
func TestStallBlind(t *testing.T) {
	s := newStall(t)
	s.watch.look = procfs.Root("/none").Processes
	s.start(10, event.Info{Shutdown: true})
	s.waits(10)
	s.pass(10)
	s.waits(10)
	want := "Stall :: no progress for 10 s of shutdown; what init waits for is not known: open /none: no such file or directory\n"
	if got := s.drain(); got != want {
		t.Errorf("said %q, want %q", got, want)
	}
	s.watch.look = scene(t, t.TempDir(), "foreground").Processes
	s.k.refuses = map[string]error{"info": errors.New("refused")}
	s.pass(10)
	s.waits(20)
	want = "Stall :: (S95foo 812) state S, do_wait, child of (procd 1): /bin/sh /etc/rc.common /etc/rc.d/S95foo boot\n"
	if got := s.drain(); !strings.Contains(got, want) || strings.Contains(got, " for 0 s") {
		t.Errorf("said %q, want %q", got, want)
	}
}

// A stall that ends while its cause is looked for is not reported. What has ended, or
// was started, meanwhile is not named.
func TestStallLooksAgain(t *testing.T) {
	s := newStall(t)
	all, err := s.watch.look()
	if err != nil {
		t.Fatal(err)
	}
	s.start(10, event.Info{Shutdown: true, ClockLocal: 20e9})
	s.waits(10)
	s.watch.look = func() ([]procfs.Process, error) {
		down := goingDown(1)
		s.watch.event(&down)
		return all, nil
	}
	s.pass(10)
	s.waits(10)
	if said := s.drain(); said != "" {
		t.Errorf("said %q", said)
	}

	script := func(pid int, name string) procfs.Process {
		return procfs.Process{PID: pid, Parent: 1, Name: name, State: 'S', Start: 30 * time.Second, Args: []string{"/bin/sh", "/etc/rc.d/" + name}}
	}
	looks := [][]procfs.Process{
		{script(900, "K30ended"), script(901, "K31same"), script(902, "K32reused")},
		{script(901, "K31same"), script(902, "K32reused"), script(903, "K33new")},
	}
	looks[1][1].Start = 31 * time.Second
	s.watch.look = func() ([]procfs.Process, error) {
		now := looks[0]
		looks = looks[1:]
		return now, nil
	}
	s.pass(10)
	s.waits(10)
	if said := s.drain(); !strings.Contains(said, "K31same (pid 901)") || strings.Contains(said, "K30") || strings.Contains(said, "K32") || strings.Contains(said, "K33") {
		t.Errorf("said %q", said)
	}
}

// A process that called reboot(2) and did not come through is waited for.
func TestStallInReboot(t *testing.T) {
	s := newStall(t)
	s.watch.look = func() ([]procfs.Process, error) {
		return []procfs.Process{{PID: 1, Name: "procd", State: 'S'}, {PID: 140, Parent: 1, Name: "ash", State: 'S', Start: time.Second},
			{PID: 811, Parent: 140, Name: "reboot", State: 'S', Start: 80 * time.Second, Wait: "wait_for_completion", Args: []string{"reboot", "-f"}}}, nil
	}
	s.start(10, event.Info{})
	s.waits(10)
	s.watch.event(&event.Event{Kind: event.KindReboot, Flags: event.FlagShutdown, SenderPID: 811, Time: 70e9})
	s.waits(10)
	s.pass(10)
	s.waits(10)
	want := "Stall :: no progress for 10 s of shutdown; reboot(2) was called, and has not come through:\n" +
		"Stall :: (reboot 811) state S, wait_for_completion, for 20 s, child of (ash 140): reboot -f\nStall :: and 1 other: ash\n"
	if said := s.drain(); said != want {
		t.Errorf("said %q", said)
	}
}

// Once a stop script has made its mark, init waits for no start script.
func TestStallStopScriptsBegun(t *testing.T) {
	s := newStall(t)
	s.start(10, event.Info{Shutdown: true, ClockLocal: 20e9})
	s.waits(10)
	s.watch.event(&event.Event{Kind: event.KindMark, Text: event.ShutdownMark})
	s.pass(10)
	s.waits(10)
	if said := s.drain(); !strings.Contains(said, "; no init script has run for so long") || strings.Contains(said, "start script") {
		t.Errorf("said %q", said)
	}
}

// The whole daemon, in real time.
func TestStall(t *testing.T) {
	m, k := newMachine(t), newKernel(9)
	m.configure("[shutdown]\nstall = 1\n")
	scene(t, m.dir+"/proc", "foreground")
	m.start(k)
	k.make(goingDown(1), true)
	m.log.expect("started", line, "Stall :: no progress for 1 s of shutdown; init still waits for:",
		"Stall :: start script S95foo (pid 812) still runs")
}

// Exits without a signal are no progress where they can come again and again: of a service
// that crashes as often as it is started, and, with exits=all, of what a hung script runs.
func TestStallExits(t *testing.T) {
	exit := func(at, ran int, name string, flags event.Flags) *event.Event {
		return &event.Event{Kind: event.KindExit, Time: uint64(at) * 1e9, RunTime: uint64(ran) * 1e9, TargetPID: 900, TargetName: name,
			ExitStatus: 1 << 8, Flags: flags | event.FlagShutdown}
	}
	const loop = event.FlagOfInit | event.FlagForgotten
	for _, c := range []struct {
		name     string
		e        *event.Event
		progress bool
	}{
		{"a service that crashes", exit(58, 3, "crashes", event.FlagOfInit), false},
		{"the same, with signals forgotten", exit(58, 3, "crashes", loop), false},
		{"a sleep of a hung script", exit(58, 1, "sleep", 0), false},
		{"a process with a script's name", exit(58, 1, "K30hangstop", 0), false},
		{"a service with a name like a script's", exit(58, 1, "Kodi", event.FlagOfInit), false},
		{"a stop script", exit(58, 3, "K30hangstop", event.FlagOfInit), true},
		{"a start script", exit(58, 3, "S95foo", event.FlagOfInit), true},
		{"a process that ran before", exit(58, 9, "stopped", event.FlagOfInit), true},
		{"a process that was signalled", &event.Event{Kind: event.KindExit, Flags: event.FlagShutdown, Time: 58e9, RunTime: 3e9, SinceLast: 1e9}, true},
		{"a process that was killed", &event.Event{Kind: event.KindExit, Flags: event.FlagShutdown, Time: 58e9, RunTime: 3e9, ExitStatus: 9}, true},
		{"an exit of an older kernel part", exit(58, 0, "x", 0), true},
	} {
		s := newStall(t)
		s.start(10, event.Info{Shutdown: true, ClockLocal: 50e9})
		s.waits(10)
		s.elapse(8)
		s.watch.event(c.e)
		s.pass(2)
		if c.progress {
			s.waits(8)
		} else {
			s.waits(10)
		}
		if said := s.drain() == ""; said != c.progress {
			t.Errorf("%s: progress %v, want %v", c.name, said, c.progress)
		}
	}

	// Services that crash in turn: each ran when another one ended, none at the last progress.
	s := newStall(t)
	s.start(10, event.Info{Shutdown: true, ClockLocal: 50e9})
	s.waits(10)
	s.elapse(2)
	s.watch.event(exit(52, 4, "first", event.FlagOfInit))
	s.elapse(6)
	s.watch.event(exit(58, 7, "second", event.FlagOfInit))
	s.pass(2)
	s.waits(2)
	s.pass(2)
	s.waits(10)
	s.says(10)
}
