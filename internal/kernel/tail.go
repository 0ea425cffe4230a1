// SPDX-License-Identifier: GPL-2.0-only

package kernel

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"math"

	"sigtrail/internal/event"
)

// Source is a source of events: a Client, or a fake in a test.
type Source interface {
	// Next waits for live events.
	Next() ([]event.Event, error)

	// Ring reads the ring, from a number on up to the newest one now.
	Ring(from uint64) (Batches, error)
}

// Batches returns records in batches. The error of Next is io.EOF at the end.
type Batches interface {
	Next() ([]event.Event, error)
	Close() error
}

// Records reads a source's ring from a number on, one record after the other.
func Records(s Source, from uint64) iter.Seq2[*event.Event, error] {
	return Each(func() (Batches, error) { return s.Ring(from) })
}

// Each reads a dump, such as Client.Previous, one record after the other.
func Each(dump func() (Batches, error)) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		ring, err := dump()
		if err != nil {
			yield(nil, err)
			return
		}
		defer ring.Close()
		for {
			batch, err := ring.Next()
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range batch {
				if !yield(&batch[i], nil) {
					return
				}
			}
		}
	}
}

// Tail follows a source: first it reads the records after Follower.Last from the ring,
// then it returns live ones. The source must listen before, so that no record is missed
// in between.
type Tail struct {
	Source Source
	Follower
	Overruns uint64 // how often the source returned ErrOverrun

	started bool
	ring    Batches       // nil: not being read
	rest    []event.Event // live events that wait for the ring
}

// Waits reports whether Next will wait, because all existing records were returned.
func (t *Tail) Waits() bool { return t.started && t.ring == nil && len(t.rest) == 0 }

// Next returns the next steps, perhaps none. They are valid until the next call.
func (t *Tail) Next() ([]Step, error) {
	switch {
	case !t.started:
		t.started = true
		return nil, t.read(math.MaxUint64, false)
	case t.ring != nil:
		return t.fromRing()
	case len(t.rest) == 0:
		batch, err := t.Source.Next()
		if errors.Is(err, ErrOverrun) {
			t.Overruns++
			return nil, t.read(math.MaxUint64, true)
		}
		if err != nil {
			return nil, err
		}
		t.rest = batch
	}
	steps, rest := t.Live(t.rest)
	if t.rest = rest; len(rest) > 0 {
		return steps, t.read(rest[0].Seq, true)
	}
	return steps, nil
}

func (t *Tail) read(end uint64, healing bool) (err error) {
	if t.ring, err = t.Source.Ring(t.Last + 1); err != nil {
		return err
	}
	t.Read(end, healing)
	return nil
}

func (t *Tail) fromRing() ([]Step, error) {
	batch, err := t.ring.Next()
	if err == nil {
		return t.Ring(batch), nil
	}
	t.Close()
	if err != io.EOF {
		return nil, fmt.Errorf("read the ring from %d: %w", t.Last+1, err)
	}
	return nil, nil
}

// Close stops a reading of the ring. The source stays open.
func (t *Tail) Close() error {
	if t.ring == nil {
		return nil
	}
	err := t.ring.Close()
	t.ring = nil
	return err
}
