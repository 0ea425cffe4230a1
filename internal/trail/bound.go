// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"sigtrail/internal/console"
	"sigtrail/internal/event"
	"sigtrail/internal/stall"
)

// encode returns the content of the trail's file.
func encode(t *event.Trail) []byte {
	b := append(t.AppendHeader(nil), '\n')
	eachStored(t, func(e *event.Event, l event.Loss) { b = appendStored(b, e, l) })
	return b
}

// appendStored appends the line of an event, or, if that is nil, of a loss. The
// origin flash is left out, as most events have it.
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

// eachStored calls f for each event and, with nil, for each loss. A loss comes
// after the event with the number before it.
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

// bound limits the trail's file to size bytes. First it removes unrelated notes,
// the oldest first. Then it removes lines from the middle, and counts them: the
// beginning and the end of a shutdown explain the most. Of records in the black box
// without an orderly shutdown the end does.
func bound(t *event.Trail, size int64) {
	room := size - int64(len(t.AppendHeader(nil))) - int64(len(`,"cut":18446744073709551615`+"\n"))
	_, total := measure(t)
	if total <= room {
		return
	}
	events := t.Events[:0]
	for i := range t.Events {
		e := &t.Events[i]
		if total > room && isUnrelated(e) {
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
	head, used, first := 0, int64(0), room/2
	if t.Boxed() && orderly(t.Events) < 0 {
		first = 0
	}
	for head < len(lines) && used+lines[head] <= first {
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

// bestSources is how many of pstore's files keep what the header says of them longest.
const bestSources = 4

// boundHeader limits the trail's header to a line: it shortens what that says of pstore's
// files, then removes files: first those that were not told and are not among the best. A
// record that is removed may be told at the next start, if it still lies there.
func boundHeader(t *event.Trail) {
	t.Unreadable = t.Unreadable[:min(len(t.Unreadable), maxMainLine)]
	full := func() bool { return len(t.AppendHeader(nil)) >= maxLine-len(`,"cut":18446744073709551615`) }
	class := make(map[string]console.Class)
	for i := range t.Sources {
		class[t.Sources[i].Name] = console.Classify(t.Sources[i].Text)
	}
	worst := slices.DeleteFunc(slices.Clone(t.Sources), func(s event.Source) bool { return s.Name == event.BoxSource })
	slices.SortStableFunc(worst, func(a, b event.Source) int {
		return cmp.Or(cmp.Compare(class[a.Name], class[b.Name]), cmp.Compare(b.Wall, a.Wall))
	})
	rest := worst[min(len(worst), bestSources):]
	slices.SortStableFunc(rest, func(a, b event.Source) int {
		switch {
		case a.Told == b.Told:
			return 0
		case a.Told:
			return -1
		}
		return 1
	})
	at := func(name string) int {
		return slices.IndexFunc(t.Sources, func(s event.Source) bool { return s.Name == name })
	}
	for _, few := range [...]int{bestSources, 0} {
		for i := len(worst) - 1; i >= few && full(); i-- {
			if s := &t.Sources[at(worst[i].Name)]; s.Text+s.Fault != "" {
				s.Text, s.Fault, s.Short = "", "", true
			}
		}
		for len(worst) > few && full() {
			last := at(worst[len(worst)-1].Name)
			t.Sources, worst = slices.Delete(t.Sources, last, last+1), worst[:len(worst)-1]
		}
	}
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

// cut removes the lines from head up to tail.
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

// keywords mark the lines of the kernel's log that, beside its failures, may explain
// how a system went down, or what happened to the records.
var keywords = []string{stall.Prefix, "sigtrail", "oom_reaper", "watchdog", "reboot:", "Reboot failed", "re-mounted"}

// isUnrelated reports whether an event is a line of the kernel's log that neither
// reports a failure nor has any of the keywords.
func isUnrelated(e *event.Event) bool {
	if e.Kind != event.KindNote || !e.FromText() {
		return false
	}
	for _, word := range keywords {
		if strings.Contains(e.Text, word) {
			return false
		}
	}
	return console.Classify(e.Text) == console.NoFailure
}
