// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"sigtrail/internal/event"
)

// Recover merges what black box, flash and pstore have about the end of the previous boot, and
// keeps it. It returns nil if this was done before, or if there is no record, as on
// a first start.
//
// A daemon that was killed between the two trails that it keeps at times left the black box's
// records to the next one.
//
// The newest kept file decides. If it is not merged yet, it is the beginning of that
// shutdown. If an earlier boot has merged it, then that boot stored nothing on
// flash: it had no shutdown, or flash failed, and pstore may still have its end. If it
// cannot be read, nothing is known but what black box and pstore have.
//
// The error says what could not be read, and why the trail was stored in the
// fallback directory and not on flash. The trail is returned with it.
func (s Store) Recover(boot string, left PstoreData) (*event.Trail, error) {
	s.removeTemporary()
	list, damaged, err := List(s.Dir, s.Fallback)
	var newest event.Trail
	if len(list) > 0 {
		newest = list[0].Header
	}
	box := left.Box.trail()
	if newest.BootID == boot || newest.MergedBy == boot && (box == nil || s.BoxStored(boot)) {
		return nil, err
	}
	m := merging{Store: s, boot: boot, left: left, since: newest.MergedAt, kept: list, box: box}
	m.findTold()
	m.identify(m.inPmsg()...)
	switch {
	case len(damaged) > 0 && damaged[0].Header.Number > newest.Number:
		if len(list) > 0 && newest.MergedBy == "" {
			err = errors.Join(err, m.keepAlone(list[0]))
			list[0].Header.MergedBy = boot
		}
		return m.keepEnd(event.Trail{Unreadable: damaged[0].Err.Error()}, err)
	case len(list) == 0 && left.State != event.PstoreFound && len(m.records)+len(left.Faulty) == 0 && m.box == nil:
		return nil, err
	case newest.MergedBy == boot:
		if len(list) > 1 && list[1].Header.BootID == newest.BootID {
			return nil, errors.Join(err, m.alone(true).keepBoot(list[1].Header.Number))
		}
		return m.keepEnd(event.Trail{}, err)
	case len(list) == 0 || newest.MergedBy != "":
		return m.keepEnd(event.Trail{BootID: newest.MergedBy}, err)
	}
	begun, _, failed := list[0].Load()
	if failed != nil {
		return nil, errors.Join(err, failed)
	}
	m.identify(begun)
	if !m.boxIsBefore(begun) {
		return m.keepBegun(list, begun, err)
	}
	// The earlier boot's trail takes the number of this one, which gets the next.
	earlier, number := m.alone(true), begun.Number
	begun.Number = nextNumber(s.Dir, s.Fallback)
	list[0].Header.Number = begun.Number
	t, err := m.keepBegun(list, begun, err)
	return t, errors.Join(err, earlier.keepBoot(number))
}

// keepBegun keeps the shutdown that the newest file has the beginning of, and after it the
// end of a later boot, which has records in the black box or in pmsg, and stored nothing on
// flash.
func (m *merging) keepBegun(list []Kept, begun *event.Trail, err error) (*event.Trail, error) {
	if last := m.lastBoot(); last != nil && begun.BootID != "" && last.BootID != begun.BootID && !isEarlier(last, begun) {
		err = errors.Join(err, m.keepAlone(list[0]))
		list[0].Header.MergedBy = m.boot
		return m.keepEnd(event.Trail{}, err)
	}
	return m.keep(m.combine(begun), err)
}

// boxIsBefore reports whether the black box is of a boot before that of a trail, and whether
// both can be kept.
func (m *merging) boxIsBefore(t *event.Trail) bool {
	return m.Keep > 1 && m.boxIsEarlier(t)
}

func (m *merging) boxIsEarlier(t *event.Trail) bool {
	return m.box != nil && !m.isMerged(m.box.BootID) && m.box.BootID != t.BootID && isEarlier(m.box, t)
}

// isEarlier reports whether a shutdown began before another one, by both clocks.
func isEarlier(a, b *event.Trail) bool {
	x, y := event.Event{Wall: a.Wall(a.ClockLocal)}, event.Event{Wall: b.Wall(b.ClockLocal)}
	return x.Wall != 0 && !x.WallUnset() && !y.WallUnset() && x.Wall < y.Wall
}

// keepAlone keeps a trail of a boot before the last one.
func (m *merging) keepAlone(k Kept) error {
	t, _, err := k.Load()
	if err == nil {
		alone := m.alone(m.box != nil && m.box.BootID == t.BootID)
		_, err = alone.keep(alone.combine(t), nil)
	}
	return err
}

// keepBoot keeps what the black box has of a boot before the last one.
func (m *merging) keepBoot(number int) error {
	_, err := m.keep(m.combine(&event.Trail{Number: number, BootID: m.box.BootID}), nil)
	return err
}

// alone returns a merge for a boot before the last one: pmsg alone may have some of it, and
// the black box, which it takes from m then.
func (m *merging) alone(boxed bool) *merging {
	alone := &merging{Store: m.Store, boot: m.boot, left: PstoreData{Pmsg: m.left.Pmsg, pmsgName: m.left.pmsgName}}
	switch m.left.State {
	case event.PstoreFound, event.PstoreRecords, event.PstoreOther:
		alone.left.State = event.PstoreFound // of a later boot, if nothing shows more
	}
	if boxed {
		alone.box, alone.left.Box = m.box, m.left.Box
		m.box = nil
	}
	return alone
}

// keep stores the trail.
func (m *merging) keep(t *event.Trail, err error) (*event.Trail, error) {
	s := m.Store
	t.MergedBy, t.MergedAt = m.boot, m.left.Now
	boundHeader(t)
	bound(t, s.Size)
	b := encode(t)
	if s.Dir != "" {
		failed := replace(s.Dir, keptName(t.Number), b)
		if errors.Is(failed, syscall.ENOSPC) && s.makeRoom(t.Number) == nil {
			failed = replace(s.Dir, keptName(t.Number), b)
		}
		if failed == nil {
			s.Writes.Add(1)
			os.Remove(path(s.Dir, olderName(t.Number))) // if it fails, the new one counts
			return t, errors.Join(err, prune(s.Dir, s.Keep))
		}
		err = errors.Join(err, fmt.Errorf("trail of the last shutdown: %w", failed))
	}
	if failed := replace(s.Fallback, keptName(t.Number), b); failed != nil {
		err = errors.Join(err, fmt.Errorf("trail of the last shutdown: %w", failed))
	}
	return t, err
}

// makeRoom removes the trail in whose place a new one comes.
func (s Store) makeRoom(number int) error {
	if list, _ := numbers(s.Dir); slices.Contains(list, number) {
		return prune(s.Dir, s.Keep)
	}
	return prune(s.Dir, s.Keep-1)
}

// replace creates or replaces a file. After a crash the old or the new file is
// there, never a part of one.
func replace(dir, name string, content []byte) error {
	if err := makeDir(dir); err != nil {
		return err
	}
	temp := path(dir, name+tempSuffix)
	err := writeNew(temp, content)
	if err == nil {
		err = os.Rename(temp, path(dir, name))
	}
	if err != nil {
		os.Remove(temp)
		return err
	}
	return syncDir(dir)
}

// writeNew writes and syncs a new file.
func writeNew(name string, content []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(content); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// removeTemporary removes files that a crash has left half-written.
func (s Store) removeTemporary() {
	for _, dir := range []string{s.Dir, s.Fallback} {
		if dir == "" {
			continue
		}
		names, _ := filepath.Glob(path(dir, KeptPattern+tempSuffix))
		for _, name := range names {
			os.Remove(name)
		}
	}
}
