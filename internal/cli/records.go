// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"os"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/internal/respond"
)

// records are the kernel part's records since openRecords; nil without a kernel
// part, or without permission.
type records struct {
	kernel kernelPart
	after  uint64 // number of the last record before them
}

func openRecords(dial func() (kernelPart, error)) *records {
	k, err := dial()
	if err != nil {
		return nil
	}
	info, err := k.Info()
	if err != nil || !info.Enable {
		k.Close()
		return nil
	}
	return &records{k, info.SeqLast}
}

func (r *records) close() {
	if r != nil {
		r.kernel.Close()
	}
}

// An exit may be recorded a moment after the pidfd shows it.
const (
	lookAgain = 3
	lookPause = 5 * time.Millisecond
)

// complete adds to a case what the kernel part recorded of it.
func (r *records) complete(c *event.Case) {
	if r == nil || !c.Sent() || !c.Ended() {
		return
	}
	for range lookAgain {
		w := respond.Witness{Sender: uint32(os.Getpid()), Target: c.TargetPID}
		known := false
		for e, err := range kernel.Records(r.kernel, r.after+1) {
			if err != nil {
				return
			}
			known = w.Observe(e)
		}
		if known {
			w.Fill(c)
			return
		}
		time.Sleep(lookPause)
	}
}
