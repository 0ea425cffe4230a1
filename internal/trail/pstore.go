// SPDX-License-Identifier: GPL-2.0

package trail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"sigtrail/internal/event"
)

// Pstore is what has outlived the reset in pstore.
type Pstore struct {
	State   event.Pstore
	Reset   event.Reset
	Console []byte // what the kernel printed
	Pmsg    []byte // what the daemon, and others, wrote to /dev/pmsg0
}

// No more than this is read of a file, the last of it.
const maxPstore = 1 << 20

// ReadPstore reads pstore's files in dir, where it is mounted; "" for nowhere.
// hasConsole says that the kernel prints into it, hasPmsg that its device is
// there. The error is of a file that cannot be read.
//
// ramoops empties both when the next boot takes their memory over
// (PRZ_FLAG_ZAP_OLD in fs/pstore/ram.c): what is here is of the boot before. Of
// its dmesg-ramoops files that is not known, they stay over several boots. Nothing
// is removed, as others may want to read it, too.
func ReadPstore(dir string, hasConsole, hasPmsg bool) (p Pstore, err error) {
	if dir != "" {
		var failed error
		// Old kernels do not count them.
		p.Console, err = readFirst(path(dir, "console-ramoops-0"), path(dir, "console-ramoops"))
		p.Pmsg, failed = readFirst(path(dir, "pmsg-ramoops-0"), path(dir, "pmsg-ramoops"))
		err = errors.Join(err, failed)
	}
	switch {
	case len(p.Console)+len(p.Pmsg) > 0:
		p.State, p.Reset = event.PstoreFound, event.ResetWarm
	case !hasConsole && !hasPmsg:
		p.State = event.PstoreNone
	case dir == "":
		p.State = event.PstoreUnmounted
	default:
		p.State = event.PstoreEmpty
		// Every boot prints something. To pmsg nobody need have written.
		if hasConsole && err == nil {
			p.Reset = event.ResetCold
		}
	}
	return p, err
}

// readFirst reads the end of the first of these files that is there.
func readFirst(names ...string) ([]byte, error) {
	for _, name := range names {
		f, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("pstore: %w", err)
		}
		defer f.Close()
		size, err := f.Seek(0, io.SeekEnd)
		if err == nil {
			_, err = f.Seek(max(0, size-maxPstore), io.SeekStart)
		}
		b := make([]byte, min(size, maxPstore))
		if err == nil {
			_, err = io.ReadFull(f, b)
		}
		if err != nil {
			return nil, fmt.Errorf("pstore: %w", err)
		}
		return b, nil
	}
	return nil, nil
}

// parsePmsg returns what a boot wrote to /dev/pmsg0, nil for nothing: headers, and
// lines as in a file that is kept. Of boot "" it is what has most lines. The ring
// may have overwritten the first header; the lines before the next one are the
// same boot's. What others wrote is passed over.
func parsePmsg(text []byte, boot string) *event.Trail {
	boots := make(map[string]*event.Trail)
	early := new(event.Trail)
	t := early
	for len(text) > 0 {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		text = rest
		if line = bytes.Trim(line, "\x00\r"); !whole || len(line) == 0 || line[0] != '{' {
			continue
		}
		if head, err := parseKeptHeader(line); err == nil && head.BootID != "" {
			if t = boots[head.BootID]; t == nil {
				t = head
				boots[head.BootID] = t
			}
			if early != nil {
				t.Events, t.Losses = early.Events, early.Losses
				early = nil
			}
			continue
		}
		e, l, err := event.DecodeStored(line)
		switch {
		case err != nil:
		case l.To != 0:
			t.Losses = append(t.Losses, l)
		default:
			e.Origin = event.OriginPmsg
			t.Events = append(t.Events, e)
		}
	}
	if boot != "" {
		return boots[boot]
	}
	var most *event.Trail
	for _, t := range boots {
		if most == nil || len(t.Events) > len(most.Events) || len(t.Events) == len(most.Events) && t.BootID < most.BootID {
			most = t
		}
	}
	return most
}
