// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"cmp"
	"slices"
	"strings"

	"sigtrail/internal/event"
)

// Process is one process that was signalled: the signals it was sent, in order,
// and its exit. A process id that is used again is another process.
type Process struct {
	PID  uint32
	Name string // the last one; exec(2) changes it

	Service string // "": unknown, or none

	Signals []*event.Event // at least one
	Exit    *event.Event   // nil: not recorded

	Survivor *Survivor // it was there when reboot(2) was called; nil: not recorded

	// Took is how long the process took to end, in ns, from the first signal that
	// asks it to end, or from its first signal if there is none. AtLeast: its exit
	// was not recorded, so Took is a lower bound. 0: unknown, or it ended by itself.
	Took    uint64
	AtLeast bool

	Traits
	Jail bool // the daemon's ujail

	swept bool // it got the SIGKILL to all
}

// Traits are how a process reacted to signals, and whether it is the daemon.
type Traits struct {
	IgnoredTerm bool `json:"ignored_sigterm,omitempty"`
	BlockedTerm bool `json:"blocked_sigterm,omitempty"` // and did not wait for it with sigwaitinfo(2)
	NeededKill  bool `json:"needed_sigkill,omitempty"`  // it still ran at the SIGKILL to all, or got SIGKILL after SIGTERM
	Recorder    bool `json:"recorder,omitempty"`        // the daemon, or its ujail: they run until they are killed
}

// processes returns the targets of the signals from index from on, up to the time
// end, and how they ended; kills is SIGKILL to all, and survivors those of the trail. It leaves out init, kernel threads, and signals
// that a process sends to itself and ignores, such as the SIGPIPE at the end of
// each ubus call.
func processes(t *event.Trail, from int, kills sweep, survivors []Survivor, end uint64) []Process {
	var list []Process
	current := make(map[uint32]int) // by process id: index in list
	for i := from; i < len(t.Events); i++ {
		e := &t.Events[i]
		if !Beginning(e, end) || e.TargetPID <= 1 {
			continue
		}
		at, known := current[e.TargetPID]
		switch {
		case e.Kind == event.KindExit && known && list[at].Exit == nil:
			if list[at].before(e) {
				delete(current, e.TargetPID)
				continue
			}
			list[at].Exit = e
		case e.Kind == event.KindSurvivor && known && list[at].Exit == nil:
			if n := slices.IndexFunc(survivors, func(v Survivor) bool { return v.Event == e }); n >= 0 {
				list[at].Survivor = &survivors[n]
			}
		case e.Kind != event.KindSignal || e.Outcome == event.Ignored && e.SenderPID == e.TargetPID:
			continue
		default:
			// A signal that a zombie gets before it is reaped counts for it, not
			// for a new process.
			if !known || list[at].Exit != nil && (e.Outcome != event.Dying || e.TargetName != list[at].Name) {
				at = len(list)
				current[e.TargetPID] = at
				list = append(list, Process{PID: e.TargetPID})
			}
			list[at].Signals = append(list[at].Signals, e)
			list[at].swept = list[at].swept || kills.has(i) && e.Signal == sigkill
		}
		list[at].Name = cmp.Or(e.TargetName, list[at].Name)
		list[at].Service = cmp.Or(e.TargetService, list[at].Service)
	}
	first, last := bootThreads(list)
	kept := list[:0]
	for i := range list {
		if p := &list[i]; (i < first || i >= last) && !p.isKernelThread() {
			p.evaluate(t)
			kept = append(kept, *p)
		}
	}
	return kept
}

// before reports whether the process had been there before another one, with its process
// id, that an exit is of: that one began after the last signal.
func (p *Process) before(exit *event.Event) bool {
	began, error := exit.Began()
	for _, e := range p.Signals {
		if !stamped(e) || e.Last()+error >= began {
			return false
		}
	}
	return true
}

// bootThreads returns the range of list that has kernel threads, if they are
// recorded (kernel.sigtrail.kthread): kthreadd, whose process id is 2, and the
// threads right after it that ignore what init sends to all.
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

// isKernelThread detects kernel threads that started later: only they ignore
// SIGKILL. Without a recorded SIGKILL the name decides.
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

// evaluate computes what follows from the signals and the exit.
func (p *Process) evaluate(t *event.Trail) {
	p.Jail = p.PID == t.JailPID
	p.Recorder = p.Jail || p.PID == t.DaemonPID || t.DaemonPID == 0 && p.Name == "sigtrail"
	alive := uint64(0)       // when it got a signal, for the last time
	var request *event.Event // the first that asks it to end
	for _, e := range p.Signals {
		if request == nil && e.AsksToEnd() {
			request = e
		}
		if e.Outcome != event.Dying {
			alive = max(alive, e.Last())
		}
	}
	if p.Survivor != nil {
		alive = max(alive, p.Survivor.Event.Time)
	}
	from := request
	if from == nil && p.Exit != nil {
		from = p.Signals[0]
	}
	switch {
	case p.byItself():
	case p.Exit != nil && p.Exit.SinceFirst != 0 && !(stamped(from) && stamped(p.Exit)):
		p.Took = p.Exit.SinceFirst
	case from == nil || from.TimeAtLeast:
	case p.Exit != nil && p.Exit.TimeAtLeast:
		p.Took, p.AtLeast = between(from.Time, p.Exit.Time), true
	case p.Exit != nil:
		p.Took = between(from.Time, p.Exit.Time)
	case between(from.Time, alive) >= minSlow: // a smaller bound says nothing
		p.Took, p.AtLeast = alive-from.Time, true
	}
	if !p.Recorder {
		p.setReaction()
	}
}

// byItself reports whether the process ended without a signal: no signal began its end.
func (p *Process) byItself() bool { return p.Exit != nil && p.Exit.ByItself() }

// stamped reports whether the time of an event is known, not only a bound.
func stamped(e *event.Event) bool { return e.Time != 0 && !e.TimeAtLeast }

// setReaction sets how the process reacted to SIGTERM and SIGKILL.
func (p *Process) setReaction() {
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

// ended returns the signal that killed the process, 0 if it exited, and whether
// its exit was recorded.
func (p *Process) ended() (signal uint32, seen bool) {
	if p.Exit == nil {
		return 0, false
	}
	signal, _ = p.Exit.ExitSignal()
	return signal, true
}

func resistedTerm(p *Process) bool { return p.IgnoredTerm || p.BlockedTerm }

func filter(list []Process, want func(*Process) bool) []*Process {
	var found []*Process
	for i := range list {
		if want(&list[i]) {
			found = append(found, &list[i])
		}
	}
	return found
}

const (
	maxSlowest = 5   // processes in the verdict's line
	minSlow    = 1e6 // ns; a faster one is not called slow
)

// slowest returns the processes that took longest to end, slowest first.
func slowest(list []Process) []*Process {
	slow := filter(list, func(p *Process) bool { return p.Took >= minSlow && !p.Recorder })
	slices.SortStableFunc(slow, func(a, b *Process) int { return cmp.Compare(b.Took, a.Took) })
	return slow[:min(maxSlowest, len(slow))]
}

// listed returns the processes of some services; nil: of all.
func listed(list []Process, services event.Services) []Process {
	if services == nil {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(p Process) bool { return !services.Match("", p.Service) })
}

// service returns the process's service, "" if that says no more than its name.
func (p *Process) service() string {
	if event.NamesakeOf(p.Service, p.Name) {
		return ""
	}
	return event.Printable(p.Service)
}
