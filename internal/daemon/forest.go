// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"path"
	"slices"
	"sort"
	"strings"
	"time"

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

// split divides the processes into suspects, the most likely one first, and others.
// Init may wait for a suspect. Suspects are init scripts and their descendants;
// processes in uninterruptible sleep, init itself included; and processes that were
// started since the shutdown began. began is that time since boot; 0: unknown.
func (f *forest) split(scripts []script, began time.Duration) (suspects, others []*procfs.Process) {
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
	for _, p := range f.all {
		if p.State == 'D' {
			suspect(p)
		}
	}
	for _, p := range f.all {
		if began > 0 && p.Start >= began.Truncate(procfs.Tick) {
			suspect(p)
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

// procd starts /etc/rc.d/K30name and /etc/rc.d/S30name, users start
// /etc/init.d/name. The most suspicious kind comes first.
const (
	stopScript  = 'K'
	startScript = 'S'
	handScript  = 'h'
)

// scripts returns the running init scripts, the most likely suspect first. A subshell
// has the command line of its script, and is not counted.
func (f *forest) scripts() []script {
	var found []script
	for _, p := range f.all {
		kind, name := scriptOf(p)
		if parent := f.byPID[p.Parent]; kind != 0 && parent != nil {
			if _, above := scriptOf(parent); above == name {
				continue
			}
		}
		if kind != 0 {
			found = append(found, script{p, kind, name})
		}
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].kind < found[j].kind })
	return found
}

// scriptOf returns the init script that a process runs; kind 0: none. The command
// line is "/bin/sh /etc/rc.common /etc/rc.d/S95name boot", or without rc.common. The
// process must have the name of the script or of a shell: an editor of the script
// does not count.
func scriptOf(p *procfs.Process) (kind byte, name string) {
	for _, arg := range p.Args[:min(3, len(p.Args))] {
		dir, base := path.Split(arg)
		if p.Name != base[:min(15, len(base))] && !strings.HasSuffix(p.Name, "sh") {
			continue
		}
		switch {
		case dir == "/etc/rc.d/" && len(base) > 3 && (base[0] == stopScript || base[0] == startScript):
			return base[0], base
		case dir == "/etc/init.d/" && base != "":
			return handScript, base
		}
	}
	return 0, ""
}
