// SPDX-License-Identifier: GPL-2.0

package event

import (
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"syscall"
)

// ErrOverrun is what a Source returns, wrapped or not, when it had no room for
// live events: the ENOBUFS of netlink(7).
var ErrOverrun error = syscall.ENOBUFS

// Source is where events come from.
type Source interface {
	// Receive waits for live events, and calls f for each.
	Receive(f func(Event)) error

	// Dump calls f for each record of the ring, from a number on to the
	// newest one at its start. It may be called from within Receive's f.
	Dump(from uint64, f func(Event)) error
}

// Follower makes one unbroken trail of live events and the ring's backlog:
// doubles are dropped, a gap is filled from the ring, and what the ring has no
// more is told as a Loss. Order is by number, never by time.
//
// The Source has to be listening before Run, so that no record falls between
// backlog and live events.
type Follower struct {
	Source Source
	Event  func(Event) error // gets each record once, in order
	Lost   func(Loss) error  // gets each gap that nobody can fill

	Last atomic.Uint64 // the newest number told of, as event or as loss

	oldest uint64 // the first number that the ring gave when it was read last

	Overruns atomic.Uint64 // times that the source said ErrOverrun
	Healed   atomic.Uint64 // missed live, then found in the ring; after an overrun: all that was found
	Missing  atomic.Uint64 // records told as a Loss
}

// Run tells of the ring's records from Last+1 on, then of what comes, until the
// source, Event or Lost fails, and returns that error.
func (w *Follower) Run() error {
	if _, err := w.catchUp(math.MaxUint64); err != nil {
		return err
	}
	for {
		if err := w.receive(); err != nil {
			return err
		}
	}
}

func (w *Follower) receive() error {
	var failed error
	err := w.Source.Receive(func(e Event) {
		if failed == nil {
			failed = w.live(e)
		}
	})
	if failed != nil {
		return failed
	}
	if errors.Is(err, ErrOverrun) {
		w.Overruns.Add(1)
		return w.heal(math.MaxUint64)
	}
	return err
}

func (w *Follower) live(e Event) error {
	if e.Seq > w.Last.Load()+1 && e.Seq > w.oldest { // else the ring has nothing before e
		if err := w.heal(e.Seq); err != nil {
			return err
		}
	}
	return w.next(e)
}

// heal catches up, and counts what it found as healed.
func (w *Follower) heal(end uint64) error {
	n, err := w.catchUp(end)
	w.Healed.Add(n)
	return err
}

// catchUp tells of what the ring has beyond Last and before the number end, and
// returns how many records that were. From end on they come live: of those that
// are queued there the ring may have some no more.
func (w *Follower) catchUp(end uint64) (n uint64, err error) {
	var failed error
	from := w.Last.Load() + 1
	w.oldest = 0
	err = w.Source.Dump(from, func(e Event) {
		if w.oldest == 0 {
			w.oldest = e.Seq
		}
		if failed != nil || e.Seq <= w.Last.Load() || e.Seq >= end {
			return
		}
		n++
		failed = w.next(e)
	})
	if failed != nil {
		return n, failed
	}
	if err != nil {
		return n, fmt.Errorf("read the ring from %d: %w", from, err)
	}
	return n, nil
}

// next tells of e, unless it is a double, and before it of the gap that is
// still there.
func (w *Follower) next(e Event) error {
	last := w.Last.Load()
	if e.Seq <= last {
		return nil
	}
	if e.Seq > last+1 {
		l := Loss{From: last + 1, To: e.Seq - 1}
		w.Missing.Add(l.Records())
		w.Last.Store(l.To)
		if err := w.Lost(l); err != nil {
			return err
		}
	}
	w.Last.Store(e.Seq)
	return w.Event(e)
}
