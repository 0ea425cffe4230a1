// SPDX-License-Identifier: GPL-2.0

package trail

import (
	"syscall"

	"sigtrail/internal/event"
)

// lastWords is how many lines are kept of a boot that ended without a shutdown:
// enough for a panic or a watchdog.
const lastWords = 40

// clockSlack is what stamps are cut off, and CPUs' clocks may differ by, in ns.
const clockSlack = 1e6

// beginning returns the offset at which the shutdown begins in what the kernel
// printed. Where the daemon knows the time, begun is not 0; elsewhere the lines
// have to tell. Without a shutdown it is that of the last lines, and found is
// false.
func (c *console) beginning(begun uint64) (offset int, found bool) {
	var signs signs
	var last [lastWords]int
	lines := 0
	for l, ok := c.next(); ok; l, ok = c.next() {
		if begun != 0 && l.time != 0 {
			if l.time+clockSlack >= begun {
				return l.offset, true
			}
			continue
		}
		if offset, found := signs.see(&l); found {
			return offset, true
		}
		last[lines%lastWords] = l.offset
		lines++
	}
	if begun != 0 && c.now != 0 {
		return c.offset, true // all of it is older
	}
	if lines > lastWords {
		return last[lines%lastWords], false
	}
	return last[0], false
}

// signs are those by which the kernel part itself knows that shutdown begins, as
// far as they are printed: see sigtrail_shutdown_starts(). Init's kill-all is a
// run of its signals.
type signs struct {
	from  int    // offset of the first line of init's run
	last  uint64 // time of its last one
	burst int    // how many came within a second each; 0: there is no run
}

const (
	// Fewer might be services that are started anew.
	killAllRun = 3
	killAllGap = 1e9

	// procd syncs and waits for a second after TERM, for two after KILL.
	rebootGap = 5e9
)

// see looks at the next line, and returns where the shutdown begins, if it does.
func (s *signs) see(l *consoleLine) (offset int, found bool) {
	e := l.event()
	switch {
	case e.Kind == event.KindMark && e.Text == event.ShutdownMark:
		return l.offset, true
	case e.Kind == event.KindReboot:
		if s.burst > 0 && e.Time <= s.last+rebootGap {
			return s.from, true
		}
		return l.offset, true
	case e.Kind != event.KindSignal:
		return 0, false
	case e.TargetPID == 1 && asksInit(e.Signal):
		return l.offset, true
	case e.SenderPID != 1 || e.Signal != uint32(syscall.SIGTERM) && e.Signal != uint32(syscall.SIGKILL):
		s.burst = 0
		return 0, false
	}
	if s.burst == 0 || e.Time > s.last+rebootGap {
		s.from = l.offset
	}
	if e.Time > s.last+killAllGap {
		s.burst = 0
	}
	s.burst++
	s.last = e.Time
	return s.from, s.burst >= killAllRun
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
