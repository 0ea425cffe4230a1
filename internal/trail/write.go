// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"fmt"
	"os"

	"sigtrail/internal/event"
)

// Writer appends to the trail of the running boot. It is for one goroutine.
type Writer struct {
	dir     string
	bootID  string
	fileMax int64    // bytes in each of the two files
	lock    *os.File // the directory
	file    *os.File // nil if it could not be created
	size    int64    // of file
	last    uint64
	buf     []byte
}

// Open opens the trail in dir, of at most size bytes, to append to it. An incomplete
// last line is removed. A trail of another boot is replaced. The error wraps
// ErrLocked if another process has the trail open.
func Open(dir, bootID string, size int64) (*Writer, error) {
	if err := checkBootID(bootID); err != nil {
		return nil, err
	}
	lock, err := lock(dir)
	if err != nil {
		return nil, err
	}
	w := &Writer{dir: dir, bootID: bootID, fileMax: size / 2, lock: lock}
	if err := w.resume(); err != nil {
		w.Close()
		return nil, fmt.Errorf("trail: %w", err)
	}
	return w, nil
}

// resume continues an existing trail of this boot, or begins a new one.
func (w *Writer) resume() error {
	old, err := inspect(path(w.dir, Old), w.bootID)
	if err != nil {
		return err
	}
	current, err := inspect(path(w.dir, Current), w.bootID)
	if err != nil {
		return err
	}
	// The old file counts without a current one, too: the process can be killed
	// between the two steps of a rotation.
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

// Reset deletes the trail and begins a new one.
func (w *Writer) Reset() error {
	if err := os.Remove(path(w.dir, Old)); err != nil && !os.IsNotExist(err) {
		return err
	}
	w.last = 0
	return w.create()
}

// create makes an empty current file, and replaces an existing one.
func (w *Writer) create() error {
	if w.file != nil {
		w.file.Close()
		w.file = nil
	}
	// Remove it first: it might be a link.
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

// Last returns the newest number in the trail, of an event or a loss; 0: none.
func (w *Writer) Last() uint64 { return w.last }

// SetSize changes the maximum size, in bytes.
func (w *Writer) SetSize(size int64) { w.fileMax = size / 2 }

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

// append writes the whole line in buf, or nothing.
func (w *Writer) append(seq uint64) error {
	if w.file == nil || w.size+int64(len(w.buf)) > w.fileMax {
		if err := w.rotate(); err != nil {
			return fmt.Errorf("trail: %w", err)
		}
	}
	n, err := w.file.Write(w.buf)
	if err != nil {
		if n > 0 { // no space for the whole line
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
