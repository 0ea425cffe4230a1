// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"slices"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
	"sigtrail/internal/stall"
)

// snapshot is the state of the system during a stall.
type snapshot struct {
	quiet time.Duration // since the last progress
	now   time.Duration // since boot; 0: unknown, and so is began
	began time.Duration // of the shutdown, since boot
	stops bool          // the stop scripts have begun, so no start script is waited for

	caller    int              // PID of the process that called reboot(2); 0: none
	self      int              // our PID
	jail      int              // PID of our ujail; 0: none
	processes []procfs.Process // by pid
	err       error            // why they are unknown
}

// report finds what init may be waiting for.
func (s *snapshot) report() *stall.Report {
	f := newForest(s.processes, s.self, s.jail)
	r := &stall.Report{Quiet: s.quiet, Err: s.err, Reboot: s.caller != 0}
	var scripts []script
	if !r.Reboot {
		scripts = slices.DeleteFunc(f.scripts(s.stops), func(c script) bool { return s.young(c.Process) })
	}
	if c := scripts; len(c) > 0 && c[0].kind != handScript {
		r.Scripts = []stall.Script{{Process: stall.Process{PID: uint32(c[0].PID), Name: c[0].name}, Stop: c[0].kind == event.StopScript,
			Age: s.age(c[0].Process), ByProcd: f.procd()}}
	}
	suspects, others := f.split(scripts, s.mayHold)
	for _, p := range suspects {
		r.Suspects = append(r.Suspects, suspect(f.byPID, p, s.age(p)))
	}
	for _, p := range others {
		r.Others = append(r.Others, p.Name)
	}
	return r
}

// young reports whether a process is too young to be the cause of the stall. A stop
// script starts some time after the event that was the last one, so half of the
// stall's age is required.
func (s *snapshot) young(p *procfs.Process) bool {
	return s.now != 0 && 2*s.age(p) < s.quiet
}

// mayHold reports whether init may wait for a process that is not of an init script:
// one that hangs in the kernel, or that was started since the shutdown began. procd
// waits only for scripts. After reboot(2) it is the caller, or one that hangs in the
// kernel.
func (s *snapshot) mayHold(p *procfs.Process, procd bool) bool {
	if s.caller != 0 {
		return p.PID == s.caller || p.State == 'D' && !s.young(p)
	}
	since := !procd && s.began > 0 && p.Start >= s.began.Truncate(procfs.Tick)
	return (p.State == 'D' || since) && !s.young(p)
}

// age returns how long ago a process was started; -1: unknown.
func (s *snapshot) age(p *procfs.Process) time.Duration {
	if s.now == 0 {
		return -1
	}
	return max(0, s.now-p.Start)
}

// suspect describes a process, whose parent may be in byPID.
func suspect(byPID map[int]*procfs.Process, p *procfs.Process, age time.Duration) stall.Suspect {
	return stall.Suspect{Process: named(p), State: p.State, Wait: p.Wait, Age: age, Parent: named(byPID[p.Parent]), Args: p.Args}
}

// named returns PID and name of a process, both empty for nil.
func named(p *procfs.Process) stall.Process {
	if p == nil {
		return stall.Process{}
	}
	return stall.Process{PID: uint32(p.PID), Name: p.Name}
}
