// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"cmp"
	"slices"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
	"sigtrail/internal/stall"
)

const (
	// How often early looks: one read for each process.
	earlyEvery = 10 * time.Second

	// The longest interval between two reads of the log.
	maxLogInterval = time.Minute
)

// early finds a shutdown that hangs before the kernel part can see it:
//
//   - A program that is to ask init for a shutdown, and hangs before that, mostly in
//     sync(2).
//   - procd that was asked over ubus, which sends no signal, and waits for a start script
//     in the foreground. All that it has done then is to log it.
//
// It is used by the goroutine of stallWatch.
type early struct {
	proc    procfs.Root
	logread string                            // path of the program that prints the log
	mark    func(logged string) error         // marks the beginning of a shutdown that was logged
	store   func(note event.Event, over bool) // stores a note; over: the hang is over

	caller   procfs.Process // the oldest program that was reported; PID 0: none
	due      time.Duration  // its age at the next report
	started  bool           // procd has logged that all start scripts have ended
	askAt    time.Duration  // since boot, when to read the log again
	askAfter time.Duration  // the interval after that; 0: the shortest
}

// lookEarly looks once. It returns when to look again.
func (w *stallWatch) lookEarly(after time.Duration) time.Duration {
	e := &w.early
	next := max(after, earlyEvery)
	callers, script := e.look()
	if script.PID == 0 {
		e.askAt, e.askAfter = 0, 0
	}
	if len(callers) == 0 && script.PID == 0 && e.caller.PID == 0 {
		return next
	}
	info, err := w.kernel.Info()
	if err != nil || info.Shutdown {
		return next
	}
	now := time.Duration(info.ClockBoottime)
	stand := slices.DeleteFunc(callers, func(p procfs.Process) bool {
		age := now - p.Start
		if age < after {
			next = min(next, after-age)
		}
		return age < after
	})
	w.reportCallers(stand, after, now, info.ClockLocal)
	if script.PID != 0 && now-script.Start >= after && now >= e.askAt {
		w.askLog(now)
	}
	return next
}

// look returns the programs that are to ask init for a shutdown, the oldest first, and
// the oldest start script. It reads the names of all processes, and more only of these.
// Other users than root may not ask init, but may name a program as they like.
func (e *early) look() (callers []procfs.Process, script procfs.Process) {
	// If proc cannot be read, nothing is known to hang.
	_ = e.proc.Names(func(pid int, name string) {
		if !asksForShutdown(name) && name != "busybox" && (e.started || event.ScriptKind(name) != event.StartScript) {
			return
		}
		if root, err := e.proc.OfRoot(pid); err != nil || !root {
			return
		}
		p, err := e.proc.Process(pid)
		if err != nil || p.Kernel || p.State == 'Z' || p.State == 'X' {
			return
		}
		kind, _ := scriptOf(&p)
		switch {
		case asksForShutdown(p.Name), p.Name == "busybox" && len(p.Args) > 1 && asksForShutdown(p.Args[1]):
			callers = append(callers, p)
		case kind == event.StartScript && (script.PID == 0 || p.Start < script.Start):
			script = p
		}
	})
	slices.SortFunc(callers, func(a, b procfs.Process) int { return cmp.Compare(a.Start, b.Start) })
	return callers, script
}

// asksForShutdown reports whether a program of this name asks init for a shutdown.
func asksForShutdown(name string) bool {
	return name == "reboot" || name == "poweroff" || name == "halt" || name == "shutdown"
}

// reportCallers reports programs that were started to ask for a shutdown more than after
// ago, while none has begun. The report is repeated as that of a stall.
func (w *stallWatch) reportCallers(callers []procfs.Process, after, now time.Duration, at uint64) {
	e := &w.early
	if len(callers) == 0 {
		if e.caller.PID != 0 {
			w.sayEarly(at, stall.EarlyOver, true)
		}
		e.caller = procfs.Process{}
		return
	}
	oldest := callers[0]
	if e.caller.PID != oldest.PID || e.caller.Start != oldest.Start {
		e.caller, e.due = oldest, after
	}
	age := now - oldest.Start
	if age < e.due {
		return
	}
	for e.due <= age {
		e.due += min(e.due, maxStallInterval)
	}
	r := stall.Report{Early: true, Quiet: age}
	for i := range callers {
		p := &callers[i]
		parents := make(map[int]*procfs.Process)
		if parent, err := e.proc.Stat(p.Parent); err == nil {
			parents[p.Parent] = &parent
		}
		r.Suspects = append(r.Suspects, suspect(parents, p, now-p.Start))
	}
	for _, line := range r.Lines() {
		w.sayEarly(at, line, false)
	}
}

func (w *stallWatch) sayEarly(at uint64, line string, over bool) {
	w.print(line)
	if w.early.store != nil {
		w.early.store(event.Event{Kind: event.KindNote, Time: at, Text: line}, over)
	}
}

// askLog reads the log, and marks the beginning of a shutdown that procd has logged. It
// reads the log rarely while a start script runs for long.
func (w *stallWatch) askLog(now time.Duration) {
	e := &w.early
	e.askAfter = min(max(earlyEvery, 2*e.askAfter), maxLogInterval)
	e.askAt = now + e.askAfter
	var logged string
	if logged, e.started = readInitLog(e.logread); logged == "" {
		return
	}
	if err := e.mark(logged); err != nil {
		w.log("reboot over ubus: " + err.Error())
	}
}
