// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"cmp"
	"errors"
	"hash/crc32"
	"slices"
	"strings"

	"sigtrail/internal/event"
)

// merging is a merge of black box, flash and pstore at the start of a boot.
type merging struct {
	Store
	boot  string // that merges
	left  PstoreData
	since int64        // when the previous boot merged, in ns since 1970; 0: unknown
	kept  []Kept       // earlier merges
	box   *event.Trail // what the boot before has in the black box; nil: nothing

	sum     uint32         // of the console
	records []*Record      // of left, not told before
	told    []event.Source // the others
	boots   []*event.Trail // in pmsg, see inPmsg
}

// findTold divides the sources: those that an earlier merge found were told then. A console
// without times may be like an earlier one. Records of the running boot are left out.
func (m *merging) findTold() {
	m.sum = crc32.ChecksumIEEE(m.left.Console)
	if s := (event.Source{Name: cmp.Or(m.left.consoleName, consoleFile), Sum: m.sum, Told: true}); m.wasFound(&s) && clockOf(m.left.Console).last != 0 {
		m.told, m.left.Console = append(m.told, s), nil
	}
	for i := range m.left.Records {
		r := &m.left.Records[i]
		if m.running(r) {
			continue // the next boot's merge tells it
		}
		s := event.Source{Name: r.Name, Sum: r.Sum, Wall: r.Wall, Told: true}
		if m.wasFound(&s) {
			m.told = append(m.told, s)
		} else {
			m.records = append(m.records, r)
		}
	}
}

func (m *merging) wasFound(s *event.Source) bool {
	return slices.ContainsFunc(m.kept, func(k Kept) bool {
		return slices.ContainsFunc(k.Header.Sources, func(o event.Source) bool { return o.Name == s.Name && o.Sum == s.Sum })
	})
}

// inPmsg returns what boots have in pmsg, the last one at the end.
func (m *merging) inPmsg() []*event.Trail {
	if m.boots == nil {
		m.boots = parsePmsg(m.left.Pmsg)
	}
	return m.boots
}

// lastInPmsg returns what the boot that wrote last has in pmsg, nil if that one's trail is
// kept already.
func (m *merging) lastInPmsg() *event.Trail {
	boots := m.inPmsg()
	if len(boots) == 0 || m.isMerged(boots[len(boots)-1].BootID) {
		return nil
	}
	return boots[len(boots)-1]
}

func (m *merging) isMerged(boot string) bool {
	return boot != "" && slices.ContainsFunc(m.kept, func(k Kept) bool { return k.Header.MergedBy != "" && k.Header.BootID == boot })
}

// keepEnd keeps the end of a boot that stored nothing on flash.
func (m *merging) keepEnd(head event.Trail, err error) (*event.Trail, error) {
	if last := m.lastInPmsg(); last != nil && m.boxIsBefore(last) {
		err = errors.Join(err, m.alone(true).keepBoot(nextNumber(m.Dir, m.Fallback)))
	}
	if last := m.lastBoot(); last != nil {
		head.BootID = last.BootID
		if len(m.kept) > 0 {
			k := &m.kept[0].Header
			head.Unordered = (last.BootID == "" || last.BootID != k.MergedBy) && !isEarlier(k, last)
		}
	}
	if len(m.kept) == 0 || head.BootID != m.kept[0].Header.MergedBy {
		m.since = 0 // another boot merged then
	}
	head.Number = nextNumber(m.Dir, m.Fallback)
	return m.keep(m.combine(&head), err)
}

// combine merges the parts of one boot. Each source in pstore is merged only if something
// shows that it is of that boot: an id, or the times and numbers of its lines. What it
// has otherwise is described in Sources.
func (m *merging) combine(flash *event.Trail) *event.Trail {
	t := *flash
	t.Sources = slices.Clone(m.left.Faulty)
	m.addBox(&t)
	m.addPmsg(&t)
	if t.Boxed() {
		t.Losses = gaps(t.Events, joinLosses(m.left.Box.overwritten(t.Events), t.Losses))
	}
	text := m.left.Console
	if t.BootID == "" && len(t.Events) == 0 && t.Unreadable == "" {
		t.BootID = m.namedBoot()
	}
	all, found := m.addText(t.Events, text, event.OriginConsole)
	console := byID(text, t.BootID, found.boot(text, t.BootLine))
	records := make([]judged, len(m.records))
	apart := 0
	for i, r := range m.records {
		records[i] = judged{Record: r, boot: byID(r.Text, t.BootID, r.boot(&t, m.since)), linked: sameLog(r.Text, text)}
		switch {
		case !records[i].linked:
			apart++
		case records[i].boot != event.BelongsUnknown:
			console = records[i].boot
		}
	}
	// If there is nothing else, the trail is of the boot that the console is of.
	alone := len(text) > 0 && len(t.Events) == 0 && console == event.BelongsUnknown && apart == 0
	if alone && t.BootID == "" && t.Unreadable == "" {
		console = event.BelongsSame
	}
	if alone {
		t.BootID = ""
	}
	merged := alone || console == event.BelongsSame
	if merged {
		t.Events = all
	}
	t.Sources = append(t.Sources, sourceOf(event.Source{Name: cmp.Or(m.left.consoleName, consoleFile), Sum: m.sum, Boot: console}, text, merged)...)
	for _, r := range records {
		m.addRecord(&t, r, console, merged)
	}
	t.Sources = append(t.Sources, m.told...)
	m.setState(&t, merged)
	setClocks(&t)
	return &t
}

// setClocks takes the date of a call of reboot(2) where the daemon has left none, as for a
// forced reboot. The kernel prints it in whole seconds.
func setClocks(t *event.Trail) {
	for i := range t.Events {
		e := &t.Events[i]
		if t.ClockRealtime == 0 && e.Kind == event.KindReboot && e.Time != 0 && e.Wall > 0 {
			t.ClockLocal, t.ClockRealtime = e.Time, uint64(e.Wall)
		}
	}
}

// namedBoot returns the boot that the console names, else the newest record that names
// one, if that one's trail is not kept yet.
func (m *merging) namedBoot() string {
	ids := []string{bootOf(m.left.Console)}
	for _, r := range slices.Backward(m.records) {
		ids = append(ids, bootOf(r.Text))
	}
	for _, id := range ids {
		if id != "" && !slices.ContainsFunc(m.kept, func(k Kept) bool { return k.Header.BootID == id }) {
			return id
		}
	}
	return ""
}

// judged is a record, with the boot that its times show, and whether it and the console
// are of one boot.
type judged struct {
	*Record
	boot   event.Belongs
	linked bool
}

// addPmsg adds what pmsg has of the trail's boot, if that is unknown of the last one there.
func (m *merging) addPmsg(t *event.Trail) {
	boots := slices.Clone(m.inPmsg())
	source := event.Source{Name: cmp.Or(m.left.pmsgName, pmsgFile), Boot: event.BelongsSame}
	last := m.lastInPmsg()
	i := slices.IndexFunc(boots, func(p *event.Trail) bool {
		return p.BootID == t.BootID || t.BootID == "" && m.box == nil && last != nil && p.BootID == last.BootID
	})
	if i >= 0 {
		t.Sources = append(t.Sources, source)
		m.addDaemons(t, boots[i])
		boots = slices.Delete(boots, i, i+1)
	}
	source.Boot = event.BelongsOther
	for _, p := range boots {
		source.Told = m.isMerged(p.BootID)
		if n := len(p.Events); n > 0 {
			line := p.Events[n-1].String()
			source.Time, source.Text = p.Events[n-1].Time, line[:min(len(line), maxMainLine)]
		}
		t.Sources = append(t.Sources, source)
	}
}

// addDaemons adds what the daemon wrote to pmsg.
func (m *merging) addDaemons(t, pmsg *event.Trail) {
	if t.ClockRealtime == 0 {
		t.ClockLocal, t.ClockRealtime = pmsg.ClockLocal, pmsg.ClockRealtime
	}
	if t.DaemonPID == 0 {
		t.DaemonPID, t.JailPID = pmsg.DaemonPID, pmsg.JailPID
	}
	t.BootLine = t.BootLine || pmsg.BootLine
	t.Losses = joinLosses(t.Losses, pmsg.Losses)
	t.Events = join(t.Events, pmsg.Events)
}

// addRecord adds a record that was not told before: its lines if it is of the trail's
// boot, else what it has.
func (m *merging) addRecord(t *event.Trail, r judged, console event.Belongs, merged bool) {
	all, found := m.addText(t.Events, r.Text, event.OriginDmesg)
	switch {
	case r.linked:
		r.boot = console
	case r.boot != event.BelongsUnknown:
	case found.matched > 0, found.alike > 1:
		r.boot = event.BelongsSame
	case found.unmatched > 0:
		r.boot = event.BelongsOther
	}
	merged = r.boot == event.BelongsSame || r.linked && merged
	if merged {
		t.Events = all
	}
	s := event.Source{Name: r.Name, Sum: r.Sum, Wall: r.Wall, Boot: r.boot, Fault: r.Fault}
	if merged && r.Copy {
		s.Wall = 0 // the lines would get that date
	}
	t.Sources = append(t.Sources, sourceOf(s, r.Text, merged)...)
}

func (m *merging) addText(records []event.Event, text []byte, origin event.Origin) ([]event.Event, *merger) {
	return addText(records, text, origin, m.maxLines())
}

// maxLines returns a number of lines of which hardly more can fit.
func (m *merging) maxLines() int {
	const usual = 64 // bytes of a note
	return int(m.Size / usual)
}

// setState sets what pstore had of the trail's boot, and what that says of the reset.
func (m *merging) setState(t *event.Trail, console bool) {
	t.Pstore, t.Reset = m.left.State, m.left.Reset
	ours := func(name string) bool {
		return slices.ContainsFunc(t.Sources, func(s event.Source) bool {
			return s.Boot == event.BelongsSame && !s.Told && strings.HasPrefix(s.Name, name)
		})
	}
	switch {
	case console || ours("pmsg-"):
	case ours("dmesg-ramoops-"):
		t.Pstore, t.Reset = event.PstoreFound, event.ResetWarm
	case ours("dmesg-"):
		t.Pstore, t.Reset = event.PstoreFound, event.ResetUnknown
	case t.Pstore == event.PstoreFound, len(m.left.Faulty) > 0:
		t.Pstore, t.Reset = event.PstoreOther, event.ResetUnknown
	}
	switch {
	case t.Boxed():
		t.Reset = event.ResetWarm
	case t.Reset == event.ResetCold && t.Box.Found != event.FoundNothing:
		t.Reset = event.ResetUnknown // the black box has something, perhaps of an earlier boot
	}
}

// sourceOf describes a source, with its most important line unless its lines are in the
// trail. A source that is not there has none.
func sourceOf(s event.Source, text []byte, merged bool) []event.Source {
	if len(text) == 0 && s.Fault == "" {
		return nil
	}
	if s.Merged, s.Time = merged, clockOf(text).last; !merged {
		s.Time, s.Text = mainLine(text)
	}
	return []event.Source{s}
}
