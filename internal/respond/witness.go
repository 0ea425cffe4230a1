// SPDX-License-Identifier: GPL-2.0

package respond

import "sigtrail/internal/event"

// Witness gathers from the kernel part's records what they tell of one case.
// Times are taken between records, as SinceFirst of an exit begins with the
// first signal of anybody, and leaves out one that was ignored.
type Witness struct {
	Sender uint32 // who kills
	Target uint32

	first, last uint64 // times of the signals' records, 0: none seen
	exit        event.Event
	done        bool
}

// See takes a record made since right before the kill, in order, and reports
// whether all is known.
func (w *Witness) See(e *event.Event) bool {
	switch {
	case w.done || e.TargetPID != w.Target:
	case e.Kind == event.KindSignal && e.SenderPID == w.Sender && !e.FromKernel():
		if w.first == 0 {
			w.first = e.Time
		}
		w.last = e.Time
	case e.Kind == event.KindExit:
		w.exit, w.done = *e, true
	}
	return w.done
}

// Tell puts what is known into a case that has ended.
func (w *Witness) Tell(c *event.Case) {
	if !w.done {
		return
	}
	c.Recorded, c.ExitStatus = true, w.exit.ExitStatus
	c.SinceFirst, c.SinceLast = w.exit.SinceFirst, w.exit.SinceLast
	if w.first != 0 {
		// The clocks of two CPUs may differ a little.
		c.SinceFirst = w.exit.Time - min(w.first, w.exit.Time)
		c.SinceLast = w.exit.Time - min(w.last, w.exit.Time)
	}
}
