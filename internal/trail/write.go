// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"sigtrail/internal/event"
)

// Writer appends to the trail of the running boot. It is for one goroutine.
type Writer struct {
	dir    string
	bootID string
	size   int64
	lock   *os.File // the directory
	parts  []*part  // the common one is the first
	users  map[uint32]*part
	others *part

	upTo  uint64 // all up to this number is stored
	last  uint64 // newest number, of an event or a loss; upTo after a flush
	dirty bool

	olderGone bool // no file of an older version is left
}

const (
	// Users with a part of their own, as the kernel has shares for as many.
	maxUsers = 8

	// The common part has 3/4 of the trail in so many segments: at least 9/16 is kept.
	commonSegments = 4
	userSegments   = 2

	// A user's part is not smaller than this: of a small trail fewer users have one.
	minPart = 4 << 10
)

// Open opens the trail in dir, of at most size bytes, to append to it. What was not written
// whole is removed. A trail of another boot is replaced, one that an older version wrote for
// this boot is continued. The error wraps ErrLocked if another process has the trail open.
func Open(dir, bootID string, size int64) (*Writer, error) {
	if err := checkBootID(bootID); err != nil {
		return nil, err
	}
	lock, err := lock(dir)
	if err != nil {
		return nil, err
	}
	w := &Writer{dir: dir, bootID: bootID, size: size, lock: lock}
	if err := w.resume(); err != nil {
		w.Close()
		return nil, fmt.Errorf("trail: %w", err)
	}
	return w, nil
}

// resume continues an existing trail of this boot, or begins a new one.
func (w *Writer) resume() error {
	found, err := segments(w.dir)
	if err != nil {
		return err
	}
	w.begin()
	foreign := false
	olderID, _, err := readOlder(w.dir, func(i *item) bool {
		w.upTo = max(w.upTo, i.last())
		return true
	})
	if olderID != "" && olderID != w.bootID || err != nil {
		foreign = true
	}
	for name, numbers := range found {
		i, s, err := newest(w.dir, name, numbers)
		if foreign = foreign || err != nil || i >= 0 && s.bootID != w.bootID; foreign {
			break
		}
		p := w.named(name)
		p.numbers = numbers[:i+1]
		if err := removeSegments(w.dir, name, numbers[i+1:]); err != nil { // without a header
			return err
		}
		if i >= 0 {
			if err := p.resume(s); err != nil {
				return err
			}
		}
		w.upTo = max(w.upTo, s.upTo)
	}
	if foreign {
		return w.Reset()
	}
	w.last = w.upTo
	w.fit()
	return nil
}

// begin begins without segments.
func (w *Writer) begin() {
	w.parts, w.users, w.others = nil, make(map[uint32]*part), nil
	w.upTo, w.last = 0, 0
	w.named(commonPart)
}

// Reset deletes the trail and begins a new one.
func (w *Writer) Reset() error {
	for _, p := range w.parts {
		p.close()
	}
	w.begin()
	found, err := segments(w.dir)
	for name, numbers := range found {
		err = errors.Join(err, removeSegments(w.dir, name, numbers))
	}
	return errors.Join(err, w.removeOlder())
}

func removeSegments(dir, part string, numbers []int) (err error) {
	for _, n := range numbers {
		err = errors.Join(err, remove(path(dir, segmentName(part, n))))
	}
	return err
}

func (w *Writer) removeOlder() error {
	return errors.Join(remove(path(w.dir, olderBefore)), remove(path(w.dir, olderCurrent)))
}

// remove removes a file, which may be gone already.
func remove(name string) error {
	if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}

// named returns the part of a name, which it makes.
func (w *Writer) named(name string) *part {
	for _, p := range w.parts {
		if p.name == name {
			return p
		}
	}
	head := event.Trail{BootID: w.bootID}
	p := &part{dir: w.dir, name: name, header: headerFrame(&head)}
	w.parts = append(w.parts, p)
	var uid uint32
	if name == othersPart {
		w.others = p
	} else if _, err := fmt.Sscanf(name, userPrefix+"%d", &uid); err == nil {
		w.users[uid] = p
	}
	w.layOut(p)
	return p
}

// layOut sets the bounds of a part.
func (w *Writer) layOut(p *part) {
	if p.name == commonPart {
		p.keep, p.segment = commonSegments, w.size*3/4/commonSegments
		return
	}
	p.keep, p.segment = userSegments, w.size/4/w.shares()/userSegments
}

// shares returns how many parts there are at most besides the common one.
func (w *Writer) shares() int64 { return min(maxUsers+1, max(1, w.size/4/minPart)) }

// part returns the part that an event belongs to.
func (w *Writer) part(e *event.Event) *part {
	if e.Flags&event.FlagShare == 0 && e.Kind != event.KindSummary {
		return w.parts[0]
	}
	// A user made root's process send it: the user is not in the record.
	if (e.Kind == event.KindSignal || e.Kind == event.KindSummary) && !e.FromKernel() && e.SenderUID != 0 {
		if p := w.users[e.SenderUID]; p != nil {
			return p
		}
		if int64(len(w.users)) < w.shares()-1 {
			return w.named(userPart(e.SenderUID))
		}
	}
	if w.others == nil {
		w.named(othersPart)
	}
	return w.others
}

// Last returns the newest number in the trail, of an event or a loss; 0: none.
func (w *Writer) Last() uint64 { return w.upTo }

// SetSize changes the maximum size, in bytes. What was added is flushed before.
func (w *Writer) SetSize(size int64) {
	w.size = size
	for _, p := range w.parts {
		w.layOut(p)
	}
	w.fit()
}

// fit removes what is beyond the size: it may have been larger. If a file cannot be
// removed, the part's next segment tries again.
//
// The common part's last segment stays until its next record: without it the trail of a
// boot could be empty, and what is stored would be unknown.
func (w *Writer) fit() {
	w.parts = slices.DeleteFunc(w.parts, func(p *part) bool {
		if p == w.parts[0] {
			p.reduce(p.keep, 1)
			return false
		}
		surplus := p != w.others && int64(len(w.users)) > w.shares()-1
		if surplus {
			p.keep = 0
			maps.DeleteFunc(w.users, func(_ uint32, user *part) bool { return user == p })
		}
		p.reduce(p.keep, 0)
		return surplus && len(p.numbers) == 0
	})
}

// Event adds an event, which Flush writes.
func (w *Writer) Event(e *event.Event) {
	w.part(e).event(e, w.upTo)
	w.last, w.dirty = max(w.last, e.Seq), true
}

// Loss adds a loss, which Flush writes.
func (w *Writer) Loss(l event.Loss) {
	w.parts[0].loss(l, w.upTo)
	w.last, w.dirty = max(w.last, l.To), true
}

// Flush writes what was added since the last one, by one write for each part that it belongs
// to. It returns how many events and losses could not be written, and why.
func (w *Writer) Flush() (failed int, err error) {
	if !w.dirty {
		return 0, nil
	}
	w.dirty = false
	last := 0 // the part that is written last: only its frame says that all is there
	for i, p := range w.parts {
		if p.encoder.Open() {
			last = i
		}
	}
	for i, p := range w.parts {
		upTo := w.upTo
		if i == last {
			upTo = w.last
		}
		n, e := p.flush(upTo)
		if failed += n; e != nil && err == nil {
			err = fmt.Errorf("trail: %w", e)
		}
	}
	if err == nil {
		w.upTo = w.last
	}
	if len(w.parts[0].numbers) > 1 && !w.olderGone {
		w.olderGone = w.removeOlder() == nil // as if it were the oldest segment
	}
	return failed, err
}

// Close closes the trail. It does not flush it.
func (w *Writer) Close() error {
	var err error
	for _, p := range w.parts {
		err = errors.Join(err, p.close())
	}
	w.lock.Close()
	return err
}
