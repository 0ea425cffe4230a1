// SPDX-License-Identifier: GPL-2.0

package report

import (
	"cmp"
	"slices"
	"strings"
	"syscall"

	"sigtrail/internal/event"
)

// Process is what befell one process: the signals it was sent, in order, and
// its end. A process id that is given out anew is another process.
type Process struct {
	PID  uint32
	Name string // the last one; exec(2) changes it

	Signals []*event.Event // one at least
	Exit    *event.Event   // nil: not seen

	// Took is how long it lived, in ns, from the first signal on that asks it to
	// end, or from its first signal on if it ended all the same. AtLeast: its end
	// was not seen, so that is what is known. 0: not known.
	Took    uint64
	AtLeast bool

	Traits
	Jail bool // the daemon's ujail

	swept bool // SIGKILL to all has reached it
}

// Traits are what a process stands out by.
type Traits struct {
	IgnoredTerm bool `json:"ignored_sigterm,omitempty"`
	BlockedTerm bool `json:"blocked_sigterm,omitempty"` // and did not wait for it either, as for sigwaitinfo(2)
	NeededKill  bool `json:"needed_sigkill,omitempty"`  // it was there for the last SIGKILL to all, or had not followed SIGTERM
	Recorder    bool `json:"recorder,omitempty"`        // the daemon itself, or its ujail, which stay until they are killed
}

// processes returns the receivers of the signals from the event of index from
// on, up to the time end; kills is SIGKILL to all. Left out are init, kernel
// threads, and what a process sends to itself and ignores: the SIGPIPE at the
// end of each call of ubus.
func processes(t *event.Trail, from int, kills sweep, end uint64) []Process {
	var list []Process
	current := make(map[uint32]int) // by process id: index in list
	for i := from; i < len(t.Events); i++ {
		e := &t.Events[i]
		if e.Time > end || e.TargetPID <= 1 {
			continue
		}
		at, known := current[e.TargetPID]
		switch {
		case e.Kind == event.KindExit && known && list[at].Exit == nil:
			list[at].Exit = e
		case e.Kind != event.KindSignal || e.Outcome == event.Ignored && e.SenderPID == e.TargetPID:
			continue
		default:
			// What is sent to the dead before they are buried is theirs.
			if !known || list[at].Exit != nil && (e.Outcome != event.Dying || e.TargetName != list[at].Name) {
				at = len(list)
				current[e.TargetPID] = at
				list = append(list, Process{PID: e.TargetPID})
			}
			list[at].Signals = append(list[at].Signals, e)
			list[at].swept = list[at].swept || kills.has(i) && e.Signal == sigkill
		}
		if e.TargetName != "" {
			list[at].Name = e.TargetName
		}
	}
	first, last := bootThreads(list)
	kept := list[:0]
	for i := range list {
		if p := &list[i]; (i < first || i >= last) && !p.isKernelThread() {
			p.judge(t)
			kept = append(kept, *p)
		}
	}
	return kept
}

// bootThreads returns from where to where kernel threads stand in list, if they
// are recorded (kernel.sigtrail.kthread): kthreadd, whose id is 2, and those of
// its age, that ignore what init sends to all.
func bootThreads(list []Process) (first, last int) {
	for first < len(list) && list[first].PID != 2 {
		first++
	}
	last = first
	for last < len(list) && list[last].ignoresAll() {
		last++
	}
	return first, last
}

// isKernelThread tells younger ones: nobody else ignores SIGKILL. Where that was
// not recorded, the name must do.
func (p *Process) isKernelThread() bool {
	if !p.ignoresAll() || p.Exit != nil {
		return false
	}
	for _, e := range p.Signals {
		if e.Signal == sigkill {
			return true
		}
	}
	return strings.Contains(p.Name, "/")
}

func (p *Process) ignoresAll() bool {
	for _, e := range p.Signals {
		if e.Outcome != event.Ignored {
			return false
		}
	}
	return true
}

// judge computes what follows from the signals and the end.
func (p *Process) judge(t *event.Trail) {
	p.Jail = p.PID == t.JailPID
	p.Recorder = p.Jail || p.PID == t.DaemonPID || t.DaemonPID == 0 && p.Name == "sigtrail"
	alive := uint64(0)     // the last time at which it took a signal
	var asked *event.Event // the first that asks it to end
	for _, e := range p.Signals {
		if asked == nil && asksToEnd(e) {
			asked = e
		}
		if e.Outcome != event.Dying {
			alive = max(alive, e.Time)
		}
	}
	switch {
	case p.Exit != nil && asked == nil:
		p.Took = between(p.Signals[0].Time, p.Exit.Time)
	case p.Exit != nil:
		p.Took = between(asked.Time, p.Exit.Time)
	case asked != nil:
		p.Took = between(asked.Time, alive)
		p.AtLeast = p.Took > 0
	}
	if !p.Recorder {
		p.resisted()
	}
}

// resisted finds out how it took what asked it to end.
func (p *Process) resisted() {
	term := false
	for _, e := range p.Signals {
		taken := e.Outcome.Taken()
		switch {
		case e.SenderPID == p.PID:
		case e.Signal == sigterm:
			term = true
			p.IgnoredTerm = p.IgnoredTerm || e.Outcome == event.Ignored
			p.BlockedTerm = p.BlockedTerm || taken && e.Flags&event.FlagBlocked != 0
		case e.Signal == sigkill && taken && !e.FromKernel():
			p.NeededKill = p.NeededKill || term || p.swept
		}
	}
	if sig, seen := p.ended(); seen && sig != sigkill {
		p.BlockedTerm = false
	}
}

// ended returns the signal that ended the process, 0 if it exited by itself,
// and whether its end was seen.
func (p *Process) ended() (signal uint32, seen bool) {
	if p.Exit == nil {
		return 0, false
	}
	signal, _ = p.Exit.ExitSignal()
	return signal, true
}

func resistedTerm(p *Process) bool { return p.IgnoredTerm || p.BlockedTerm }

// asksToEnd reports whether a signal is one to end by. SIGHUP is more often
// one to read the configuration anew.
func asksToEnd(e *event.Event) bool {
	switch syscall.Signal(e.Signal) {
	case syscall.SIGTERM, syscall.SIGKILL, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGABRT:
		return true
	}
	return e.Flags&event.FlagFatal != 0
}

// pick returns those of a list that are wanted.
func pick(list []Process, want func(*Process) bool) []*Process {
	var those []*Process
	for i := range list {
		if want(&list[i]) {
			those = append(those, &list[i])
		}
	}
	return those
}

// slowestShown is how many of the slowest processes are told.
const slowestShown = 5

// worthTelling is how many ns a process takes at least to be called slow.
const worthTelling = 1e6

// slowest returns who took longest to end, slowest first.
func slowest(list []Process) []*Process {
	those := pick(list, func(p *Process) bool { return p.Took >= worthTelling && !p.Recorder })
	slices.SortStableFunc(those, func(a, b *Process) int { return cmp.Compare(b.Took, a.Took) })
	return those[:min(slowestShown, len(those))]
}
