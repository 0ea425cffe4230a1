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
	slowerBy = 1e9   // ns, one process, or one script if that is also half of what it took
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
//	slower: slowexitd +2.0 s, K30foo +3.2 s
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
	var d differences
	d.addProcesses(before, now)
	d.addScripts(before, now)
	add("slower: ", list(d.slower))
	add("faster: ", list(d.faster))
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

// differences are names of what took longer, or less long, than before, each with the
// difference.
type differences struct{ slower, faster []string }

// addProcesses adds processes by name. The slowest one of a name counts.
func (d *differences) addProcesses(before, now *Shutdown) {
	for _, name := range namesOf(now, func(p *Process) bool { return p.Took > 0 }) {
		d.add(name, longest(before, name), longest(now, name), slowerBy)
	}
}

// add adds what took so many ns then and now, if that differs by at least so many.
func (d *differences) add(name string, then, now, least uint64) {
	by := change(then, now, least)
	switch {
	case by == "":
	case now > then:
		d.slower = append(d.slower, event.Escaped(name)+" "+by)
	default:
		d.faster = append(d.faster, event.Escaped(name)+" "+by)
	}
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

// addScripts adds stop scripts by name. What a script does takes as long as
// flash and other programs let it: a part of its time comes and goes. How long a start script
// ran depends on when the shutdown was requested.
func (d *differences) addScripts(before, now *Shutdown) {
	then, ran := stopsOnce(before), stopsOnce(now)
	for i := range now.Scripts {
		name := now.Scripts[i].Name
		if then[name] == nil || ran[name] != &now.Scripts[i] {
			continue
		}
		then, ran := then[name].Exit.RunTime, ran[name].Exit.RunTime
		d.add(name, then, ran, max(slowerBy, min(then, ran)/2))
	}
}

// stopsOnce returns the stop scripts whose run time is recorded, by name. Those that have a
// name together are nil: it is the first bytes of each.
func stopsOnce(s *Shutdown) map[string]*Script {
	once := make(map[string]*Script)
	for i := range s.Scripts {
		c := &s.Scripts[i]
		name := c.Name[:min(event.NameMax, len(c.Name))]
		if _, twice := once[name]; twice || !c.exact() || event.ScriptKind(name) != event.StopScript {
			once[name] = nil
			continue
		}
		once[name] = c
	}
	return once
}
