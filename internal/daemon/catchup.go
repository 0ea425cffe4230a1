// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"sigtrail/internal/event"
	"sigtrail/internal/trail"
)

// catchUp stores records of the shutdown that are only in the running boot's trail: those
// of an earlier daemon before it was killed, or from the record since on.
func (s *shutdownStore) catchUp(d *trail.ShutdownWriter, dir string, since, to uint64) {
	from := d.Last()
	begun := from > 0
	b := new(trail.Batch)
	full := func() error {
		if b.Size() >= maxQueued {
			s.write(d, b)
			b.Reset()
		}
		return nil
	}
	_, _, err := trail.Read(dir, func(e event.Event) error {
		begun = begun || e.Flags&event.FlagShutdown != 0 || since != 0 && e.Seq >= since
		if begun && from < e.Seq && e.Seq <= to {
			b.Event(&e)
		}
		return full()
	}, func(l event.Loss) error {
		if begun && from < l.To && l.To <= to {
			b.Loss(l)
		}
		return full()
	})
	if err != nil {
		s.logf("trail of this shutdown: records after %d may be lost: %v", from, err)
	}
	if b.Size() > 0 {
		s.write(d, b)
	}
}
