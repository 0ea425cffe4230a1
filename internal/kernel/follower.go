// SPDX-License-Identifier: GPL-2.0-only

package kernel

import "sigtrail/internal/event"

// Step is the next thing in a trail: an event, or else a loss, of which To is not 0.
type Step struct {
	Event event.Event
	Lost  event.Loss
}

// Follower makes one unbroken trail of live events and the ring's records:
// doubles are dropped, a gap is filled from the ring, and what the ring has no
// more is a loss. Order is by number, never by time. It is a state machine: it
// is fed batches, and returns the steps that follow from them.
type Follower struct {
	Last   uint64 // newest number that a step had, as event or as loss
	Healed uint64 // records missed live, then found in the ring; after an overrun: all that were found
	Lost   uint64 // records that are losses

	healing bool   // what the ring gives was missed
	oldest  uint64 // first number that the ring gave when it was read last
	end     uint64 // number before which the ring is read, and has been
}

// Live takes live events. It stops at one that has a gap before it which the ring
// may fill: that one and what follows are returned as rest. They are to be given
// again once the ring was read up to rest[0].
func (f *Follower) Live(batch []event.Event) (steps []Step, rest []event.Event) {
	for i := range batch {
		// Behind the ring's oldest record at the latest reading there is
		// nothing before this one that was not seen then.
		if seq := batch[i].Seq; seq > f.Last+1 && seq > f.oldest && seq != f.end {
			return steps, batch[i:]
		}
		steps = f.next(steps, &batch[i])
	}
	return steps, nil
}

// Read begins a reading of the ring from Last+1 on, up to the number end. From there
// on records come live: of those that are queued there the ring may have some no
// more. healing says that they were missed.
func (f *Follower) Read(end uint64, healing bool) {
	f.oldest, f.end, f.healing = 0, end, healing
}

// Ring takes records of the ring, as they are read.
func (f *Follower) Ring(batch []event.Event) (steps []Step) {
	for i := range batch {
		e := &batch[i]
		if f.oldest == 0 {
			f.oldest = e.Seq
		}
		if e.Seq <= f.Last || e.Seq >= f.end {
			continue
		}
		if f.healing {
			f.Healed++
		}
		steps = f.next(steps, e)
	}
	return steps
}

// next appends e, unless it is a double, and before it the gap that is still there.
func (f *Follower) next(steps []Step, e *event.Event) []Step {
	if e.Seq <= f.Last {
		return steps
	}
	if e.Seq > f.Last+1 {
		l := event.Loss{From: f.Last + 1, To: e.Seq - 1}
		f.Lost += l.Records()
		steps = append(steps, Step{Lost: l})
	}
	f.Last = e.Seq
	return append(steps, Step{Event: *e})
}
