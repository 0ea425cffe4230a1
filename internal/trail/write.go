// SPDX-License-Identifier: GPL-2.0

package trail

import (
	"fmt"
	"os"

	"sigtrail/internal/event"
)

// Writer appends to the trail of the running boot. It is for one goroutine.
type Writer struct {
	dir    string
	bootID string
	half   int64    // bytes that a file may have
	lock   *os.File // the directory
	file   *os.File // nil if it could not be made anew
	size   int64    // of file
	last   uint64
	buf    []byte
}

// Open opens the trail in dir, bounded to size bytes, to go on with it: a last
// line that was cut short is cut off. A trail of another boot is replaced. The
// error wraps ErrLocked if another process has the trail open.
func Open(dir, bootID string, size int64) (*Writer, error) {
	if err := checkBootID(bootID); err != nil {
		return nil, err
	}
	lock, err := lock(dir)
	if err != nil {
		return nil, err
	}
	w := &Writer{dir: dir, bootID: bootID, half: size / 2, lock: lock}
	if err := w.resume(); err != nil {
		w.Close()
		return nil, fmt.Errorf("trail: %w", err)
	}
	return w, nil
}

// resume finds out what is there: nothing, a trail to go on with, or one that
// is not of this boot.
func (w *Writer) resume() error {
	old, err := inspect(path(w.dir, Old), w.bootID)
	if err != nil {
		return err
	}
	current, err := inspect(path(w.dir, Current), w.bootID)
	if err != nil {
		return err
	}
	// Without the current file the old one still counts: between the two
	// steps of a rotation a process can be killed.
	if old.foreign || current.foreign {
		return w.Reset()
	}
	w.last = max(old.last, current.last)
	if current.size == 0 {
		return w.create()
	}
	if w.file, err = os.OpenFile(path(w.dir, Current), os.O_WRONLY|os.O_APPEND, 0); err != nil {
		return err
	}
	w.size = current.size
	return w.file.Truncate(w.size)
}

// Reset throws the trail away and begins it anew.
func (w *Writer) Reset() error {
	if err := os.Remove(path(w.dir, Old)); err != nil && !os.IsNotExist(err) {
		return err
	}
	w.last = 0
	return w.create()
}

// create makes an empty current file in place of what is there.
func (w *Writer) create() error {
	if w.file != nil {
		w.file.Close()
		w.file = nil
	}
	// The name is freed first: what stands there might be a link.
	if err := os.Remove(path(w.dir, Current)); err != nil && !os.IsNotExist(err) {
		return err
	}
	f, err := os.OpenFile(path(w.dir, Current), os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	n, err := f.WriteString(header(w.bootID))
	if err != nil {
		f.Close()
		return err
	}
	w.file, w.size = f, int64(n)
	return nil
}

// Last returns the newest number in the trail, of an event or a loss, 0 for
// none.
func (w *Writer) Last() uint64 { return w.last }

// SetSize changes the bound, in bytes.
func (w *Writer) SetSize(size int64) { w.half = size / 2 }

// Event appends an event.
func (w *Writer) Event(e event.Event) error {
	w.buf = append(e.AppendJSON(w.buf[:0]), '\n')
	return w.append(e.Seq)
}

// Loss appends a loss.
func (w *Writer) Loss(l event.Loss) error {
	w.buf = append(l.AppendJSON(w.buf[:0]), '\n')
	return w.append(l.To)
}

// append writes the line in buf, whole or not at all.
func (w *Writer) append(seq uint64) error {
	if w.file == nil || w.size+int64(len(w.buf)) > w.half {
		if err := w.rotate(); err != nil {
			return fmt.Errorf("trail: %w", err)
		}
	}
	n, err := w.file.Write(w.buf)
	if err != nil {
		if n > 0 { // no space for all of it
			w.file.Truncate(w.size)
		}
		return fmt.Errorf("trail: %w", err)
	}
	w.size += int64(n)
	w.last = max(w.last, seq)
	return nil
}

func (w *Writer) rotate() error {
	if w.file != nil {
		if err := os.Rename(path(w.dir, Current), path(w.dir, Old)); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return w.create()
}

// Close closes the trail.
func (w *Writer) Close() error {
	var err error
	if w.file != nil {
		err = w.file.Close()
	}
	w.lock.Close()
	return err
}
