// SPDX-License-Identifier: GPL-2.0

package console

import (
	"syscall"

	"sigtrail/internal/event"
)

// lastWords is how many lines are kept of a boot that ended without a shutdown:
// enough for a panic or a watchdog.
const lastWords = 40

// clockSlack is what stamps are cut off, and CPUs' clocks may differ by, in ns.
const clockSlack = 1e6

// Beginning reads all lines, and returns the offset at which the shutdown begins in
// them. Where the daemon knows a time at which it had begun, begun is not 0; elsewhere
// the lines have to tell. Without a shutdown it is that of the last lines, and found is
// false.
func (r *Reader) Beginning(begun uint64) (offset int, found bool) {
	var signs signs
	var last [lastWords]int
	lines := 0
	for l, ok := r.Next(); ok; l, ok = r.Next() {
		e := l.Event()
		switch {
		case isSign(&e), begun != 0 && l.time != 0 && l.time+clockSlack >= begun:
			return signs.before(&e, l.offset), true
		case begun != 0 && l.time != 0:
			continue
		}
		if signs.see(&e, l.offset) {
			return signs.from, true
		}
		last[lines%lastWords] = l.offset
		lines++
	}
	if begun != 0 && r.now != 0 {
		return r.offset, true // all of it is older
	}
	if lines > lastWords {
		return last[lines%lastWords], false
	}
	return last[0], false
}

// isSign reports whether the kernel part took an event for the beginning of a
// shutdown: see sigtrail_shutdown_starts().
func isSign(e *event.Event) bool {
	switch e.Kind {
	case event.KindMark:
		return e.Text == event.ShutdownMark
	case event.KindReboot:
		return true
	case event.KindSignal:
		return e.TargetPID == 1 && asksInit(e.Signal)
	}
	return false
}

// signs are those of init's kill-all, of which a line does not tell that it is one:
// a run of its signals.
type signs struct {
	from  int    // offset of the first line of the run
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

// see looks at the next line, and reports whether the run is a kill-all.
func (s *signs) see(e *event.Event, offset int) bool {
	if e.Kind != event.KindSignal {
		return false
	}
	if e.SenderPID != 1 || e.Signal != uint32(syscall.SIGTERM) && e.Signal != uint32(syscall.SIGKILL) {
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
	return s.burst >= killAllRun
}

// before returns the offset of the run, if a call of reboot(2) follows upon it, of
// the line itself otherwise.
func (s *signs) before(e *event.Event, offset int) int {
	if e.Kind == event.KindReboot && s.burst > 0 && e.Time <= s.last+rebootGap {
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
