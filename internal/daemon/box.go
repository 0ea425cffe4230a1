// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"fmt"

	"sigtrail/internal/kernel"
	"sigtrail/internal/trail"
)

// readBox reads the records of the boot before. A part of them is an error: it must not be
// stored in place of all. Another client may have freed them.
func (s *shutdownStore) readBox() (trail.Box, error) {
	b := s.box
	if !b.Previous.Known() {
		return b, nil
	}
	n, _ := b.Previous.Records.Known()
	for e, err := range kernel.Each(s.kernel.Previous) {
		if err != nil {
			return b, err
		}
		b.Events = append(b.Events, *e)
	}
	if len(b.Events) != int(n) {
		return b, fmt.Errorf("%d of %d records", len(b.Events), n)
	}
	return b, nil
}
