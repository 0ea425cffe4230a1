// SPDX-License-Identifier: GPL-2.0

package trail

import (
	"bytes"
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
	Dir   string // on flash; "" for none
	Keep  int    // files at the most
	Size  int64  // bytes that each may have
	Spare string // the running boot's directory: gets what Dir does not take
	Pmsg  string // pstore's device for user space, which goes on where Dir ends

	Writes *atomic.Uint64 // counts each writing to flash
}

// pmsgLast is a file in the spare directory. It stands there once flash is over,
// and has the newest number that pmsg got, as that cannot be read back: header,
// then the number.
const pmsgLast = "pmsg.last"

// Shutdown stores what comes from the beginning of shutdown on: on flash as long
// as that takes it, then for good in pmsg. Each line goes to one of them, once.
// It is for one goroutine.
type Shutdown struct {
	store Store
	boot  string
	last  uint64
	flash *flash // nil: it is over
	over  error  // why
	pmsg  *pmsg  // nil: there is none
	none  error  // why
}

// Begin begins to store a shutdown, or goes on where the same boot's stopped. The
// header has the boot's id, the daemon's pid and the clocks. Nothing is written
// before there is something to write.
func (s Store) Begin(head event.Trail) *Shutdown {
	line := append(head.AppendHeader(nil), '\n')
	d := &Shutdown{store: s, boot: head.BootID}
	// Now, as long as devices can be opened.
	d.pmsg, d.none = openPmsg(s.Pmsg, line)
	if last, ok := d.readLast(); ok {
		d.last, d.over = last, errors.New("given up before")
		return d
	}
	d.flash = &flash{path: path(s.Dir, keptName(nextNumber(s.Dir, s.Spare))), head: line, max: s.Size}
	d.resume()
	return d
}

// resume looks whether the newest file is this boot's. What cannot be read is
// not: writing will tell why.
func (d *Shutdown) resume() {
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

// Last returns the newest number that is stored, 0 for none.
func (d *Shutdown) Last() uint64 { return d.last }

// OnFlash reports whether the next batch is tried there first.
func (d *Shutdown) OnFlash() bool { return d.flash != nil }

// Write stores a batch. It returns how many lines found no place, and why.
func (d *Shutdown) Write(b *Batch) (lost int, err error) {
	defer func() { d.last = max(d.last, b.last) }()
	lines := b.lines
	var farewell []byte
	if d.flash != nil {
		n, err := d.writeFlash(lines)
		if err == nil {
			return 0, nil
		}
		d.flash, d.over = nil, err
		lines = lines[n:]
		farewell = d.farewell(lines)
	}
	err = d.none
	if d.pmsg != nil {
		err = d.pmsg.write(append(farewell, lines...))
	}
	if err != nil {
		return bytes.Count(lines, []byte("\n")), fmt.Errorf("flash: %v; %w", d.over, err)
	}
	d.writeLast(max(d.last, b.last))
	return 0, nil
}

func (d *Shutdown) writeFlash(lines []byte) (int, error) {
	if d.store.Dir == "" {
		return 0, errors.New("no directory is configured")
	}
	created := d.flash.size == 0
	n, err := d.flash.append(lines)
	if n > 0 {
		d.store.Writes.Add(1)
	}
	if n > 0 && created {
		prune(d.store.Dir, d.store.Keep)
	}
	return n, err
}

// farewell is a note on why flash is over, ahead of the lines that it did not
// take.
func (d *Shutdown) farewell(lines []byte) []byte {
	e := event.Event{Kind: event.KindNote, Time: firstTime(lines), Text: fmt.Sprintf("flash: %v; going on in %s", d.over, d.store.Pmsg)}
	return append(e.AppendStored(nil), '\n')
}

// readLast returns what stands in the file pmsgLast, false if it is not there.
func (d *Shutdown) readLast() (last uint64, ok bool) {
	b, err := os.ReadFile(path(d.store.Spare, pmsgLast))
	if err != nil {
		return 0, false
	}
	number, ok := strings.CutPrefix(string(b), header(d.boot))
	last, _ = strconv.ParseUint(strings.TrimSuffix(number, "\n"), 10, 64)
	return last, ok
}

// writeLast does without what does not work: the next daemon would tell pmsg some
// lines again, and their numbers give that away.
func (d *Shutdown) writeLast(last uint64) {
	content := fmt.Sprintf("%s%d\n", header(d.boot), last)
	os.WriteFile(path(d.store.Spare, pmsgLast), []byte(content), 0o600)
}

// Close closes the device.
func (d *Shutdown) Close() error {
	if d.pmsg == nil {
		return nil
	}
	return d.pmsg.file.Close()
}

// prune removes the oldest files, so that no more than keep are there.
func prune(dir string, keep int) error {
	list, err := numbers(dir)
	if err != nil {
		return err
	}
	for len(list) > max(keep, 1) {
		if err := os.Remove(path(dir, keptName(list[0]))); err != nil {
			return err
		}
		list = list[1:]
	}
	return nil
}
