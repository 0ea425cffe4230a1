// SPDX-License-Identifier: GPL-2.0-only

package respond

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"sigtrail/internal/event"
)

// busyPool is a pool whose kills last until the test ends them.
type busyPool struct {
	*Pool
	began  chan int // process ids
	end    chan struct{}
	cases  chan event.Case
	most   atomic.Int32 // at a time
	now    atomic.Int32
	cancel func()
	ended  chan struct{}
}

func newBusyPool(t *testing.T, workers, queue int, records bool) *busyPool {
	b := &busyPool{began: make(chan int, 100), end: make(chan struct{}), cases: make(chan event.Case, 100),
		ended: make(chan struct{})}
	b.Pool = NewPool(killer, workers, queue, records, func(c event.Case) { b.cases <- c })
	b.do = func(ctx context.Context, k Kill) event.Case {
		b.most.Store(max(b.most.Load(), b.now.Add(1)))
		defer b.now.Add(-1)
		b.began <- k.PID
		c := event.Case{TargetPID: uint32(k.PID), SeenFirst: 1}
		select {
		case <-b.end:
		case <-ctx.Done():
			c.End = event.CaseAbandoned
		}
		return c
	}
	var ctx context.Context
	ctx, b.cancel = context.WithCancel(context.Background())
	go func() {
		b.Run(ctx)
		close(b.ended)
	}()
	t.Cleanup(b.stop)
	return b
}

func (b *busyPool) stop() {
	b.cancel()
	<-b.ended
}

func (b *busyPool) add(t *testing.T, k Kill, want error) {
	t.Helper()
	if has := b.Has(&k); has != (want == errDuplicate) {
		t.Errorf("%+v: is there: %v", k, has)
	}
	if err := b.Add(k); err != want {
		t.Errorf("%+v: %v, want %v", k, err, want)
	}
}

func TestQueueIsBounded(t *testing.T) {
	b := newBusyPool(t, 2, 3, false)
	b.add(t, Kill{PID: 1}, nil)
	b.add(t, Kill{PID: 2}, nil)
	<-b.began
	<-b.began
	for pid := 3; pid <= 5; pid++ {
		b.add(t, Kill{PID: pid}, nil)
	}
	b.add(t, Kill{PID: 6}, ErrFull)
	close(b.end)
	got := map[uint32]bool{}
	for range 5 {
		got[(<-b.cases).TargetPID] = true
	}
	if len(got) != 5 || got[6] || b.most.Load() != 2 {
		t.Errorf("done %v, %d at a time", got, b.most.Load())
	}
	b.add(t, Kill{PID: 6}, nil) // there is room again
	<-b.cases
}

func TestSameProcessOnce(t *testing.T) {
	b := newBusyPool(t, 1, 9, false)
	b.add(t, Kill{PID: 7, Start: 100}, nil)
	<-b.began
	b.add(t, Kill{PID: 7, Start: 100}, errDuplicate) // with the worker
	b.add(t, Kill{PID: 7}, errDuplicate)             // perhaps the same
	b.add(t, Kill{PID: 7, Start: 200}, nil)          // another one with its PID
	b.add(t, Kill{PID: 7, Start: 200}, errDuplicate) // in the queue
	b.add(t, Kill{PID: 8}, nil)
	b.add(t, Kill{PID: 8, Start: 300}, errDuplicate)
	b.end <- struct{}{}
	<-b.cases
	b.add(t, Kill{PID: 7, Start: 100}, errDuplicate) // dead
	close(b.end)
	for range 2 {
		<-b.cases
	}
	b.add(t, Kill{PID: 7}, nil) // perhaps another one
	b.add(t, Kill{PID: 9, Start: 400}, nil)
	<-b.cases
	<-b.cases
}

// A survivor may be killed again.
func TestSurvivorAgain(t *testing.T) {
	b := newBusyPool(t, 1, 1, false)
	b.do = func(context.Context, Kill) event.Case { return event.Case{End: event.CaseSurvived} }
	for range 3 {
		b.add(t, Kill{PID: 7, Start: 100}, nil)
		<-b.cases
	}
}

func TestStopInTheWait(t *testing.T) {
	b := newBusyPool(t, 1, 9, false)
	b.add(t, Kill{PID: 7}, nil)
	b.add(t, Kill{PID: 8}, nil)
	<-b.began
	b.stop()
	close(b.cases)
	for c := range b.cases {
		if c.TargetPID != 7 || c.End != event.CaseAbandoned {
			t.Errorf("%+v", c)
		}
	}
	if len(b.began) != 0 {
		t.Error("what was queued is signalled after the end")
	}
}

// The kernel's records come before or after the wake-up. A case is reported
// without them, too.
func TestRecords(t *testing.T) {
	self := uint32(os.Getpid())
	sent := event.Event{Kind: event.KindSignal, Time: 1000, SenderPID: self, TargetPID: 7}
	exit := event.Event{Kind: event.KindExit, Time: 5000, TargetPID: 7, ExitStatus: 15, SinceFirst: 9000, SinceLast: 10}
	for _, early := range []bool{true, false} {
		b := newBusyPool(t, 1, 1, true)
		b.add(t, Kill{PID: 7}, nil)
		<-b.began
		b.Event(&sent)
		if early {
			b.Event(&exit)
		}
		b.end <- struct{}{}
		for b.now.Load() != 0 {
			time.Sleep(time.Millisecond)
		}
		if !early {
			b.Event(&exit)
		}
		b.Event(&exit) // of no kill any more, or the second time
		if c := <-b.cases; !c.Recorded || c.SinceFirst != 4000 || c.SinceLast != 4000 || c.ExitStatus != 15 {
			t.Errorf("exit recorded early %v: %+v", early, c)
		}
		b.stop()
	}
	w, c := Witness{Sender: self, Target: 7}, event.Case{}
	w.Observe(&event.Event{Kind: event.KindSignal, Time: 1000, TimeLast: 3000, Count: 2, SenderPID: self, TargetPID: 7})
	w.Observe(&exit)
	if w.Fill(&c); c.SinceFirst != 4000 || c.SinceLast != 2000 {
		t.Errorf("two signals in one record: %+v", c)
	}
	b := newBusyPool(t, 1, 1, true)
	b.add(t, Kill{PID: 7}, nil)
	b.end <- struct{}{}
	if c := <-b.cases; c.Recorded || c.End != event.CaseExited {
		t.Errorf("no record: %+v", c)
	}
}

func TestWitness(t *testing.T) {
	signal := func(time uint64, sender, target uint32, flags event.Flags) event.Event {
		return event.Event{Kind: event.KindSignal, Time: time, SenderPID: sender, TargetPID: target, Flags: flags}
	}
	exit := event.Event{Kind: event.KindExit, Time: 900, TargetPID: 7, ExitStatus: 9, SinceFirst: 800, SinceLast: 50}
	for _, c := range []struct {
		name        string
		events      []event.Event
		first, last uint64
		recorded    bool
	}{
		{"two signals", []event.Event{signal(100, 5, 7, 0), signal(700, 5, 7, 0), exit}, 800, 200, true},
		{"another sender, another target, the kernel", []event.Event{signal(90, 4, 7, 0), signal(95, 5, 6, 0),
			signal(100, 5, 7, 0), signal(890, 4, 7, 0), signal(895, 5, 7, event.FlagKernel), exit}, 800, 800, true},
		{"no signal seen", []event.Event{exit}, 800, 50, true},
		{"clocks of two CPUs", []event.Event{signal(901, 5, 7, 0), exit}, 1, 1, true},
		{"no exit", []event.Event{signal(100, 5, 7, 0)}, 0, 0, false},
		{"a successor's exit", []event.Event{signal(100, 5, 7, 0), exit, {Kind: event.KindExit, Time: 2000, TargetPID: 7}}, 800, 800, true},
	} {
		w := Witness{Sender: 5, Target: 7}
		done := false
		for _, e := range c.events {
			done = w.Observe(&e)
		}
		var got event.Case
		w.Fill(&got)
		if done != c.recorded || got.Recorded != c.recorded || got.SinceFirst != c.first || got.SinceLast != c.last ||
			c.recorded && got.ExitStatus != 9 {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestHourly(t *testing.T) {
	h := Hourly{Max: 2}
	start := time.Now()
	for _, c := range []struct {
		at   time.Duration
		full bool
	}{
		{0, false}, {time.Minute, false}, {2 * time.Minute, true}, {time.Hour - 1, true}, {time.Hour, false},
		{time.Hour + 1, true}, {time.Hour + time.Minute, false}, {3 * time.Hour, false},
	} {
		now := start.Add(c.at)
		if got := h.Full(now); got != c.full {
			t.Errorf("after %v: %v", c.at, got)
		} else if !got {
			h.Count(now)
		}
	}
	if h := (Hourly{}); !h.Full(start) {
		t.Error("none an hour, and one passes")
	}
}

// The whole pool, with real processes.
func TestPool(t *testing.T) {
	cases := make(chan event.Case, 3)
	p := NewPool(killer, 2, 4, false, func(c event.Case) { cases <- c })
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		p.Run(ctx)
		close(done)
	}()
	children := []*child{start(t, "obedient"), start(t, "slow"), start(t, "deaf")}
	for _, c := range children {
		if err := p.Add(Kill{Rule: "r", PID: c.pid(), Signal: sigterm, After: slowness * 5, Escalate: sigkill, Timeout: time.Minute}); err != nil {
			t.Fatal(err)
		}
	}
	ends := map[uint32]event.CaseEnd{}
	for range children {
		c := <-cases
		ends[c.TargetPID] = c.End
	}
	cancel()
	<-done
	want := map[uint32]event.CaseEnd{}
	for i, end := range []event.CaseEnd{event.CaseExited, event.CaseExited, event.CaseEscalated} {
		want[uint32(children[i].pid())] = end
	}
	if fmt.Sprint(ends) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", ends, want)
	}
}
