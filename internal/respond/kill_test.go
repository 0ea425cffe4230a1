// SPDX-License-Identifier: GPL-2.0-only

package respond

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
)

const (
	sigterm = uint32(syscall.SIGTERM)
	sigkill = uint32(syscall.SIGKILL)
)

var killer = &Killer{Proc: "/proc"}

// do does a kill with timeouts that only a broken machine reaches, unless they
// are set.
func do(t *testing.T, want Kill) event.Case {
	t.Helper()
	if want.Signal == 0 {
		want.Signal = sigterm
	}
	if want.After == 0 {
		want.After = time.Minute
	}
	if want.Timeout == 0 {
		want.Timeout = time.Minute
	}
	before := held(t, want.PID) // package os has one of each child
	c := killer.Do(context.Background(), want)
	if after := held(t, want.PID); after > before {
		t.Errorf("%d pidfds are left open", after-before)
	}
	return c
}

func TestObedient(t *testing.T) {
	// It has ended, though it is reaped only later.
	p := startUnreaped(t, "obedient")
	is, err := procfs.Root("/proc").Stat(p.pid())
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	c := do(t, Kill{Rule: "r", PID: p.pid(), Name: is.Name, Start: is.Start, Until: is.Start, Escalate: sigkill})
	took := time.Since(start)
	if c.End != event.CaseExited || c.Escalate != 0 || c.SeenFirst == 0 || c.SeenFirst > uint64(took) || c.SeenLast != c.SeenFirst {
		t.Errorf("%+v, within %v", c, took)
	}
	if c.Rule != "r" || c.TargetPID != uint32(p.pid()) || c.TargetName != is.Name || c.Signal != sigterm {
		t.Errorf("%+v", c)
	}
	c = do(t, Kill{PID: p.pid()})
	if c.End != event.CaseVanished || !strings.Contains(c.Reason, "zombie") {
		t.Errorf("a zombie: %+v", c)
	}
	p.reap()
	if status := p.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGTERM {
		t.Errorf("it ended by %v", status)
	}
	if c = do(t, Kill{PID: p.pid()}); c.End != event.CaseVanished {
		t.Errorf("reaped: %+v", c)
	}
}

// A process that is not our child, and is reaped at once.
func TestGrandchild(t *testing.T) {
	sh := exec.Command("/bin/sh", "-c", "sleep 1000 & echo $!; wait")
	out, err := sh.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := sh.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscan(out, &pid); err != nil {
		t.Fatal(err)
	}
	if c := do(t, Kill{PID: pid}); c.End != event.CaseExited {
		t.Errorf("%+v", c)
	}
	sh.Wait()
}

func TestDeafIsEscalated(t *testing.T) {
	p := start(t, "deaf")
	c := do(t, Kill{PID: p.pid(), After: 50 * time.Millisecond, Escalate: sigkill})
	if c.End != event.CaseEscalated || c.Escalate != sigkill || c.SeenFirst-c.SeenLast < uint64(50*time.Millisecond) {
		t.Errorf("%+v", c)
	}
	<-p.ended
	if status := p.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGKILL {
		t.Errorf("it ended by %v", status)
	}
}

func TestDeafSurvives(t *testing.T) {
	p := start(t, "deaf")
	c := do(t, Kill{PID: p.pid(), Timeout: 20 * time.Millisecond})
	if c.End != event.CaseSurvived || c.ReasonWord != "ignores" || !strings.HasPrefix(c.Reason, "it ignores SIGTERM, ") || c.Ended() ||
		c.SeenFirst < uint64(20*time.Millisecond) {
		t.Errorf("%+v", c)
	}
	// It also ignores the signal of the escalation.
	c = do(t, Kill{PID: p.pid(), After: time.Millisecond, Escalate: sigterm, Timeout: time.Millisecond})
	if c.End != event.CaseSurvived || c.Escalate != sigterm || c.SeenFirst <= c.SeenLast {
		t.Errorf("%+v", c)
	}
}

func TestStoppedSurvives(t *testing.T) {
	p := start(t, "obedient")
	if err := p.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	var status syscall.WaitStatus // until it has stopped; reap comes later
	if _, err := syscall.Wait4(p.pid(), &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Fatalf("%v, %v", status, err)
	}
	c := do(t, Kill{PID: p.pid(), Timeout: time.Millisecond})
	if c.End != event.CaseSurvived || c.ReasonWord != "stopped" || !strings.HasPrefix(c.Reason, "it is stopped (state T)") {
		t.Errorf("%+v", c)
	}
}

// A tracer, here this test, gets the signal and does not pass it on.
func TestTracedSurvives(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	traced := exec.Command("/bin/sleep", "1000")
	traced.SysProcAttr = &syscall.SysProcAttr{Ptrace: true} // stops at its exec
	if err := traced.Start(); err != nil {
		t.Fatal(err)
	}
	defer traced.Wait()
	defer traced.Process.Kill()
	if _, err := syscall.Wait4(traced.Process.Pid, nil, 0, nil); err != nil {
		t.Fatal(err)
	}
	self, err := killer.Proc.Stat(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	c := do(t, Kill{PID: traced.Process.Pid, Timeout: time.Millisecond})
	want := fmt.Sprintf("it was stopped by tracer %d (%s) (state t)", self.PID, self.Name)
	if c.End != event.CaseSurvived || c.ReasonWord != "traced" || c.Reason != want {
		t.Errorf("%+v, want %s", c, want)
	}
}

func TestSlow(t *testing.T) {
	p := start(t, "slow")
	c := do(t, Kill{PID: p.pid(), Escalate: sigkill})
	if c.End != event.CaseExited || c.SeenFirst < uint64(slowness) {
		t.Errorf("%+v", c)
	}
}

func TestCancelledInTheWait(t *testing.T) {
	p := start(t, "stubborn")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan event.Case)
	go func() {
		done <- killer.Do(ctx, Kill{PID: p.pid(), Signal: sigterm, After: time.Hour, Escalate: sigkill, Timeout: time.Hour})
	}()
	p.expect(t, "caught")
	cancel()
	if c := <-done; c.End != event.CaseAbandoned || c.Escalate != 0 {
		t.Errorf("%+v", c)
	}
}

func TestDryRun(t *testing.T) {
	p := start(t, "obedient")
	if c := do(t, Kill{PID: p.pid(), DryRun: true}); c.End != event.CaseDryRun || c.Sent() {
		t.Errorf("%+v", c)
	}
	if c := do(t, Kill{PID: p.pid()}); c.End != event.CaseExited {
		t.Errorf("%+v", c)
	}
}

func TestNeverSignalled(t *testing.T) {
	// A thread of this process, other than the first.
	tids := make(chan int)
	for range 2 {
		go func() {
			runtime.LockOSThread()
			tids <- syscall.Gettid()
			select {}
		}()
	}
	tid := <-tids
	if other := <-tids; tid == os.Getpid() {
		tid = other
	}
	p := start(t, "deaf")
	theirs, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", p.pid()))
	if err != nil || len(theirs) < 2 {
		t.Fatalf("threads %d, %v", theirs, err)
	}
	thread := 0
	for _, task := range theirs {
		if n, _ := strconv.Atoi(task.Name()); n != p.pid() {
			thread = n
		}
	}
	for _, c := range []struct {
		pid    int
		end    event.CaseEnd
		reason string
	}{
		{1, event.CaseProtected, "it is init"},
		{os.Getpid(), event.CaseProtected, "it is sigtrail itself"},
		{tid, event.CaseProtected, "it is a thread of sigtrail itself"},
		{thread, event.CaseOther, fmt.Sprintf("it is a thread of process %d", p.pid())},
		{1 << 30, event.CaseVanished, "it has already ended"},
	} {
		if got := do(t, Kill{PID: c.pid, Signal: sigkill}); got.End != c.end || got.Reason != c.reason || got.Sent() {
			t.Errorf("%d: %+v", c.pid, got)
		}
	}
	jailed := &Killer{Proc: "/proc", Jail: p.pid()}
	if got := jailed.Do(context.Background(), Kill{PID: p.pid(), Signal: sigkill}); got.End != event.CaseProtected || got.Sent() {
		t.Errorf("the ujail: %+v", got)
	}
}

// fakeProcess is a process without a kernel.
type fakeProcess struct {
	gone     bool
	refuses  map[uint32]error
	sent     []uint32
	outlives int // waits
	closed   bool
}

func (p *fakeProcess) ended() bool   { return p.gone }
func (p *fakeProcess) close()        { p.closed = true }
func (*fakeProcess) noPidfd() string { return "" }

func (p *fakeProcess) send(sig uint32) (time.Time, error) {
	if err := p.refuses[sig]; err != nil {
		return time.Now(), err
	}
	p.sent = append(p.sent, sig)
	return time.Now(), nil
}

func (p *fakeProcess) wait(_ context.Context, start time.Time, _ time.Duration) (time.Duration, error) {
	if p.outlives--; p.outlives >= 0 {
		return time.Since(start), os.ErrDeadlineExceeded
	}
	return time.Since(start), nil
}

// Cases that a test cannot make happen with a real process, or not in time.
func TestFakeProcess(t *testing.T) {
	dir := t.TempDir()
	for pid, stat := range map[int]string{
		70: "70 (httpd) S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 5000 0",
		71: "71 (httpd) Z 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 5000 0",
		72: "72 (kworker/0:1) I 2 0 0 0 -1 69238880 0 0 0 0 0 0 0 0 20 0 1 0 5000 0",
		73: "73 (torn",
	} {
		must(t, os.Mkdir(fmt.Sprintf("%s/%d", dir, pid), 0o755))
		must(t, os.WriteFile(fmt.Sprintf("%s/%d/stat", dir, pid), []byte(stat), 0o644))
	}
	k := &Killer{Proc: procfs.Root(dir), Protect: []string{"dropbear", "procd"}}
	guarded := &Killer{Proc: procfs.Root(dir), Protect: []string{"dropbear", "httpd"}}
	no := errors.New("no")
	for _, c := range []struct {
		name   string
		killer *Killer
		want   Kill
		p      fakeProcess
		held   error
		end    event.CaseEnd
		sent   string
		reason string
	}{
		{name: "as meant", want: Kill{PID: 70, Name: "httpd", Start: 50*time.Second + 9999999, Until: 50 * time.Second}, end: event.CaseExited, sent: "[15]"},
		{name: "escalated", want: Kill{PID: 70, Escalate: 9}, p: fakeProcess{outlives: 1}, end: event.CaseEscalated, sent: "[15 9]"},
		{name: "survives", want: Kill{PID: 70, Escalate: 9}, p: fakeProcess{outlives: 2}, end: event.CaseSurvived, sent: "[15 9]", reason: "state S"},
		{name: "id reused", want: Kill{PID: 70, Name: "httpd", Start: 49990 * time.Millisecond}, end: event.CaseOther, reason: "reused by (httpd)"},
		{name: "id reused later", want: Kill{PID: 70, Until: 50*time.Second - 1}, end: event.CaseOther, reason: "reused by (httpd)"},
		{name: "other name", want: Kill{PID: 70, Name: "http", Start: 50 * time.Second}, end: event.CaseOther, reason: "now has the name (httpd)"},
		{name: "ended while looked at", want: Kill{PID: 70}, p: fakeProcess{gone: true}, end: event.CaseVanished, reason: "it has already ended"},
		{name: "a zombie", want: Kill{PID: 71}, p: fakeProcess{gone: true}, end: event.CaseVanished, reason: "zombie"},
		{name: "gone from proc", want: Kill{PID: 75}, end: event.CaseVanished},
		{name: "gone before the pidfd", want: Kill{PID: 70}, held: os.NewSyscallError("pidfd_open", syscall.ESRCH), end: event.CaseVanished},
		{name: "gone from proc, too", want: Kill{PID: 75}, held: syscall.EINVAL, end: event.CaseVanished},
		{name: "gone before the signal", want: Kill{PID: 70}, p: fakeProcess{refuses: map[uint32]error{15: syscall.ESRCH}}, end: event.CaseVanished},
		{name: "gone before the second", want: Kill{PID: 70, Escalate: 9}, p: fakeProcess{outlives: 1, refuses: map[uint32]error{9: syscall.ESRCH}}, end: event.CaseExited, sent: "[15]"},
		{name: "set its user id", want: Kill{PID: 70, Escalate: 9}, p: fakeProcess{outlives: 2, refuses: map[uint32]error{9: syscall.EPERM}}, end: event.CaseSurvived, sent: "[15]"},
		{name: "not ours", want: Kill{PID: 70}, p: fakeProcess{refuses: map[uint32]error{15: syscall.EPERM}}, end: event.CaseNotPermitted, reason: "no permission"},
		{name: "refused", want: Kill{PID: 70}, p: fakeProcess{refuses: map[uint32]error{15: no}}, end: event.CaseFailed, reason: "no"},
		{name: "not held", want: Kill{PID: 70}, held: no, end: event.CaseFailed, reason: "no"},
		{name: "malformed", want: Kill{PID: 73}, end: event.CaseFailed, reason: "stat"},
		{name: "kernel thread", want: Kill{PID: 72}, end: event.CaseProtected, reason: "it is a kernel thread"},
		{name: "protected", killer: guarded, want: Kill{PID: 70}, end: event.CaseProtected, reason: "respond.protect"},
		{name: "dry run", want: Kill{PID: 70, DryRun: true}, end: event.CaseDryRun},
	} {
		c.want.Signal = sigterm
		if c.killer == nil {
			c.killer = k
		}
		got := c.killer.do(context.Background(), c.want, func(int) (process, error) {
			if c.held != nil {
				return nil, c.held
			}
			return &c.p, nil
		})
		if got.End != c.end || !strings.Contains(got.Reason, c.reason) {
			t.Errorf("%s: %+v", c.name, got)
		}
		if sent := fmt.Sprint(c.p.sent); sent != c.sent && sent != "[]"+c.sent {
			t.Errorf("%s: sent %s, want %s", c.name, sent, c.sent)
		}
		if c.held == nil && !c.p.closed {
			t.Errorf("%s: the pidfd is left open", c.name)
		}
	}
}
