// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/internal/trail"
	"sigtrail/internal/why"
)

// What the kernel recorded while no daemon ran, the next one stores: also that memory ran out,
// and that the daemon was the victim.
func TestOwnDeath(t *testing.T) {
	const flags = event.FlagDefault | event.FlagFatal
	chosen := event.Event{Seq: 4, Time: 4e9, Signal: 9, Code: 128, Flags: flags | event.FlagKernel, ContextPID: 98, ContextName: "cat", TargetPID: 64, TargetName: "sigtrail"}
	ended := event.Event{Seq: 5, Time: 4.1e9, Kind: event.KindExit, Flags: event.FlagOfInit | event.FlagOOM, TargetPID: 64, TargetTID: 64, TargetName: "sigtrail",
		ExitStatus: 9, RunTime: 3e9, PeakRSS: 20480, SinceFirst: 1e8, SinceLast: 1e8}
	for _, c := range []struct {
		size   int // of the ring
		trail  string
		answer string
	}{
		{9, "1 2 3 4 5 6 7", "sigtrail 64 was killed by the OOM killer: its peak memory was at least 20.0 MiB; (cat 98) asked for memory\n"},
		{3, "1 2 3 lost 4-4 5 6 7", "sigtrail 64 was killed by the OOM killer: its peak memory was at least 20.0 MiB\n" +
			"  4.100 s after boot; it had run 3.000 s\n  1 record is missing until right before: who asked for memory may be among them\n" +
			"\nsearched: this boot from its start, without 1 lost record\n"},
	} {
		m, k := newMachine(t), newKernel(c.size)
		stop := m.start(k)
		k.makeAll(1, 3, true)
		m.trail("1 2 3")
		stop()
		next := newKernel(c.size)
		next.ring, next.info = k.ring, k.info
		next.make(chosen, false)
		next.make(ended, false)
		next.makeAll(6, 7, false)
		m.start(next)
		m.trail(c.trail)

		q := why.Ask("sigtrail")
		boot := why.Running(q)
		if _, _, err := trail.Read(m.dir+"/trail", func(e event.Event) error { boot.Add(&e); return nil }, func(event.Loss) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if got := string(why.Answers(q, []*why.Boot{boot}, 0, 0).AppendText(nil, 10)); !strings.HasPrefix(got, c.answer) {
			t.Errorf("%s, want %s", got, c.answer)
		}
	}
}
