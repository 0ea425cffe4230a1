// SPDX-License-Identifier: GPL-2.0-only

package console

import (
	"strings"
	"syscall"

	"sigtrail/internal/event"
)

// tailLines is the number of lines that are kept of a boot without a shutdown: enough
// for a panic or a watchdog. If a failure comes before them, all are kept from it on, but
// not more than failureLines: an oops has long dumps.
const (
	tailLines    = 40
	failureLines = 400
)

// tail finds where the last lines begin.
type tail struct {
	last   [tailLines]int // offsets
	lines  int
	failed int // the line with the first failure, from 1; 0: none
	from   int // its offset
}

func (t *tail) add(e *event.Event, offset int) {
	t.last[t.lines%tailLines] = offset
	t.lines++
	if t.failed != 0 && t.lines-t.failed >= failureLines {
		t.failed = 0
	}
	if t.failed == 0 && e.Kind == event.KindNote && Classify(e.Text) != NoFailure {
		t.failed, t.from = t.lines, offset
	}
}

func (t *tail) offset() int {
	offset := t.last[0]
	if t.lines > tailLines {
		offset = t.last[t.lines%tailLines]
	}
	if t.failed != 0 {
		return min(t.from, offset)
	}
	return offset
}

// Tail reads all lines, and returns the offset of the last ones.
func (r *Reader) Tail() int {
	var t tail
	for l, ok := r.Next(); ok; l, ok = r.Next() {
		e := l.Event()
		t.add(&e, l.offset)
	}
	return t.offset()
}

// clockSlack is by how much a stamp may be too early, in ns: stamps are truncated, and
// the clocks of two CPUs may differ.
const clockSlack = 1e6

// Beginning reads all lines, and returns the offset at which the shutdown begins. begun
// is a time at which it had begun, from the daemon's records; 0: unknown, only the lines
// decide. Without a shutdown the offset is that of the last lines, and found is false.
func (r *Reader) Beginning(begun uint64) (offset int, found bool) {
	var run killRun
	var last tail
	for l, ok := r.Next(); ok; l, ok = r.Next() {
		e := l.Event()
		switch {
		case startsShutdown(&e), begun != 0 && l.time != 0 && l.time+clockSlack >= begun:
			return run.start(&e, l.offset), true
		case begun != 0 && l.time != 0:
			continue
		}
		if run.add(&e, l.offset) {
			return run.from, true
		}
		last.add(&e, l.offset)
	}
	if begun != 0 && r.now != 0 {
		return r.offset, true // all lines are older
	}
	return last.offset(), false
}

// startsShutdown reports whether a shutdown begins with this event for the kernel part:
// see sigtrail_shutdown_starts().
func startsShutdown(e *event.Event) bool {
	switch e.Kind {
	case event.KindMark:
		return e.Text == event.ShutdownMark || strings.HasPrefix(e.Text, event.LoggedMark)
	case event.KindReboot, event.KindExit:
		return true // exits are printed only once it has begun
	case event.KindSignal:
		return e.TargetPID == 1 && asksInit(e.Signal)
	}
	return false
}

// killRun is a run of signals that init, or a sysupgrade, sends. No line says that it is a
// kill-all, but a long run is one, and a sysupgrade ends processes only before the reset.
type killRun struct {
	from  int    // offset of the first line
	last  uint64 // time of the last line
	burst int    // lines with less than a second between them; 0: no run
}

const (
	// Fewer signals may be services that are restarted.
	killAllRun = 3
	killAllGap = 1e9

	// After TERM procd syncs and waits for 1 s, after KILL for 2 s.
	rebootGap = 5e9
)

// add takes the next line, and reports whether the run is a kill-all.
func (s *killRun) add(e *event.Event, offset int) bool {
	if e.Kind != event.KindSignal {
		return false
	}
	upgrade := event.Upgrades(e.SenderName)
	if e.SenderPID != 1 && !upgrade || e.Signal != uint32(syscall.SIGTERM) && e.Signal != uint32(syscall.SIGKILL) {
		s.burst = 0
		return false
	}
	if s.burst == 0 || e.Time > s.last+rebootGap {
		s.from = offset
	}
	if e.Time > s.last+killAllGap {
		s.burst = 0
	}
	s.burst++
	s.last = e.Time
	return upgrade || s.burst >= killAllRun
}

// start returns the offset of the run if the line is a call of reboot(2), or an exit, soon
// after it, else the offset of the line.
func (s *killRun) start(e *event.Event, offset int) int {
	if (e.Kind == event.KindReboot || e.Kind == event.KindExit) && s.burst > 0 && e.Time <= s.last+rebootGap {
		return s.from
	}
	return offset
}

// asksInit reports whether BusyBox's or procd's init takes a signal as a request
// to reboot, halt or power off.
func asksInit(sig uint32) bool {
	switch syscall.Signal(sig) {
	case syscall.SIGTERM, syscall.SIGINT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGPWR:
		return true
	}
	return false
}
