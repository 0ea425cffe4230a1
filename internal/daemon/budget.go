// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"time"

	"sigtrail/internal/event"
)

// burstTimes is the burst, as a multiple of the lines in a second.
const burstTimes = 4

// budget is how many lines of records the log gets: so many a second, and a burst of four
// times as many. A user's own records leave half of the burst to others: see
// event.FlagShare. It has no clock.
type budget struct {
	cost time.Duration // the time that earns a line; 0: no limit
	paid time.Time     // up to here the budget is spent: what is left lies before now
}

// newBudget returns a budget of so many lines a second; 0: no limit.
func newBudget(rate int) budget {
	if rate == 0 {
		return budget{}
	}
	return budget{cost: time.Second / time.Duration(rate)}
}

func (b *budget) burst() time.Duration { return burstTimes * time.Second / b.cost * b.cost }

// take spends a line, if there is one; share: it is of a user's own.
func (b *budget) take(now time.Time, share bool) bool {
	if b.cost == 0 {
		return true
	}
	if most := now.Add(-b.burst()); b.paid.Before(most) {
		b.paid = most
	}
	least := b.cost
	if share {
		least += b.burst() / 2
	}
	if now.Sub(b.paid) < least {
		return false
	}
	b.paid = b.paid.Add(b.cost)
	return true
}

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
