// SPDX-License-Identifier: GPL-2.0

// Package console reads what the kernel printed, from pstore's copy of the console:
//
//	[   54.154220] Signal :: (reboot 696) --[15]--> (procd 1)
//	<6>[   54.154220][    T1] EXT4-fs (vda): re-mounted ro
//
// Stamps and levels may be missing. The text may be cut at its beginning, and
// have garbage in it, as memory without power forgets. A line is believed as far
// as the kernel's log is: who may write to /dev/kmsg can forge one; a process
// cannot by its name, which is escaped.
package console

import (
	"bytes"
	"strconv"
)

// Reader reads a text line by line.
type Reader struct {
	text   []byte // what is still to be read
	offset int    // of text
	now    uint64 // time of the last line whose stamp was good
}

// Line is one line of it.
type Line struct {
	Exact bool // the time is the line's own; else it is no earlier

	offset int
	time   uint64 // ns; 0: not known
	text   []byte // without stamp
}

const (
	// StampSlack is by how much a stamp may be off from those around it, in ns: one
	// that is off by more is garbage. The stamp of a line is also no later than
	// this behind its event.
	StampSlack = uint64(1e9)

	// All escaped, a note takes 3,500 bytes, and so fits into a line of a trail.
	maxNote = 700
)

// NewReader returns one for a whole text.
func NewReader(text []byte) *Reader {
	// What pstore adds at the end, see persistent_ram_ecc_string() in
	// fs/pstore/ram_core.c.
	if i := bytes.LastIndex(text, []byte("\nECC: ")); i >= 0 && bytes.IndexByte(text[i+1:], '\n') == len(text)-i-2 {
		text = text[:i]
	}
	return &Reader{text: text}
}

// From returns one for what follows an offset, as Beginning returns it.
func (r *Reader) From(offset int) *Reader {
	return &Reader{text: r.text[offset-r.offset:], offset: offset}
}

// Next returns the next line that has a text.
func (r *Reader) Next() (l Line, ok bool) {
	for len(r.text) > 0 {
		l.offset = r.offset
		line, rest, _ := bytes.Cut(r.text, []byte("\n"))
		r.offset += len(r.text) - len(rest)
		r.text = rest
		var stamp uint64
		var stamped bool
		if l.text, stamp, stamped = parseStamp(line); len(l.text) == 0 {
			continue
		}
		if l.Exact = stamped && r.trusts(stamp); l.Exact {
			r.now = stamp
		}
		l.time = r.now
		return l, true
	}
	return l, false
}

// trusts reports whether a stamp fits between the last good one and that of the
// line after it. It may go back only where the next one does so, too.
func (r *Reader) trusts(stamp uint64) bool {
	line, _, _ := bytes.Cut(r.text, []byte("\n"))
	_, next, known := parseStamp(line)
	nextBack := known && next+StampSlack < r.now
	if stamp+StampSlack < r.now {
		return nextBack
	}
	return !known || nextBack || stamp <= next+StampSlack
}

// parseStamp splits a line into its text and, if it has one, its stamp in ns. A
// level and the caller's id (CONFIG_PRINTK_CALLER) are left out.
func parseStamp(line []byte) (text []byte, stamp uint64, ok bool) {
	text = bytes.Trim(line, "\x00\r")
	if level, rest, found := cutGroup(text, '<', '>'); found && len(level) <= 3 && isNumber(level) {
		text = rest
	}
	if seconds, rest, found := cutGroup(text, '[', ']'); found {
		if stamp, ok = parseSeconds(seconds); ok {
			text = rest
		}
	}
	if caller, rest, found := cutGroup(text, '[', ']'); found && isCaller(caller) {
		text = rest
	}
	if len(text) != len(line) {
		text = bytes.TrimPrefix(text, []byte(" "))
	}
	return text, stamp, ok
}

// cutGroup cuts what stands in brackets at the beginning, and the blanks before
// it.
func cutGroup(text []byte, opens, closes byte) (inner, rest []byte, ok bool) {
	if len(text) == 0 || text[0] != opens {
		return nil, text, false
	}
	inner, rest, ok = bytes.Cut(text[1:], []byte{closes})
	return bytes.TrimLeft(inner, " "), rest, ok
}

// isCaller reports whether b is the id of a task or a CPU, as print_caller() of
// kernel/printk/printk.c writes it.
func isCaller(b []byte) bool {
	return len(b) > 0 && (b[0] == 'T' || b[0] == 'C') && isNumber(b[1:])
}

func isNumber(b []byte) bool { return len(b) > 0 && len(bytes.Trim(b, "0123456789")) == 0 }

// parseSeconds parses a stamp as print_time() of kernel/printk/printk.c writes it.
func parseSeconds(b []byte) (ns uint64, ok bool) {
	seconds, micros, _ := bytes.Cut(b, []byte("."))
	if !isNumber(seconds) || !isNumber(micros) || len(micros) != 6 {
		return 0, false
	}
	s, err := strconv.ParseUint(string(seconds), 10, 32)
	us, _ := strconv.ParseUint(string(micros), 10, 32)
	return s*1e9 + us*1e3, err == nil
}
