// SPDX-License-Identifier: GPL-2.0-only

package report

import "sigtrail/internal/event"

// fewServices is how many processes a SIGTERM to all services has at least: the daemon
// and two others. Fewer may be services that are restarted together.
const fewServices = 3

// ServicesStopped returns the index of the first SIGTERM with which init stops all
// services, -1 if it does not. procd does so before a sysupgrade only: each service gets
// a signal of its own, the daemon's too, and the kernel part does not take it for a
// shutdown. daemon and jail are the daemon's process ids; 0: unknown, or none.
func ServicesStopped(events []event.Event, daemon, jail uint32) int {
	fromInit := func(e *event.Event) bool {
		return e.SenderPID == 1 && e.Seq != 0 && e.Flags&event.FlagShutdown == 0
	}
	for _, s := range sweeps(events, sigterm, fromInit) {
		targets, ours := 0, false
		for i := s.first; i <= s.last; i++ {
			if e := &events[i]; sends(e, sigterm) && fromInit(e) {
				targets++
				ours = ours || e.TargetPID == daemon || e.TargetPID == jail
			}
		}
		if ours && targets >= fewServices {
			return s.first
		}
	}
	return none
}
