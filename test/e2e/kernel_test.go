// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/vm"
)

// TestExits ends processes in every way, and finds each exit in the trail: once,
// with the status from wait(), and a time within the guest program's bounds; and the
// signals that ended them, with the process that sent each.
func TestExits(t *testing.T) {
	g := boot(t, vm.Config{})
	g.run("exits /tmp/exits.notes")
	// Processes that are not signalled leave no records.
	before := g.trail()
	g.run("i=0; while [ $i -lt 1000 ]; do sh -c :; i=$((i + 1)); done")
	after := g.trail()
	if n := len(after.events) - len(before.events); n != 1 { // the mark that settles
		t.Errorf("1,000 shells left %d records: %v", n-1, after.events[len(before.events):])
	}

	notes := lines(g.run("cat /tmp/exits.notes"))
	if len(notes) == 0 {
		t.Fatal("no notes")
	}
	for _, note := range notes {
		if strings.HasPrefix(note, "signal ") {
			checkFatal(t, before, note)
		} else {
			checkExit(t, before, note)
		}
	}
	// Some of the exits were by SIGALRM, which the trail leaves out.
	alarm := g.signal("ALRM")
	alarms := before.pick(func(e *event.Event) bool {
		return e.Kind == event.KindSignal && e.Signal == alarm
	})
	if len(alarms) != 0 {
		t.Errorf("SIGALRM is recorded, though its switch is off: %v", &alarms[0])
	}
	if info := g.run("sigtrail info --json"); strings.Contains(info, `"left_out_sigalrm":0,`) {
		t.Errorf("SIGALRM is not counted: %s", info)
	}
	checkLeaks(t, g)
}

// checkLeaks reads the leaks from a kernel with kmemleak, which ignores memory that
// is younger than five seconds; and checks that a kernel with lockdep still has it
// on, as it stops at the first error.
func checkLeaks(t *testing.T, g *guest) {
	t.Helper()
	out := g.run(`leaks=/sys/kernel/debug/kmemleak
		if [ -e $leaks ]; then echo scan >$leaks; sleep 6; echo scan >$leaks; cat $leaks; fi
		if [ -e /proc/lockdep_stats ]; then grep 'debug_locks:  *0' /proc/lockdep_stats; fi; :`)
	if out != "" {
		t.Error(out)
	}
}

var exitNote = regexp.MustCompile(`^exit scenario=(\w+) pid=(\d+) status=(\d+) records=(\d) min_us=(\d+) max_us=(-?\d+)$`)

// Bounds of the time since the first signal to end a process, as in test/guest/exits.
const (
	sinceUnknown = -1
	sinceAny     = -2
)

func checkExit(t *testing.T, tr trail, note string) {
	t.Helper()
	m := exitNote.FindStringSubmatch(note)
	if m == nil {
		t.Fatalf("not a note: %q", note)
	}
	n := numbers(t, m[2:])
	pid, status, records, least, most := n[0], n[1], n[2], n[3]*1000, n[4]
	found := tr.pick(func(e *event.Event) bool {
		return e.Kind == event.KindExit && int64(e.TargetPID) == pid
	})
	if int64(len(found)) != records {
		t.Errorf("%s: %d records, want %d: %v", m[1], len(found), records, found)
		return
	}
	if records == 0 {
		return
	}
	e := found[0]
	if int64(e.ExitStatus) != status {
		t.Errorf("%s: status %#x, wait() returned %#x", m[1], e.ExitStatus, status)
	}
	switch since := int64(e.SinceFirst); {
	case most == sinceAny:
	case most == sinceUnknown:
		if since != 0 {
			t.Errorf("%s: %d ns since a signal to end it: %v", m[1], since, &e)
		}
	case since == 0 || since < least || since > (most+1)*1000 || e.SinceLast > e.SinceFirst:
		t.Errorf("%s: %d ns since the first signal, %d since the last; the guest saw %d to %d", m[1], since, e.SinceLast, least, most*1000)
	}
}

var signalNote = regexp.MustCompile(`^signal scenario=(\w+) pid=(\d+) signal=(\d+) sender=(\d+) fatal=(\d+) others=(\d+)$`)

func checkFatal(t *testing.T, tr trail, note string) {
	t.Helper()
	m := signalNote.FindStringSubmatch(note)
	if m == nil {
		t.Fatalf("not a note: %q", note)
	}
	n := numbers(t, m[2:])
	found := tr.pick(func(e *event.Event) bool {
		return e.Kind == event.KindSignal && int64(e.TargetPID) == n[0] && int64(e.Signal) == n[1] &&
			int64(e.SenderPID) == n[2] && e.Outcome.Taken()
	})
	var fatal, others int64
	for _, e := range found {
		if e.Flags&event.FlagFatal != 0 {
			fatal++
		} else {
			others++
		}
	}
	if fatal != n[3] || others != n[4] {
		t.Errorf("%s: %d fatal records and %d others, want %d and %d: %v", m[1], fatal, others, n[3], n[4], found)
	}
}

// TestSignalledListener runs a listener that gets SIGIO for each message: the relay
// causes these signals, so they must not be recorded.
func TestSignalledListener(t *testing.T) {
	g := boot(t, vm.Config{})
	out := strings.TrimSpace(g.run("nlplay sigio 2000"))
	t.Log(out)
	m := regexp.MustCompile(`pid=(\d+) signals=(\d+) records=(\d+)`).FindStringSubmatch(out)
	if m == nil {
		t.Fatal("no result")
	}
	if m[2] == "0" || m[3] == "0" {
		t.Error("the listener got no signal, or no record")
	}
	if len(m[2]) > 2 || len(m[3]) > 2 {
		t.Error("the listener's signals are recorded")
	}
	io := g.signal("IO")
	sigio := g.trail().pick(func(e *event.Event) bool {
		return e.Kind == event.KindSignal && fmt.Sprint(e.TargetPID) == m[1] && e.Signal == io
	})
	if len(sigio) != 0 {
		t.Errorf("%d SIGIO caused by the relay are recorded", len(sigio))
	}
	if info := g.run("sigtrail info --json"); strings.Contains(info, `"left_out_own":0,`) {
		t.Errorf("these signals are not counted: %s", info)
	}
}

var leaver = regexp.MustCompile(`(?m)^tid=(\d+) pid=(\d+) events=(\d+) name=(.*)$`)

// TestReleasedSender runs tasks that send SIGIO at the very end of their exit, when
// they are released: the record has the sender's own ids and name.
func TestReleasedSender(t *testing.T) {
	g := boot(t, vm.Config{Append: "sigtrail.ring=16384"})
	g.run(bigTrail)
	out := g.run("procevents")
	m := regexp.MustCompile(`listener pid=(\d+) signals=(\d+)`).FindStringSubmatch(out)
	if m == nil || m[2] == "0" {
		t.Fatalf("no listener, or no signals to it: %q", m)
	}
	t.Log(m[0])
	listener := number(t, m[1])
	tr := g.trail()
	tr.checkUnbroken(t)
	if tr.losses != nil {
		t.Fatalf("records lost: %v", tr.losses)
	}

	io := g.signal("IO")
	made := map[int64][]event.Event{} // by the thread that sent
	for _, e := range tr.events {
		if e.Kind == event.KindSignal && int64(e.TargetPID) == listener && e.Signal == io {
			for range e.Signals() {
				made[int64(e.ContextTID)] = append(made[int64(e.ContextTID)], e)
			}
		}
	}
	leavers := leaver.FindAllStringSubmatch(out, -1)
	if len(leavers) == 0 {
		t.Fatal("no task has exited")
	}
	for _, m := range leavers {
		n := numbers(t, m[1:4])
		checkLeaver(t, made[n[0]], m[4], n[1], n[2])
	}
	checkLeaks(t, g)
}

// checkLeaver checks the records of the signals that a task caused, the last one
// during its exit.
func checkLeaver(t *testing.T, made []event.Event, name string, pid, events int64) {
	t.Helper()
	if int64(len(made)) != events {
		t.Errorf("%s of process %d: %d records, not %d: %v", name, pid, len(made), events, made)
		return
	}
	for i, e := range made {
		outcome := e.Outcome == event.Delivered || e.Outcome == event.AlreadyPending
		if !e.FromKernel() || e.SenderPID != 0 || e.ParentPID != 0 || e.ParentName != "" || !outcome ||
			e.Scope != event.ScopeProcess || e.TargetName != "procevents" || int64(e.ContextPID) != pid {
			t.Errorf("%s of process %d, event %d: %v", name, pid, i, &e)
		}
	}
	if last := made[events-1]; last.ContextName != name {
		t.Errorf("%s of process %d exited as %q", name, pid, last.ContextName)
	}
}

// TestGenericClient runs a client that the kernel tree's generator made from the YNL
// specification: it finds the family, and reads the event of a signal that it
// sends.
func TestGenericClient(t *testing.T) {
	g := boot(t, vm.Config{})
	out := g.run("ynlwatch")
	m := regexp.MustCompile(`^pid=(\d+) ring_size=5120\nevent kind=signal signal=(\d+) outcome=ignored sender_pid=(\d+) sender_name=ynlwatch target_pid=(\d+) init=1\n$`).FindStringSubmatch(out)
	if m == nil || m[1] != m[3] || m[1] != m[4] || m[2] != fmt.Sprint(g.signal("CONT")) {
		t.Errorf("it read %q", out)
	}
}

const hostileMessages = 100000

// TestHostile sends wrong messages to the family, with rights and without. nlplay
// checks that a process without rights gets nothing. This test checks that the claim
// stays, and that all still works.
func TestHostile(t *testing.T) {
	g := boot(t, vm.Config{})
	claim := regexp.MustCompile(`"claim_pid":\d+,"claim_name":"[^"]*"`)
	before := claim.FindString(g.run("sigtrail info --json"))
	out := g.run("nlplay fuzz sigtrail %d 1", hostileMessages)
	fmt.Print(out)
	if after := claim.FindString(g.run("sigtrail info --json")); after != before {
		t.Errorf("claim %s, before %s", after, before)
	}
	// nlplay as root may have changed any switch.
	g.run(`echo 1 >/proc/sys/kernel/sigtrail/enable
		kill -9 $(pidof sigtrail)`)
	g.expectLog(`sigtrail\[\d+\]: .*started`)
	g.run("sigplay signals /tmp/notes")
	g.settle()
	checkLeaks(t, g)
}
