// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
	"sigtrail/internal/trail"
)

// victim is a process that a rule applies to.
type victim struct {
	procfs.Process
	cmd *exec.Cmd
}

// victim starts a process named "victim". The machine's proc shows it.
func (m *machine) victim() victim {
	m.t.Helper()
	path := filepath.Join(m.dir, "victim")
	if _, err := os.Lstat(path); err != nil {
		sleep, err := exec.LookPath("sleep")
		if err != nil {
			m.t.Fatal(err)
		}
		if sleep, err = filepath.EvalSymlinks(sleep); err != nil {
			m.t.Fatal(err)
		}
		if err := os.Symlink(sleep, path); err != nil {
			m.t.Fatal(err)
		}
	}
	v := victim{cmd: exec.Command(path, "1000")}
	if err := v.cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() {
		v.cmd.Process.Kill()
		v.cmd.Wait()
	})
	pid := v.cmd.Process.Pid
	if err := os.Symlink(fmt.Sprintf("/proc/%d", pid), fmt.Sprintf("%s/proc/%d", m.dir, pid)); err != nil {
		m.t.Fatal(err)
	}
	for v.Name != "victim" { // until after exec
		var err error
		if v.Process, err = procfs.Root("/proc").Stat(pid); err != nil {
			m.t.Fatal(err)
		}
	}
	return v
}

// signalled is the record of a signal to a victim.
func (v victim) signalled(seq uint64, sig uint32) event.Event {
	return event.Event{Seq: seq, Time: seq, Wall: time.Now().UnixNano(), Signal: sig, SenderPID: 7, TargetPID: uint32(v.PID), TargetName: v.Name}
}

// noticed is the notice of a trigger about a victim.
func (v victim) noticed(id uint32) event.Notice {
	return event.Notice{ID: id, TargetPID: uint32(v.PID), TargetName: v.Name, StartTime: uint64(v.Start) + 1234567}
}

// kills makes k record a kill by the daemon: its signal, and the exit half a second
// later by the records' times.
func (k *fakeKernel) kills(v victim) {
	sent := event.Event{Seq: k.seq() + 1, Time: 1e9, Signal: 15, SenderPID: uint32(os.Getpid()), Flags: event.FlagBySigtrail,
		TargetPID: uint32(v.PID), TargetName: v.Name}
	k.make(sent, true)
	k.make(event.Event{Seq: sent.Seq + 1, Time: 15e8, Kind: event.KindExit, TargetPID: uint32(v.PID), TargetName: v.Name,
		ExitStatus: 15}, true)
}

func (k *fakeKernel) seq() uint64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.info.SeqLast
}

// expectMatch waits for a line of the log that matches, and skips others.
func (l *logDaemon) expectMatch(pattern string) {
	l.t.Helper()
	var passed []string
	for {
		line := l.next()
		if regexp.MustCompile(pattern).MatchString(line) {
			return
		}
		if passed = append(passed, line); line == "" {
			l.t.Fatalf("no line matches %s, of %q", pattern, passed)
		}
	}
}

func (m *machine) awaitStatus(want func(event.Status) bool) {
	m.t.Helper()
	for range 2000 {
		if want(m.status()) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	m.t.Errorf("status %+v", m.status())
}

const signalRule = "[rule usr1]\ntarget_name = victim\nsignal = USR1,10\nescalate = KILL\n"

func TestSignalRule(t *testing.T) {
	m, k := newMachine(t), newKernel(100)
	m.configure(signalRule)
	old, v := m.victim(), m.victim()
	k.make(old.signalled(1, 10), true) // before the daemon's start
	m.start(k)
	m.log.expect("started")

	own := v.signalled(2, 10)
	own.Flags = event.FlagBySigtrail
	other := v.signalled(4, 10)
	other.TargetName = "other"
	for _, e := range []event.Event{own, v.signalled(3, 12), other, v.signalled(5, 10)} {
		k.make(e, true)
	}
	k.kills(v)
	m.log.expectMatch(fmt.Sprintf(`^Kill :: %d \(victim\): SIGTERM, killed by SIGTERM after 0\.500000 s \(kernel\), 0\.\d{6} s \(pidfd\); rule usr1$`, v.PID))
	v.cmd.Wait()
	m.awaitStatus(func(s event.Status) bool { return s.Kills == 1 && s.Records == 7 })
	if err := old.cmd.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("what was before the daemon's start was killed: %v", err)
	}
	var notes []event.Event
	trail.Read(m.dir+"/trail", func(e event.Event) error {
		if e.Kind == event.KindNote {
			notes = append(notes, e)
		}
		return nil
	}, func(event.Loss) error { return nil })
	if len(notes) != 1 || notes[0].TargetPID != uint32(v.PID) || notes[0].SinceFirst != 5e8 || !strings.HasPrefix(notes[0].Text, "rule usr1: ") {
		t.Errorf("notes %+v", notes)
	}
}

// A process that reuses the PID is not the one that was signalled.
func TestSignalRuleReusedID(t *testing.T) {
	m, k := newMachine(t), newKernel(100)
	m.configure(signalRule)
	v := m.victim()
	m.start(k)
	m.log.expect("started")
	e := v.signalled(1, 10)
	e.Wall -= int64(30 * time.Second)
	k.make(e, true)
	m.log.expectMatch(`SIGTERM not sent: its PID was reused by \(victim\); rule usr1$`)
	if err := v.cmd.Process.Signal(syscall.Signal(0)); err != nil {
		t.Error(err)
	}
}

func TestRulesReloaded(t *testing.T) {
	m, k := newMachine(t), newKernel(100)
	m.configure("")
	v := m.victim()
	m.start(k)
	m.log.expect("started")
	k.make(v.signalled(1, 10), true)

	// A reload tries a refused trigger again.
	first := newModule()
	m.module = first
	m.configure(triggerRules)
	m.signals <- syscall.SIGHUP
	m.log.expectMatch("Rule bad is inactive")
	m.module = newModule()
	m.signals <- syscall.SIGHUP
	m.log.expectMatch("Rule bad is inactive")
	if got := first.done(); !strings.HasPrefix(got, "join, add 101 write, add 102 do_exit, del ") || !strings.HasSuffix(got, ", close") {
		t.Errorf("asked the module to %s", got)
	}
	first = m.module
	m.log.expectMatch("configuration reloaded")
	m.configure(signalRule)
	m.signals <- syscall.SIGHUP
	m.log.expectMatch("configuration reloaded")
	if got := first.done(); !strings.HasSuffix(got, ", close") || strings.Count(got, "del") != 2 {
		t.Errorf("asked the module to %s", got)
	}
	k.make(v.signalled(2, 10), true)
	v.cmd.Wait()
	k.kills(v)

	// A wrong rule makes the whole configuration wrong.
	m.configure("[rule usr1]\ntarget_name = victim\nsignal = USR1\nsend = NONE\n")
	m.signals <- syscall.SIGHUP
	m.log.expectMatch("configuration error, keeping the previous configuration: .*: rule usr1.send = NONE: allowed is the name or number of a signal$")
	m.configure("[respond]\nenabled = no\n" + signalRule)
	m.signals <- syscall.SIGHUP
	m.log.expectMatch("configuration reloaded")
	last := m.victim()
	k.make(last.signalled(k.seq()+1, 10), true)
	m.awaitStatus(func(s event.Status) bool { return s.Seq == k.seq() && s.Kills == 1 })
	if err := last.cmd.Process.Signal(syscall.Signal(0)); err != nil {
		t.Error(err)
	}
}

func TestRuleLimits(t *testing.T) {
	m, k := newMachine(t), newKernel(100)
	m.configure(signalRule + "dry_run = yes\nmax_per_hour = 2\n")
	v, w := m.victim(), m.victim()
	m.start(k)
	m.log.expect("started")
	for seq := uint64(1); seq <= 6; seq++ {
		k.make(v.signalled(seq, 10), true)
		if seq <= 2 {
			m.log.expectMatch(`SIGTERM not sent: dry run; rule usr1$`)
		}
	}
	m.log.expectMatch(`^Held back :: rule usr1: limit of 2 kills per hour reached \(max_per_hour\)$`)
	m.awaitStatus(func(s event.Status) bool { return s.Kills == 2 && s.KillsHeldBack == 4 })

	// One with the worker, and one in the queue.
	m.configure("[respond]\nworkers = 1\nqueue = 1\n" + strings.Replace(signalRule, "escalate = KILL", "limit = 3600\nsend = WINCH", 1))
	m.signals <- syscall.SIGHUP
	m.log.expectMatch("configuration reloaded")
	k.make(v.signalled(7, 10), true)
	m.awaitHeld(v)
	k.make(w.signalled(8, 10), true)
	k.make(w.signalled(9, 10), true) // the same
	k.make(m.victim().signalled(10, 10), true)
	k.make(m.victim().signalled(11, 10), true)
	m.log.expectMatch(`^Kill dropped :: rule usr1: the queue is full \(respond\.queue\); further ones are only counted$`)
	m.awaitStatus(func(s event.Status) bool { return s.KillsDropped == 2 })
}

// held reports whether the daemon, this process, waits for a victim: besides the
// pidfd of package os there is another one.
func (m *machine) held(v victim) bool {
	n := 0
	fds, _ := filepath.Glob("/proc/self/fdinfo/*")
	for _, fd := range fds {
		info, _ := os.ReadFile(fd) // it may be closed by now
		flags, rest, _ := strings.Cut(string(info), "\nmnt_id")
		if strings.Contains(rest, fmt.Sprintf("\nPid:\t%d\n", v.PID)) && strings.HasSuffix(flags, "004002") { // O_NONBLOCK
			n++
		}
	}
	return n > 0
}

func (m *machine) awaitHeld(v victim) {
	m.t.Helper()
	for range 2000 {
		if m.held(v) {
			return
		}
		time.Sleep(time.Millisecond)
	}
	m.t.Fatal("the daemon does not wait for the process")
}

// A daemon that is stopped during a wait ends at once.
func TestStopWhileRuleWaits(t *testing.T) {
	m, k := newMachine(t), newKernel(100)
	m.configure(strings.Replace(signalRule, "escalate = KILL", "limit = 3600\nsend = WINCH", 1))
	v := m.victim()
	stop := m.start(k)
	m.log.expect("started")
	k.make(v.signalled(1, 10), true)
	m.awaitHeld(v)
	if err := stop(); err != nil {
		t.Error(err)
	}
	m.log.expectMatch(fmt.Sprintf(`^Kill :: %d \(victim\): SIGWINCH, still alive after 0\.\d{6} s, stopped waiting; rule usr1$`, v.PID))
	if m.held(v) {
		t.Error("a pidfd is left open")
	}
}
