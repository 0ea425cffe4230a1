// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"fmt"
	"os"
	"testing"

	"sigtrail/internal/config"
	"sigtrail/internal/event"
)

// killAll is what init's TERM and KILL to all processes and their exits leave: each field
// has a large value, and names have their maximum length.
func killAll(processes int) (events []event.Event) {
	const flags = event.FlagShutdown | event.FlagPrinted
	seq, now := uint64(123456), uint64(8640012345678901)
	add := func(e event.Event, i int) {
		seq, now = seq+1, now+1234567
		e.Seq, e.Time = seq, now
		e.TargetPID, e.TargetName = uint32(23456+i), fmt.Sprintf("service-of-%04d", i)
		e.TargetTID = e.TargetPID
		if e.Kind == event.KindSignal {
			e.SenderPID, e.SenderTID, e.SenderName = 1, 1, "procd"
		}
		events = append(events, e)
	}
	for i := range processes {
		add(event.Event{Signal: 15, Flags: flags | event.FlagBlocked | event.FlagCaught}, i)
	}
	now += 1e9
	for i := range processes {
		add(event.Event{Signal: 9, Flags: flags | event.FlagDefault | event.FlagFatal}, i)
		add(event.Event{Kind: event.KindExit, Flags: flags, ExitStatus: 9, SinceFirst: 1123456789, SinceLast: 12345678}, i)
	}
	return events
}

// The default size keeps a shutdown of 500 processes, as it is written and as it is merged.
func TestDefaultSize(t *testing.T) {
	size := config.Default().Shutdown.Size
	s := newStore(t)
	s.Size = int64(size) << 10
	whole := killAll(500)
	b := new(Batch)
	for i := range whole {
		b.Event(&whole[i])
	}
	d := begin(t, s)
	if lost, err := d.Write(b); err != nil || lost != 0 || d.flash == nil {
		t.Errorf("%d lines lost, %v, %v", lost, err, d.flashErr)
	}
	merged, err := s.Recover(other, PstoreData{})
	must(t, err)
	if merged.Cut != 0 || len(merged.Events) != len(whole) {
		t.Errorf("%d of %d events, %d lines cut", len(merged.Events), len(whole), merged.Cut)
	}
	t.Logf("%d KiB of at most %d", len(encode(merged))>>10, size)
}

// A file with more events than there is memory for keeps its beginning and its end.
func TestManyStored(t *testing.T) {
	const all = 100_000
	b := new(Batch)
	for seq := uint64(1); seq <= all; seq++ {
		b.Event(&event.Event{Seq: seq, Time: seq * 1000, Signal: 10, SenderPID: 7, TargetPID: 8})
	}
	name := path(t.TempDir(), keptName(1))
	must(t, os.WriteFile(name, appendFrames(headerFrame(&event.Trail{BootID: boot, MergedBy: other}), b), 0o600))
	tr, malformed, _, err := load(name)
	must(t, err)
	n := len(tr.Events)
	if malformed != 0 || n > maxStored || uint64(n)+tr.Cut != all || n < maxStored*3/4 || tr.Events[maxStored/2-1].Seq != maxStored/2 ||
		tr.Events[n-1].Seq != all || tr.Events[maxStored/2].Seq != uint64(all-n+maxStored/2+1) {
		t.Errorf("%d events, %d cut, %d malformed", n, tr.Cut, malformed)
	}
}
