// SPDX-License-Identifier: GPL-2.0-only

package trail

import "sigtrail/internal/event"

// nameServices names the services of records that have only the ids of cgroups, by other
// records of the same boot: the daemon has named them.
func nameServices(records, named []event.Event) {
	names := make(map[uint64]string) // by id
	for i := range named {
		e := &named[i]
		if e.SenderService != "" {
			names[e.SenderCgroup] = e.SenderService
		}
		if e.TargetService != "" {
			names[e.TargetCgroup] = e.TargetService
		}
	}
	delete(names, 0)
	for i := range records {
		e := &records[i]
		e.SenderService, e.TargetService = names[e.SenderCgroup], names[e.TargetCgroup]
	}
}
