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
	got := uint64(0)
	for e, err := range kernel.Each(s.kernel.Previous) {
		if err != nil {
			return b, err
		}
		b.Add(e)
		got++
	}
	if n, _ := b.Previous.Records.Known(); got != n {
		return b, fmt.Errorf("%d of %d records", got, n)
	}
	return b, nil
}
