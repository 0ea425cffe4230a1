// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/test/ring"
)

// storm is a source of live records in messages of the kernel's size.
type storm struct {
	batch []event.Event
	seq   uint64
	left  int
}

func TestRun(t *testing.T) {
	for _, c := range []struct {
		args        []string
		code        int
		out, errOut string
	}{
		{nil, 2, "", string(listing())},
		{[]string{"help"}, 0, string(listing()), ""},
		{[]string{"-h"}, 0, string(listing()), ""},
		{[]string{"--version"}, 0, "sigtrail 1.2\n", ""},
		{[]string{"x"}, 2, "", "sigtrail: unknown command \"x\"; see: sigtrail help\n"},
		{[]string{"daemon", "--config", "c.ini"}, 1, "", "sigtrail: started with c.ini\n"},
	} {
		var out, errOut bytes.Buffer
		code := Run(c.args, &out, &errOut, "1.2", func(config string) error { return errors.New("started with " + config) })
		if code != c.code || out.String() != c.out || errOut.String() != c.errOut {
			t.Errorf("%q: exit code %d, %q, %q", c.args, code, out.String(), errOut.String())
		}
	}
}

const stormBatch = 20

func (s *storm) Next() ([]event.Event, error) {
	if s.left -= stormBatch; s.left < 0 {
		return nil, os.ErrClosed
	}
	for i := range s.batch {
		s.seq++
		s.batch[i].Seq, s.batch[i].Time, s.batch[i].Wall = s.seq, s.batch[i].Time+1e6, s.batch[i].Wall+1e6
	}
	return s.batch, nil
}

func (s *storm) Ring(uint64) (kernel.Batches, error) { return ring.From(nil, 0, nil), nil }

func benchmarkWatch(b *testing.B, json bool) {
	s := storm{left: b.N + stormBatch, batch: make([]event.Event, stormBatch)}
	for i := range s.batch {
		s.batch[i] = event.Event{Time: 1 << 40, Wall: wall, Signal: 15, Flags: event.FlagDefault | event.FlagFatal, SenderPID: 883, SenderTID: 883,
			SenderName: "killall", ParentPID: 645, ParentName: "ash", TargetPID: uint32(500 + i), TargetTID: uint32(500 + i), TargetName: "service-x"}
	}
	w := watcher{out: io.Discard, json: json}
	b.ReportAllocs()
	if err := w.follow(&kernel.Tail{Source: &s}); err != os.ErrClosed {
		b.Error(err)
	}
}

func BenchmarkWatch(b *testing.B)     { benchmarkWatch(b, false) }
func BenchmarkWatchJSON(b *testing.B) { benchmarkWatch(b, true) }
