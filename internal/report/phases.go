// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"slices"
	"strings"

	"sigtrail/internal/event"
)

// Names of the phase in which init runs scripts.
const (
	stopScripts   = "stop scripts"
	beforeScripts = "before stop scripts"
)

// phases divides a shutdown by its kill-alls. A shutdown that begins with
// reboot(2) has no phases.
func (s *Shutdown) phases(m *landmarks, begin int) []Phase {
	if begin == none || begin == m.reboot || begin == m.lastLine {
		return nil
	}
	events := s.Trail.Events
	// Up to init's kill(-1, SIGTERM), kill(-1, SIGKILL) and reboot(2).
	names := [...]string{stopScripts, "TERM to all", "KILL to all"}
	switch {
	case s.Way == WayServices:
		names[0] = "TERM to services"
	case s.Way == WaySysupgrade:
		names = [...]string{"TERM to services", "TERM to all", "KILL to all, new image"}
	case !m.terms.seen() && m.kills.seen():
		names[0] = "before KILL to all"
	}
	if events[begin].Kind == event.KindMark && strings.HasPrefix(events[begin].Text, event.LoggedMark) &&
		!slices.ContainsFunc(events[begin:], func(e event.Event) bool { return e.Kind == event.KindMark && e.Text == event.ShutdownMark }) {
		names[0] = beforeScripts
	}
	list := []Phase{{Name: names[0], Begin: s.Begin, BeginAtLeast: s.BeginAtLeast, BeginAtMost: s.Way == WayUnknown}}
	for i, sweep := range [...]sweep{m.terms, m.kills} {
		if !sweep.seen() {
			continue
		}
		first := &events[sweep.first]
		at, bound := max(s.Begin, first.Time), first.TimeAtLeast || first.Time == 0
		if sweep.first == begin { // no phase before it
			list = list[:0]
		} else {
			before := &list[len(list)-1]
			before.End, before.EndAtLeast = at, bound
		}
		list = append(list, Phase{Name: names[i+1], Begin: at, BeginAtLeast: bound})
	}
	last := &list[len(list)-1]
	last.End, last.EndAtLeast = max(last.Begin, s.End), s.EndAtLeast
	last.Open = m.reboot == none && m.lastLine == none
	return list
}

// inScripts returns the phase in which init runs scripts, nil if there is none.
func (s *Shutdown) inScripts() *Phase {
	if len(s.Phases) > 0 && (s.Phases[0].Name == stopScripts || s.Phases[0].Name == beforeScripts) {
		return &s.Phases[0]
	}
	return nil
}

// scripts returns the scripts that init ran, up to its SIGTERM to all.
func (s *Shutdown) scripts(m *landmarks, begin int) []Script {
	if s.inScripts() == nil {
		return nil
	}
	end := len(s.Trail.Events)
	for _, i := range [...]int{m.terms.first, m.kills.first, m.reboot} {
		if i >= begin {
			end = min(end, i)
		}
	}
	return scripts(s.Trail.Events[begin:end], stops(s.Begin), s.Processes)
}
