// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"slices"

	"sigtrail/internal/event"
)

// Smaller differences are not shown: the same shutdown takes a little more or
// less each time.
const (
	longerBy = 500e6 // ns, the whole shutdown
	slowerBy = 1e9   // ns, one process
)

// Comparable reports whether two shutdowns took the same course and were recorded
// in the same way, up to the same phase.
func Comparable(a, b *Shutdown) bool {
	return a.course() == b.course() && a.course() != WayNone && a.Ending == b.Ending &&
		len(a.Phases) == len(b.Phases) && a.recorded() == b.recorded()
}

// recorded reports whether there are records, not only lines of the kernel, which has none
// for ignored signals.
func (s *Shutdown) recorded() bool {
	return s.Origins[event.OriginFlash]+s.Origins[event.OriginPmsg]+s.Origins[event.OriginBox] > 0
}

// Earlier returns the latest shutdown before index i that is comparable to it,
// nil if there is none. list has the newest one first.
func Earlier(list []*Shutdown, i int) *Shutdown {
	for _, s := range list[i+1:] {
		if Comparable(s, list[i]) {
			return s
		}
	}
	return nil
}

// course returns what a shutdown has in common with others, however it was
// requested.
func (s *Shutdown) course() Way {
	switch s.Way {
	case WaySysupgrade, WayServices:
		return WaySysupgrade
	case WayNone, WayForced:
		return WayNone
	}
	return WaySignal
}

// compare returns what changed from one shutdown to a later one, as short
// phrases. It returns none if the changes are small, if the two are not
// comparable, or if the earlier one is nil. Processes are compared by name:
//
//	duration +1.2 s
//	newly needed KILL: stubbornd
//	slower: slowexitd +2.0 s
func compare(before, now *Shutdown) []string {
	if before == nil || !Comparable(before, now) {
		return nil
	}
	var changes []string
	add := func(what, names string) {
		if names != "" {
			changes = append(changes, what+names)
		}
	}
	if !now.atLeast() && !before.atLeast() {
		add("duration ", change(before.Duration(), now.Duration(), longerBy))
	}
	add("newly ignored TERM: ", without(now, before, resistedTerm))
	add("no longer ignored TERM: ", without(before, now, resistedTerm))
	add("newly needed KILL: ", without(now, before, neededKill))
	add("no longer needed KILL: ", without(before, now, neededKill))
	add("newly outlived KILL: ", without(now, before, outlivedKill))
	add("no longer outlived KILL: ", without(before, now, outlivedKill))
	slower, faster := slowerAndFaster(before, now)
	add("slower: ", list(slower))
	add("faster: ", list(faster))
	if stalled := len(now.Stalls) > 0; stalled && len(before.Stalls) == 0 {
		add("newly ", "stalled")
	} else if !stalled && len(before.Stalls) > 0 {
		add("no longer ", "stalled")
	}
	return changes
}

// change returns a difference, as "+1.2 s", "" if it is below least.
func change(before, now, least uint64) string {
	by, sign := now-before, "+"
	if now < before {
		by, sign = before-now, "-"
	}
	if before == 0 || now == 0 || by < least {
		return ""
	}
	by += 50e6 // rounded to tenths
	return sign + number(by/1e9) + "." + number(by/1e8%10) + " s"
}

// without returns the names of processes for which has is true in one shutdown
// and not in the other.
func without(one, other *Shutdown, has func(*Process) bool) string {
	others, names := namesOf(other, has), []string(nil)
	for _, name := range namesOf(one, has) {
		if !slices.Contains(others, name) {
			names = append(names, event.Escaped(name))
		}
	}
	return list(names)
}

// namesOf returns the names of the processes for which has is true, each once.
func namesOf(s *Shutdown, has func(*Process) bool) []string {
	var names []string
	for _, p := range filter(s.Processes, has) {
		if !slices.Contains(names, p.Name) {
			names = append(names, p.Name)
		}
	}
	return names
}

// slowerAndFaster returns the processes that took longer, or less long, than
// before, each with the difference. The slowest process of a name counts.
func slowerAndFaster(before, now *Shutdown) (slower, faster []string) {
	for _, name := range namesOf(now, func(p *Process) bool { return p.Took > 0 }) {
		then, took := longest(before, name), longest(now, name)
		by := change(then, took, slowerBy)
		switch {
		case by == "":
		case took > then:
			slower = append(slower, event.Escaped(name)+" "+by)
		default:
			faster = append(faster, event.Escaped(name)+" "+by)
		}
	}
	return slower, faster
}

// longest returns the time that the slowest process of a name took, in ns.
func longest(s *Shutdown, name string) (took uint64) {
	for i := range s.Processes {
		if p := &s.Processes[i]; p.Name == name && !p.Recorder {
			took = max(took, p.Took)
		}
	}
	return took
}
