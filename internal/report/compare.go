// SPDX-License-Identifier: GPL-2.0

package report

import (
	"slices"

	"sigtrail/internal/event"
)

// What is below these is not worth telling: the same shutdown takes a little
// more or less each time.
const (
	longerBy = 500e6 // ns, of the whole
	slowerBy = 1e9   // ns, of one process
)

// Comparable reports whether two shutdowns went the same way, and are known up
// to the same phase, by the same means.
func Comparable(a, b *Shutdown) bool {
	return a.course() == b.course() && a.course() != WayNone && a.Ending == b.Ending &&
		len(a.Phases) == len(b.Phases) && a.recorded() == b.recorded()
}

// recorded reports whether the daemon's records are there, not the kernel's
// lines alone, which tell of no exits and of nothing that was ignored.
func (s *Shutdown) recorded() bool {
	return s.Origins[event.OriginFlash]+s.Origins[event.OriginPmsg] > 0
}

// Earlier returns the last shutdown before that of index i which it can be
// compared to, nil if there is none. list has the newest one first.
func Earlier(list []*Shutdown, i int) *Shutdown {
	for _, s := range list[i+1:] {
		if Comparable(s, list[i]) {
			return s
		}
	}
	return nil
}

// course is how a shutdown goes on, once it has begun in one way or another.
func (s *Shutdown) course() Way {
	switch s.Way {
	case WaySysupgrade:
		return WaySysupgrade
	case WayNone, WayForced:
		return WayNone
	}
	return WaySignal
}

// compare returns what changed from one shutdown to a later one, as short
// phrases; none if nothing worth telling did, if they are not comparable, or if
// the earlier one is nil. Processes are compared by name:
//
//	duration +1.2 s
//	newly needed KILL: stubbornd
//	slower: slowexitd +2.0 s
func compare(before, now *Shutdown) []string {
	if before == nil || !Comparable(before, now) {
		return nil
	}
	var changes []string
	say := func(what, names string) {
		if names != "" {
			changes = append(changes, what+names)
		}
	}
	if now.Ending == EndReboot {
		say("duration ", change(before.Duration(), now.Duration(), longerBy))
	}
	say("newly ignored TERM: ", without(now, before, resistedTerm))
	say("no longer ignored TERM: ", without(before, now, resistedTerm))
	say("newly needed KILL: ", without(now, before, neededKill))
	say("no longer needed KILL: ", without(before, now, neededKill))
	slower, faster := paces(before, now)
	say("slower: ", list(slower))
	say("faster: ", list(faster))
	if stalled := len(now.Stalls) > 0; stalled && len(before.Stalls) == 0 {
		say("newly ", "stalled")
	} else if !stalled && len(before.Stalls) > 0 {
		say("no longer ", "stalled")
	}
	return changes
}

// change returns a difference, as "+1.2 s", "" for one that is not worth
// telling.
func change(before, now, worth uint64) string {
	by, sign := now-before, "+"
	if now < before {
		by, sign = before-now, "-"
	}
	if before == 0 || now == 0 || by < worth {
		return ""
	}
	by += 50e6 // rounded to tenths
	return sign + number(by/1e9) + "." + number(by/1e8%10) + " s"
}

// without returns the names that have it in the one and not in the other.
func without(one, other *Shutdown, has func(*Process) bool) string {
	others, names := namesOf(other, has), []string(nil)
	for _, name := range namesOf(one, has) {
		if !slices.Contains(others, name) {
			names = append(names, event.Escaped(name))
		}
	}
	return list(names)
}

// namesOf returns the names of those that have it, each once.
func namesOf(s *Shutdown, has func(*Process) bool) []string {
	var names []string
	for _, p := range pick(s.Processes, has) {
		if !slices.Contains(names, p.Name) {
			names = append(names, p.Name)
		}
	}
	return names
}

// paces returns who took longer or less long than before, with the difference:
// of all of one name it is the longest.
func paces(before, now *Shutdown) (slower, faster []string) {
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

// longest returns the longest that a process of a name took, in ns.
func longest(s *Shutdown, name string) (took uint64) {
	for i := range s.Processes {
		if p := &s.Processes[i]; p.Name == name && !p.Recorder {
			took = max(took, p.Took)
		}
	}
	return took
}
