// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"testing"

	"sigtrail/internal/config"
	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/internal/trail"
)

// BenchmarkRecord records a storm that does not repeat into the trail, a message of the
// kernel at a time.
func BenchmarkRecord(b *testing.B) {
	const inMessage = 17
	t, err := trail.Open(b.TempDir(), bootID, 1<<20)
	if err != nil {
		b.Fatal(err)
	}
	defer t.Close()
	cfg := config.Default()
	cfg.Log.Syslog = ""
	r := newRecorder(newKernel(1), t, cfg)
	r.shutdown = newShutdownStore(r, options{}, bootID, event.Info{})
	r.stall = new(stallWatch)
	steps, events := make([]kernel.Step, inMessage), make([]event.Event, inMessage)
	for i := range steps {
		steps[i].Event = &events[i]
	}
	seq := uint64(0)
	b.ReportAllocs()
	for n := 0; n < b.N; n += inMessage {
		for i := range steps {
			seq++
			events[i] = event.Event{Seq: seq, Time: seq * 23456, Signal: uint32(34 + seq%30), Flags: event.FlagCaught,
				SenderPID: uint32(2000 + seq%16), SenderTID: uint32(2000 + seq%16), SenderName: "storm", ParentPID: 1999, ParentName: "storm",
				TargetPID: uint32(3000 + seq%40), TargetTID: uint32(3000 + seq%40), TargetName: "victim"}
		}
		r.take(steps)
	}
}
