// SPDX-License-Identifier: GPL-2.0

package trail

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"sigtrail/internal/event"
)

// Recover puts together what is left of the end of the boot before this one, and
// keeps it. It returns nil if that has been done, or if nothing is known, as on a
// first start.
//
// The newest file tells. If nobody has put it together yet, it is how that end
// began. If a boot has, then that boot itself ended without a word on flash:
// there was no shutdown, or flash did not take it and pstore has it all the same.
//
// An error says what could not be read, and why the trail, which is returned all
// the same, is not on flash but in the spare directory.
func (s Store) Recover(boot string, left Pstore) (*event.Trail, error) {
	s.removeHalves()
	list, _, err := List(s.Dir, s.Spare)
	if len(list) == 0 {
		if left.State != event.PstoreFound {
			return nil, err
		}
		return s.keepEnd(event.Trail{}, boot, left, err)
	}
	newest := list[0].Header
	if newest.MergedBy == boot || newest.BootID == boot {
		return nil, err
	}
	others := parsePmsg(left.Pmsg, "")
	if newest.MergedBy != "" {
		if others != nil && others.BootID == newest.BootID {
			left = Pstore{} // from before that boot, which had no pstore
		}
		return s.keepEnd(event.Trail{BootID: newest.MergedBy}, boot, left, err)
	}
	begun, _, failed := list[0].Load()
	if failed != nil {
		return nil, errors.Join(err, failed)
	}
	t, ok := s.combine(begun, left)
	if ok {
		return s.keep(t, boot, left, err)
	}
	// In between there was a boot of which flash knows nothing.
	if _, failed := s.keep(begun, boot, Pstore{}, nil); failed != nil {
		err = errors.Join(err, failed)
	}
	return s.keepEnd(event.Trail{}, boot, left, err)
}

// keepEnd keeps the end of a boot of which flash has nothing.
func (s Store) keepEnd(head event.Trail, boot string, left Pstore, err error) (*event.Trail, error) {
	if pmsg := parsePmsg(left.Pmsg, ""); pmsg != nil {
		head.BootID = pmsg.BootID
	}
	head.Number = nextNumber(s.Dir, s.Spare)
	t, _ := s.combine(&head, left)
	return s.keep(t, boot, left, err)
}

// combine puts one boot's parts together. It returns false if what is in pstore is
// another boot's.
func (s Store) combine(flash *event.Trail, left Pstore) (t *event.Trail, ok bool) {
	pmsg := parsePmsg(left.Pmsg, flash.BootID)
	if pmsg == nil {
		if flash.BootID != "" && parsePmsg(left.Pmsg, "") != nil {
			return flash, false
		}
		pmsg = new(event.Trail)
	}
	head := *flash
	if head.ClockRealtime == 0 {
		head.ClockLocal, head.ClockRealtime = pmsg.ClockLocal, pmsg.ClockRealtime
	}
	if head.DaemonPID == 0 {
		head.DaemonPID, head.JailPID = pmsg.DaemonPID, pmsg.JailPID
	}
	head.Losses = joinLosses(flash.Losses, pmsg.Losses)
	// No more notes than would fit, at that many bytes each.
	const shortest = 64
	head.Events, ok = addConsole(join(flash.Events, pmsg.Events), left.Console, int(s.Size/shortest))
	if !ok && len(pmsg.Events) == 0 {
		return flash, false
	}
	return &head, true
}

// keep writes the trail down, once.
func (s Store) keep(t *event.Trail, boot string, left Pstore, err error) (*event.Trail, error) {
	t.MergedBy, t.Reset, t.Pstore = boot, left.Reset, left.State
	bound(t, s.Size)
	b := encode(t)
	if s.Dir != "" {
		failed := replace(s.Dir, keptName(t.Number), b)
		if failed == nil {
			s.Writes.Add(1)
			return t, errors.Join(err, prune(s.Dir, s.Keep))
		}
		err = errors.Join(err, fmt.Errorf("trail of the last shutdown: %w", failed))
	}
	if failed := replace(s.Spare, keptName(t.Number), b); failed != nil {
		err = errors.Join(err, fmt.Errorf("trail of the last shutdown: %w", failed))
	}
	return t, err
}

// replace puts a file in place of another one, or none, so that after a crash one
// of the two is there, whole.
func replace(dir, name string, content []byte) error {
	if err := makeDir(dir); err != nil {
		return err
	}
	half := path(dir, name+halfSuffix)
	err := writeNew(half, content)
	if err == nil {
		err = os.Rename(half, path(dir, name))
	}
	if err != nil {
		os.Remove(half)
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

// removeHalves removes what a crash has left of files that were being written.
func (s Store) removeHalves() {
	for _, dir := range []string{s.Dir, s.Spare} {
		if dir == "" {
			continue
		}
		names, _ := filepath.Glob(path(dir, keptPrefix+"*"+keptSuffix+halfSuffix))
		for _, name := range names {
			os.Remove(name)
		}
	}
}
