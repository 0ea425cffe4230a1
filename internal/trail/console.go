// SPDX-License-Identifier: GPL-2.0

package trail

import (
	"bytes"
	"strconv"
)

// console reads what the kernel printed, from pstore's copy of the console:
//
//	[   54.154220] Signal :: (reboot 696) --[15]--> (procd 1)
//	<6>[   54.154220][    T1] EXT4-fs (vda): re-mounted ro
//
// Stamps and levels may be missing. The text may be cut at its beginning, and
// have garbage in it, as memory without power forgets. A line is believed as far
// as the kernel's log is: who may write to /dev/kmsg can forge one; a process
// cannot by its name, which is escaped.
type console struct {
	text   []byte // what is still to be read
	offset int    // of text
	now    uint64 // time of the last line whose stamp was good
}

// consoleLine is one line of it.
type consoleLine struct {
	offset int
	time   uint64 // ns; 0: not known
	exact  bool   // the line's own; else it is no earlier
	text   []byte // without stamp
}

const (
	// A stamp is garbage that is off by more than this from those around it.
	// The stamp of a line is also no later than this behind its event.
	stampSlack = uint64(1e9)

	// All escaped, a note fits into a line of a trail.
	maxNote = 700
)

func readConsole(text []byte) *console {
	// What pstore adds at the end, see persistent_ram_ecc_string() in
	// fs/pstore/ram_core.c.
	if i := bytes.LastIndex(text, []byte("\nECC: ")); i >= 0 && bytes.IndexByte(text[i+1:], '\n') == len(text)-i-2 {
		text = text[:i]
	}
	return &console{text: text}
}

// from goes on from an offset.
func (c *console) from(offset int) *console {
	return &console{text: c.text[offset-c.offset:], offset: offset}
}

// next returns the next line that has a text.
func (c *console) next() (l consoleLine, ok bool) {
	for len(c.text) > 0 {
		l.offset = c.offset
		line, rest, _ := bytes.Cut(c.text, []byte("\n"))
		c.offset += len(c.text) - len(rest)
		c.text = rest
		var stamp uint64
		var stamped bool
		if l.text, stamp, stamped = parseStamp(line); len(l.text) == 0 {
			continue
		}
		if l.exact = stamped && c.trusts(stamp); l.exact {
			c.now = stamp
		}
		l.time = c.now
		return l, true
	}
	return l, false
}

// trusts reports whether a stamp fits between the last good one and that of the
// line after it. It may go back only where the next one does so, too.
func (c *console) trusts(stamp uint64) bool {
	line, _, _ := bytes.Cut(c.text, []byte("\n"))
	_, next, known := parseStamp(line)
	nextBack := known && next+stampSlack < c.now
	if stamp+stampSlack < c.now {
		return nextBack
	}
	return !known || nextBack || stamp <= next+stampSlack
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
