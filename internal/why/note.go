// SPDX-License-Identifier: GPL-2.0-only

package why

import (
	"cmp"
	"slices"

	"sigtrail/internal/event"
	"sigtrail/internal/found"
)

const (
	maxNoted = 256  // the newest signals that a note may be about
	together = 10e9 // ns, within which the daemon looks once for what a sender sends
)

// notes adds what notes say to the signals that they are about. A note comes after its record,
// often after the end of the process.
type notes struct {
	noted, before map[uint64]noted  // by number: the newest signals, and those before them
	senders       map[uint32]*Asked // by process id: of whom a note was
	victims       []*End            // the newest of the OOM killer
}

// noted is a signal that a note may be about.
type noted struct {
	asked *Asked // what it is part of; that has newer ones, too
	time  uint64 // ns, when it was sent
}

// add adds a signal.
func (n *notes) add(a *Asked) {
	e := &a.Event
	if e.Seq == 0 || !e.AsksToEnd() && e.Flags&event.FlagFault == 0 {
		return
	}
	if n.noted == nil || len(n.noted) == maxNoted {
		n.noted, n.before = make(map[uint64]noted), n.noted
	}
	n.noted[e.Seq] = noted{a, e.Time}
	if o := n.senders[e.SenderPID]; o != nil {
		a.learn(o)
	}
}

// learn adds a note.
func (n *notes) learn(text string) {
	note, ok := found.Parse(text)
	if ok && note.Total != 0 {
		n.memory(&note)
		return
	}
	of := cmp.Or(n.noted[note.Seq], n.before[note.Seq])
	a := of.asked
	if !ok || a == nil || between(of.time, a.Event.Time) > together {
		return
	}
	if a.foundAt != of.time {
		a.Found, a.foundAt = found.Note{}, of.time
	}
	switch {
	case note.File != "":
		a.Found.File, a.Found.PC, a.Found.Offset = note.File, note.PC, note.Offset
	case note.Asker != nil:
		a.Found.Asker, a.Found.More = note.Asker, note.More
	default:
		a.Found.Sender, a.Found.More = note.Sender, note.More
		if n.senders == nil || len(n.senders) == maxNoted {
			n.senders = make(map[uint32]*Asked)
		}
		n.senders[a.Event.SenderPID] = a
		for _, list := range []map[uint64]noted{n.noted, n.before} {
			for _, o := range list {
				o.asked.learn(a)
			}
		}
	}
}

// learn takes over what was found about the sender of another signal, if that is the same one.
func (a *Asked) learn(o *Asked) {
	x := &a.Event
	if a != o && x.Signal == o.Event.Signal && sameSender(x, &o.Event) && !x.FromKernel() && o.Found.Sender != nil &&
		max(between(x.Time, o.foundAt), between(o.foundAt, x.Time)) <= together {
		a.Found.Sender, a.Found.More, a.foundAt = o.Found.Sender, o.Found.More, x.Time
	}
}

// forget drops what was found about a signal if the newest one was sent long after that.
func (a *Asked) forget() {
	if between(a.foundAt, a.Event.Time) > together {
		a.Found, a.foundAt = found.Note{}, 0
	}
}

const maxVictims = 32

// victim adds the end of a process that the OOM killer chose.
func (n *notes) victim(e *End) {
	if len(n.victims) == maxVictims {
		n.victims = slices.Delete(n.victims, 0, 1)
	}
	for _, o := range n.victims {
		e.learn(o)
	}
	n.victims = append(n.victims, e)
}

// memory adds what was found about memory at the end of a victim.
func (n *notes) memory(note *found.Note) {
	i := slices.IndexFunc(n.victims, func(e *End) bool { return e.Record.Seq == note.Seq })
	if i < 0 {
		return
	}
	of := n.victims[i]
	of.Shmem, of.Total = note.Shmem, note.Total
	for _, e := range n.victims {
		e.learn(of)
	}
}

// learn takes over what was found about memory at the end of another victim.
func (e *End) learn(o *End) {
	if e.Total == 0 && max(between(e.Time, o.Time), between(o.Time, e.Time)) <= together {
		e.Shmem, e.Total = o.Shmem, o.Total
	}
}
