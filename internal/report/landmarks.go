// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"strings"
	"syscall"

	"sigtrail/internal/event"
)

const (
	sigterm = uint32(syscall.SIGTERM)
	sigkill = uint32(syscall.SIGKILL)
)

// landmarks are the events that mark the course of a shutdown, as indices of the
// trail's events; none where there is no such event.
type landmarks struct {
	request  int   // a signal to init that requests the shutdown
	flagged  int   // the first record with FlagShutdown; a summary begins at another time
	upgrade  int   // the first event of the sysupgrade that was the shutdown
	reboot   int   // the record of reboot(2)
	lastLine int   // the kernel's line about it
	failed   int   // the kernel's line that this failed
	terms    sweep // SIGTERM to all, by init or the sysupgrade
	kills    sweep // SIGKILL to all, likewise
	services int   // init's first SIGTERM to all services, if that is all that was recorded
}

const none = -1

// sweep is one signal to many processes in a row: kill(-1), or a loop over /proc.
// Both ends are included.
type sweep struct{ first, last int }

func (s sweep) seen() bool     { return s.first != none }
func (s sweep) has(i int) bool { return s.seen() && s.first <= i && i <= s.last }

var noSweep = sweep{none, none}

func findLandmarks(t *event.Trail) landmarks {
	m := landmarks{none, none, none, none, none, none, noSweep, noSweep, none}
	for i := range t.Events {
		e := &t.Events[i]
		if m.request == none && requestsShutdown(e) && !unflagged(e) {
			m.request = i
		}
		if m.flagged == none && e.Flags&event.FlagShutdown != 0 && e.Kind != event.KindReboot && e.Kind != event.KindSummary {
			m.flagged = i
		}
		if m.upgrade == none && byUpgrade(e) {
			m.upgrade = i
		}
		if e.Kind == event.KindReboot {
			m.reboot = i
		}
		if m.failed == none && rebootFailed(e) {
			m.failed = i
		}
		if m.lastLine == none && kernelLine(e) != 0 {
			m.lastLine = i
		}
	}
	if m.reboot != none && m.flagged > m.reboot {
		m.flagged = none
	}
	m.terms, m.kills = initSweeps(t, m.reboot)
	if m.request != none && m.request < m.upgrade || m.terms.first > m.upgrade {
		m.upgrade = none
	}
	switch {
	case m.upgrade != none:
		m.terms, m.kills = upgradeSweeps(t.Events, m.upgrade)
	case m.request == none && m.flagged == none && t.Boxed():
		m.terms, m.kills = noSweep, noSweep // services that were restarted
	case m.request == none && m.flagged == none:
		if m.services = ServicesStopped(t.Events, t.DaemonPID, t.JailPID); m.services != none {
			m.terms, m.kills = noSweep, noSweep
		}
	}
	return m
}

// requestsShutdown reports whether e is a signal that requests a shutdown from
// the init of BusyBox or procd: see sigtrail_shutdown_starts() in
// kernel/sigtrail/shutdown.c.
func requestsShutdown(e *event.Event) bool {
	return e.Kind == event.KindSignal && e.TargetPID == 1 && e.Outcome != event.Ignored && requestedBy(e.Signal) != 0
}

// requestedBy returns what a signal to init requests, 0 for nothing.
func requestedBy(signal uint32) event.RebootCode {
	switch syscall.Signal(signal) {
	case syscall.SIGTERM, syscall.SIGINT:
		return event.RebootRestart
	case syscall.SIGUSR1:
		return event.RebootHalt
	case syscall.SIGUSR2, syscall.SIGPWR:
		return event.RebootPowerOff
	}
	return 0
}

// kernelLine returns what the kernel's last line announces, 0 for another line:
// see kernel_restart(), kernel_halt() and kernel_power_off() in kernel/reboot.c.
func kernelLine(e *event.Event) event.RebootCode {
	if e.Kind != event.KindNote {
		return 0
	}
	switch {
	case strings.HasPrefix(e.Text, "reboot: Restarting system"):
		return event.RebootRestart
	case strings.HasPrefix(e.Text, "reboot: System halted"), strings.HasPrefix(e.Text, noPowerOff):
		return event.RebootHalt
	case strings.HasPrefix(e.Text, "reboot: Power down"):
		return event.RebootPowerOff
	}
	return 0
}

// What kernel_halt() of kernel/reboot.c prints if it was to power off.
const noPowerOff = "reboot: Power off not available: System halted instead"

// rebootFailed reports whether e is the kernel's line that it is still running:
// machine_restart() of the architectures.
func rebootFailed(e *event.Event) bool {
	return e.Kind == event.KindNote &&
		(strings.HasPrefix(e.Text, "Reboot failed -- System halted") || strings.HasPrefix(e.Text, noPowerOff))
}

// byUpgrade reports whether a process of a sysupgrade ended another one, or the system.
func byUpgrade(e *event.Event) bool {
	ends := e.Kind == event.KindReboot ||
		(sends(e, sigterm) || sends(e, sigkill)) && e.TargetPID != 1 && e.TargetPID != e.SenderPID
	return ends && (event.Upgrades(e.SenderName) || event.Upgrades(e.ParentName))
}

// byInit reports whether init called reboot(2): procd and BusyBox's init call it
// in a vfork(2) child.
func byInit(e *event.Event) bool {
	return e.SenderPID == 1 || e.ParentPID == 1 && e.SenderName == e.ParentName
}

func sends(e *event.Event, signal uint32) bool {
	return e.Kind == event.KindSignal && e.Signal == signal && !e.FromKernel()
}

// initSweeps finds init's kill-alls. The SIGTERM sweep is the one that reaches the
// daemon, which no stop script stops; where the daemon's process id is unknown, it
// is the last one with more than one target. procd's KILL to a single service
// that does not end on TERM comes before, as procd has no time for it later.
func initSweeps(t *event.Trail, reboot int) (terms, kills sweep) {
	fromInit := func(e *event.Event) bool { return e.SenderPID == 1 }
	all := sweeps(t.Events, sigterm, fromInit)
	terms = noSweep
	for _, s := range all {
		if t.DaemonPID != 0 && reaches(t.Events, s, sigterm, t.DaemonPID) {
			terms = s
		}
	}
	killed := sweeps(t.Events, sigkill, fromInit)
	if len(all) > 0 && !terms.seen() {
		last := all[len(all)-1]
		// The daemon may be missing in it because it had died.
		followed := reboot > last.last || len(killed) > 0 && killed[len(killed)-1].first > last.last
		if last.first != last.last && (t.DaemonPID == 0 || followed) {
			terms = last
		}
	}
	kills = noSweep
	for _, s := range killed {
		if terms.seen() && s.first > terms.last || !terms.seen() && s.first != s.last {
			if kills = s; terms.seen() {
				break
			}
		}
	}
	return terms, kills
}

// upgradeSweeps finds what stage2 sends to all processes but itself: see
// kill_remaining() in base-files' lib/upgrade/stage2. Before that it kills some
// by name.
func upgradeSweeps(events []event.Event, from int) (terms, kills sweep) {
	terms, kills = noSweep, noSweep
	for i := from; i < len(events); i++ {
		e := &events[i]
		if !byUpgrade(e) {
			continue
		}
		switch {
		case sends(e, sigterm) && !kills.seen():
			if !terms.seen() {
				terms.first = i
			}
			terms.last = i
		case sends(e, sigkill) && terms.seen():
			if !kills.seen() {
				kills.first = i
			}
			kills.last = i
		}
	}
	return terms, kills
}

// sweepGap is the longest time, in ns, between two signals of a kill-all. The
// kernel's loop takes microseconds for each task, but a serial console may delay
// it. Between two services, stop scripts take longer than this.
const sweepGap = 100e6

// sweeps returns the runs in which senders sent a signal to one process after
// another. The order of process ids does not matter: kill(-1) goes by age, and
// ids start again at the low end when the last one was given out.
func sweeps(events []event.Event, signal uint32, sender func(*event.Event) bool) []sweep {
	var all []sweep
	seen := make(map[uint32]bool)
	last := uint64(0)
	for i := range events {
		e := &events[i]
		if !sends(e, signal) || !sender(e) {
			continue
		}
		if len(all) == 0 || between(last, e.Time) > sweepGap || seen[e.TargetPID] {
			all = append(all, sweep{i, i})
			clear(seen)
		}
		all[len(all)-1].last = i
		seen[e.TargetPID] = true
		last = e.Time
	}
	return all
}

// reaches reports whether a sweep has a target with this process id.
func reaches(events []event.Event, s sweep, signal, pid uint32) bool {
	for i := s.first; i <= s.last; i++ {
		if e := &events[i]; e.TargetPID == pid && sends(e, signal) && e.SenderPID == 1 {
			return true
		}
	}
	return false
}
