// SPDX-License-Identifier: GPL-2.0-only

package respond

import "sigtrail/internal/event"

// Witness collects from the kernel's records what they show about one case.
// It measures between records: SinceFirst of an exit counts from the first signal
// to end of any sender, and not from one that was ignored.
type Witness struct {
	Sender uint32 // the process that sends the signals
	Target uint32

	first, last uint64 // times of the signals' records; 0: none yet
	exit        event.Event
	done        bool
}

// Observe takes the next record since the kill began, and reports whether the
// witness is complete.
func (w *Witness) Observe(e *event.Event) bool {
	switch {
	case w.done || e.TargetPID != w.Target:
	case e.Kind == event.KindSignal && e.SenderPID == w.Sender && !e.FromKernel():
		if w.first == 0 {
			w.first = e.Time
		}
		w.last = e.Last()
	case e.Kind == event.KindExit:
		w.exit, w.done = *e, true
	}
	return w.done
}

// Fill completes a case that has ended. Without the record of the exit it does
// nothing.
func (w *Witness) Fill(c *event.Case) {
	if !w.done {
		return
	}
	c.Recorded, c.ExitStatus = true, w.exit.ExitStatus
	c.SinceFirst, c.SinceLast = w.exit.SinceFirst, w.exit.SinceLast
	if w.first != 0 {
		// The clocks of two CPUs may differ a little; 0 is unknown.
		c.SinceFirst = max(w.exit.Time-min(w.first, w.exit.Time), 1)
		c.SinceLast = max(w.exit.Time-min(w.last, w.exit.Time), 1)
	}
}
