// SPDX-License-Identifier: GPL-2.0

package trail

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"sigtrail/internal/event"
)

// state is what a file of the trail holds.
type state struct {
	foreign bool   // of another boot, or no trail at all
	size    int64  // up to the end of the last whole line; 0: no file
	last    uint64 // newest number, 0 for none
}

// inspect looks at a file's first line and at its end.
func inspect(path, bootID string) (state, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return state{}, nil
	}
	if err != nil {
		return state{}, err
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return state{}, err
	}
	want := header(bootID)
	first := make([]byte, len(want))
	n, err := f.ReadAt(first, 0)
	if err == io.EOF && want[:n] == string(first[:n]) {
		return state{}, nil // the making of it was cut short
	}
	if err != nil || string(first) != want {
		return state{foreign: true}, nil
	}
	// The last lines; what is before them need not be read.
	start := max(int64(len(want)), size-4*maxLine)
	tail := make([]byte, size-start)
	if _, err := f.ReadAt(tail, start); err != nil {
		return state{}, err
	}
	end := bytes.LastIndexByte(tail, '\n') + 1
	s := state{size: start + int64(end)}
	ours := false
	for end > 0 {
		line := tail[:end-1]
		end = bytes.LastIndexByte(line, '\n') + 1
		if e, l, err := event.DecodeJSON(line[end:]); err == nil {
			ours = true
			if s.last = max(e.Seq, l.To); s.last > 0 { // a note has no number
				return s, nil
			}
		}
	}
	// With lines, but none of ours among them, it cannot be gone on with.
	s.foreign = !ours && size > int64(len(want)) && s.size != int64(len(want))
	return s, nil
}

// Read reads the trail in dir, oldest line first, and calls onEvent or onLoss
// for each. A number is told once, also if the files are rotated meanwhile; a
// note has none, and may be told twice then. It returns the boot's id and how many lines were malformed; a last line that is
// cut short is none. Without a trail the error is fs.ErrNotExist.
func Read(dir string, onEvent func(event.Event) error, onLoss func(event.Loss) error) (bootID string, malformed int, err error) {
	// Current first: if it becomes the old one now, it is read twice, not never.
	current, err := os.Open(path(dir, Current))
	if err == nil {
		defer current.Close()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", 0, fmt.Errorf("trail: %w", err)
	}
	old, errOld := os.Open(path(dir, Old))
	if errOld == nil {
		defer old.Close()
	} else if current == nil {
		return "", 0, fmt.Errorf("trail: %w", err)
	}
	r := reader{onEvent: onEvent, onLoss: onLoss}
	for _, f := range []*os.File{old, current} {
		if f == nil {
			continue
		}
		if err := r.read(f); err != nil {
			return r.bootID, r.malformed, fmt.Errorf("trail %s: %w", f.Name(), err)
		}
	}
	return r.bootID, r.malformed, nil
}

// ReadBoot reads the trail in dir as one. Its clocks are zero: the kernel part
// has them, as long as that boot runs. malformed and errors are as Read has them.
func ReadBoot(dir string) (t *event.Trail, malformed int, err error) {
	t = new(event.Trail)
	t.BootID, malformed, err = Read(dir, func(e event.Event) error {
		t.Events = append(t.Events, e)
		return nil
	}, func(l event.Loss) error {
		t.Losses = append(t.Losses, l)
		return nil
	})
	if err != nil {
		return nil, malformed, err
	}
	return t, malformed, nil
}

// eachLine calls f for each whole line of r, without its newline, and with the
// offset behind it. One of more than maxLine bytes is told as nil. A last line
// without a newline is cut short, and not told.
func eachLine(r io.Reader, f func(line []byte, end int64) error) error {
	b := bufio.NewReaderSize(r, maxLine)
	end := int64(0)
	for {
		line, err := b.ReadSlice('\n')
		end += int64(len(line))
		long := err == bufio.ErrBufferFull
		for err == bufio.ErrBufferFull {
			line, err = b.ReadSlice('\n')
			end += int64(len(line))
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case long:
			line = nil
		default:
			line = line[:len(line)-1]
		}
		if err := f(line, end); err != nil {
			return err
		}
	}
}

type reader struct {
	onEvent   func(event.Event) error
	onLoss    func(event.Loss) error
	bootID    string
	last      uint64
	malformed int
}

func (r *reader) read(f io.Reader) error {
	first := true
	return eachLine(f, func(line []byte, _ int64) error {
		if !first {
			return r.line(line)
		}
		first = false
		head, err := event.DecodeHeader(line)
		r.bootID = head.BootID
		return err
	})
}

func (r *reader) line(line []byte) error {
	e, l, err := event.DecodeJSON(line)
	if err == nil && e.Kind == event.KindNote {
		return r.onEvent(e)
	}
	seq := max(e.Seq, l.To)
	if err != nil || seq <= r.last {
		if err != nil {
			r.malformed++
		}
		return nil
	}
	r.last = seq
	if l.To != 0 {
		return r.onLoss(l)
	}
	return r.onEvent(e)
}
