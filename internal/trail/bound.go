// SPDX-License-Identifier: GPL-2.0

package trail

import (
	"math"
	"strings"

	"sigtrail/internal/event"
	"sigtrail/internal/stall"
)

// encode returns the trail as its file has it.
func encode(t *event.Trail) []byte {
	b := append(t.AppendHeader(nil), '\n')
	eachStored(t, func(e *event.Event, l event.Loss) { b = appendStored(b, e, l) })
	return b
}

// appendStored appends the line of an event, or, if that is nil, of a loss. What
// is from flash does not say so: most of it is.
func appendStored(b []byte, e *event.Event, l event.Loss) []byte {
	if e == nil {
		return append(l.AppendJSON(b), '\n')
	}
	plain := *e
	if plain.Origin == event.OriginFlash {
		plain.Origin = event.OriginLive
	}
	return append(plain.AppendStored(b), '\n')
}

// eachStored calls f for each event and, with nil, for each loss: behind the event
// with the number before it.
func eachStored(t *event.Trail, f func(e *event.Event, l event.Loss)) {
	losses := t.Losses
	upTo := func(seq uint64) {
		for len(losses) > 0 && losses[0].From <= seq {
			f(nil, losses[0])
			losses = losses[1:]
		}
	}
	for i := range t.Events {
		e := &t.Events[i]
		upTo(e.Seq)
		f(e, event.Loss{})
		if e.Seq != 0 {
			upTo(e.Seq + 1)
		}
	}
	upTo(math.MaxUint64)
}

// bound makes the trail's file no larger than size, in bytes: first notes go that
// are nobody's, the oldest first, then lines out of the middle, which are counted.
// A shutdown is told by its beginning and its end.
func bound(t *event.Trail, size int64) {
	room := size - int64(len(t.AppendHeader(nil))) - int64(len(`,"cut":18446744073709551615`+"\n"))
	_, total := measure(t)
	if total <= room {
		return
	}
	events := t.Events[:0]
	for i := range t.Events {
		e := &t.Events[i]
		if total > room && isIdle(e) {
			total -= int64(len(appendStored(nil, e, event.Loss{})))
			continue
		}
		events = append(events, *e)
	}
	t.Events = events
	lines, total := measure(t)
	if total <= room {
		return
	}
	head, used := 0, int64(0)
	for head < len(lines) && used+lines[head] <= room/2 {
		used += lines[head]
		head++
	}
	tail := len(lines)
	for tail > head && used+lines[tail-1] <= room {
		tail--
		used += lines[tail]
	}
	cut(t, head, tail)
}

// measure returns the length of each line and their sum.
func measure(t *event.Trail) (lines []int64, total int64) {
	var b []byte
	eachStored(t, func(e *event.Event, l event.Loss) {
		b = appendStored(b[:0], e, l)
		lines = append(lines, int64(len(b)))
		total += int64(len(b))
	})
	return lines, total
}

// cut takes out the lines from head on, up to tail.
func cut(t *event.Trail, head, tail int) {
	kept := event.Trail{}
	i := 0
	eachStored(t, func(e *event.Event, l event.Loss) {
		if i >= head && i < tail {
			t.Cut++
		} else if e != nil {
			kept.Events = append(kept.Events, *e)
		} else {
			kept.Losses = append(kept.Losses, l)
		}
		i++
	})
	t.Events, t.Losses = kept.Events, kept.Losses
}

// telling are words in which the kernel's log says how a system came to its end,
// or what became of its own lines.
var telling = []string{
	stall.Prefix, "sigtrail", "panic", "Oops", "BUG:", "ut of memory", "oom-kill", "oom_reaper", "watchdog", "lockup",
	"hung", "reboot:", "re-mounted",
}

// isIdle reports whether an event is a line of the kernel's log that says nothing
// of all that.
func isIdle(e *event.Event) bool {
	if e.Kind != event.KindNote || e.Origin != event.OriginConsole {
		return false
	}
	for _, word := range telling {
		if strings.Contains(e.Text, word) {
			return false
		}
	}
	return true
}
