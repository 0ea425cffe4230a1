// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"path"
	"slices"
	"strings"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
)

// forest has the user space processes by parent, without the daemon and its ujail.
type forest struct {
	all      []*procfs.Process // by pid
	byPID    map[int]*procfs.Process
	children map[int][]*procfs.Process // by the parent's PID
}

func newForest(processes []procfs.Process, ours ...int) *forest {
	f := &forest{byPID: make(map[int]*procfs.Process), children: make(map[int][]*procfs.Process)}
	for i := range processes {
		p := &processes[i]
		if p.Kernel || p.State == 'Z' || p.State == 'X' || slices.Contains(ours, p.PID) {
			continue
		}
		f.all = append(f.all, p)
		f.byPID[p.PID] = p
		f.children[p.Parent] = append(f.children[p.Parent], p)
	}
	return f
}

// procd reports whether init is procd.
func (f *forest) procd() bool { return f.byPID[1] != nil && f.byPID[1].Name == "procd" }

// split divides the processes into suspects, the most likely one first, and others.
// Init may wait for a suspect: an init script and its descendants, and a process that
// mayHold it, init itself included.
func (f *forest) split(scripts []script, mayHold func(p *procfs.Process, procd bool) bool) (suspects, others []*procfs.Process) {
	seen := make(map[*procfs.Process]bool)
	suspect := func(p *procfs.Process) {
		if !seen[p] {
			seen[p] = true
			suspects = append(suspects, p)
		}
	}
	var family func(p *procfs.Process)
	family = func(p *procfs.Process) {
		suspect(p)
		for _, child := range f.children[p.PID] {
			if !seen[child] { // a reused PID can make a cycle
				family(child)
			}
		}
	}
	for _, s := range scripts {
		family(s.Process)
	}
	for _, hangs := range [...]bool{true, false} {
		for _, p := range f.all {
			if hangs == (p.State == 'D') && mayHold(p, f.procd()) {
				suspect(p)
			}
		}
	}
	for _, p := range f.all {
		if p.PID != 1 && !seen[p] {
			others = append(others, p)
		}
	}
	return suspects, others
}

// script is a running init script.
type script struct {
	*procfs.Process
	kind byte
	name string // of the file
}

// handScript is the kind of a script that a user runs as /etc/init.d/name, beside those that
// procd starts.
const handScript = 'h'

// scripts returns the init scripts that init may wait for, the most likely one first:
// the newest stop script, else the newest start script unless the stop scripts have
// begun, and those that users run. procd runs one script at a time.
func (f *forest) scripts(stops bool) []script {
	var newest script
	var byHand []script
	for _, p := range f.all {
		switch kind, name := scriptOf(p); {
		case kind == handScript:
			byHand = append(byHand, script{p, kind, name})
		case kind == event.StartScript && (stops || newest.kind == event.StopScript), kind == 0:
		case newest.kind == 0 || newest.kind == event.StartScript && kind == event.StopScript || p.Start >= newest.Start:
			newest = script{p, kind, name}
		}
	}
	if newest.kind == 0 {
		return byHand
	}
	return append([]script{newest}, byHand...)
}

// scriptOf returns the init script that a process runs; kind 0: none. The command
// line is "/bin/sh /etc/rc.common /etc/rc.d/S95name boot", or without rc.common. The
// process must have the name of the script or of a shell: an editor of the script
// does not count. Nor does a subshell, which has the command line of its script, and may
// outlive it.
func scriptOf(p *procfs.Process) (kind byte, name string) {
	if p.Forked {
		return 0, ""
	}
	for _, arg := range p.Args[:min(3, len(p.Args))] {
		dir, base := path.Split(arg)
		if p.Name != base[:min(15, len(base))] && !strings.HasSuffix(p.Name, "sh") {
			continue
		}
		switch {
		case dir == "/etc/rc.d/" && event.ScriptKind(base) != 0:
			return event.ScriptKind(base), base
		case dir == "/etc/init.d/" && base != "":
			return handScript, base
		}
	}
	return 0, ""
}
