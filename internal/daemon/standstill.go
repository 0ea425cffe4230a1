// SPDX-License-Identifier: GPL-2.0

package daemon

import (
	"time"

	"sigtrail/internal/procfs"
	"sigtrail/internal/stall"
)

// standstill is what there is while the shutdown does not move on.
type standstill struct {
	quiet time.Duration // for how long
	now   time.Duration // after boot; 0: not known, nor is began
	began time.Duration // the shutdown, after boot

	self      int              // our pid
	jail      int              // that of our ujail; 0: none
	processes []procfs.Process // by pid
	err       error            // why they are not known
}

// report finds out what init waits for.
func (s *standstill) report() *stall.Report {
	f := newForest(s.processes, s.self, s.jail)
	scripts := f.scripts()
	suspects, others := f.sort(scripts, s.began)
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

// procd's init scripts run one at a time; by hand there may be more.
const maxBlamed = 3

// blamed returns the init scripts that the shutdown waits for. While a stop script
// runs, no start script is to blame.
func (s *standstill) blamed(f *forest, scripts []script) []stall.Script {
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

// age returns how long ago a process was started, -1 if that is not known.
func (s *standstill) age(p *procfs.Process) time.Duration {
	if s.now == 0 {
		return -1
	}
	return max(0, s.now-p.Start)
}

// named returns a process by its id and name, nothing of nil.
func named(p *procfs.Process) stall.Process {
	if p == nil {
		return stall.Process{}
	}
	return stall.Process{PID: uint32(p.PID), Name: p.Name}
}
