// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/internal/service"
)

// dated is a kernel part whose old records have the wall times of the running boot's
// trail. The service dates a record when it arrives, as the log daemon does. After the
// clock was set, the same record from the ring would get another date.
type dated struct {
	kernelPart
	wall map[uint64]int64 // by number
}

// withDates returns k with the trail's dates, or k if there is no trail of this boot. From
// the trail names learns the services whose groups have gone.
func (a *app) withDates(k kernelPart, names *service.Names) kernelPart {
	dir, err := place{}.boot()
	if err != nil {
		return k
	}
	info, err := k.Info()
	if err != nil {
		return k
	}
	wall, services := make(map[uint64]int64), make(map[uint64]string)
	boot, _, err := a.running(dir, func(e event.Event) error {
		if e.Seq >= info.SeqFirst { // notes have no number
			if e.Wall != 0 {
				wall[e.Seq] = e.Wall
			}
			if e.SenderService != "" {
				services[e.SenderCgroup] = e.SenderService
			}
			if e.TargetService != "" {
				services[e.TargetCgroup] = e.TargetService
			}
		}
		return nil
	}, func(event.Loss) error { return nil })
	if err != nil {
		return k
	}
	if id, err := a.proc.BootID(); err != nil || id != boot {
		return k
	}
	for id, name := range services {
		names.Learn(id, name)
	}
	return &dated{k, wall}
}

// Ring is that of the kernel part.
func (d *dated) Ring(from uint64) (kernel.Batches, error) {
	b, err := d.kernelPart.Ring(from)
	if err != nil {
		return nil, err
	}
	return &datedBatches{b, d.wall}, nil
}

type datedBatches struct {
	kernel.Batches
	wall map[uint64]int64
}

func (b *datedBatches) Next() ([]event.Event, error) {
	list, err := b.Batches.Next()
	for i := range list {
		if wall := b.wall[list[i].Seq]; wall != 0 {
			list[i].Wall = wall
		}
	}
	return list, err
}
