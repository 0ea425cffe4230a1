// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"sigtrail/internal/event"
)

// Store is where the trails of shutdowns are kept.
type Store struct {
	Dir      string // on flash; "" for none
	Keep     int    // at most so many files
	Size     int64  // at most so many bytes in each
	Fallback string // the running boot's directory, on tmpfs: used if Dir fails
	Pmsg     string // pstore's device for user space: used after flash has failed
	Upgrade  bool   // a sysupgrade will erase Dir: Pmsg is used first
	Box      bool   // the kernel has all records in a black box: Pmsg is not used

	Writes *atomic.Uint64 // counts the writes to flash
}

// pmsgLast is a file in the fallback directory. It exists once flash has failed, and
// has the newest number in pmsg, because pmsg cannot be read back: boot id, then the
// number.
const pmsgLast = "pmsg.last"

// ShutdownWriter stores the trail of a shutdown: on flash until a write fails, after
// that, and before a sysupgrade, only in pmsg. Each frame goes to one of them, once. With
// a black box nothing goes to pmsg. It is for one goroutine.
type ShutdownWriter struct {
	store Store
	boot  string
	last  uint64

	pruned   bool
	flash    *flash // nil: it has failed
	flashErr error  // why
	pmsg     *pmsg  // nil: no device
	pmsgErr  error  // why
}

// Begin begins to store a shutdown, or resumes one of the same boot. The header has
// the boot id, the daemon's PID and the clocks. Nothing is written before the first
// batch.
func (s Store) Begin(head event.Trail) *ShutdownWriter {
	d := &ShutdownWriter{store: s, boot: head.BootID}
	if !s.Box {
		// It may be impossible to open devices later.
		d.pmsg, d.pmsgErr = openPmsg(s.Pmsg, headerFrame(&head))
	}
	if last, ok := d.readLast(); ok {
		d.last, d.flashErr = last, errors.New("failed earlier in this shutdown")
		return d
	}
	if s.Upgrade && (d.pmsg != nil || s.Box) {
		d.flashErr = errors.New("not used before a sysupgrade")
		return d
	}
	head.Sources = s.told()
	d.flash = &flash{path: path(s.Dir, keptName(nextNumber(s.Dir, s.Fallback))), head: headerFrame(&head), max: s.Size}
	d.resume()
	return d
}

// told returns what the newest merge found in pstore. If only one file is kept, the one
// that has it is removed now.
func (s Store) told() (sources []event.Source) {
	if s.Keep > 1 {
		return nil
	}
	list, _, _ := List(s.Dir, s.Fallback)
	if len(list) > 0 {
		for _, o := range list[0].Header.Sources {
			if o.Sum != 0 {
				sources = append(sources, event.Source{Name: o.Name, Sum: o.Sum, Told: true})
			}
		}
	}
	return sources
}

// resume continues the newest file if it is this boot's, and not of an older version. An
// error is ignored: the first write will report it.
func (d *ShutdownWriter) resume() {
	list, err := numbers(d.store.Dir)
	if err != nil || len(list) == 0 {
		return
	}
	name := path(d.store.Dir, keptName(list[len(list)-1]))
	k, err := inspectKept(name)
	if err != nil || k.Header.BootID != d.boot || k.Header.MergedBy != "" {
		return
	}
	t, _, size, err := load(name)
	if err != nil {
		return
	}
	info, err := os.Stat(name)
	if err != nil {
		return
	}
	d.flash = &flash{path: name, size: size, torn: info.Size() != size, max: d.store.Size}
	for _, e := range t.Events {
		d.last = max(d.last, e.Seq)
	}
	for _, l := range t.Losses {
		d.last = max(d.last, l.To)
	}
}

// Last returns the newest number that is stored; 0: none.
func (d *ShutdownWriter) Last() uint64 { return d.last }

// OnFlash reports whether the next batch goes to flash first.
func (d *ShutdownWriter) OnFlash() bool { return d.flash != nil }

// Write stores a batch. It returns how many of its events and losses could not be stored, and
// why. A black box has the records, but no notes: without a loss, the error says why flash is
// no longer used.
func (d *ShutdownWriter) Write(b *Batch) (lost int, err error) {
	defer func() { d.last = max(d.last, b.last) }()
	list := b.sealed()
	var switchNote []piece
	var failed error // flash, now
	if d.flash != nil {
		var n int
		if n, failed = d.writeFlash(list, b.last > 0); failed == nil {
			return 0, nil
		}
		d.flash, d.flashErr = nil, failed
		list = list[n:]
		switchNote = d.switchNote(list)
	}
	lines, notes := count(list)
	err = d.pmsgErr
	if d.pmsg != nil {
		err = d.pmsg.write(append(switchNote, list...))
	}
	if err != nil {
		return lines, fmt.Errorf("flash: %v; %w", d.flashErr, err)
	}
	if !d.store.Upgrade { // it may not take place, and another shutdown follow
		d.writeLast(max(d.last, b.last))
	}
	if d.store.Box {
		if failed != nil && d.store.Dir != "" {
			err = fmt.Errorf("%w; the black box has the records", failed)
		}
		return notes, err
	}
	return 0, nil
}

// writeFlash writes frames to flash. Once there is a record among them, a shutdown has
// begun, and takes the place of the oldest one; notes alone may be discarded.
func (d *ShutdownWriter) writeFlash(list []piece, records bool) (int, error) {
	if d.store.Dir == "" {
		return 0, errors.New("no directory is configured (shutdown.dir)")
	}
	n, err := d.flash.append(list)
	if n > 0 {
		d.store.Writes.Add(1)
	}
	if n > 0 && records && !d.pruned {
		d.pruned = true
		prune(d.store.Dir, d.store.Keep)
	}
	return n, err
}

// switchNote returns a note with the reason why flash failed. It comes before the frames that
// are now written to pmsg.
func (d *ShutdownWriter) switchNote(list []piece) []piece {
	e := event.Event{Kind: event.KindNote, Text: fmt.Sprintf("flash: %v; continuing in %s", d.flashErr, d.store.Pmsg)}
	if len(list) > 0 {
		e.Time = list[0].time
	}
	b := new(Batch)
	b.Event(&e)
	return b.sealed()
}

// readLast returns the number in the file pmsgLast, false if the file does not exist.
func (d *ShutdownWriter) readLast() (last uint64, ok bool) {
	b, err := os.ReadFile(path(d.store.Fallback, pmsgLast))
	if err != nil {
		return 0, false
	}
	number, ok := strings.CutPrefix(string(b), d.boot+"\n")
	last, _ = strconv.ParseUint(strings.TrimSuffix(number, "\n"), 10, 64)
	return last, ok
}

// writeLast ignores errors: without the file the next daemon would write some lines
// to pmsg again, and their numbers show that.
func (d *ShutdownWriter) writeLast(last uint64) {
	content := fmt.Sprintf("%s\n%d\n", d.boot, last)
	os.WriteFile(path(d.store.Fallback, pmsgLast), []byte(content), 0o600)
}

// Discard removes what is on flash, and closes the device: no shutdown came of it. Lines
// in pmsg stay.
func (d *ShutdownWriter) Discard() error {
	name := path(d.store.Fallback, pmsgLast)
	if d.flash != nil {
		name = d.flash.path
	}
	err := os.Remove(name)
	if errors.Is(err, os.ErrNotExist) {
		err = nil // nothing was written
	}
	return errors.Join(err, d.Close())
}

// Close closes the device.
func (d *ShutdownWriter) Close() error {
	if d.pmsg == nil {
		return nil
	}
	return d.pmsg.file.Close()
}

// prune removes the oldest files until at most keep are left.
func prune(dir string, keep int) error {
	list, err := numbers(dir)
	if err != nil {
		return err
	}
	for len(list) > max(keep, 1) {
		if err := removeKept(dir, list[0]); err != nil {
			return err
		}
		list = list[1:]
	}
	return nil
}
