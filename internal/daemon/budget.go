// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"time"

	"sigtrail/internal/event"
)

// burstTimes is the burst, as a multiple of the lines in a second.
const burstTimes = 4

// budget is how many lines of records the log gets: so many a second, and a burst of four
// times as many. It has no clock.
type budget struct {
	cost  time.Duration // the time that earns a line; 0: no limit
	burst time.Duration // the time that earns a burst
	paid  time.Time     // up to here the budget is spent: what is left lies before now
}

// newBudget returns a budget of so many lines a second; 0: no limit.
func newBudget(rate int) budget {
	if rate == 0 {
		return budget{}
	}
	cost := time.Second / time.Duration(rate)
	return budget{cost: cost, burst: burstTimes * time.Second / cost * cost}
}

// take spends a line, if there is one; half: only of the half of the burst that is not left
// to others.
func (b *budget) take(now time.Time, half bool) bool {
	if b.cost == 0 {
		return true
	}
	if most := now.Add(-b.burst); b.paid.Before(most) {
		b.paid = most
	}
	least := b.cost
	if half {
		least += b.burst / 2
	}
	if now.Sub(b.paid) < least {
		return false
	}
	b.paid = b.paid.Add(b.cost)
	return true
}

// leavesHalf reports whether a record leaves half of the burst to others: what a user sends
// among its own processes, see event.FlagShare, and exits without a signal. A loop can make
// many of these.
func leavesHalf(e *event.Event) bool { return e.Flags&event.FlagShare != 0 || e.Unsignalled() }

// fill makes the whole burst available.
func (b *budget) fill() { b.paid = time.Time{} }

// limited reports whether the budget is for a record. Signals, exits and survivors come in
// storms; the others are few, and root's or the kernel's.
func limited(e *event.Event) bool {
	switch e.Kind {
	case event.KindSignal, event.KindSummary, event.KindExit, event.KindSurvivor:
		return true
	}
	return false
}
