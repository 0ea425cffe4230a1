// SPDX-License-Identifier: GPL-2.0

package report

import (
	"math"
	"strings"

	"sigtrail/internal/event"
)

// Analyse tells what a trail says of a shutdown. Any trail will do, also an
// empty one. The report refers to the trail's events, which must not change.
func Analyse(t *event.Trail) *Shutdown {
	s := &Shutdown{Trail: t}
	m := survey(t)
	begin := m.beginning(t.Events)
	s.Way = m.way(t, begin)
	s.name(&m, begin)
	s.bound(&m, begin)
	s.Phases = s.phases(&m, begin)
	s.Processes = processes(t, max(begin, 0), m.kills, math.MaxUint64)
	s.Stalls = stalls(t.Events)
	s.Failures = failures(t.Events)
	s.Ending = ending(s, &m)
	s.count()
	return s
}

// AnalyseBoot tells what a trail says of the first nanoseconds of its boot.
func AnalyseBoot(t *event.Trail, end uint64) *Boot {
	return &Boot{Trail: t, End: end, Processes: processes(t, 0, noSweep, end)}
}

// beginning returns the event with which the shutdown begins, none if there is
// none. The record that begins it may lack the flag that those after it have,
// and what the console holds has no flags at all.
func (m *landmarks) beginning(events []event.Event) int {
	switch {
	case m.upgrade != none:
		return servicesStopped(events, m.upgrade)
	case m.asked != none && (m.flagged == none || m.asked <= m.flagged):
		return m.asked
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
	return m.restarts
}

// before returns the record before that of index i, none if there is none.
func before(events []event.Event, i int) int {
	for i--; i >= 0; i-- {
		if events[i].Kind != event.KindNote {
			return i
		}
	}
	return none
}

// servicesStopped returns the first of the signals by which procd stops all
// services ahead of a sysupgrade, else the sysupgrade's own first deed.
func servicesStopped(events []event.Event, upgrade int) int {
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

// upgradeGap is the longest time, in ns, between what procd and what stage2
// sends: upgraded, the shell and a ramdisk have to be made ready.
const upgradeGap = 5e9

func (m *landmarks) way(t *event.Trail, begin int) Way {
	switch {
	case begin == none:
		return WayNone
	case m.upgrade != none:
		return WaySysupgrade
	case begin == m.asked:
		return WaySignal
	case begin == m.reboot && !byInit(&t.Events[begin]):
		return WayForced
	case m.witnessed(t, begin):
		return WayUbus
	}
	return WayUnknown
}

// witnessed reports whether the shutdown began with the record begin, so that
// nothing was sent to init before it: the mark of the init script's action, or
// init's kill-all where the script did not run.
func (m *landmarks) witnessed(t *event.Trail, begin int) bool {
	e := &t.Events[begin]
	if e.Kind == event.KindMark && e.Seq == 0 {
		return true
	}
	if e.Kind != event.KindMark && begin != m.terms.first || e.Seq == 0 {
		return false
	}
	for _, l := range t.Losses {
		if l.To+1 == e.Seq {
			return false
		}
	}
	return true
}

// name finds out who wanted what.
func (s *Shutdown) name(m *landmarks, begin int) {
	events := s.Trail.Events
	if m.restarts != none {
		s.LastLine = &events[m.restarts]
		s.Code = restarts(s.LastLine)
	}
	if m.reboot != none {
		s.Reboot = &events[m.reboot]
		s.Code = s.Reboot.RebootCode
	}
	switch s.Way {
	case WaySignal:
		s.Asker = &events[begin]
		if s.Code == 0 {
			s.Code = askedFor(s.Asker.Signal)
		}
	case WayForced:
		s.Asker = s.Reboot
	}
}

// bound sets when it began and when it ended.
func (s *Shutdown) bound(m *landmarks, begin int) {
	if begin == none {
		return
	}
	events := s.Trail.Events
	s.Begin = events[begin].Time
	end := len(events) - 1
	switch {
	case m.reboot != none:
		end = m.reboot
	case m.restarts != none:
		end = m.restarts
	}
	for i := begin; i <= end; i++ {
		s.End = max(s.End, events[i].Time)
	}
}

// ending tells with what the trail ends.
func ending(s *Shutdown, m *landmarks) Ending {
	switch {
	case m.reboot != none || m.restarts != none:
		return EndReboot
	case s.fatal() != nil:
		return EndFailure
	case s.Trail.Pstore == event.PstoreFound:
		return EndCut
	}
	return EndMissing
}

// leading returns the number with which a text begins, 0 if there is none.
func leading(text string) (n uint64) {
	for i := 0; i < len(text) && i < 9 && '0' <= text[i] && text[i] <= '9'; i++ {
		n = n*10 + uint64(text[i]-'0')
	}
	return n
}

// count counts what came from where, and what the kernel held back.
func (s *Shutdown) count() {
	for i := range s.Trail.Events {
		e := &s.Trail.Events[i]
		if int(e.Origin) < len(s.Origins) {
			s.Origins[e.Origin]++
		}
		if e.Kind == event.KindNote {
			if _, rest, ok := strings.Cut(e.Text, "sigtrail: held back "); ok {
				s.HeldBack += leading(rest)
			}
		}
	}
}
