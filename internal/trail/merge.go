// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"slices"
	"sort"

	"sigtrail/internal/console"
	"sigtrail/internal/event"
)

// join merges what is from flash and from pmsg, or from the black box and from these, by
// number and without duplicates: the first one's records count. A note stays after the
// record that it followed; if there is no record beside it, its time decides.
func join(first, second []event.Event) []event.Event {
	if len(second) == 0 && ascending(first) {
		return first // not copied: it can be a whole black box
	}
	type placed struct {
		key uint64
		e   *event.Event
	}
	list := make([]placed, 0, len(first)+len(second))
	place := func(events, others []event.Event) {
		// The keys of number n: 4n for notes before it, 4n+1 for the record,
		// 4n+2 for notes after it.
		key := uint64(0)
		next := slices.IndexFunc(events, func(e event.Event) bool { return e.Seq != 0 })
		if next >= 0 {
			key = 4 * events[next].Seq
		}
		for i := range events {
			e := &events[i]
			switch {
			case e.Seq != 0:
				key = 4*e.Seq + 2
				list = append(list, placed{key - 1, e})
				continue
			case next < 0:
				key = 4*recordBefore(others, e.Time) + 2
			}
			list = append(list, placed{key, e})
		}
	}
	place(first, second)
	place(second, first)
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

// ascending reports whether each record has a larger number than the one before.
func ascending(events []event.Event) bool {
	last := uint64(0)
	for i := range events {
		if seq := events[i].Seq; seq != 0 {
			if seq <= last {
				return false
			}
			last = seq
		}
	}
	return true
}

// recordBefore returns the number of the last record that is not after a time; 0: none.
func recordBefore(events []event.Event, at uint64) (seq uint64) {
	for i := range events {
		if e := &events[i]; e.Seq != 0 && e.Time <= at {
			seq = e.Seq
		}
	}
	return seq
}

// joinLosses merges losses in the same way.
func joinLosses(flash, pmsg []event.Loss) []event.Loss {
	all := slices.Concat(flash, pmsg)
	sort.Slice(all, func(i, j int) bool {
		return all[i].From < all[j].From || all[i].From == all[j].From && all[i].To < all[j].To
	})
	return slices.Compact(all)
}

// printed is what a line of the console shows of an event. Lines and records are
// matched by it.
type printed struct {
	kind      event.Kind
	signal    uint32
	sender    string
	senderPID uint32
	target    string
	targetPID uint32
	text      string
	status    uint32
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
	case event.KindExit, event.KindSurvivor:
		return printed{kind: e.Kind, target: e.TargetName, targetPID: e.TargetPID, status: e.ExitStatus}
	}
	p.sender, p.senderPID = e.Sender()
	return p
}

// merger inserts the lines of a console between the daemon's records.
type merger struct {
	records []event.Event
	next    int               // the first record that is not yet in all
	lines   map[printed][]int // records that were printed and not yet matched, in order
	all     []event.Event

	first, last uint64 // times of the first and last printed record
	end         uint64 // time of the last record
	matched     int    // lines that have a record of their time
	unmatched   int    // signals between first and last without a record
	alike       int    // lines without a time that have one, and signals soon after end to processes that have one
}

func newMerger(records []event.Event) *merger {
	m := &merger{records: records, lines: make(map[printed][]int), end: lastTime(records)}
	for i := range records {
		e := &records[i]
		// Notes are from the stall watch, which writes them to the kernel's log,
		// too.
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

// match returns the record that a line was printed for, and removes it from lines.
//
// A line's stamp is the time of its event, or a little later. If a record is
// clearly older, its own line is missing: overwritten in the console's ring, or
// damaged.
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

// line inserts a line after the record of the previous line and after the records
// with an earlier time. If the line has no time, it goes after the records that were
// not printed.
func (m *merger) line(e event.Event, exact bool) {
	if record, ok := m.match(&e, exact); ok {
		if r := &m.records[record]; !r.FromText() {
			if exact && max(r.Time, e.Time)-min(r.Time, e.Time) <= console.StampSlack {
				m.matched++
			} else {
				m.alike++
			}
		}
		m.take(record + 1)
		return
	}
	if e.Kind == event.KindSignal {
		if exact && m.first <= e.Time && e.Time <= m.last {
			m.unmatched++
		}
		if (!exact || e.Time+console.StampSlack >= m.end && e.Time <= m.end+continues) && m.hasTarget(&e) {
			m.alike++
		}
	}
	n := m.next
	for n < len(m.records) && (m.records[n].Time <= e.Time || e.Time == 0 && m.records[n].Flags&event.FlagPrinted == 0) {
		n++
	}
	m.take(n)
	if e.Time == 0 && len(m.all) > 0 {
		e.Time = m.all[len(m.all)-1].Time
	}
	e.TimeAtLeast = !exact && e.Time != 0
	m.all = append(m.all, e)
}

// hasTarget reports whether a record has the target of a signal.
func (m *merger) hasTarget(e *event.Event) bool {
	return e.TargetPID > 1 && slices.ContainsFunc(m.records, func(r event.Event) bool {
		return r.TargetPID == e.TargetPID && r.TargetName == e.TargetName && !r.FromText()
	})
}

// take appends the records up to end.
func (m *merger) take(end int) {
	if end > m.next {
		m.all = append(m.all, m.records[m.next:end]...)
		m.next = end
	}
}

// begunAt returns when the shutdown had begun by the records; 0: unknown. What the daemon
// stores is of a shutdown; the black box has more.
func begunAt(records []event.Event) uint64 {
	for i := range records {
		e := &records[i]
		if e.Kind != event.KindNote && (e.Origin != event.OriginBox || e.Flags&event.FlagShutdown != 0) {
			return e.Time
		}
	}
	return 0
}

// addText inserts what the kernel printed between the records, from the beginning of
// the shutdown on. Without a shutdown it inserts the last lines, and no event has
// FlagShutdown. origin is the console, or a record of the kernel's log. The merger shows
// of whose boot the text is.
//
// Of the unrelated notes, only the last maxUnrelated are inserted.
func addText(records []event.Event, text []byte, origin event.Origin, maxUnrelated int) ([]event.Event, *merger) {
	if len(text) == 0 {
		return records, newMerger(records)
	}
	begun := begunAt(records)
	offset, shutdown := console.NewReader(text).Beginning(begun)
	shutdown = shutdown || begun != 0
	if origin == event.OriginDmesg { // a failure is told even if it came before
		offset = min(offset, console.NewReader(text).Tail())
	}
	notes := 0
	c := console.NewReader(text).From(offset)
	for l, ok := c.Next(); ok; l, ok = c.Next() {
		if e := l.Event(); isUnrelated(&e) {
			notes++
		}
	}
	m := newMerger(records)
	c = console.NewReader(text).From(offset)
	for l, ok := c.Next(); ok; l, ok = c.Next() {
		e := l.Event()
		e.Origin = origin
		if origin == event.OriginDmesg && begun != 0 && e.Kind != event.KindNote && l.Exact && e.Time+console.StampSlack < begun {
			continue // before the shutdown
		}
		if isUnrelated(&e) {
			if notes--; notes >= maxUnrelated {
				continue
			}
		}
		if shutdown && e.Kind != event.KindNote {
			e.Flags |= event.FlagShutdown
		}
		m.line(e, l.Exact)
	}
	m.take(len(records))
	return m.all, m
}
