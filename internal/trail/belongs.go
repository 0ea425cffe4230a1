// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"bytes"
	"slices"
	"strings"

	"sigtrail/internal/console"
	"sigtrail/internal/event"
)

// After the daemon was killed, the console goes on: with signals to processes that have a
// record, up to so long after the last one, in ns, and with the kernel's line about
// reboot(2). A machine that ends within this time by chance is unlikely.
const (
	continues = uint64(60e9)
	endsAfter = uint64(10e9)
)

// boot returns what the console's lines, which were inserted, show of whose boot they are.
// named: the trail's daemon left the boot's id on the console. If it did not, the level may
// hide what is missing.
func (m *merger) boot(text []byte, named bool) event.Belongs {
	c := clockOf(text)
	switch {
	case m.matched > 0:
		return event.BelongsSame
	case m.unmatched > 0, c.ended != 0 && c.ended+console.StampSlack < m.end, named && c.begins && !c.gaps:
		return event.BelongsOther
	case m.end == 0, named && m.printedWithin(c) && !c.gaps:
		return event.BelongsUnknown
	case m.alike > 1, c.ended != 0 && c.ended <= m.end+endsAfter:
		return event.BelongsSame
	}
	return event.BelongsUnknown
}

// BootLine is a line of the kernel's log that the first daemon of a boot leaves, before the
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

// printedWithin reports whether a record was printed at a time that the text covers. The
// level hides its line, or it is missing there.
func (m *merger) printedWithin(c clock) bool {
	return slices.ContainsFunc(m.records, func(e event.Event) bool {
		return e.Flags&event.FlagPrinted != 0 && c.first <= e.Time && e.Time <= c.last
	})
}

// clock has times of a text, by its lines' own stamps; 0: it has none.
type clock struct {
	first, last uint64
	ended       uint64 // of the kernel's line about reboot(2)
	begins      bool   // it reaches back to the kernel's start
	gaps        bool   // lines may be missing: some bytes are not those of text, or the kernel dropped some
}

func clockOf(text []byte) (c clock) {
	c.gaps = bytes.Contains(text, []byte(" printk messages dropped **")) ||
		slices.ContainsFunc(text, func(b byte) bool { return b >= 0x80 || b < 0x20 && b != '\n' && b != '\t' && b != '\r' })
	r := console.NewReader(text)
	for l, ok := r.Next(); ok; l, ok = r.Next() {
		e := l.Event()
		if l.Exact && e.Time == 0 || strings.HasPrefix(e.Text, "Linux version ") {
			c.begins = true
		}
		if l.Exact && e.Time != 0 {
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

// boot returns what a record's times show of whose boot it is. head is the trail as the
// daemon left it; since is when its boot ran, at a merge, in ns since 1970; 0: unknown.
// Times that differ show nothing: the clock may have been set in between.
func (r *Record) boot(head *event.Trail, since int64) event.Belongs {
	if r.Wall == 0 || r.Copy {
		return event.BelongsUnknown
	}
	up := clockOf(r.Text).last
	booted := r.Wall - int64(up) // when its boot began
	clock := event.Event{Wall: head.Wall(head.ClockLocal)}
	if zero := head.Wall(0); zero != 0 && !clock.WallUnset() {
		switch {
		case up != 0:
			if sameClock(booted, zero, max(up, head.ClockLocal)) {
				return event.BelongsSame
			}
		case len(head.Events) > 0 && head.Wall(head.Events[0].Time) <= r.Wall && r.Wall <= head.Wall(lastTime(head.Events)+continues):
			return event.BelongsSame
		}
	}
	if since != 0 && up != 0 && booted <= since && since <= r.Wall {
		return event.BelongsSame // it ran when that boot did
	}
	return event.BelongsUnknown
}

// running reports whether a record is of the boot that merges: by its id, or by both
// clocks. That boot may have begun with the date of an earlier one, which ran for longer.
func (m *merging) running(r *Record) bool {
	if id := bootOf(r.Text); id != "" {
		return id == m.boot
	}
	up := clockOf(r.Text).last
	return r.Wall != 0 && !r.Copy && up != 0 && m.left.Started != 0 && sameClock(r.Wall-int64(up), m.left.Started, up) && r.Wall <= m.left.Now
}

// lastTime returns the time of the last record.
func lastTime(events []event.Event) (last uint64) {
	for i := range events {
		if e := &events[i]; !e.FromText() {
			last = max(last, e.Time)
		}
	}
	return last
}

// Two clocks of one boot differ by at most so much: 2 s, and 200 millionths of the time.
const (
	clockDrift = uint64(2e9)
	driftPart  = 5000
)

// sameClock reports whether two dates of a boot's start, found after a time of up ns, may
// be one.
func sameClock(a, b int64, up uint64) bool { return max(a-b, b-a) <= int64(clockDrift+up/driftPart) }

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
