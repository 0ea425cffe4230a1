// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"time"

	"sigtrail/internal/procfs"
	"sigtrail/internal/stall"
)

// snapshot is the state of the system during a stall.
type snapshot struct {
	quiet time.Duration // since the last progress
	now   time.Duration // since boot; 0: unknown, and so is began
	began time.Duration // of the shutdown, since boot

	self      int              // our PID
	jail      int              // PID of our ujail; 0: none
	processes []procfs.Process // by pid
	err       error            // why they are unknown
}

// report finds what init may be waiting for.
func (s *snapshot) report() *stall.Report {
	f := newForest(s.processes, s.self, s.jail)
	scripts := f.scripts()
	suspects, others := f.split(scripts, s.began)
	r := &stall.Report{Quiet: s.quiet, Err: s.err, Scripts: s.blamed(f, scripts)}
	for _, p := range suspects {
		r.Suspects = append(r.Suspects, stall.Suspect{Process: named(p), State: p.State, Wait: p.Wait, Age: s.age(p),
			Parent: named(f.byPID[p.Parent]), Args: p.Args})
	}
	for _, p := range others {
		r.Others = append(r.Others, p.Name)
	}
	return r
}

// procd runs one init script at a time, but users may run more.
const maxBlamed = 3

// blamed returns the init scripts that the shutdown may be waiting for. While a stop
// script runs, start scripts are not blamed.
func (s *snapshot) blamed(f *forest, scripts []script) []stall.Script {
	var list []stall.Script
	init := f.byPID[1]
	for _, c := range scripts[:min(maxBlamed, len(scripts))] {
		if stop := c.kind == stopScript; stop || c.kind == startScript && scripts[0].kind != stopScript {
			list = append(list, stall.Script{Process: stall.Process{PID: uint32(c.PID), Name: c.name}, Stop: stop,
				Age: s.age(c.Process), ByProcd: init != nil && init.Name == "procd"})
		}
	}
	return list
}

// age returns how long ago a process was started; -1: unknown.
func (s *snapshot) age(p *procfs.Process) time.Duration {
	if s.now == 0 {
		return -1
	}
	return max(0, s.now-p.Start)
}

// named returns PID and name of a process, both empty for nil.
func named(p *procfs.Process) stall.Process {
	if p == nil {
		return stall.Process{}
	}
	return stall.Process{PID: uint32(p.PID), Name: p.Name}
}
