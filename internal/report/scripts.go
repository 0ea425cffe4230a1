// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/stall"
)

// Script is a script of /etc/rc.d that init ran: at boot a start script; in a shutdown a stop
// script, or a start script that still ran when the shutdown began. Init runs one at a time.
type Script struct {
	PID  uint32
	Name string // mostly that of its process: the first 15 bytes of the file's

	// Took is how long it ran, in ns, rounded up to ms; of a start script in a shutdown, since
	// that began. Begin is early by what is rounded up. 0: unknown.
	Begin, Took uint64

	AtLeast bool // its end was not recorded: Took is a lower bound
	Rounded bool // by a report of a stall, to whole seconds

	Exit    *event.Event // nil: not recorded
	Seen    *event.Event // where Exit is nil, the last event that shows that it ran
	Process *Process     // if it was signalled, else nil
}

// wanted says which scripts are looked for.
type wanted struct {
	ended, seen string // kinds of scripts, by their end or by what they did
	since       uint64 // when the shutdown began; 0: unknown, or a boot
	end         uint64 // scripts that began later are not looked for
}

func stops(since uint64) wanted {
	return wanted{ended: "KS", seen: "K", since: since, end: math.MaxUint64}
}

func starts(end uint64) wanted { return wanted{ended: "S", seen: "S", end: end} }

// scripts returns the scripts among the events, in the order of their beginnings.
func scripts(events []event.Event, want wanted, processes []Process) []Script {
	list := endedScripts(events, want)
	list = append(list, want.unended(events, list)...)
	for i := range list {
		c := &list[i]
		if want.since != 0 && event.ScriptKind(c.Name) == event.StartScript {
			c.Took = between(max(want.since, c.Begin), c.last().Time)
		}
		c.AtLeast = c.Exit == nil && c.Took != 0
		n := slices.IndexFunc(processes, func(p Process) bool {
			return p.PID == c.PID && p.Exit == c.Exit && strings.HasPrefix(c.Name, p.Name)
		})
		if n >= 0 {
			c.Process = &processes[n]
		}
	}
	slices.SortStableFunc(list, func(a, b Script) int { return cmp.Compare(a.first(), b.first()) })
	return list
}

// last returns the last event that shows the script.
func (c *Script) last() *event.Event {
	if c.Exit != nil {
		return c.Exit
	}
	return c.Seen
}

// first returns when the script is first known to have run.
func (c *Script) first() uint64 {
	if c.Begin == 0 {
		return c.last().Time
	}
	return c.Begin
}

// endedScripts returns the scripts whose end and run time are recorded, in order. What a
// script left in the background may have its name, and becomes a child of init: it began after
// the script, and may still run when the next one begins.
func endedScripts(events []event.Event, want wanted) []Script {
	var list []Script
	for i := range events {
		e := &events[i]
		kind := e.ScriptEnded()
		if began, _ := e.Began(); kind != 0 && strings.IndexByte(want.ended, kind) >= 0 && began != 0 && began <= want.end && stamped(e) && e.Time >= want.since {
			list = append(list, Script{PID: e.TargetPID, Name: e.TargetName, Begin: began, Took: e.RunTime, Exit: e})
		}
	}
	slices.SortStableFunc(list, func(a, b Script) int { return cmp.Compare(a.Begin, b.Begin) })
	ends := make(map[string]uint64) // by name
	list = slices.DeleteFunc(list, func(c Script) bool {
		end, known := ends[c.Name]
		if known && (len(c.Name) < event.NameMax || c.Begin < end) { // else another script may begin with the same bytes
			return true
		}
		ends[c.Name] = c.Exit.Time
		return false
	})
	kept := list[:0]
	for _, c := range list {
		if n := len(kept) - 1; n >= 0 && overlap(&kept[n], &c) {
			// One is left in the background, by a script before the other: its own end is not recorded.
			if c.runsBefore(&kept[n]) {
				continue
			}
			kept = kept[:n]
		}
		kept = append(kept, c)
	}
	return kept
}

// overlap reports whether a script began before an earlier one had ended.
func overlap(earlier, c *Script) bool {
	began, error := c.Exit.Began()
	return began+error < earlier.Exit.Time
}

// runsBefore reports whether init runs a script before another one: start scripts first, in the
// order of their names.
func (c *Script) runsBefore(o *Script) bool {
	kind, other := event.ScriptKind(c.Name), event.ScriptKind(o.Name)
	if kind != other {
		return kind == event.StartScript
	}
	return c.Name < o.Name
}

// unended returns the scripts that are not among ended, but are known to have run: by reports
// of stalls, which name a script's own process, or by what they did or were sent.
func (want wanted) unended(events []event.Event, ended []Script) []Script {
	var list []Script
	at := make(map[string]int)    // by the process's name: index in list, -1 for one that ended
	known := make(map[uint32]int) // by process id
	for i := range ended {
		at[ended[i].Name] = -1
	}
	for i := range events {
		e := &events[i]
		if !stamped(e) || !Beginning(e, want.end) {
			continue
		}
		name, pid, age := want.script(e)
		comm := name[:min(event.NameMax, len(name))]
		n, seen := at[comm]
		switch {
		case e.Kind == event.KindExit:
			if n, ok := known[e.TargetPID]; ok && list[n].endsWith(e) {
				c := &list[n]
				if began, _ := e.Began(); c.Begin == 0 {
					c.Begin = began
				}
				c.Exit, c.Seen, c.Took = e, nil, between(c.Begin, e.Time)
			}
			continue
		case name == "", seen && (n < 0 || list[n].Exit != nil):
			continue
		case !seen:
			n = len(list)
			at[comm] = n
			list = append(list, Script{PID: pid, Name: name})
			known[pid] = n
		}
		c := &list[n]
		c.Seen = e
		if e.Kind == event.KindNote {
			c.PID, c.Name = pid, name
			known[pid] = n
			if age > 0 && c.Begin == 0 {
				c.Begin, c.Rounded = e.Time-min(e.Time, uint64(age)), true
			}
		}
		c.Took = between(c.Begin, e.Time)
	}
	return list
}

// endsWith reports whether an exit of a process with the script's id is its own. One with a run
// time and a script's name is among those that ended, or is of a subshell, or of what a script
// left in the background; the program that a script has become has another name.
func (c *Script) endsWith(exit *event.Event) bool {
	began, _ := exit.Began()
	became := exit.Flags&event.FlagOfInit != 0 && event.ScriptKind(exit.TargetName) == 0
	return c.Exit == nil && exit.TargetPID == c.PID && began <= c.Seen.Time && (exit.RunTime == 0 || c.Rounded || became)
}

// script returns the script that an event shows running, and its age, 0 if that is unknown.
func (want wanted) script(e *event.Event) (name string, pid uint32, age time.Duration) {
	switch e.Kind {
	case event.KindExit:
		return "", 0, 0
	case event.KindNote:
		if line, ok := stall.Parse(e.Text); ok && line.Script.PID != 0 && strings.IndexByte(want.ended, event.ScriptKind(line.Script.Name)) >= 0 {
			return line.Script.Name, line.Script.PID, line.Script.Age
		}
		return "", 0, 0
	}
	sender, parent := e.SenderScript()
	for _, p := range [...]struct {
		kind byte
		pid  uint32
		name string
	}{{e.TargetScript(), e.TargetPID, e.TargetName}, {sender, e.SenderPID, e.SenderName}, {parent, e.ParentPID, e.ParentName}} {
		if p.kind != 0 && strings.IndexByte(want.seen, p.kind) >= 0 {
			return p.name, p.pid, 0
		}
	}
	return "", 0, 0
}

// exact reports whether the script's end and run time are recorded.
func (c *Script) exact() bool { return c.Exit != nil && c.Exit.RunTime != 0 && !c.Rounded }

// withoutSignal reports whether the end of a script without a signal is recorded. If not, such
// ends may have no records, and other scripts may have run: the switch exits is "signalled", or
// the kernel part is older.
func withoutSignal(list []Script) bool {
	return slices.ContainsFunc(list, func(c Script) bool { return c.exact() && c.Exit.Unsignalled() })
}

// asked reports whether the script was sent a signal that asks it to end.
func (c *Script) asked() bool {
	return c.Process != nil && slices.ContainsFunc(c.Process.Signals, (*event.Event).AsksToEnd)
}
