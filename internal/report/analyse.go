// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"math"
	"slices"
	"strings"

	"sigtrail/internal/event"
)

// Analyse makes the report of a shutdown from its trail, which may be empty. The
// report refers to the trail's events, which must not change.
func Analyse(t *event.Trail) *Shutdown {
	s := &Shutdown{Trail: t}
	m := findLandmarks(t)
	begin := m.beginning(t.Events)
	s.Off = switchedOff(t.Events)
	s.Way = m.way(t, begin)
	if s.Way == WayUbus && s.offBefore(t.Events[begin].Time) {
		s.Way = WayUnknown
	}
	s.oldest = begin != none && oldest(t, begin)
	s.setRequest(&m, begin)
	s.setTimes(&m, begin)
	s.Phases = s.phases(&m, begin)
	s.Survivors = survivors(t.Events)
	s.Processes = processes(t, max(begin, s.beforeEnd()), m.kills, s.Survivors, math.MaxUint64)
	s.Stalls = stalls(t.Events)
	s.Scripts = s.scripts(&m, begin)
	s.Failures = failures(t.Events)
	s.Ending = ending(s, &m)
	s.count()
	return s
}

// AnalyseBoot makes the report of a boot's first nanoseconds, up to end; read is up to when the
// trail has the ends of what began then.
func AnalyseBoot(t *event.Trail, end, read uint64) *Boot {
	r := &Boot{Trail: t, End: end, Read: read, Processes: processes(t, 0, noSweep, nil, end)}
	for i := range t.Events {
		if e := &t.Events[i]; e.Kind == event.KindSummary && e.Time <= end {
			r.OnlyCounted += e.Signals()
		}
	}
	r.Scripts = scripts(t.Events, starts(end), r.Processes)
	return r
}

// Beginning reports whether an event is of a boot's first nanoseconds, up to end, or is the end
// of a process that began then.
func Beginning(e *event.Event, end uint64) bool {
	began, _ := e.Began()
	return e.Time <= end || began != 0 && began <= end
}

// beginning returns the event with which the shutdown begins, or none. That
// record may lack FlagShutdown, which the records after it have; events read
// from the console have no flags at all.
func (m *landmarks) beginning(events []event.Event) int {
	switch {
	case m.upgrade != none:
		return beforeUpgrade(events, m.upgrade)
	case m.services != none:
		return m.services
	case m.request != none && (m.flagged == none || m.request <= m.flagged):
		return m.request
	case m.flagged != none:
		if i := before(events, m.flagged); i != none && events[i].Kind == event.KindMark {
			return i
		}
		return m.flagged
	case m.terms.seen():
		for i := m.terms.first - 1; i >= 0; i-- {
			if events[i].Kind == event.KindMark {
				return i
			}
		}
		return m.terms.first
	case m.kills.seen():
		return m.kills.first
	case m.reboot != none:
		return m.reboot
	}
	return m.lastLine
}

// before returns the record before index i, or none.
func before(events []event.Event, i int) int {
	for i--; i >= 0; i-- {
		if events[i].Kind != event.KindNote {
			return i
		}
	}
	return none
}

// beforeUpgrade returns the first signal with which procd stops all services before a
// sysupgrade, else the first event of the sysupgrade itself.
func beforeUpgrade(events []event.Event, upgrade int) int {
	first, last := upgrade, events[upgrade].Time
	for i := upgrade - 1; i >= 0; i-- {
		e := &events[i]
		if e.SenderPID != 1 || !sends(e, sigterm) && !sends(e, sigkill) {
			continue
		}
		if between(e.Time, last) > upgradeGap {
			break
		}
		first, last = i, e.Time
	}
	return first
}

// upgradeGap is the longest time, in ns, between the signals of procd and those
// of stage2: upgraded, the shell and a ramdisk start in between.
const upgradeGap = 5e9

func (m *landmarks) way(t *event.Trail, begin int) Way {
	switch {
	case begin == none:
		return WayNone
	case m.upgrade != none:
		return WaySysupgrade
	case begin == m.services:
		return WayServices
	case begin == m.request:
		return WaySignal
	case begin == m.reboot && !byInit(&t.Events[begin]):
		return WayForced
	case m.beginsAt(t, begin):
		return WayUbus
	}
	return WayUnknown
}

// beginsAt reports whether the record begin is known to be the first of the
// shutdown, so that init got no signal before it: it is the init script's mark,
// or init's kill-all where the script did not run, and no loss comes right before
// it.
func (m *landmarks) beginsAt(t *event.Trail, begin int) bool {
	e := &t.Events[begin]
	if e.Kind == event.KindMark && e.Seq == 0 {
		return true
	}
	if e.Kind != event.KindMark && begin != m.terms.first || e.Seq == 0 || oldest(t, begin) {
		return false
	}
	for _, l := range t.Losses {
		if l.To+1 == e.Seq {
			return false
		}
	}
	return true
}

// oldest reports whether the event i is the oldest one that the black box still had: the
// ring may have overwritten what came before.
func oldest(t *event.Trail, i int) bool {
	e := &t.Events[i]
	return e.Origin == event.OriginBox && e.Seq > 1 &&
		!slices.ContainsFunc(t.Events[:i], func(o event.Event) bool { return o.Seq == e.Seq-1 })
}

// setRequest sets the requester and what was requested.
func (s *Shutdown) setRequest(m *landmarks, begin int) {
	events := s.Trail.Events
	if m.lastLine != none {
		s.LastLine = &events[m.lastLine]
		s.Code = kernelLine(s.LastLine)
	}
	if m.failed != none {
		s.RebootFailed = &events[m.failed]
	}
	if m.reboot != none {
		s.Reboot = &events[m.reboot]
		s.Code = s.Reboot.RebootCode
	}
	switch s.Way {
	case WaySignal:
		s.Requester = &events[begin]
		if s.Code == 0 {
			s.Code = requestedBy(s.Requester.Signal)
		}
	case WayForced:
		s.Requester = s.Reboot
	}
}

// setTimes sets when the shutdown began and ended.
func (s *Shutdown) setTimes(m *landmarks, begin int) {
	if begin == none {
		return
	}
	events := s.Trail.Events
	if begin != m.lastLine && (begin != m.reboot || s.Way != WayUnknown) { // else that is the end
		s.Begin, s.BeginAtLeast = events[begin].Time, events[begin].TimeAtLeast
	}
	end := len(events) - 1
	switch {
	case m.reboot != none:
		end = m.reboot
	case m.lastLine != none:
		end = m.lastLine
	}
	for i := begin; i <= end; i++ {
		s.End = max(s.End, events[i].Last())
	}
	s.EndAtLeast = events[end].TimeAtLeast || events[end].Time == 0
}

func ending(s *Shutdown, m *landmarks) Ending {
	switch {
	case m.reboot != none || m.lastLine != none:
		return EndReboot
	case s.fatal() != nil:
		return EndFailure
	case s.offAtEnd() != nil, s.offDuring() != nil:
		return EndMissing
	case s.Trail.Boxed():
		return EndSilent
	case s.Trail.Pstore == event.PstoreFound && hasText(s.Trail):
		return EndCut
	}
	return EndMissing
}

// hasText reports whether lines of the kernel's log are of the trail's boot, also if the
// daemon's records have all of them.
func hasText(t *event.Trail) bool {
	return slices.ContainsFunc(t.Events, func(e event.Event) bool { return e.FromText() }) ||
		slices.ContainsFunc(t.Sources, func(o event.Source) bool { return o.Merged })
}

// leading returns the number with which a text begins, 0 if there is none.
func leading(text string) (n uint64) {
	for i := 0; i < len(text) && i < 9 && '0' <= text[i] && text[i] <= '9'; i++ {
		n = n*10 + uint64(text[i]-'0')
	}
	return n
}

// count counts the events by origin, the lines that the kernel held back, and the signals
// of which only the number is known.
func (s *Shutdown) count() {
	for i := range s.Trail.Events {
		e := &s.Trail.Events[i]
		if int(e.Origin) < len(s.Origins) {
			s.Origins[e.Origin]++
		}
		if e.Kind == event.KindSummary && e.Last() >= s.Begin {
			s.OnlyCounted += e.Signals()
		}
		if e.Kind == event.KindNote {
			if _, rest, ok := strings.Cut(e.Text, "sigtrail: held back "); ok {
				s.HeldBack += leading(rest)
			}
		}
	}
}
