// SPDX-License-Identifier: GPL-2.0-only

package why

import (
	"cmp"
	"slices"
	"strings"

	"sigtrail/internal/event"
)

// Pattern is what several ends have in common.
type Pattern struct {
	Ends   int    // how many, of the newest
	Within uint64 // ns, from the first to the last of them; 0: unknown
	Each   string // what is the same for each, "": nothing
	Loop   Loop
	Tally  string // how many of each kind, if Each is ""
}

// Loop is a service that ends again and again right after its start.
type Loop uint32

const (
	NoLoop   Loop = iota
	Crashing      // by a failure
	Leaving       // it exits 0, as if it had nothing to do
)

const minLoop = 3

// pattern finds what the ends have in common; the newest is the first.
func pattern(ends []*End) (p Pattern) {
	ends = slices.DeleteFunc(slices.Clone(ends), func(e *End) bool { return e.Down || e.ofNone() || e.Cause == Survived || e.Cause == Unrecorded })
	if n := loop(ends); n >= minLoop {
		p = Pattern{Ends: n, Within: within(ends[:n]), Loop: Crashing}
		longest := uint64(0)
		for _, e := range ends[:n] {
			longest = max(longest, e.runTime())
		}
		p.Each = "by itself"
		if same, ok := common(ends[:n], (*End).kind); ok {
			p.Each = same
			if same == "exited 0" {
				p.Loop = Leaving
			}
		}
		p.Each += shared(ends[:n]) + " within " + bound(longest) + " of its start"
		return p
	}
	p.Ends, p.Within = len(ends), within(ends)
	if p.Ends < 2 {
		return Pattern{}
	}
	if same, ok := common(ends, (*End).kind); ok {
		p.Each = same + shared(ends)
		return p
	}
	p.Tally = tally(ends)
	return p
}

// loop returns how many of the newest ends are each of a process's own, right after its start.
func loop(ends []*End) int {
	for i, e := range ends {
		own := e.Cause == Itself || e.Cause == Crashed
		if ran := e.runTime(); !own || ran == 0 || ran > minute || i > 0 && (e.Boot != ends[0].Boot || between(e.Time, ends[i-1].Time) > patience) {
			return i
		}
	}
	return len(ends)
}

// within returns the ns from the first to the last end.
func within(ends []*End) uint64 {
	if len(ends) == 0 {
		return 0
	}
	first, last := ends[len(ends)-1], ends[0]
	switch {
	case first.Boot == last.Boot:
		return between(first.Time, last.Time)
	case dated(first.Wall) && dated(last.Wall) && last.Wall > first.Wall:
		return uint64(last.Wall - first.Wall)
	}
	return 0
}

// common returns what is the same for all.
func common(ends []*End, of func(*End) string) (same string, ok bool) {
	same = of(ends[0])
	for _, e := range ends[1:] {
		if of(e) != same {
			return "", false
		}
	}
	return same, true
}

// shared returns what else ends of one kind have in common: who sent the signal, where in
// which file the fault was, or the least peak memory of victims of the OOM killer.
func shared(ends []*End) string {
	for _, of := range []func(*End) string{(*End).from, (*End).fromAny, (*End).in} {
		if same, ok := common(ends, of); ok && same != "" {
			return same
		}
	}
	least := ends[0].peak()
	for _, e := range ends {
		least = min(least, e.peak())
	}
	if least == 0 {
		return ""
	}
	return " with a peak memory of at least " + size(least)
}

// peak returns the peak memory of a process that the OOM killer chose; 0: unknown.
func (e *End) peak() uint64 {
	if e.Cause != Memory {
		return 0
	}
	return e.Record.PeakRSS
}

// in returns the file and the offset of a fault; "": unknown.
func (e *End) in() string {
	if e.Cause != Crashed || !e.By.inFile() {
		return ""
	}
	return " at " + e.By.offset()
}

// kind returns how the process ended, without those who did it.
func (e *End) kind() string {
	switch e.Cause {
	case Memory:
		return "killed by the OOM killer"
	case Crashed:
		sig, _ := e.Record.ExitSignal()
		return "crashed by " + event.SignalName(sig)
	case After:
		if e.By == nil {
			return e.exit() + " after a signal"
		}
		return e.exit() + " after " + event.SignalName(e.By.Event.Signal)
	}
	return e.exit()
}

// from returns the names of the process that sent the signal, and of its ancestors but init. A
// re-parented one has only its own: none of the others started it. "": none is recorded.
func (e *End) from() string {
	text := e.sender()
	if text == "" || e.By.Event.ParentPID <= 1 || e.By.reparented() {
		return e.fromAny()
	}
	x := &e.By.Event
	text += " < " + event.Escaped(x.ParentName)
	for name, pid := range x.Ancestors.All() {
		if pid != 1 {
			text += " < " + event.Escaped(name)
		}
	}
	if !x.Whole() {
		text += " < ..."
	}
	return " that " + text + " sent"
}

// fromAny returns the name of the process that sent the signal alone.
func (e *End) fromAny() string {
	if e.sender() == "" {
		return ""
	}
	return " that " + e.sender() + " sent"
}

// sender returns the name of the process that sent the signal; "": none is recorded.
func (e *End) sender() string {
	if e.By == nil || e.Cause == Memory || e.Cause == Crashed || e.By.Event.SenderPID == e.PID {
		return ""
	}
	name, _ := e.By.Event.Sender()
	return event.Escaped(name)
}

// tally returns how many ends there are of each kind, the most first.
func tally(ends []*End) string {
	count := make(map[string]int)
	var kinds []string
	for _, e := range ends {
		if count[e.kind()]++; count[e.kind()] == 1 {
			kinds = append(kinds, e.kind())
		}
	}
	slices.SortStableFunc(kinds, func(a, b string) int { return cmp.Compare(count[b], count[a]) })
	for i, k := range kinds {
		kinds[i] = number(uint64(count[k])) + " " + k
	}
	return strings.Join(kinds, ", ")
}

func (l Loop) String() string { return [...]string{"", "crash_loop", "restart_loop"}[l] }

// text returns the pattern as a line, "" for none. init is init's name; "": unknown.
func (p *Pattern) text(init string) string {
	if p.Ends == 0 {
		return ""
	}
	line := event.Counted(uint64(p.Ends), "end", "ends")
	if p.Within != 0 {
		line += " in " + span(p.Within)
	}
	if p.Tally != "" {
		return line + ": " + p.Tally
	}
	line += ", each " + p.Each
	switch p.Loop {
	case Crashing:
		line += ": a crash loop"
	case Leaving:
		line += ": a loop of restarts, as of a program that goes into the background"
	}
	// The default of procd_set_param respawn in OpenWrt's procd.sh.
	if p.Loop != NoLoop && init == "procd" {
		line += "\nif procd respawns it: procd gives up after 5 restarts in a row (its default)"
	}
	return line
}
