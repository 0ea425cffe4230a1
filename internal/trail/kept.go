// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sort"
	"strconv"
	"strings"

	"sigtrail/internal/event"
)

// At most so much of a kept file is read: no configuration allows a larger one.
const maxKept = 4 << 20

// Kept is a file with the trail of a shutdown: a header as
// event.Trail.AppendHeader writes it, then a line for each event or loss, as
// package event stores them.
type Kept struct {
	Path   string
	Header event.Trail // without events and losses
}

// List returns the kept trails of the directories, the newest first. If two have
// the same number, the one of the later directory is returned. A directory may be
// "" or missing. Files without a header are skipped; corrupt is their number. The
// error is about directories and files that cannot be read; the other trails are
// returned with it.
func List(dirs ...string) (kept []Kept, corrupt int, err error) {
	byNumber := make(map[int]Kept)
	for _, dir := range dirs {
		numbers, failed := numbers(dir)
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("trails of shutdowns: %w", failed))
		}
		for _, n := range numbers {
			k, failed := inspectKept(path(dir, keptName(n)))
			switch {
			case failed == errCorrupt:
				corrupt++
				continue
			case failed != nil:
				err = errors.Join(err, fmt.Errorf("trails of shutdowns: %w", failed))
				continue
			}
			k.Header.Number = n
			byNumber[n] = k
		}
	}
	for _, k := range byNumber {
		kept = append(kept, k)
	}
	sort.Slice(kept, func(i, j int) bool { return kept[i].Header.Number > kept[j].Header.Number })
	return kept, corrupt, err
}

// Load reads the trail. malformed counts the lines that were skipped; an incomplete
// last line is not counted. An event without an origin is from flash. The error
// means that the file cannot be read, or no longer has a header.
func (k Kept) Load() (t *event.Trail, malformed int, err error) {
	t, malformed, _, err = load(k.Path)
	if err != nil {
		return nil, malformed, fmt.Errorf("trail of a shutdown: %w", err)
	}
	t.Number = k.Header.Number
	return t, malformed, nil
}

var errCorrupt = errors.New("not a trail: the first line is not a header")

// load reads a kept file. size counts up to the end of its last whole line.
func load(name string) (t *event.Trail, malformed int, size int64, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, 0, err
	}
	defer f.Close()
	err = eachLine(io.LimitReader(f, maxKept), func(line []byte, end int64) error {
		size = end
		if t == nil {
			t, err = parseKeptHeader(line)
			return err
		}
		e, l, err := event.DecodeStored(line)
		switch {
		case err != nil:
			malformed++
		case l.To != 0:
			t.Losses = append(t.Losses, l)
		default:
			if e.Origin == event.OriginLive {
				e.Origin = event.OriginFlash
			}
			t.Events = append(t.Events, e)
		}
		return nil
	})
	if err == errCorrupt || err == nil && t == nil {
		err = fmt.Errorf("%s: %w", name, errCorrupt)
	}
	if err != nil {
		return nil, malformed, size, err
	}
	return t, malformed, size, nil
}

func inspectKept(name string) (Kept, error) {
	f, err := os.Open(name)
	if err != nil {
		return Kept{}, err
	}
	defer f.Close()
	k, stop := Kept{Path: name}, errors.New("enough")
	err = eachLine(io.LimitReader(f, maxLine), func(line []byte, _ int64) error {
		t, err := parseKeptHeader(line)
		if err != nil {
			return err
		}
		k.Header = *t
		return stop
	})
	if err == nil { // no line at all
		err = errCorrupt
	}
	if err != stop {
		return Kept{}, err
	}
	return k, nil
}

// parseKeptHeader parses a header, and checks the boot ids that it has.
func parseKeptHeader(line []byte) (*event.Trail, error) {
	t, err := event.DecodeHeader(line)
	if err != nil {
		return nil, errCorrupt
	}
	for _, id := range []string{t.BootID, t.MergedBy} {
		if id != "" && checkBootID(id) != nil {
			return nil, errCorrupt
		}
	}
	return &t, nil
}

// The files are named by the number of the shutdown, counted on this device.
const (
	keptPrefix = "shutdown-"
	keptSuffix = ".jsonl"
	tempSuffix = ".new" // while it is being written

	maxNumber = 1e9
)

// KeptPattern matches the names of the files, see path/filepath.Match. It also matches
// some that List skips.
const KeptPattern = keptPrefix + "*" + keptSuffix

func keptName(number int) string { return keptPrefix + strconv.Itoa(number) + keptSuffix }

// numbers returns the numbers of the files in dir, the oldest first, corrupt ones
// included. A missing directory has none.
func numbers(dir string) ([]int, error) {
	if dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var list []int
	for _, e := range entries {
		digits := strings.TrimSuffix(strings.TrimPrefix(e.Name(), keptPrefix), keptSuffix)
		n, err := strconv.Atoi(digits)
		if err == nil && n > 0 && n < maxNumber && e.Name() == keptName(n) && e.Type().IsRegular() {
			list = append(list, n)
		}
	}
	sort.Ints(list)
	return list, nil
}

// nextNumber returns the number of the next shutdown.
func nextNumber(dirs ...string) int {
	next := 1
	for _, dir := range dirs {
		if list, _ := numbers(dir); len(list) > 0 {
			next = max(next, list[len(list)-1]+1)
		}
	}
	return next
}
