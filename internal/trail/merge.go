// SPDX-License-Identifier: GPL-2.0

package trail

import (
	"slices"
	"sort"

	"sigtrail/internal/console"
	"sigtrail/internal/event"
)

// join puts together what the daemon wrote to flash and to pmsg: by number, each
// once. A note stays behind the record that it stood behind.
func join(flash, pmsg []event.Event) []event.Event {
	type placed struct {
		key uint64
		e   *event.Event
	}
	list := make([]placed, 0, len(flash)+len(pmsg))
	place := func(events []event.Event) {
		// Of the number n: 4n for notes ahead of it, 4n+1 for it, 4n+2 for
		// those behind it.
		key := uint64(0)
		if i := slices.IndexFunc(events, func(e event.Event) bool { return e.Seq != 0 }); i >= 0 {
			key = 4 * events[i].Seq
		}
		for i := range events {
			e := &events[i]
			if e.Seq != 0 {
				key = 4*e.Seq + 2
				list = append(list, placed{key - 1, e})
			} else {
				list = append(list, placed{key, e})
			}
		}
	}
	place(flash)
	place(pmsg)
	sort.SliceStable(list, func(i, j int) bool { return list[i].key < list[j].key })
	all := make([]event.Event, 0, len(list))
	last := uint64(0)
	for _, p := range list {
		if p.e.Seq == 0 || p.e.Seq != last {
			all = append(all, *p.e)
		}
		last = max(last, p.e.Seq)
	}
	return all
}

// joinLosses puts losses together in the same way.
func joinLosses(flash, pmsg []event.Loss) []event.Loss {
	all := slices.Concat(flash, pmsg)
	sort.Slice(all, func(i, j int) bool {
		return all[i].From < all[j].From || all[i].From == all[j].From && all[i].To < all[j].To
	})
	return slices.Compact(all)
}

// printed is what a line of the console tells of an event: by it they are
// matched.
type printed struct {
	kind      event.Kind
	signal    uint32
	sender    string
	senderPID uint32
	target    string
	targetPID uint32
	text      string
}

func printedOf(e *event.Event) printed {
	p := printed{kind: e.Kind}
	switch e.Kind {
	case event.KindNote:
		p.text = e.Text
		return p
	case event.KindMark:
		p.text = e.Text
	case event.KindSignal:
		p.signal, p.target, p.targetPID = e.Signal, e.TargetName, e.TargetPID
	}
	p.sender, p.senderPID = e.Sender()
	return p
}

// merger puts the lines of a console between the daemon's records.
type merger struct {
	records []event.Event
	next    int               // the first one that is not in all yet
	lines   map[printed][]int // records whose lines are to come, in order
	all     []event.Event

	first, last uint64 // when the first and the last record was printed
	matched     int    // lines of records
	strange     int    // signals between first and last that no record has
}

func newMerger(records []event.Event) *merger {
	m := &merger{records: records, lines: make(map[printed][]int)}
	for i := range records {
		e := &records[i]
		// A note is the stall watch's, which tells the kernel's log as well.
		if e.Flags&event.FlagPrinted == 0 && e.Kind != event.KindNote {
			continue
		}
		p := printedOf(e)
		m.lines[p] = append(m.lines[p], i)
		if e.Kind != event.KindNote {
			if m.first == 0 {
				m.first = e.Time
			}
			m.last = e.Time
		}
	}
	return m
}

// match returns the record that a line was printed for, and takes it out.
//
// A line's stamp is its event's time, or a little later. A record that is clearly
// older than the line has lost its own: to the ring's end, or to garbage.
func (m *merger) match(line *event.Event, exact bool) (record int, ok bool) {
	p := printedOf(line)
	list := m.lines[p]
	if line.Kind != event.KindNote {
		for len(list) > 0 && m.records[list[0]].Time+console.StampSlack < line.Time {
			list = list[1:]
		}
		if len(list) > 0 && exact && m.records[list[0]].Time > line.Time+console.StampSlack {
			return 0, false
		}
	}
	if ok = len(list) > 0; ok {
		record, list = list[0], list[1:]
	}
	m.lines[p] = list
	return record, ok
}

// line puts a line where it belongs: behind the record of the last line, and those
// with an earlier time, or, if that is not known, those that were not printed.
func (m *merger) line(e event.Event, exact bool) {
	if record, ok := m.match(&e, exact); ok {
		m.matched++
		m.take(record + 1)
		return
	}
	if e.Kind == event.KindSignal && m.first <= e.Time && e.Time <= m.last {
		m.strange++
	}
	n := m.next
	for n < len(m.records) && (m.records[n].Time <= e.Time || e.Time == 0 && m.records[n].Flags&event.FlagPrinted == 0) {
		n++
	}
	m.take(n)
	if e.Time == 0 && len(m.all) > 0 {
		e.Time = m.all[len(m.all)-1].Time
	}
	m.all = append(m.all, e)
}

// take puts the records up to end into place.
func (m *merger) take(end int) {
	if end > m.next {
		m.all = append(m.all, m.records[m.next:end]...)
		m.next = end
	}
}

// addConsole puts what the kernel printed between the records, from the
// shutdown's beginning on, or, if there was none, the last of it: then no event
// has FlagShutdown. It returns false, and the records alone, if the text is another
// boot's: they tell of lines that it should have, and it has others.
//
// There may be many notes that are nobody's. Of those the last ones are taken, no
// more than maxNotes.
func addConsole(records []event.Event, text []byte, maxNotes int) (all []event.Event, ok bool) {
	begun := uint64(0)
	if i := slices.IndexFunc(records, func(e event.Event) bool { return e.Kind != event.KindNote }); i >= 0 {
		begun = records[i].Time
	}
	offset, shutdown := console.NewReader(text).Beginning(begun)
	shutdown = shutdown || begun != 0
	notes := 0
	c := console.NewReader(text).From(offset)
	for l, ok := c.Next(); ok; l, ok = c.Next() {
		if e := l.Event(); isIdle(&e) {
			notes++
		}
	}
	m := newMerger(records)
	c = console.NewReader(text).From(offset)
	for l, ok := c.Next(); ok; l, ok = c.Next() {
		e := l.Event()
		if isIdle(&e) {
			if notes--; notes >= maxNotes {
				continue
			}
		}
		if shutdown && e.Kind != event.KindNote {
			e.Flags = event.FlagShutdown
		}
		m.line(e, l.Exact)
	}
	m.take(len(records))
	if m.matched == 0 && m.strange > 0 {
		return records, false
	}
	return m.all, true
}
