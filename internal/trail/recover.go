// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"sigtrail/internal/event"
)

// Recover merges what flash and pstore have about the end of the previous boot, and
// keeps it. It returns nil if this was done before, or if there is no record, as on
// a first start.
//
// The newest kept file decides. If it is not merged yet, it is the beginning of that
// shutdown. If an earlier boot has merged it, then that boot stored nothing on
// flash: it had no shutdown, or flash failed, and pstore may still have its end.
//
// The error says what could not be read, and why the trail was stored in the
// fallback directory and not on flash. The trail is returned with it.
func (s Store) Recover(boot string, left PstoreData) (*event.Trail, error) {
	s.removeTemporary()
	list, _, err := List(s.Dir, s.Fallback)
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
			left = PstoreData{} // older than that boot, which did not use pstore
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
	// pstore is from a later boot, which stored nothing on flash.
	if _, failed := s.keep(begun, boot, PstoreData{}, nil); failed != nil {
		err = errors.Join(err, failed)
	}
	return s.keepEnd(event.Trail{}, boot, left, err)
}

// keepEnd keeps the end of a boot that stored nothing on flash.
func (s Store) keepEnd(head event.Trail, boot string, left PstoreData, err error) (*event.Trail, error) {
	if pmsg := parsePmsg(left.Pmsg, ""); pmsg != nil {
		head.BootID = pmsg.BootID
	}
	head.Number = nextNumber(s.Dir, s.Fallback)
	t, _ := s.combine(&head, left)
	return s.keep(t, boot, left, err)
}

// combine merges the parts of one boot. It returns false if pstore is from another
// boot.
func (s Store) combine(flash *event.Trail, left PstoreData) (t *event.Trail, ok bool) {
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
	// A note has at least so many bytes: more notes would not fit.
	const shortest = 64
	head.Events, ok = addConsole(join(flash.Events, pmsg.Events), left.Console, int(s.Size/shortest))
	if !ok && len(pmsg.Events) == 0 {
		return flash, false
	}
	return &head, true
}

// keep stores the trail.
func (s Store) keep(t *event.Trail, boot string, left PstoreData, err error) (*event.Trail, error) {
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
	if failed := replace(s.Fallback, keptName(t.Number), b); failed != nil {
		err = errors.Join(err, fmt.Errorf("trail of the last shutdown: %w", failed))
	}
	return t, err
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
