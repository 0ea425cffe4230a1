// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"cmp"
	"slices"
	"strconv"
	"sync"
	"time"

	"sigtrail/internal/event"
)

const (
	heldSenders = 16 // that are counted apart
	heldShown   = 3  // of these in the line
)

// heldBack counts what the log's budget did not let through, in bounded memory, until there
// is a line about it.
type heldBack struct {
	mu    sync.Mutex // the recorder adds, and the recorder or the sender takes
	lines uint64
	from  time.Time                  // of the first one
	by    [heldSenders]heldBackGroup // those with count 0 are free
	more  uint64                     // signals and ends in no group
}

// heldBackGroup are the signals of one sender, or the exits, or the survivors.
type heldBackGroup struct {
	first event.Event // an example: its target is shown
	many  bool        // others have other targets
	count uint64      // of signals, or of processes
}

// has reports whether a record belongs to the group.
func (g *heldBackGroup) has(e *event.Event) bool {
	f := &g.first
	if g.count == 0 || e.Kind != f.Kind {
		return false
	}
	switch e.Kind {
	case event.KindSignal:
		return e.SenderPID == f.SenderPID && e.SenderName == f.SenderName && e.FromKernel() == f.FromKernel()
	case event.KindSummary:
		return e.SenderUID == f.SenderUID && e.FromKernel() == f.FromKernel()
	}
	return true
}

// add counts a record whose line is held back, and reports whether it is the first one.
func (h *heldBack) add(e *event.Event, now time.Time) (first bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.lines++; h.lines == 1 {
		h.from = now
	}
	least := &h.by[0]
	for i := range h.by {
		g := &h.by[i]
		if g.has(e) {
			g.many = g.many || e.TargetPID != g.first.TargetPID
			g.count += max(1, e.Signals())
			return h.lines == 1
		}
		if g.count < least.count {
			least = g
		}
	}
	h.more += least.count
	*least = heldBackGroup{first: *e, count: max(1, e.Signals())}
	return h.lines == 1
}

// take returns a line about what was held back, and forgets it: nil, if that is nothing, or
// began less than a time ago.
//
//	Held back :: 1300 lines in 0.512 s by log.rate; the trail has them: 96000 signals by (flooder 120) to (flooder 120), 8 more
func (h *heldBack) take(now time.Time, least time.Duration) []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.lines == 0 || now.Sub(h.from) < least {
		return nil
	}
	b := strconv.AppendUint([]byte("Held back :: "), h.lines, 10)
	b = append(b, " line"...)
	if h.lines != 1 {
		b = append(b, 's')
	}
	b = event.AppendSeconds(append(b, " in "...), uint64(now.Sub(h.from)))
	b = append(b, " s by log.rate; the trail has them: "...)
	slices.SortStableFunc(h.by[:], func(a, b heldBackGroup) int { return cmp.Compare(b.count, a.count) })
	more := h.more
	for i := range h.by {
		g := &h.by[i]
		switch {
		case g.count == 0:
		case i >= heldShown:
			more += g.count
		default:
			if i > 0 {
				b = append(b, ", "...)
			}
			b = g.append(b)
		}
	}
	if more > 0 {
		b = append(strconv.AppendUint(append(b, ", "...), more, 10), " more"...)
	}
	h.lines, h.more, h.by = 0, 0, [heldSenders]heldBackGroup{}
	return b
}

func (g *heldBackGroup) append(b []byte) []byte {
	e := &g.first
	what := map[event.Kind]string{event.KindExit: " exit", event.KindSurvivor: " survivor"}[e.Kind]
	if what == "" {
		what = " signal"
	}
	b = append(strconv.AppendUint(b, g.count, 10), what...)
	if g.count != 1 {
		b = append(b, 's')
	}
	switch e.Kind {
	case event.KindSummary:
		return e.AppendUser(append(b, " by "...))
	case event.KindSignal:
		name, pid := e.Sender()
		b = append(event.AppendProcess(append(b, " by "...), name, pid), " to "...)
	default:
		b = append(b, " of "...)
	}
	b = event.AppendProcess(b, e.TargetName, e.TargetPID)
	if g.many {
		b = append(b, " and others"...)
	}
	return b
}
