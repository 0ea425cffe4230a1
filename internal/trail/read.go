// SPDX-License-Identifier: GPL-2.0-only

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

// state describes a file of the trail.
type state struct {
	foreign bool   // from another boot, or not a trail
	size    int64  // up to the end of the last whole line; 0: no file
	last    uint64 // newest number; 0: none
}

// inspect reads a file's first line and its end.
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
		return state{}, nil // its first line is incomplete
	}
	if err != nil || string(first) != want {
		return state{foreign: true}, nil
	}
	// Only the last lines are needed.
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
	// The file cannot be continued if it has lines, but none of ours.
	s.foreign = !ours && size > int64(len(want)) && s.size != int64(len(want))
	return s, nil
}

// Read reads the trail in dir, oldest line first, and calls onEvent or onLoss for
// each line. Each number is read once, even if the files are rotated meanwhile; a
// note has no number, and may be read twice then. Read returns the boot id and the
// number of malformed lines; an incomplete last line is not counted. Without a trail
// the error is fs.ErrNotExist.
func Read(dir string, onEvent func(event.Event) error, onLoss func(event.Loss) error) (bootID string, malformed int, err error) {
	// Current is opened first. If it is rotated now, it is read twice, but not
	// missed.
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

// ReadBoot returns the trail in dir. Its clocks are zero: the running kernel has
// them. malformed and errors are as for Read.
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
// offset after it. A line of more than maxLine bytes is passed as nil. A last line
// without a newline is incomplete, and skipped.
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
