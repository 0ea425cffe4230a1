// SPDX-License-Identifier: GPL-2.0-only

package kernel

import "sigtrail/internal/event"

// Step is the next part of a trail: a loss if Lost.To is not 0, else an event.
type Step struct {
	Event *event.Event // of the source: events are large, and are not copied
	Lost  event.Loss
}

// Follower merges live events and the ring's records into one trail without gaps. It
// drops duplicates, and fills gaps from the ring. Records that the ring no longer has
// are losses. The order is by number, never by time. It is a state machine: it takes
// batches and returns the steps that follow.
type Follower struct {
	Last   uint64 // newest number in a step, of an event or a loss
	Healed uint64 // records missed live and found in the ring; after an overrun, all that were found
	Lost   uint64 // records in losses

	steps   []Step // those returned last: the next ones go there
	healing bool   // the ring's records were missed live
	oldest  uint64 // first number in the latest reading of the ring
	end     uint64 // the latest reading of the ring stops before this number
}

// Live takes live events. It stops before a gap that the ring may fill, and returns the
// event after the gap and all following ones as rest. The caller reads the ring up to
// rest[0], then passes rest again. The steps are, as those of Ring, valid until the next
// call of either.
func (f *Follower) Live(batch []event.Event) (steps []Step, rest []event.Event) {
	f.steps = f.steps[:0]
	for i := range batch {
		// The ring cannot fill a gap before its oldest record, nor the gap that
		// the latest reading was for.
		if seq := batch[i].Seq; seq > f.Last+1 && seq > f.oldest && seq != f.end {
			return f.steps, batch[i:]
		}
		f.next(&batch[i])
	}
	return f.steps, nil
}

// Read begins a reading of the ring from Last+1 up to before the number end. Records from
// end on are queued live, and the ring may no longer have them. healing: the records
// were missed live.
func (f *Follower) Read(end uint64, healing bool) {
	f.oldest, f.end, f.healing = 0, end, healing
}

// Ring takes the next records of the ring.
func (f *Follower) Ring(batch []event.Event) (steps []Step) {
	f.steps = f.steps[:0]
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
		f.next(e)
	}
	return f.steps
}

// next adds e, unless it is a duplicate, and before it a loss if there is a gap.
func (f *Follower) next(e *event.Event) {
	if e.Seq <= f.Last {
		return
	}
	if e.Seq > f.Last+1 {
		l := event.Loss{From: f.Last + 1, To: e.Seq - 1}
		f.Lost += l.Records()
		f.steps = append(f.steps, Step{Lost: l})
	}
	f.Last = e.Seq
	f.steps = append(f.steps, Step{Event: e})
}
