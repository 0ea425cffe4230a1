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
	b := new(Batch)
	eachStored(t, func(e *event.Event, l event.Loss) { addPlain(b, e, l) })
	return appendFrames(headerFrame(t), b)
}

// appendFrames appends the frames of a batch.
func appendFrames(to []byte, b *Batch) []byte {
	for _, p := range b.sealed() {
		to = append(to, p.bytes...)
	}
	return to
}

// addPlain adds an event, or, if that is nil, a loss. The origin flash is left out, as most
// events have it.
func addPlain(b *Batch, e *event.Event, l event.Loss) {
	if e == nil {
		b.Loss(l)
		return
	}
	plain := *e
	if plain.Origin == event.OriginFlash {
		plain.Origin = event.OriginLive
	}
	b.Event(&plain)
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
// the oldest first. Then it removes events from the middle, and counts them: the
// beginning and the end of a shutdown explain the most. Of records in the black box
// without an orderly shutdown the end does.
func bound(t *event.Trail, size int64) {
	t.Cut += math.MaxUint32 // its digits take room, and it is not known yet
	room := size - int64(len(headerFrame(t)))
	t.Cut -= math.MaxUint32
	_, total := measure(t)
	if total <= room {
		return
	}
	t.Events = slices.DeleteFunc(t.Events, func(e event.Event) bool { // in order
		remove := total > room && isUnrelated(&e)
		if remove {
			total -= int64(len(e.Text))
		}
		return remove
	})
	var lines []int64
	if lines, total = measure(t); total <= room {
		return
	}
	fromEnd := t.Boxed() && orderly(t.Events) < 0
	// What an event takes depends on those before it, so the first cut may keep too much.
	whole := *t
	for aim := room; ; aim -= max(total-room, 1) {
		head, used, first := 0, int64(0), aim/2
		if fromEnd {
			first = 0
		}
		for head < len(lines) && used+lines[head] <= first {
			used += lines[head]
			head++
		}
		tail := len(lines)
		for tail > head && used+lines[tail-1] <= aim {
			tail--
			used += lines[tail]
		}
		*t = whole
		cut(t, head, tail)
		if _, total = measure(t); total <= room || head == 0 && tail == len(lines) {
			return
		}
	}
}

// bestSources is how many of pstore's files keep what the header says of them longest.
const bestSources = 4

// maxHeader bounds a header, which is in one frame.
const maxHeader = 4 << 10

// boundHeader limits the trail's header to maxHeader: it shortens what that says of pstore's
// files, then removes files: first those that were not told and are not among the best. A
// record that is removed may be told at the next start, if it still lies there.
func boundHeader(t *event.Trail) {
	t.Unreadable = t.Unreadable[:min(len(t.Unreadable), maxMainLine)]
	full := func() bool { return len(t.AppendHeader(nil)) >= maxHeader-len(`,"cut":18446744073709551615`) }
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

// measure returns what each event or loss takes in the file, in order, and their sum.
func measure(t *event.Trail) (lines []int64, total int64) {
	b := new(Batch)
	eachStored(t, func(e *event.Event, l event.Loss) {
		before := b.Size()
		addPlain(b, e, l)
		lines = append(lines, int64(b.Size()-before))
	})
	return lines, int64(b.Size())
}

// cut removes the events and losses from head up to tail.
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
