// SPDX-License-Identifier: GPL-2.0

package report

import (
	"slices"
	"strconv"

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

// Compare returns what changed from one shutdown to a later one, as short
// phrases; none if nothing worth telling did, or if they are not comparable.
// Processes are compared by name:
//
//	duration +1.2 s
//	newly needed KILL: stubbornd
//	slower: slowexitd +2.0 s
func Compare(before, now *Shutdown) []string {
	if !Comparable(before, now) {
		return nil
	}
	var list []string
	say := func(what, names string) {
		if names != "" {
			list = append(list, what+names)
		}
	}
	if now.Ending == EndReboot {
		say("duration ", change(before.Duration(), now.Duration(), longerBy))
	}
	ignored := func(p *Process) bool { return p.IgnoredTerm || p.BlockedTerm }
	killed := func(p *Process) bool { return p.NeededKill }
	say("newly ignored TERM: ", without(now, before, ignored))
	say("no longer ignored TERM: ", without(before, now, ignored))
	say("newly needed KILL: ", without(now, before, killed))
	say("no longer needed KILL: ", without(before, now, killed))
	slower, faster := paces(before, now)
	say("slower: ", join(slower))
	say("faster: ", join(faster))
	if stalled := len(now.Stalls) > 0; stalled && len(before.Stalls) == 0 {
		say("newly ", "stalled")
	} else if !stalled && len(before.Stalls) > 0 {
		say("no longer ", "stalled")
	}
	return list
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
	return sign + strconv.FormatUint(by/1e9, 10) + "." + strconv.FormatUint(by/1e8%10, 10) + " s"
}

// without returns the names that have it in the one and not in the other.
func without(one, other *Shutdown, has func(*Process) bool) string {
	others, names := namesOf(other, has), []string(nil)
	for _, name := range namesOf(one, has) {
		if !slices.Contains(others, name) {
			names = append(names, name)
		}
	}
	return join(names)
}

func namesOf(s *Shutdown, has func(*Process) bool) []string {
	var names []string
	for _, p := range pick(s.Processes, has) {
		if name := event.Escaped(p.Name); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func join(names []string) string {
	return string(appendList(nil, len(names), func(b []byte, i int) []byte { return append(b, names[i]...) }))
}

// paces returns who took longer or less long than before, with the difference.
func paces(before, now *Shutdown) (slower, faster []string) {
	old := times(before)
	for name, t := range times(now) {
		by := change(old[name], t, slowerBy)
		switch {
		case by == "":
		case t > old[name]:
			slower = append(slower, event.Escaped(name)+" "+by)
		default:
			faster = append(faster, event.Escaped(name)+" "+by)
		}
	}
	slices.Sort(slower)
	slices.Sort(faster)
	return slower, faster
}

// times returns the longest that a process of each name took, in ns.
func times(s *Shutdown) map[string]uint64 {
	longest := make(map[string]uint64)
	for i := range s.Processes {
		if p := &s.Processes[i]; !p.Recorder {
			longest[p.Name] = max(longest[p.Name], p.Took)
		}
	}
	return longest
}
