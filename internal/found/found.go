// SPDX-License-Identifier: GPL-2.0-only

// Package found defines notes on what was found about a record after it was made, and
// writes and parses them. The daemon writes them, to the trail and to the log.
package found

import (
	"math"
	"strconv"
	"strings"

	"sigtrail/internal/event"
)

// Note is what was found about a record. It has one of Sender, Asker, File and Total.
type Note struct {
	Seq    uint64    // the record's number
	Sender []Process // of the record, then its ancestors, as far as found
	Asker  []Process // likewise: a script that may have asked init, then its ancestors
	More   bool      // there are more ancestors than these, or may be
	File   string    // that the program counter of a fault is in
	PC     uint64    // of the fault
	Offset uint64    // in File

	// Of all memory, Total, what tmpfs and shared memory held at a kill of the OOM killer:
	// KiB, which a line has to a tenth of a MiB.
	Shmem, Total uint64
}

// Process is a process with its command line.
type Process struct {
	PID     uint32
	Name    string // of any bytes, at most event.NameMax
	Command string // "": it could not be read, or is another program's by now
}

const (
	// logd takes lines of up to 1024 bytes, with time and tag.
	maxLine    = 700
	maxCommand = 100
)

// Parse recognizes lines by these texts, also in trails of older versions.
const (
	prefix   = "Found :: for record "
	askedBy  = "perhaps asked by "
	child    = " < "
	andMore  = child + cut
	pc       = "pc "
	isOffset = " is offset "
	of       = " of "
	held     = "tmpfs and shared memory held "
	mib      = " MiB"
	cut      = "..."
)

// Append appends the note as a line of the log, of at most 700 bytes:
//
//	Found :: for record 4711: (killall 120) "killall dnsmasq" < (reload.sh 99) "/bin/sh /etc/reload.sh" < (crond 80) "crond -f"
//	Found :: for record 4712: perhaps asked by (httpd 300) "/bin/sh /etc/rc.common /etc/init.d/httpd restart" < (10-httpd 299)
//	Found :: for record 4713: pc 0x10434 is offset 0x434 of /usr/sbin/uhttpd
//	Found :: for record 4714: tmpfs and shared memory held 96.0 of 104.2 MiB
//
// A command is cut after 100 bytes; "< ..." stands for more ancestors.
func (n *Note) Append(b []byte) []byte {
	end := len(b) + maxLine
	b = append(event.AppendUint(append(b, prefix...), n.Seq), ": "...)
	switch {
	case n.File != "":
		b = strconv.AppendUint(append(b, pc+"0x"...), n.PC, 16)
		b = strconv.AppendUint(append(b, isOffset+"0x"...), n.Offset, 16)
		b = append(b, of...)
		return append(b, shortened(event.Escaped(n.File), end-len(b))...)
	case n.Total != 0:
		return append(appendMiB(append(appendMiB(append(b, held...), n.Shmem), of...), n.Total), mib...)
	case len(n.Asker) > 0:
		return appendChain(append(b, askedBy...), end, n.Asker, n.More)
	}
	return appendChain(b, end, n.Sender, n.More)
}

func appendMiB(b []byte, kib uint64) []byte {
	return strconv.AppendFloat(b, float64(kib)/1024, 'f', 1, 64)
}

func parseMiB(s string) (kib uint64) {
	f, _ := strconv.ParseFloat(s, 64)
	return uint64(math.Round(f * 1024))
}

// Chain returns processes as a note has them; more: there are, or may be, more of them.
func Chain(list []Process, more bool) string {
	return string(appendChain(nil, math.MaxInt, list, more))
}

func appendChain(b []byte, end int, chain []Process, more bool) []byte {
	for i, p := range chain {
		room := len(b)
		if i > 0 {
			b = append(b, child...)
		}
		b = event.AppendProcess(b, p.Name, p.PID)
		if p.Command != "" {
			b = append(b, ` "`...)
			b = append(b, shortened(event.Quoted(p.Command), maxCommand)...)
			b = append(b, '"')
		}
		if len(b) > end-len(andMore) {
			b, more = b[:room], true
			break
		}
	}
	if more {
		b = append(b, andMore...)
	}
	return b
}

// shortened cuts an escaped text to at most so many bytes, not within an escape.
func shortened(s string, most int) string {
	if len(s) <= most {
		return s
	}
	most -= len(cut)
	if i := strings.LastIndexByte(s[:most], '\\'); i > most-len(`\x00`) && i >= 0 {
		most = i
	}
	return s[:most] + cut
}

// Parse parses a line written by Append; ok is false for any other.
func Parse(text string) (n Note, ok bool) {
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok {
		return Note{}, false
	}
	// What fails to parse is another line, see the comparison below.
	number, rest, _ := strings.Cut(rest, ": ")
	n.Seq, _ = strconv.ParseUint(number, 10, 64)
	if at, ok := strings.CutPrefix(rest, pc); ok {
		at, rest, _ = strings.Cut(at, isOffset)
		offset, file, _ := strings.Cut(rest, of)
		n.PC, _ = strconv.ParseUint(at, 0, 64)
		n.Offset, _ = strconv.ParseUint(offset, 0, 64)
		n.File, _ = event.Unescape(file)
	} else if memory, ok := strings.CutPrefix(rest, held); ok {
		shmem, total, _ := strings.Cut(strings.TrimSuffix(memory, mib), of)
		n.Shmem, n.Total = parseMiB(shmem), parseMiB(total)
	} else {
		rest, n.More = strings.CutSuffix(rest, andMore)
		if chain, ok := strings.CutPrefix(rest, askedBy); ok {
			n.Asker = parseChain(chain)
		} else {
			n.Sender = parseChain(rest)
		}
	}
	if (n.File != "" || n.Total != 0 || n.Asker != nil || n.Sender != nil) && string(n.Append(nil)) == text {
		return n, true
	}
	return Note{}, false
}

func parseChain(rest string) (chain []Process) {
	for {
		name, pid, after, ok := event.CutProcess(rest)
		if !ok {
			return chain
		}
		p := Process{PID: pid, Name: name}
		if command, quoted := strings.CutPrefix(after, ` "`); quoted {
			command, after, _ = strings.Cut(command, `"`)
			p.Command, _ = event.Unescape(command)
		}
		chain = append(chain, p)
		if rest, ok = strings.CutPrefix(after, child); !ok {
			return chain
		}
	}
}
