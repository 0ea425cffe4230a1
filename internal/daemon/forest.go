// SPDX-License-Identifier: GPL-2.0

package daemon

import (
	"path"
	"slices"
	"sort"
	"strings"
	"time"

	"sigtrail/internal/procfs"
)

// forest is what lives in user space, by descent. We are not in it.
type forest struct {
	all      []*procfs.Process // by pid
	byPID    map[int]*procfs.Process
	children map[int][]*procfs.Process // of a pid
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

// sort parts the processes in those that init may wait for, the likely culprit
// first, and the others. Of the first kind are init scripts, with all that
// descends from them; what hangs in the kernel, where a signal may not reach
// it, be it init itself; and what was started since the shutdown began, a time
// after boot, 0 if it is not known.
func (f *forest) sort(scripts []script, began time.Duration) (suspects, others []*procfs.Process) {
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
			if !seen[child] { // a pid used anew can make a ring
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

// script is an init script that runs.
type script struct {
	*procfs.Process
	kind byte
	name string // of the file
}

// procd starts /etc/rc.d/K30name and /etc/rc.d/S30name, people start
// /etc/init.d/name. The order is that of suspicion.
const (
	stopScript  = 'K'
	startScript = 'S'
	handScript  = 'h'
)

// scripts returns the init scripts that run, the likely culprit first. A
// subshell, which has its script's command line, is none of its own.
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

// scriptOf returns the init script that a process runs, a kind of 0 for none.
// The command line is "/bin/sh /etc/rc.common /etc/rc.d/S95name boot", or a word
// shorter where the script needs no rc.common. The name is the script's or a
// shell's, as what edits a script is none.
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
