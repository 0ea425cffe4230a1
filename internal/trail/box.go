// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"fmt"
	"slices"

	"sigtrail/internal/event"
)

// Box is what the kernel part has of the black box, and of the boot before.
type Box struct {
	State    event.Box
	Previous event.Previous
	Events   []event.Event // that matter for how the boot ended, see Add; a merge changes them

	first uint64 // number of the first one that was added; 0: none
	begun bool   // a record was made after shutdown began
}

// So many records before a shutdown are kept, as they may show what led to it, and before
// any other end.
const (
	beforeShutdown = 20
	beforeReset    = 200
)

// Add adds the next record of the boot before, in order. From a shutdown on all are kept. Of
// those before only the last ones are: the black box has what happened in hours, flash and
// memory are small, and a system that is reset again and again would wear out its flash.
func (b *Box) Add(e *event.Event) {
	if b.first == 0 {
		b.first = e.Seq
	}
	if !b.begun && e.Flags&event.FlagShutdown != 0 {
		b.begun = true
		if forced(e) {
			b.keepLast(beforeReset)
		} else {
			b.keepLast(beforeShutdown)
		}
	}
	b.Events = append(b.Events, *e)
	if !b.begun && len(b.Events) == 2*beforeReset {
		b.keepLast(beforeReset)
	}
}

func (b *Box) keepLast(n int) { b.Events = slices.Delete(b.Events, 0, max(0, len(b.Events)-n)) }

// forced reports whether a shutdown that begins with a record is a forced reboot: that
// begins with reboot(2).
func forced(e *event.Event) bool { return e.Kind == event.KindReboot || e.Kind == event.KindSurvivor }

// trail returns what the boot before has in the black box, nil if there is nothing.
func (b *Box) trail() *event.Trail {
	p := &b.Previous
	if !p.Known() {
		return nil
	}
	if !b.begun {
		b.keepLast(beforeReset)
	}
	t := &event.Trail{ClockLocal: p.Local, ClockRealtime: p.Realtime, Alive: p.Local, Events: b.Events}
	if checkBootID(p.BootID) == nil {
		t.BootID = p.BootID
	}
	for i := range t.Events {
		e := &t.Events[i]
		e.Origin, e.Wall = event.OriginBox, 0 // by these clocks, which a trail need not have
	}
	return t
}

// BoxStored reports whether a boot has stored what the black box had at its start.
func (s Store) BoxStored(boot string) bool {
	list, _, _ := List(s.Dir, s.Fallback)
	return slices.ContainsFunc(list, func(k Kept) bool {
		return k.Header.MergedBy == boot && slices.ContainsFunc(k.Header.Sources, func(s event.Source) bool { return s.Name == event.BoxSource })
	})
}

// identify finds the boot of a black box that has no id, because no process had claimed
// the log or because the id is damaged: a daemon of that boot has stored one of its records.
func (m *merging) identify(stored ...*event.Trail) {
	if m.box == nil || m.box.BootID != "" {
		return
	}
	times := make(map[uint64]uint64, len(m.box.Events))
	for i := range m.box.Events {
		times[m.box.Events[i].Seq] = m.box.Events[i].Time
	}
	for _, t := range stored {
		if slices.ContainsFunc(t.Events, func(e event.Event) bool {
			at, ok := times[e.Seq]
			return ok && e.Seq != 0 && at == e.Time
		}) {
			m.box.BootID = t.BootID
		}
	}
}

// lastBoot returns the boot whose records the black box has, or else the one that wrote
// last to pmsg, also if that one is known to be later; nil if its trail is kept already.
func (m *merging) lastBoot() *event.Trail {
	last := m.lastInPmsg()
	if m.box == nil || m.isMerged(m.box.BootID) || last != nil && m.boxIsEarlier(last) {
		return last
	}
	return m.box
}

// addBox adds the records of the black box, if they are of the trail's boot. They are the
// trail's first ones: flash and pmsg fill what the box has lost.
func (m *merging) addBox(t *event.Trail) {
	state := m.left.Box.State
	t.Box = event.Box{Place: state.Place, Found: state.Found}
	if m.box == nil {
		return
	}
	s := event.Source{Name: event.BoxSource, Boot: event.BelongsOther, Told: m.isMerged(m.box.BootID)}
	s.Damaged, _ = m.left.Box.Previous.Damaged.Known()
	if s.Damaged > 0 {
		s.Fault = fmt.Sprintf("%d torn or damaged records were skipped", s.Damaged)
		if s.Damaged == 1 {
			s.Fault = "1 torn or damaged record was skipped"
		}
	}
	n := len(m.box.Events)
	if n > 0 {
		s.Time = m.box.Events[n-1].Time
	}
	if s.Told || m.box.BootID != t.BootID {
		if n > 0 {
			line := m.box.Events[n-1].String()
			s.Text = line[:min(len(line), maxMainLine)]
		}
		t.Sources = append(t.Sources, s)
		return
	}
	s.Boot, s.Merged = event.BelongsSame, true
	t.Sources = append(t.Sources, s)
	t.Alive = m.box.Alive
	if e := (event.Event{Wall: m.box.Wall(m.box.ClockLocal)}); t.ClockRealtime == 0 || !e.WallUnset() && e.Wall != 0 {
		t.ClockLocal, t.ClockRealtime = m.box.ClockLocal, m.box.ClockRealtime
	}
	setDaemon(t, m.box.Events)
	if n > 0 {
		numberFault(&m.box.Events[n-1], t.Events)
	}
	t.Losses = joinLosses(m.left.Box.losses(), t.Losses)
	nameServices(m.box.Events, t.Events)
	t.Events = join(m.box.Events, t.Events)
}

// losses returns the damaged records after the last whole one, as far as their numbers are
// known.
func (b *Box) losses() []event.Loss {
	newest := b.Previous.Seq
	damaged, _ := b.Previous.Damaged.Known()
	if n := len(b.Events); n > 0 {
		if last := b.Events[n-1].Seq; newest > last {
			return []event.Loss{{From: last + 1, To: newest, Damaged: true}}
		}
	} else if newest > 0 && damaged > 0 {
		return []event.Loss{{From: newest - min(newest, uint64(damaged)) + 1, To: newest, Damaged: true}}
	}
	return nil
}

// numberFault gives a fault that had no place in the ring a number of its own. The kernel
// gives it the one after the last whole record, which may be that of a torn record that flash
// has.
func numberFault(last *event.Event, stored []event.Event) {
	if last.Kind != event.KindOops && last.Kind != event.KindPanic {
		return
	}
	newest, taken := last.Seq, false
	for i := range stored {
		taken = taken || stored[i].Seq == last.Seq && stored[i].Time != last.Time
		newest = max(newest, stored[i].Seq)
	}
	if taken {
		last.Seq = newest + 1
	}
}

// overwritten returns the records that the ring overwrote before the first one of a trail, if
// the beginning of a shutdown may be among them.
func (b *Box) overwritten(events []event.Event) []event.Loss {
	i := slices.IndexFunc(events, func(e event.Event) bool { return e.Seq != 0 })
	if i < 0 {
		return nil
	}
	if e := &events[i]; e.Origin == event.OriginBox && e.Seq == b.first && e.Seq > 1 && (e.Flags&event.FlagShutdown != 0 || forced(e)) {
		return []event.Loss{{From: 1, To: e.Seq - 1}}
	}
	return nil
}

// setDaemon finds the daemon's process ids where it has left none: the last process that
// claimed the log, and its ujail.
func setDaemon(t *event.Trail, events []event.Event) {
	if t.DaemonPID != 0 {
		return
	}
	for i := range events {
		if e := &events[i]; e.Kind == event.KindClaim {
			t.DaemonPID, t.JailPID = e.SenderPID, 0
			if e.ParentName == "ujail" {
				t.JailPID = e.ParentPID
			}
		}
	}
}

// orderly returns the index of the first record of an orderly shutdown, -1 if there is
// none: a forced reboot begins with reboot(2).
func orderly(events []event.Event) int {
	i := slices.IndexFunc(events, func(e event.Event) bool { return e.Flags&event.FlagShutdown != 0 })
	if i >= 0 && forced(&events[i]) {
		return -1
	}
	return i
}

// gaps returns the runs of numbers that no event has, where events or losses have numbers
// before and after them. Between records of the black box they are damaged.
func gaps(events []event.Event, losses []event.Loss) []event.Loss {
	var found []event.Loss
	var first, last, boxed uint64 // numbers; boxed is the last one in the black box
	for i := range events {
		if events[i].Origin == event.OriginBox {
			boxed = max(boxed, events[i].Seq)
		}
	}
	damaged := false
	for i := range events {
		e := &events[i]
		switch {
		case e.Seq == 0:
			continue
		case first == 0:
			first = e.Seq
		case e.Seq > last+1:
			found = append(found, event.Loss{From: last + 1, To: e.Seq - 1, Damaged: damaged})
		}
		last = max(last, e.Seq)
		damaged = (damaged || e.Origin == event.OriginBox) && last < boxed
	}
	if first == 0 || len(losses) == 0 {
		return append(found, losses...)
	}
	if from := losses[0].From; from < first {
		found = slices.Insert(found, 0, event.Loss{From: from, To: first - 1})
	}
	for _, l := range losses {
		if l.To > last {
			found = append(found, event.Loss{From: last + 1, To: l.To, Damaged: l.Damaged})
			last = l.To
		}
	}
	return found
}
