// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"sigtrail/internal/console"
	"sigtrail/internal/event"
)

// Record is a part of the kernel's log that the kernel stored in pstore at a panic or
// an oops. Backends with small records (EFI, ERST) divide it into several files.
type Record struct {
	Name  string // of its newest file
	Wall  int64  // the file's time: when it was written, in ns since 1970; 0: unknown
	Copy  bool   // of a copy, which may have a time of its own: Wall shows nothing
	Sum   uint32 // of that file
	Text  []byte // without the lines that pstore adds
	Fault string // what of it cannot be read, and why; "": nothing

	reason string // as in "Panic#2 Part1"; "": unknown
	count  int
	part   int
}

// Bounds of what is read, so that a pstore full of records does not need much memory.
const (
	maxRecords     = 64        // files, the newest first
	maxRecordsText = 1 << 20   // of all together, about
	maxRecordText  = 128 << 10 // of each the end
	maxRecordFile  = 512 << 10 // of each the beginning
)

// readRecords reads the records in dir, the oldest first. Their files are named by all
// backends as dmesg-BACKEND-ID, with .enc.z if they are compressed (pstore_mkfile() in
// fs/pstore/inode.c). The error is about files that cannot be read.
func readRecords(dir string) ([]Record, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("pstore: %w", err)
	}
	read := readTimes(dir, entries)
	type found struct {
		name string
		at   time.Time
	}
	var files []found
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "dmesg-") || !e.Type().IsRegular() {
			continue
		}
		info, failed := e.Info()
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("pstore: %w", failed))
			continue
		}
		files = append(files, found{e.Name(), info.ModTime()})
	}
	sort.SliceStable(files, func(i, j int) bool { return files[i].at.After(files[j].at) })
	files = files[:min(len(files), maxRecords)]
	var list []Record
	total := 0
	for _, f := range files {
		if total > maxRecordsText {
			break // the older ones
		}
		r, failed := readRecord(path(dir, f.name))
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("pstore: %w", failed))
			continue
		}
		r.Name = f.name
		if wall := f.at.UnixNano(); !slices.ContainsFunc(read, func(t time.Time) bool { return f.at.Sub(t).Abs() < sameTime }) {
			if e := (event.Event{Wall: wall}); !e.WallUnset() {
				r.Wall = wall
			}
		}
		list = append(list, r)
		total += len(r.Text)
	}
	return joinParts(list), err
}

// A file without a time of its own has the time at which this boot read it, to within
// so much.
const sameTime = 2 * time.Second

// readTimes returns when this boot read pstore: the directory has that time, and so have
// files that have none in pstore (pstore_get_inode() in fs/pstore/inode.c).
func readTimes(dir string, entries []fs.DirEntry) (read []time.Time) {
	if info, err := os.Stat(dir); err == nil {
		read = append(read, info.ModTime())
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "console-") || strings.HasPrefix(e.Name(), "pmsg-") {
			if info, err := e.Info(); err == nil {
				read = append(read, info.ModTime())
			}
		}
	}
	return read
}

func readRecord(name string) (r Record, err error) {
	f, err := os.Open(name)
	if err != nil {
		return r, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxRecordFile))
	if err != nil {
		return r, err
	}
	r.Sum = crc32.ChecksumIEEE(b)
	b, r.Fault = console.TrimECC(b)
	if strings.HasSuffix(name, ".z") {
		var fault string
		b, fault = inflate(b)
		r.Fault = cmp.Or(fault, r.Fault)
	}
	b = r.header(b)
	if len(bytes.Trim(b, "\x00\r\n ")) == 0 {
		r.Fault = cmp.Or(r.Fault, "it is empty")
	}
	r.Text = bytes.Clone(b[max(0, len(b)-maxRecordText):])
	return r, nil
}

var (
	// pstore_dump() in fs/pstore/platform.c
	partLine = regexp.MustCompile(`^([A-Z][a-z]+)#(\d+) Part(\d+)$`)
	// psz_kmsg_read() in fs/pstore/zone.c
	totalLine = regexp.MustCompile(`^([A-Z][a-z]+): Total (\d+) times$`)
)

// header takes off the lines that pstore puts ahead.
func (r *Record) header(b []byte) []byte {
	line, rest := cutLine(b)
	if totalLine.Match(line) {
		b = rest
		line, rest = cutLine(b)
	}
	m := partLine.FindSubmatch(line)
	if m == nil {
		return b
	}
	r.reason = string(m[1])
	r.count, _ = strconv.Atoi(string(m[2]))
	r.part, _ = strconv.Atoi(string(m[3]))
	return rest
}

func cutLine(b []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(b, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), rest
}

// Parts of one record are written within this time.
const partsWithin = int64(10 * time.Second)

// joinParts joins the parts of each record; part 1 is the newest. list has the newest
// file first, the result the oldest record first.
func joinParts(list []Record) []Record {
	var all [][]Record
	for _, r := range list {
		i := slices.IndexFunc(all, r.isPartOf)
		if i < 0 {
			i = len(all)
			all = append(all, nil)
		}
		all[i] = append(all[i], r)
	}
	joined := make([]Record, 0, len(all))
	for _, parts := range slices.Backward(all) {
		sort.SliceStable(parts, func(i, j int) bool { return parts[i].part > parts[j].part })
		r := parts[len(parts)-1]
		r.Text, r.Fault = nil, ""
		for _, p := range parts {
			r.Text = append(append(r.Text, p.Text...), '\n')
			r.Fault = cmp.Or(r.Fault, p.Fault)
		}
		joined = append(joined, r)
	}
	return joined
}

// isPartOf reports whether r is a further part of the record with these parts.
func (r Record) isPartOf(parts []Record) bool {
	for _, p := range parts {
		if r.part == 0 || r.part == p.part || r.reason != p.reason || r.count != p.count || backend(r.Name) != backend(p.Name) ||
			max(r.Wall-p.Wall, p.Wall-r.Wall) > partsWithin {
			return false
		}
	}
	return true
}

// backend returns a file's name without its id.
func backend(name string) string { return name[:strings.LastIndexByte(name, '-')] }
