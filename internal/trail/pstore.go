// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sigtrail/internal/console"
	"sigtrail/internal/event"
	"sigtrail/internal/frame"
)

// PstoreData is what RAM has of the previous boot: pstore, and the black box.
type PstoreData struct {
	Box     Box
	State   event.Pstore
	Reset   event.Reset
	Console []byte   // what the kernel printed
	Pmsg    []byte   // what the daemon and other processes wrote to /dev/pmsg0
	Records []Record // what it stored of its log at failures, the oldest first

	Faulty []event.Source // console and pmsg, if the file is there and has no text

	consoleName, pmsgName string // of the files; "": as with ramoops

	Now, Started int64 // the time now, and at the start of this boot, in ns since 1970; 0: unknown
}

// SetTimes sets the times, if the clock is set.
func (p *PstoreData) SetTimes(now, started time.Time) {
	for _, t := range []struct {
		from time.Time
		to   *int64
	}{{now, &p.Now}, {started, &p.Started}} {
		if e := (event.Event{Wall: t.from.UnixNano()}); !t.from.IsZero() && !e.WallUnset() {
			*t.to = e.Wall
		}
	}
}

// Files in pstore, by the backend that most routers have. Old kernels use names without
// the number, other backends those of their own.
const (
	consoleFile = "console-ramoops-0"
	pmsgFile    = "pmsg-ramoops-0"
)

// Of a larger file only the end is read.
const maxPstore = 1 << 20

// ReadPstore reads pstore's files in dir, its mount point; "" if it is not mounted.
// hasConsole: the kernel prints into pstore. hasPmsg: the device exists. The error
// is about a file that cannot be read.
//
// ramoops clears the memories of console and pmsg when a boot takes them over
// (PRZ_FLAG_ZAP_OLD in fs/pstore/ram.c), so these files are from the last boot that used
// them: the previous one, unless it ran a kernel without. Records may be from any
// earlier boot. No file is removed: other programs may read them, too.
func ReadPstore(dir string, hasConsole, hasPmsg bool) (p PstoreData, err error) {
	if dir != "" {
		var failed error
		p.consoleName, p.Console, err = readFirst(dir, "console-*")
		p.pmsgName, p.Pmsg, failed = readFirst(dir, "pmsg-*")
		err = errors.Join(err, failed)
		p.Records, failed = readRecords(dir)
		err = errors.Join(err, failed)
		p.Console = p.checked(p.consoleName, p.Console)
		p.Pmsg = p.checked(p.pmsgName, p.Pmsg)
	}
	switch {
	case len(p.Console)+len(p.Pmsg) > 0:
		p.State = event.PstoreFound
		if strings.Contains(p.consoleName+p.pmsgName, "-ramoops") { // in RAM
			p.Reset = event.ResetWarm
		}
	case len(p.Records) > 0:
		p.State = event.PstoreRecords
	case len(p.Faulty) > 0 || dir != "" && hasFiles(dir):
		p.State = event.PstoreOther
	case !hasConsole && !hasPmsg:
		p.State = event.PstoreNone
	case dir == "":
		p.State = event.PstoreUnmounted
	default:
		p.State = event.PstoreEmpty
		// Every boot prints something. Pmsg may be empty after a warm reset.
		if hasConsole && err == nil {
			p.Reset = event.ResetCold
		}
	}
	return p, err
}

// checked returns a file's content, nil if it has no text, and notes its fault.
func (p *PstoreData) checked(name string, b []byte) []byte {
	fault := ""
	switch {
	case b == nil: // no file
	case len(b) == 0:
		b, fault = nil, "the file is empty"
	case len(bytes.Trim(b, "\x00\n")) == 0:
		b, fault = nil, "the file has only zero bytes"
	default:
		_, fault = console.TrimECC(b)
	}
	if fault != "" {
		p.Faulty = append(p.Faulty, event.Source{Name: name, Fault: fault})
	}
	return b
}

// hasFiles reports whether pstore has any file.
func hasFiles(dir string) bool {
	names, _ := filepath.Glob(path(dir, "[^.]*"))
	return len(names) > 0
}

// readFirst reads the end of the first file that matches; b is nil if there is none.
func readFirst(dir, pattern string) (name string, b []byte, err error) {
	names, _ := filepath.Glob(path(dir, pattern))
	if len(names) == 0 {
		return "", nil, nil
	}
	f, err := os.Open(names[0])
	if err != nil {
		return "", nil, fmt.Errorf("pstore: %w", err)
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = f.Seek(max(0, size-maxPstore), io.SeekStart)
	}
	b = make([]byte, min(size, maxPstore))
	if err == nil {
		_, err = io.ReadFull(f, b)
	}
	if err != nil {
		return "", nil, fmt.Errorf("pstore: %w", err)
	}
	return filepath.Base(names[0]), b, nil
}

// parsePmsg returns what the daemon wrote to /dev/pmsg0, headers and frames as in a kept
// file, by boot, the one that wrote last at the end. Frames before the first header belong
// to the boot of that header: the ring has overwritten an earlier one. What other programs
// wrote is skipped. An older daemon wrote lines.
func parsePmsg(text []byte) (boots []*event.Trail) {
	early := new(event.Trail)
	t := early
	head := func(head *event.Trail) {
		t = head
		if i := slices.IndexFunc(boots, func(t *event.Trail) bool { return t.BootID == head.BootID }); i >= 0 {
			t = boots[i]
			boots = slices.Delete(boots, i, i+1)
		}
		boots = append(boots, t)
		if early != nil {
			t.Events, t.Losses = early.Events, early.Losses
			early = nil
		}
	}
	add := func(e *event.Event, l event.Loss) {
		e.Origin = event.OriginPmsg
		addStored(t, e, l, e.Origin)
	}
	var d decoder
	s := frame.NewScanner(text)
	for {
		f, ok := s.Next()
		eachOlderInPmsg(s.Skipped, head, add)
		if !ok {
			return boots
		}
		if f.Type == frame.Header {
			if h, err := parseKeptHeader(f.Payload); err == nil && h.BootID != "" {
				head(h)
			}
			continue
		}
		d.each(f, func(i *item) bool {
			i.event.Wall = 0 // the header's clocks count
			add(&i.event, i.loss)
			return true
		})
	}
}
