// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/internal/procfs"
	"sigtrail/test/ring"
)

// wall is 2025-11-22 04:25:12 UTC.
const wall = 1763785512e9

// lastSignal is the highest signal number, which depends on the architecture.
var lastSignal, _ = event.ParseSignal("RTMAX")

// records1to10 are the fake kernel's records, without 6 to 8.
var records1to10 = []event.Event{
	{Seq: 1, Time: 3204512000, Signal: 15, Flags: event.FlagDefault | event.FlagFatal, SenderPID: 883, SenderName: "killall",
		ParentPID: 645, ParentName: "sh", TargetPID: 564, TargetTID: 564, TargetName: "legacyd"},
	{Seq: 2, Time: 13204512000, Wall: 13e9, Signal: 15, Outcome: event.Ignored, SenderPID: 883, SenderUID: 1000,
		SenderName: "killall", TargetPID: 560, TargetName: "stub\x1b[2Jborn"},
	{Seq: 3, Wall: wall, Signal: 9, Code: 128, Flags: event.FlagKernel | event.FlagFatal, ContextPID: 80, ContextName: "dd",
		TargetPID: 77, TargetName: "hog", TargetCgroup: 1<<32 - 2},
	{Seq: 4, Wall: wall + 1000, Kind: event.KindExit, ExitStatus: 15, SinceFirst: 1204512345, SinceLast: 1204512345,
		TargetPID: 564, TargetName: "legacyd"},
	{Seq: 5, Wall: wall + 2000, Kind: event.KindMark, SenderPID: 123, SenderName: "sh", Text: "before (update)"},
	{Seq: 9, Wall: wall + 3000, Kind: event.KindReboot, SenderPID: 1290, SenderName: "reboot",
		RebootCode: event.RebootRestart, Text: "arg"},
	{Seq: 10, Wall: wall + 4000, Signal: 17, Outcome: event.AlreadyPending, Scope: event.ScopeThread, SenderPID: 99999,
		SenderName: "fifteen-bytes-x", TargetPID: 1, TargetTID: 7, TargetName: "procd"},
}

// fakeKernel has records1to10, up to the mark in the ring, and the rest live.
type fakeKernel struct {
	info     event.Info
	previous []event.Event
	broken   error // of a dump of previous
	live     bool  // the live records were sent, and are in the ring
	block    bool  // wait for Close after the last record; else fail
	closed   chan struct{}
	once     sync.Once
	marks    []string
}

func (k *fakeKernel) Next() ([]event.Event, error) {
	if !k.live {
		k.live = true
		return records1to10[5:], nil
	}
	if k.block {
		<-k.closed
		return nil, fmt.Errorf("receive: %w", os.ErrClosed)
	}
	return nil, errors.New("no more records")
}

func (k *fakeKernel) Ring(from uint64) (kernel.Batches, error) {
	if !k.live {
		return ring.From(records1to10[:5], from, nil), nil
	}
	return ring.From(records1to10, from, nil), nil
}

func (k *fakeKernel) Previous() (kernel.Batches, error) {
	return ring.From(k.previous, 0, nil), k.broken
}

func (k *fakeKernel) Info() (event.Info, error) { return k.info, nil }
func (k *fakeKernel) Version() uint32           { return 1 }
func (k *fakeKernel) Join() error               { return nil }
func (k *fakeKernel) Close() error              { k.once.Do(func() { close(k.closed) }); return nil }

func (k *fakeKernel) Mark(text string, shutdown bool) error {
	k.marks = append(k.marks, fmt.Sprint(text, shutdown))
	return nil
}

func newKernel() *fakeKernel {
	return &fakeKernel{closed: make(chan struct{}), info: event.Info{RingSize: 4096, SeqFirst: 1, SeqLast: 5, Enable: true,
		Signals: event.CountOf(100000), SignalsSkipped: event.CountOf(0),
		RelaySkipped: 1, RelayFailed: 2, HeldBack: 3, ExitForgotten: 4, LeftOutSIGCHLD: 5, LeftOutSIGALRM: 6,
		LeftOutSIGURG: 7, LeftOutKthread: 8, LeftOutOwn: 9, Printk: event.PrintkAuto, PrintkRate: 200, SIGURG: true,
		ClaimPID: 812, ClaimName: "sigtrail"}}
}

func neverStop() <-chan os.Signal { return nil }

// stored returns a reader of a trail.
func stored(t *event.Trail) reader {
	return func(_ string, onEvent func(event.Event) error, onLoss func(event.Loss) error) (string, int, error) {
		losses, err := t.Losses, error(nil)
		for i := 0; i <= len(t.Events) && err == nil; i++ {
			for err == nil && len(losses) > 0 && (i == len(t.Events) || losses[0].From < t.Events[i].Seq) {
				err = onLoss(losses[0])
				losses = losses[1:]
			}
			if err == nil && i < len(t.Events) {
				err = onEvent(t.Events[i])
			}
		}
		return t.BootID, int(t.Malformed), err
	}
}

func noTrail(string, func(event.Event) error, func(event.Loss) error) (string, int, error) {
	return "", 0, fs.ErrNotExist
}

// run runs one command line against k.
func run(t *testing.T, k *fakeKernel, args ...string) (out string, err error) {
	t.Helper()
	out, _, err = runBoth(k, args...)
	return out, err
}

// runBoth also returns what it says besides.
func runBoth(k *fakeKernel, args ...string) (out, besides string, err error) {
	var b, other bytes.Buffer
	a := &app{out: &b, errOut: &other, version: "1.0", proc: procfs.Root("testdata/proc"), dial: func() (kernelPart, error) { return k, nil },
		running: noTrail, stop: neverStop}
	err = a.run(args)
	return b.String(), other.String(), err
}
