// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/internal/trail"
)

// readBox reads the records of the boot before. With an error it returns none: a part of
// them must not be stored in place of all.
func (s *shutdownStore) readBox() (trail.Box, error) {
	b := s.box
	if !b.Previous.Known() {
		return b, nil
	}
	n, _ := b.Previous.Records.Known()
	b.Events = make([]event.Event, 0, n+1) // one may have had no place in the ring: see struct sigtrail_box_fault
	for e, err := range kernel.Each(s.kernel.Previous) {
		if err != nil {
			return trail.Box{State: b.State}, err
		}
		b.Events = append(b.Events, *e)
	}
	return b, nil
}
