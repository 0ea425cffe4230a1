// SPDX-License-Identifier: GPL-2.0-only

// Package console reads pstore's copy of what the kernel printed to the console:
//
//	[   54.154220] Signal :: (reboot 696) --[15]--> (procd 1)
//	<6>[   54.154220][    T1] EXT4-fs (vda): re-mounted ro
//
// Stamps and levels may be missing. The beginning may be cut off, and bytes may be
// damaged, as the RAM was without power for a moment. A line is as trustworthy as
// the kernel's log: a process that may write to /dev/kmsg can forge one. A process
// cannot forge a line by its name, because names are escaped.
package console

import (
	"bytes"
	"strconv"
)

// Reader reads a text line by line.
type Reader struct {
	text   []byte // not read yet
	offset int    // of text
	now    uint64 // time of the last line with a good stamp
}

// Line is one line.
type Line struct {
	Exact bool // the time is the line's own stamp; else a lower bound

	offset int
	time   uint64 // ns; 0: unknown
	text   []byte // without stamp
}

const (
	// StampSlack is by how much a stamp may differ from the stamps around it, in
	// ns; with a larger difference it counts as damaged. A line is also printed at
	// most this long after its event.
	StampSlack = uint64(1e9)

	// Fully escaped, a note has 3,500 bytes, and fits into a line of a trail.
	maxNote = 700
)

// NewReader returns a reader for a whole text.
func NewReader(text []byte) *Reader {
	text, _ = TrimECC(text)
	return &Reader{text: text}
}

// TrimECC takes off the line that pstore adds at the end of what it had in RAM:
// persistent_ram_ecc_string() in fs/pstore/ram_core.c. fault is what that line says of
// damage, "" for nothing.
func TrimECC(text []byte) (rest []byte, fault string) {
	i := bytes.LastIndex(text, []byte("\nECC: "))
	if i < 0 || bytes.IndexByte(text[i+1:], '\n') != len(text)-i-2 {
		return text, ""
	}
	if _, blocks, ok := bytes.Cut(text[i:], []byte(" Corrected bytes, ")); ok && !bytes.HasPrefix(blocks, []byte("0 ")) {
		fault = string(bytes.TrimSpace(blocks))
	}
	return text[:i], fault
}

// From returns a reader for the text from an offset on, as returned by Beginning.
func (r *Reader) From(offset int) *Reader {
	return &Reader{text: r.text[offset-r.offset:], offset: offset}
}

// Next returns the next line that is not empty.
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

// trusts reports whether a stamp fits between the last good one and the stamp of the
// next line. It may go back only if the next one does, too.
func (r *Reader) trusts(stamp uint64) bool {
	line, _, _ := bytes.Cut(r.text, []byte("\n"))
	_, next, known := parseStamp(line)
	nextBack := known && next+StampSlack < r.now
	if stamp+StampSlack < r.now {
		return nextBack
	}
	return !known || nextBack || stamp <= next+StampSlack
}

// parseStamp splits a line into its text and, if it has one, its stamp in ns. It
// removes a level and the caller's id (CONFIG_PRINTK_CALLER).
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

// cutGroup cuts off a group in brackets at the beginning, without the blanks at its
// start.
func cutGroup(text []byte, opens, closes byte) (inner, rest []byte, ok bool) {
	if len(text) == 0 || text[0] != opens {
		return nil, text, false
	}
	inner, rest, ok = bytes.Cut(text[1:], []byte{closes})
	return bytes.TrimLeft(inner, " "), rest, ok
}

// isCaller reports whether b is the id of a task or a CPU, as print_caller() in
// kernel/printk/printk.c writes it.
func isCaller(b []byte) bool {
	return len(b) > 0 && (b[0] == 'T' || b[0] == 'C') && isNumber(b[1:])
}

func isNumber(b []byte) bool { return len(b) > 0 && len(bytes.Trim(b, "0123456789")) == 0 }

// parseSeconds parses a stamp as print_time() in kernel/printk/printk.c writes it.
func parseSeconds(b []byte) (ns uint64, ok bool) {
	seconds, micros, _ := bytes.Cut(b, []byte("."))
	if !isNumber(seconds) || !isNumber(micros) || len(micros) != 6 {
		return 0, false
	}
	s, err := strconv.ParseUint(string(seconds), 10, 32)
	us, _ := strconv.ParseUint(string(micros), 10, 32)
	return s*1e9 + us*1e3, err == nil
}
