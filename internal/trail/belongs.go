// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"bytes"
	"slices"
	"strings"

	"sigtrail/internal/console"
	"sigtrail/internal/event"
)

// continues is how long, in ns, after a boot's last record its console may end without
// a signal to a process that has a record: the daemon is killed near the end.
const continues = uint64(60e9)

// boot returns what the lines that were inserted show of whose boot they are.
func (m *merger) boot(text []byte) event.Belongs {
	last := uint64(0) // time of the last record
	for i := range m.records {
		if e := &m.records[i]; !e.FromText() {
			last = max(last, e.Time)
		}
	}
	c := clockOf(text)
	switch {
	case m.matched > 0:
		return event.BelongsSame
	case m.unmatched > 0, c.ended != 0 && c.ended+console.StampSlack < last:
		return event.BelongsOther
	case last == 0, m.printedWithin(c) && !c.damaged:
		return event.BelongsUnknown
	case c.last == 0 && m.known > 0:
		return event.BelongsSame
	case c.last != 0 && c.last+console.StampSlack >= last && (m.known > 0 || c.last <= last+continues):
		return event.BelongsSame
	}
	return event.BelongsUnknown
}

// BootLine is a line of the kernel's log that the daemon leaves at its start, before the
// boot's id.
const BootLine = "sigtrail: boot "

// bootOf returns the id that the last such line of a text has, "" for none.
func bootOf(text []byte) (id string) {
	if !bytes.Contains(text, []byte(BootLine)) {
		return ""
	}
	r := console.NewReader(text)
	for l, ok := r.Next(); ok; l, ok = r.Next() {
		e := l.Event()
		if found, ok := strings.CutPrefix(e.Text, BootLine); ok && e.Kind == event.KindNote && checkBootID(found) == nil {
			id = found
		}
	}
	return id
}

// byID judges a text by its boot's id, else by what else is known.
func byID(text []byte, boot string, otherwise event.Belongs) event.Belongs {
	id := bootOf(text)
	switch {
	case id == "" || boot == "":
		return otherwise
	case id == boot:
		return event.BelongsSame
	}
	return event.BelongsOther
}

// printedWithin reports whether a record was printed at a time that the text covers, so
// that its line is missing there.
func (m *merger) printedWithin(c clock) bool {
	return slices.ContainsFunc(m.records, func(e event.Event) bool {
		return e.Flags&event.FlagPrinted != 0 && c.first <= e.Time && e.Time <= c.last
	})
}

// clock has times of a text, by its lines' own stamps; 0: it has none.
type clock struct {
	first, last uint64
	ended       uint64 // of the kernel's line about reboot(2)
	damaged     bool   // some bytes are not those of text
}

func clockOf(text []byte) (c clock) {
	c.damaged = slices.ContainsFunc(text, func(b byte) bool { return b >= 0x80 || b < 0x20 && b != '\n' && b != '\t' && b != '\r' })
	r := console.NewReader(text)
	for l, ok := r.Next(); ok; l, ok = r.Next() {
		if e := l.Event(); l.Exact && e.Time != 0 {
			if c.first == 0 {
				c.first = e.Time
			}
			c.last = e.Time
			if e.Kind == event.KindNote && strings.HasPrefix(e.Text, "reboot: ") {
				c.ended = e.Time
			}
		}
	}
	return c
}

// sameLog reports whether two texts are of one boot, because lines of the first stand in
// the second: one with a stamp, or three without, as these are alike in every boot.
func sameLog(text, in []byte) bool {
	const stamped, bare = 3, 1
	lines := make(map[string]int)
	each := func(text []byte, f func(key string, weight int)) {
		r := console.NewReader(text)
		for l, ok := r.Next(); ok; l, ok = r.Next() {
			e, weight := l.Event(), bare
			key := e.String()
			if l.Exact {
				key, weight = string(event.AppendSeconds(nil, e.Time))+key, stamped
			}
			f(key, weight)
		}
	}
	each(text, func(key string, weight int) { lines[key] = weight })
	weight := 0
	each(in, func(key string, _ int) {
		weight += lines[key]
		delete(lines, key)
	})
	return weight >= stamped
}

// boot returns what a record's times show of whose boot it is. head is the trail, which
// began at first, in ns of its kernel's clock; since is when its boot ran, at a merge,
// and started when the running boot began, both in ns since 1970; 0: unknown.
func (r *Record) boot(head *event.Trail, first uint64, since, started int64) event.Belongs {
	if r.Wall == 0 {
		return event.BelongsUnknown
	}
	if started != 0 && r.Wall >= started {
		return event.BelongsOther // of the running boot
	}
	up := clockOf(r.Text).last
	booted := r.Wall - int64(up) // when its boot began
	clock := event.Event{Wall: head.Wall(head.ClockLocal)}
	if zero := head.Wall(0); zero != 0 && !clock.WallUnset() {
		drift := int64(clockDrift + max(up, head.ClockLocal)/driftPart)
		switch {
		case up != 0 && max(booted-zero, zero-booted) <= drift, up == 0 && r.Wall >= head.Wall(first):
			return event.BelongsSame
		case r.Wall < zero-drift:
			return event.BelongsOther
		}
	}
	if since != 0 && up != 0 && booted <= since && since <= r.Wall {
		return event.BelongsSame // it ran when that boot did
	}
	return event.BelongsUnknown
}

// Two clocks of one boot differ by at most so much: 2 s, and 200 millionths of the time.
const (
	clockDrift = uint64(2e9)
	driftPart  = 5000
)

// mainLine returns the line of a text that reports the worst failure, the first of its
// class, else the last line; at is its time, 0 if it is unknown.
func mainLine(text []byte) (at uint64, line string) {
	worst := console.NoFailure
	r := console.NewReader(text)
	for l, ok := r.Next(); ok; l, ok = r.Next() {
		e := l.Event()
		class := console.NoFailure
		if e.Kind == event.KindNote {
			class = console.Classify(e.Text)
		}
		if class < worst || worst == console.NoFailure {
			worst, at, line = class, 0, e.Text
			if e.Kind != event.KindNote {
				line = e.String()
			}
			if l.Exact {
				at = e.Time
			}
		}
	}
	return at, line[:min(len(line), maxMainLine)]
}

// maxMainLine bounds that line in a trail's header, in bytes.
const maxMainLine = 160
