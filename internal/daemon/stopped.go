// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"fmt"
	"os"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/internal/report"
)

// How far back, in records, init's signals to the services are looked for.
const lastRecords = 256

// keepLast stores the trail of a daemon that init has stopped together with all other
// services. No daemon comes after it, and the reset clears tmpfs and ring. It runs after
// the claim was given back, so that the kernel prints what comes after the last record
// in the ring.
func (r *recorder) keepLast(dial func() (kernelPart, error)) {
	k, err := dial()
	if err != nil {
		return // a daemon that is stopped alone misses nothing
	}
	defer k.Close()
	info, err := k.Info()
	if err != nil || info.Box.Outlives() { // a black box has all of it
		return
	}
	last := r.last.Load()
	var events []event.Event
	for e, err := range kernel.Records(k, max(last, lastRecords)-lastRecords+1) {
		if err != nil {
			r.logErrors("records after the stop may be lost", fmt.Errorf("read the ring: %w", err))
			break
		}
		events = append(events, *e)
	}
	first := report.ServicesStopped(events, uint32(os.Getpid()), uint32(jailPID()))
	if first < 0 {
		return
	}
	r.logf("init stops all services, as before a sysupgrade: storing the trail")
	var steps []kernel.Step
	for i := range events {
		if e := &events[i]; e.Seq > last {
			r.services.Fill(e)
			steps = append(steps, kernel.Step{Event: e})
			r.last.Store(e.Seq)
		}
	}
	r.record(steps)
	r.shutdown.keep(events[first].Seq, r.last.Load(), info)
}
