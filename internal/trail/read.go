// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"

	"sigtrail/internal/event"
	"sigtrail/internal/frame"
)

// Read reads the trail in dir, by number, and calls onEvent or onLoss for each event or
// loss: those that were there when it began, each number once. Numbers that the trail had no
// room for are a loss, too, except before its first one. Read returns the boot id, and the
// number of frames or lines that cannot be read. Without a trail the error is fs.ErrNotExist.
func Read(dir string, onEvent func(event.Event) error, onLoss func(event.Loss) error) (bootID string, malformed int, err error) {
	r := reading{dir: dir}
	found, err := r.begin()
	if err != nil {
		return r.bootID, 0, fmt.Errorf("trail: %w", err)
	}
	var sources []*source
	defer func() {
		for _, s := range sources {
			s.stop()
		}
	}()
	add := func(items iter.Seq[*item]) {
		s := new(source)
		s.next, s.stop = iter.Pull(items)
		s.advance()
		sources = append(sources, s)
	}
	add(r.older)
	for name, numbers := range found {
		add(r.part(name, numbers))
	}
	last := uint64(0)
	for {
		s := first(sources)
		if s == nil {
			break
		}
		i := s.item
		switch number := i.number(); {
		case number == 0: // a note
		case number > r.upTo:
			s.item = nil // it came later, as all that follows
			continue
		case i.last() <= last:
			s.advance()
			continue
		case number <= last: // a loss that begins at stored numbers
			i.loss.From = last + 1
			last = i.loss.To
		default:
			if last != 0 && number > last+1 {
				err = onLoss(event.Loss{From: last + 1, To: number - 1, Dropped: true})
			}
			last = i.last()
		}
		if err == nil && i.loss.To != 0 {
			err = onLoss(i.loss)
		} else if err == nil {
			err = onEvent(i.event)
		}
		if err != nil {
			return r.bootID, r.malformed, fmt.Errorf("trail %s: %w", dir, err)
		}
		s.advance()
	}
	if r.err != nil {
		return r.bootID, r.malformed, fmt.Errorf("trail: %w", r.err)
	}
	return r.bootID, r.malformed, nil
}

// source is one of several sequences, each by number, that are merged.
type source struct {
	item *item // the next one; nil: none
	next func() (*item, bool)
	stop func()
}

func (s *source) advance() { s.item, _ = s.next() }

// first returns the source with the next item; nil: none.
func first(sources []*source) (next *source) {
	for _, s := range sources {
		if s.item != nil && (next == nil || s.item.before(next.item)) {
			next = s
		}
	}
	return next
}

// before reports whether an item is the next one rather than another source's. A note comes
// right after what it follows in its own source: its time can be later than that of numbers
// that follow it, and these would come too late.
func (i *item) before(other *item) bool {
	note, otherNote := i.number() == 0, other.number() == 0
	switch {
	case note && otherNote:
		return i.event.Time < other.event.Time
	case note || otherNote:
		return note
	case i.number() == other.number(): // what is stored is not lost
		return i.loss.To == 0 && other.loss.To != 0
	}
	return i.number() < other.number()
}

// reading reads one trail.
type reading struct {
	dir       string
	bootID    string
	upTo      uint64 // its newest number when the reading began
	malformed int
	err       error // a file cannot be read
}

// begin finds what the trail has now, and returns the segments that have it.
func (r *reading) begin() (map[string][]int, error) {
	olderID, _, err := readOlder(r.dir, func(i *item) bool {
		r.upTo = max(r.upTo, i.last())
		return true
	})
	if err != nil {
		return nil, err
	}
	r.bootID = olderID
	found, err := segments(r.dir)
	if err != nil {
		return nil, err
	}
	for name, numbers := range found {
		i, s, err := newest(r.dir, name, numbers)
		if err != nil {
			return nil, err
		}
		if i >= 0 {
			r.bootID = s.bootID
			r.upTo = max(r.upTo, s.upTo)
		}
	}
	if r.bootID == "" {
		return nil, fs.ErrNotExist
	}
	// Listed again: what one part has up to that number may be in a new segment of another.
	return segments(r.dir)
}

// older is what an older version has written for this boot.
func (r *reading) older(yield func(*item) bool) {
	_, malformed, err := readOlder(r.dir, yield)
	r.malformed += malformed
	r.err = errors.Join(r.err, err)
}

// part returns a part's items. A segment that is gone was removed meanwhile, as the oldest.
func (r *reading) part(name string, numbers []int) iter.Seq[*item] {
	return func(yield func(*item) bool) {
		for i, n := range numbers {
			text, err := os.ReadFile(path(r.dir, segmentName(name, n)))
			if err != nil {
				if !errors.Is(err, fs.ErrNotExist) {
					r.err = errors.Join(r.err, err)
				}
				continue
			}
			if !r.segment(text, i < len(numbers)-1, yield) {
				return
			}
		}
	}
}

// segment calls yield for each item of a segment. Of a whole one nothing is being written.
func (r *reading) segment(text []byte, whole bool, yield func(*item) bool) bool {
	s := frame.NewScanner(text)
	if t, err := scanHeader(s); err != nil || t.BootID != r.bootID {
		if err != nil && len(text) > 0 {
			r.malformed++
		}
		return true // being made, damaged, or of another boot
	}
	var d decoder
	for {
		f, ok := s.Next()
		if len(s.Skipped) > 0 && (ok || whole) {
			r.malformed++ // otherwise the rest is being written
		}
		if !ok {
			return true
		}
		if !d.each(f, yield) {
			return false
		}
		r.malformed += d.malformed
		d.malformed = 0
	}
}
