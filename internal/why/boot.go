// SPDX-License-Identifier: GPL-2.0-only

package why

import (
	"cmp"
	"slices"

	"sigtrail/internal/event"
)

// A router has little memory: of what a boot has more of, the oldest is dropped.
const (
	maxEnds      = 2048
	maxProcesses = 1024 // that were signalled, and have not ended
	maxAsked     = 8    // signals of one process, each of one kind by one sender
	maxNames     = 1024
	maxRecent    = 64
)

// Boot collects the ends of one boot's processes. Events are added in their order.
type Boot struct {
	query  Query
	number int          // of the shutdown with which it ended; 0: the running boot
	down   uint64       // ns, when that began; 0: it is not known to have begun
	clocks *event.Trail // for wall times; nil: the events have them

	first, last event.Event // that have a number
	init        string      // init's name; "": unknown
	grouped     bool        // some process is of a service: init puts each into a cgroup

	ends    []*End
	dropped uint64 // ends for which there was no room
	running map[uint32]*process
	recent  []*End // of all processes, the newest last
	names   map[string]bool
	notes   notes

	now map[string][]Process // see RunsNow

	lost    uint64 // records, without those before the first one
	gap     *Gap   // the last one
	counted *Gap   // the last signals of which only the number is known
	off     uint64 // ns, since when capture is off; 0: it is on
}

// Running returns a Boot for the trail of the running boot.
func Running(q Query) *Boot {
	return &Boot{query: q, running: make(map[uint32]*process), names: make(map[string]bool)}
}

// Kept returns a Boot for the trail of a shutdown, with the ns at which that began.
func Kept(q Query, t *event.Trail, down uint64) *Boot {
	b := Running(q)
	header := *t
	header.Events, header.Losses = nil, nil // they may be large
	b.number, b.down, b.clocks = t.Number, down, &header
	for i := range t.Events {
		b.Add(&t.Events[i])
	}
	return b
}

// Add adds the next event.
func (b *Boot) Add(e *event.Event) {
	if e.Seq != 0 {
		b.follow(e)
	}
	if e.TargetPID == 1 && e.Kind == event.KindSignal {
		b.init = e.TargetName
	} else if e.SenderPID == 1 && !e.FromKernel() {
		b.init = e.SenderName
	}
	b.grouped = b.grouped || e.SenderService != "" || e.TargetService != ""
	switch e.Kind {
	case event.KindSignal:
		b.signal(e)
	case event.KindSummary:
		b.counted = &Gap{Records: e.Signals(), From: e.Time, To: e.Last(), Counted: true}
	case event.KindExit, event.KindSurvivor:
		b.end(e)
	case event.KindSwitch:
		b.switched(e)
	case event.KindNote:
		b.notes.learn(e.Text)
	}
}

// Last returns the number of the last record, 0 if there is none.
func (b *Boot) Last() uint64 { return b.last.Seq }

// follow notes whether records are missing before one.
func (b *Boot) follow(e *event.Event) {
	switch {
	case b.first.Seq == 0:
		b.first = *e
		if e.Seq > 1 {
			b.gap = &Gap{Records: e.Seq - 1, To: e.Time, First: true}
		}
	case e.Seq > b.last.Seq+1:
		b.gap = &Gap{Records: e.Seq - b.last.Seq - 1, From: b.last.Time, To: max(e.Time, b.last.Time)}
		b.lost += b.gap.Records
	}
	if e.Seq > b.last.Seq {
		b.last = *e
	}
}

// switched notes when capture is off.
func (b *Boot) switched(e *event.Event) {
	switch {
	case e.Text == "enable=0" && b.off == 0:
		b.off = max(1, e.Time)
	case e.Text == "enable=1" && b.off != 0:
		b.gap = &Gap{From: b.off, To: e.Time, Off: true}
		b.off = 0
	}
}

// name notes the names of a process of which something is recorded.
func (b *Boot) name(names ...string) {
	for _, n := range names {
		if n != "" && len(b.names) < maxNames {
			b.names[n] = true
		}
	}
}

// end adds the end of a process.
func (b *Boot) end(x *event.Event) {
	x = clone(x)
	end := &End{PID: x.TargetPID, Name: x.TargetName, Service: x.TargetService, Time: x.Time, Wall: b.wall(x), Boot: b, Record: x}
	if p := b.running[x.TargetPID]; p != nil {
		delete(b.running, x.TargetPID)
		end.take(p)
	}
	b.name(end.Name, end.Service)
	b.explain(end)
	b.relate(end)
	if end.Cause == Memory {
		b.notes.victim(end)
	}
	if b.query.matches(end.PID, end.Name, end.Service) && (b.query != Query{} || end.ofInit()) {
		b.add(end)
	}
}

func (b *Boot) add(end *End) {
	if len(b.ends) == maxEnds {
		b.dropped += maxEnds / 2
		b.ends = slices.Delete(b.ends, 0, maxEnds/2)
	}
	b.ends = append(b.ends, end)
}

func clone(e *event.Event) *event.Event {
	c := *e
	return &c
}

// take takes over what a process was sent. Signals from before its start were for another
// process, whose end is not recorded.
func (e *End) take(p *process) {
	e.Name, e.Service, e.More = cmp.Or(e.Name, p.name), cmp.Or(e.Service, p.service), p.more
	began, error := e.began()
	for _, a := range p.asked {
		if began == 0 || a.Event.Last()+error >= began {
			e.Before = append(e.Before, a)
		}
	}
}

func (b *Boot) wall(e *event.Event) int64 {
	if b.clocks != nil && e.Wall == 0 && e.Time != 0 {
		return b.clocks.Wall(e.Time)
	}
	return e.Wall
}

// Finish adds what the trail's end leaves open: processes that were sent what ends them. It
// returns the ends, the newest first.
func (b *Boot) Finish() []*End {
	for _, e := range b.ends {
		e.share()
	}
	for _, p := range b.living() {
		i := slices.IndexFunc(p.asked, func(a *Asked) bool { return a.fatal() })
		if i < 0 || !b.query.matches(p.pid, p.name, p.service) || b.query == (Query{}) {
			continue
		}
		delete(b.running, p.pid)
		by := p.asked[i]
		end := &End{PID: p.pid, Time: by.Event.Last(), Boot: b, Cause: Unrecorded, By: by}
		end.Wall = b.wall(&by.Event)
		end.take(p)
		end.Before = slices.DeleteFunc(end.Before, func(a *Asked) bool { return a == by })
		end.Down = b.goesDown(&by.Event)
		b.add(end)
	}
	b.date()
	slices.SortStableFunc(b.ends, func(x, y *End) int { return cmp.Compare(x.Time, y.Time) })
	b.respawns()
	list := fold(b.ends)
	slices.Reverse(list)
	return list
}

// date dates the ends before the clock was set, by a record after that.
func (b *Boot) date() {
	if !dated(b.last.Wall) || b.clocks != nil {
		return
	}
	for _, e := range b.ends {
		if !dated(e.Wall) && e.Time != 0 && e.Time <= b.last.Time {
			e.Wall = b.last.Wall - int64(b.last.Time-e.Time)
		}
	}
}

// dated reports whether a wall time is known: that it is of a clock that was set.
func dated(wall int64) bool { return wall != 0 && !(&event.Event{Wall: wall}).WallUnset() }

// fatal reports whether a signal has begun the process's end.
func (a *Asked) fatal() bool {
	return a.Event.Outcome.Taken() && a.Event.Flags&event.FlagFatal != 0
}

func (b *Boot) goesDown(e *event.Event) bool {
	return e.Flags&event.FlagShutdown != 0 || b.down != 0 && e.Time >= b.down
}
