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

// Older versions wrote JSON lines: a header, then one line for each event or loss. They are
// read, but no longer written.
const (
	olderCurrent = "trail.jsonl"
	olderBefore  = "trail.old.jsonl"
	olderSuffix  = ".jsonl"
)

// The maximum length of a line, with names and text fully escaped.
const maxLine = 4 << 10

// eachLine calls f for each whole line of r, without its newline. A line of more than maxLine
// bytes is passed as nil. A last line without a newline is incomplete: rest is its length.
func eachLine(r io.Reader, f func(line []byte) error) (rest int, err error) {
	b := bufio.NewReaderSize(r, maxLine)
	for {
		line, err := b.ReadSlice('\n')
		n := len(line)
		long := err == bufio.ErrBufferFull
		for err == bufio.ErrBufferFull {
			line, err = b.ReadSlice('\n')
			n += len(line)
		}
		switch {
		case err == io.EOF:
			return n, nil
		case err != nil:
			return 0, err
		case long:
			line = nil
		default:
			line = line[:len(line)-1]
		}
		if err := f(line); err != nil {
			return 0, err
		}
	}
}

// readOlder reads the trail of a boot that an older version has written in dir, and calls f for
// each event or loss. It returns the boot's id, "" if there is no such trail.
func readOlder(dir string, f func(*item) bool) (bootID string, malformed int, err error) {
	for _, name := range []string{olderBefore, olderCurrent} {
		file, err := os.Open(path(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return bootID, malformed, err
		}
		id, bad, err := olderFile(file, f)
		file.Close()
		if malformed += bad; err != nil {
			return bootID, malformed, fmt.Errorf("%s: %w", file.Name(), err)
		}
		if id != "" { // the file is not empty
			bootID = id
		}
	}
	return bootID, malformed, nil
}

func olderFile(file *os.File, f func(*item) bool) (bootID string, malformed int, err error) {
	first := true
	more := true
	_, err = eachLine(file, func(line []byte) error {
		if first {
			first = false
			head, err := event.DecodeHeader(line)
			bootID = head.BootID
			return err
		}
		var i item
		if i.event, i.loss, err = event.DecodeJSON(line); err != nil {
			malformed++
			return nil
		}
		more = more && f(&i)
		return nil
	})
	return bootID, malformed, err
}

// loadOlder reads a kept file of an older version, as load does.
func loadOlder(f *os.File) (t *event.Trail, malformed int, err error) {
	rest, err := eachLine(io.LimitReader(f, maxKept), func(line []byte) (err error) {
		if t == nil {
			t, err = parseKeptHeader(line)
			return err
		}
		e, l, err := event.DecodeStored(line)
		if err != nil {
			malformed++
			return nil
		}
		addStored(t, &e, l, event.OriginFlash)
		boundStored(t)
		return nil
	})
	if err == nil && t == nil {
		err = errCorrupt
	}
	if err == nil && rest > 0 && t.MergedBy != "" {
		malformed++ // the last line
	}
	return t, malformed, err
}

// olderHeader returns the header of a kept file of an older version, which begins with head.
func olderHeader(head []byte) (*event.Trail, error) {
	line, _, whole := bytes.Cut(head[:min(len(head), maxLine)], []byte("\n"))
	if t, err := parseKeptHeader(line); err == nil && whole {
		return t, nil
	}
	if !whole && len(head) > 0 && len(head) < maxLine && len(bytes.Trim(head, "\x00")) > 0 {
		return nil, fmt.Errorf("%w: its first line is cut short", errCorrupt)
	}
	return nil, corrupt(head, "its first line is not a header: damaged, or of a newer version")
}

// beginnings are how lines of an older daemon begin: a header, an event, a note, a loss.
var beginnings = [...][]byte{[]byte(`{"boot_id":`), []byte(`{"seq":`), []byte(`{"time":`), []byte(`{"kind":`)}

// eachOlderInPmsg calls head or one for each line of an older daemon. Lines of others are
// skipped.
func eachOlderInPmsg(text []byte, head func(*event.Trail), one func(*event.Event, event.Loss)) {
	for len(text) > 0 {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		text = rest
		if !whole { // the ring's end
			continue
		}
		h, e, l, ok := parsePmsgLine(bytes.Trim(line, "\x00\r"))
		switch {
		case !ok:
		case h != nil:
			head(h)
		default:
			one(&e, l)
		}
	}
}

// parsePmsgLine returns the header, or else the event or loss, with which a line ends.
// Another program may have written before it, without a newline: any bytes.
func parsePmsgLine(line []byte) (head *event.Trail, e event.Event, l event.Loss, ok bool) {
	// None of them is inside of such a line: quotes in a text are escaped.
	begin := -1
	for _, b := range beginnings {
		begin = max(begin, bytes.LastIndex(line, b))
	}
	if begin < 0 {
		return nil, e, l, false
	}
	line = line[begin:]
	if head, err := parseKeptHeader(line); err == nil && head.BootID != "" {
		return head, e, l, true
	}
	e, l, err := event.DecodeStored(line)
	return nil, e, l, err == nil
}
