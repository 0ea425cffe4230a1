// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"io"
	"os"
	"syscall"
	"unsafe"

	"sigtrail/internal/event"
	"sigtrail/internal/frame"
)

// Frames of the running boot's trail have at most about so many bytes, by the size of a
// segment.
const (
	minFrame = 256
	maxFrame = 4 << 10
)

// Frames that continue each other have about so many bytes: a damaged one costs all that
// continue it.
const maxChain = 16 << 10

// part writes a part of the running boot's trail.
type part struct {
	dir, name string
	header    []byte
	segment   int64 // size of a segment
	keep      int   // segments

	numbers []int    // of the segments, the oldest first
	file    *os.File // the newest one; nil if there is none
	size    int64    // of file
	whole   int64    // where its last frame begins that continues none
	encoder frame.Encoder
	lines   int   // in encoder, not written yet
	failed  int   // lines that were not written, since the last flush
	err     error // why
}

func (p *part) limit() int { return min(maxFrame, max(minFrame, int(p.segment/16))) }

// resume continues a segment, which has this state.
func (p *part) resume(s state) error {
	file, err := os.OpenFile(path(p.dir, segmentName(p.name, p.numbers[len(p.numbers)-1])), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	p.file, p.size, p.whole = file, s.size, s.size
	return file.Truncate(s.size)
}

// prepare opens a frame for the next event or loss, in a new segment if it may not fit. upTo
// is what is stored before it.
func (p *part) prepare(upTo uint64) {
	if p.encoder.Full(p.limit()) {
		p.encoder.Seal(upTo)
	}
	// An event is hardly larger than the limit.
	if !p.encoder.Open() && (p.file == nil || p.size+int64(len(p.encoder.Buf)+2*p.limit()) > p.segment) {
		p.write()
		if err := p.rotate(); err != nil {
			p.err = err
		}
	}
	if at := p.size + int64(len(p.encoder.Buf)); !p.encoder.Open() && at-p.whole >= maxChain {
		p.encoder.Restart()
		p.whole = at
	}
	p.lines++
}

func (p *part) event(e *event.Event, upTo uint64) {
	if p.encoder.Steps(e) {
		p.encoder.Seal(upTo)
	}
	p.prepare(upTo)
	p.encoder.Event(e)
}

func (p *part) loss(l event.Loss, upTo uint64) {
	p.prepare(upTo)
	p.encoder.Loss(l)
}

// flush writes what is not yet written, and returns how many events and losses could not be.
func (p *part) flush(upTo uint64) (failed int, err error) {
	p.encoder.Seal(upTo)
	p.write()
	failed, err = p.failed, p.err
	p.failed, p.err = 0, nil
	return failed, err
}

// write writes all frames, or nothing. It counts what failed.
func (p *part) write() {
	b := p.encoder.Buf
	if p.encoder.Buf = b[:0]; len(b) == 0 {
		return
	}
	err := os.ErrClosed
	if p.file != nil {
		var n int
		if n, err = writeRaw(p.file, b); err == nil {
			p.size += int64(n)
		} else if n > 0 { // no space for all
			p.file.Truncate(p.size)
		}
	}
	if err != nil {
		p.encoder.Restart() // what comes next cannot continue it
		p.whole = p.size
		p.failed += p.lines
		if p.err == nil {
			p.err = err
		}
	}
	p.lines = 0
}

// writeRaw writes to a file on tmpfs, which does not wait for anything. So Go's scheduler need
// not watch it: on a small router that takes longer than the write.
func writeRaw(f *os.File, b []byte) (n int, err error) {
	for n < len(b) {
		done, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, f.Fd(), uintptr(unsafe.Pointer(&b[n])), uintptr(len(b)-n))
		switch {
		case errno == syscall.EINTR:
			done = 0
		case errno != 0:
			return n, &os.PathError{Op: "write", Path: f.Name(), Err: errno}
		case done == 0:
			return n, io.ErrShortWrite
		}
		n += int(done)
	}
	return n, nil
}

// rotate begins a new segment, and removes the oldest ones.
func (p *part) rotate() error {
	next := 1
	if n := len(p.numbers); n > 0 {
		next = p.numbers[n-1] + 1
	}
	if err := p.reduce(p.keep-1, 0); err != nil {
		return err
	}
	return p.create(next)
}

// reduce removes the oldest segments until there are at most n, with the bytes of n. At
// least so many stay. Segments may be of a time when they could be larger.
func (p *part) reduce(n, least int) error {
	total := int64(0)
	sizes := make([]int64, len(p.numbers))
	for i, number := range p.numbers {
		if info, err := os.Stat(path(p.dir, segmentName(p.name, number))); err == nil {
			sizes[i] = info.Size()
			total += sizes[i]
		}
	}
	for len(p.numbers) > least && (len(p.numbers) > n || total > p.segment*int64(n)) {
		if err := remove(path(p.dir, segmentName(p.name, p.numbers[0]))); err != nil {
			return err
		}
		total -= sizes[0]
		p.numbers, sizes = p.numbers[1:], sizes[1:]
	}
	if len(p.numbers) == 0 {
		p.encoder.Restart()
		p.close()
	}
	return nil
}

// create makes a segment.
func (p *part) create(number int) error {
	p.encoder.Restart()
	p.close()
	name := path(p.dir, segmentName(p.name, number))
	// Remove it first: it might be a link.
	if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	n, err := f.Write(p.header)
	if err != nil {
		f.Close()
		os.Remove(name)
		return err
	}
	p.numbers = append(p.numbers, number)
	p.file, p.size, p.whole = f, int64(n), int64(n)
	return nil
}

func (p *part) close() (err error) {
	if p.file != nil {
		err = p.file.Close()
		p.file, p.size = nil, 0
	}
	return err
}
