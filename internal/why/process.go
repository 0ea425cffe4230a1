// SPDX-License-Identifier: GPL-2.0-only

package why

import (
	"cmp"
	"maps"
	"slices"

	"sigtrail/internal/event"
)

// process is one that was signalled, and has not ended yet.
type process struct {
	pid           uint32
	name, service string
	asked         []*Asked
	more          uint64
	touched       uint64 // number of the last record
}

// signal adds a signal to those of its target.
func (b *Boot) signal(e *event.Event) {
	if e.Outcome == event.Dying || e.TargetPID <= 1 {
		return
	}
	p := b.running[e.TargetPID]
	if p == nil {
		b.makeRoom()
		p = &process{pid: e.TargetPID}
		b.running[e.TargetPID] = p
	}
	p.touched = b.last.Seq
	p.name, p.service = cmp.Or(e.TargetName, p.name), cmp.Or(e.TargetService, p.service)
	b.name(p.name, p.service)
	b.notes.add(p.add(e))
}

// add adds a signal. It returns what that is part of.
func (p *process) add(e *event.Event) *Asked {
	for i, a := range p.asked {
		if a.like(e) {
			a.Event, a.Count = *e, a.Count+e.Signals()
			a.forget()
			p.asked = append(slices.Delete(p.asked, i, i+1), a) // in the order of the last ones
			return a
		}
	}
	a := &Asked{Event: *e, First: e.Time, Count: e.Signals()}
	p.asked = append(p.asked, a)
	if len(p.asked) > maxAsked {
		// What asks it to end stays longest.
		i := max(0, slices.IndexFunc(p.asked, func(a *Asked) bool { return !a.Event.AsksToEnd() }))
		if i == len(p.asked)-1 {
			i = 0
		}
		p.more += p.asked[i].Count
		p.asked = slices.Delete(p.asked, i, i+1)
	}
	return a
}

// like reports whether a signal is of the same kind by the same sender.
func (a *Asked) like(e *event.Event) bool {
	const flags = event.FlagKernel | event.FlagBlocked | event.FlagCaught | event.FlagFatal
	o := &a.Event
	return o.Signal == e.Signal && sameSender(o, e) && o.ContextPID == e.ContextPID && o.Outcome == e.Outcome && o.Flags&flags == e.Flags&flags
}

// sameSender reports whether two signals are by one sender, as far as that is recorded: ids and
// names are used again.
func sameSender(x, y *event.Event) bool {
	return x.SenderPID == y.SenderPID && x.SenderName == y.SenderName && x.ParentPID == y.ParentPID && x.ParentName == y.ParentName &&
		x.Ancestors == y.Ancestors && (x.Flags^y.Flags)&event.FlagReparented == 0
}

// makeRoom drops processes that were signalled long ago.
func (b *Boot) makeRoom() {
	if len(b.running) < maxProcesses {
		return
	}
	list := b.living()
	for _, p := range list[:len(list)/2] {
		delete(b.running, p.pid)
	}
}

// living returns the processes that have not ended; what was signalled last comes last.
func (b *Boot) living() []*process {
	return slices.SortedFunc(maps.Values(b.running), func(p, o *process) int {
		return cmp.Or(cmp.Compare(p.touched, o.touched), cmp.Compare(p.pid, o.pid))
	})
}
