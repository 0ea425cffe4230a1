// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"strings"
	"testing"

	"sigtrail/internal/event"
)

const pending = event.FlagKillPending

func called(at uint64, n event.Count) event.Event {
	return event.Event{Time: at, Kind: event.KindReboot, Flags: event.FlagShutdown, SenderPID: 90, SenderName: "reboot", RebootCode: event.RebootRestart, Survivors: n}
}

func surviving(pid uint32, state event.State, wait string, flags event.Flags) event.Event {
	return event.Event{Time: 20e9, Kind: event.KindSurvivor, Flags: event.FlagShutdown | flags, TargetPID: pid, TargetName: "dd", State: state, Text: wait}
}

func signalled(at uint64, signal, pid uint32, flags event.Flags) event.Event {
	return event.Event{Time: at, Signal: signal, Flags: flags, SenderPID: 1, SenderName: "procd", TargetPID: pid, TargetName: "dd"}
}

func ended(at uint64, pid uint32) event.Event {
	return event.Event{Time: at, Kind: event.KindExit, TargetPID: pid, TargetName: "dd", ExitStatus: 9}
}

// SIGKILL is told as the cause only where it was recorded, and with how long the process
// was still there.
func TestSurvivors(t *testing.T) {
	const fatal = event.FlagFatal
	reboot := func(n event.Count) event.Event { return called(20e9, n) }
	kill := signalled(18.988e9, 9, 3, fatal)
	dropped := kill
	dropped.Outcome = event.Dying
	unknown := kill
	unknown.Time = 0
	for _, c := range []struct {
		what     string
		events   []event.Event
		want     string // "": nothing
		unwanted string
	}{
		{"one", []event.Event{kill, reboot(event.CountOf(1)), surviving(3, 'D', "percpu_rwsem_wait", pending)},
			"1 process outlived SIGKILL: dd 3 by 1.012 s, in uninterruptible sleep (D) in percpu_rwsem_wait", "still running"},
		{"exiting when it was sent", []event.Event{signalled(18e9, 15, 3, fatal), dropped, reboot(event.CountOf(1)), surviving(3, 'D', "", pending)},
			"1 process outlived SIGKILL: dd 3 by 1.012 s, in uninterruptible sleep (D)", "still running"},
		{"sent at an unknown time", []event.Event{unknown, reboot(event.CountOf(1)), surviving(3, 'D', "", pending)},
			"1 process outlived SIGKILL: dd 3, in uninterruptible sleep (D)", "still running"},
		{"sent just before", []event.Event{signalled(19.99999e9, 9, 3, fatal), reboot(event.CountOf(1)), surviving(3, 'R', "", pending)},
			"1 process was ending at reboot(2), and still there: dd 3 (SIGKILL), running (R)", "outlived"},
		{"SIGTERM, then reboot -f", []event.Event{signalled(19.999e9, 15, 3, fatal), reboot(event.CountOf(1)), surviving(3, 'R', "", pending)},
			"1 process was ending at reboot(2), and still there: dd 3 (SIGTERM), running (R)", "outlived"},
		{"a core dump", []event.Event{signalled(19e9, 11, 3, fatal|event.FlagKernel), reboot(event.CountOf(1)), surviving(3, 'D', "do_coredump", pending)},
			"1 process was ending at reboot(2), and still there: dd 3 (SIGSEGV), in uninterruptible sleep (D) in do_coredump", "outlived"},
		{"no record of the signal", []event.Event{signalled(19e9, 15, 3, 0), signalled(19e9, 9, 4, fatal), reboot(event.CountOf(1)), surviving(3, 0, "", pending)},
			"1 process was ending at reboot(2), and still there: dd 3 (signal unknown), state unknown", "outlived"},
		{"an id that is used again", []event.Event{kill, ended(18.99e9, 3), reboot(event.CountOf(1)), surviving(3, 'R', "", pending)},
			"1 process was ending at reboot(2), and still there: dd 3 (signal unknown), running (R)", "outlived"},
		{"it ended then", []event.Event{kill, reboot(event.CountOf(1)), surviving(3, 'R', "", pending), ended(20.1e9, 3)},
			"1 process was still running at reboot(2)", "outlived"},
		{"others", []event.Event{kill, reboot(event.CountOf(3)), surviving(3, 'R', "", pending), surviving(4, 'S', "do_wait", 0), surviving(5, 'T', "", 0)},
			"2 other processes were still running at reboot(2)", "unknown"},
		{"left out", []event.Event{reboot(event.CountOf(300)), surviving(3, 'S', "", 0)},
			"300 processes were still running at reboot(2); of 299 it is unknown whether they were ending: they have no record", "outlived"},
		{"one is left out", []event.Event{reboot(event.CountOf(2)), surviving(3, 'S', "", 0)},
			"2 processes were still running at reboot(2); of 1 it is unknown whether it was ending: it has no record", "outlived"},
		{"none", []event.Event{reboot(event.CountOf(0))}, "", "running"},
		{"unknown", []event.Event{reboot(0)}, "", "running"},
		{"unknown how many", []event.Event{reboot(0), surviving(3, 'S', "", 0)}, "at least 1 process was still running at reboot(2)", "outlived"},
		{"two calls", []event.Event{called(15e9, event.CountOf(2)), surviving(3, 'S', "", 0), surviving(4, 'S', "", 0), reboot(event.CountOf(1)), surviving(3, 'S', "", 0)},
			"1 process was still running at reboot(2)", "3 processes"},
	} {
		tr := boxedTrail(20e9, c.events...)
		if c.want != "" {
			expectLine(t, c.what, tr, c.want)
		}
		expectNo(t, c.what, tr, c.unwanted)
	}
}

// A process may have ended after reboot(2), if records after it are lost.
func TestSurvivorsBeforeLoss(t *testing.T) {
	tr := boxedTrail(25e9, signalled(18e9, 9, 3, event.FlagFatal), called(20e9, event.CountOf(1)), surviving(3, 'R', "", pending))
	tr.Losses = []event.Loss{{From: 4, To: 5, Damaged: true}}
	expectLine(t, "after it", tr, "1 process outlived SIGKILL: dd 3 by 2.000 s, running (R); its exit may be among the lost records")
	tr.Events[2].Flags &^= pending
	expectNo(t, "one that runs", tr, "may be among")
	tr = boxedTrail(25e9, signalled(18e9, 9, 3, event.FlagFatal), called(20e9, event.CountOf(1)), surviving(3, 'R', "", pending))
	tr.Events[0].Seq, tr.Losses = 1, []event.Loss{{From: 2, To: 2}}
	expectNo(t, "before it", tr, "may be among")
}

// A process that was signalled has its end in its row.
func TestSurvivorRow(t *testing.T) {
	kill := signalled(18e9, 9, 3, event.FlagShutdown)
	reboot := called(20e9, 0)
	for want, events := range map[string][]event.Event{
		"dd 3                    outlived KILL (D)   KILL by procd 1\n": {kill, reboot, surviving(3, 'D', "", pending)},
		"dd 3                    ending (D)          TERM by procd 1\n": {signalled(18e9, 15, 3, event.FlagShutdown|event.FlagFatal), reboot, surviving(3, 'D', "", pending)},
		"dd 3                    still running (S)   KILL by procd 1\n": {kill, reboot, surviving(3, 'S', "", 0)},
		"dd 3                    killed by SIGKILL   KILL by procd 1\n": {kill, reboot, surviving(3, 'D', "", pending), ended(20.1e9, 3)},
	} {
		s := Analyse(boxedTrail(20e9, events...))
		if text := string(s.AppendText(nil, nil)); !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
		if p := &s.Processes[0]; p.AtLeast != (p.Exit == nil) || p.Took < 2e9 {
			t.Errorf("%s: took %d, at least: %v", want, p.Took, p.AtLeast)
		}
	}
}
