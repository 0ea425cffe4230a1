// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"bytes"
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
	Header event.Trail // without events and losses; of a damaged file the number alone
	Err    error       // what is wrong with a damaged file
}

// List returns the kept trails of the directories, and the damaged files, which have no
// header; of both the newest first. If two have the same number, the one of the later
// directory is returned, or the one that is not damaged. A directory may be "" or
// missing. The error is about directories that cannot be read; the other trails are
// returned with it.
func List(dirs ...string) (kept, damaged []Kept, err error) {
	good, bad := make(map[int]Kept), make(map[int]Kept)
	for _, dir := range dirs {
		numbers, failed := numbers(dir)
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("trails of shutdowns: %w", failed))
		}
		for _, n := range numbers {
			k, failed := inspectKept(path(dir, keptName(n)))
			k.Header.Number = n
			if failed == nil {
				good[n] = k
				continue
			}
			k.Path, k.Err = path(dir, keptName(n)), fmt.Errorf("%s: %w", keptName(n), reason(failed))
			bad[n] = k
		}
	}
	for n := range good {
		delete(bad, n)
	}
	return newestFirst(good), newestFirst(bad), err
}

func newestFirst(byNumber map[int]Kept) (list []Kept) {
	for _, k := range byNumber {
		list = append(list, k)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Header.Number > list[j].Header.Number })
	return list
}

// Load reads the trail. malformed counts the lines that were skipped, which the trail
// counts, too. A last line that is incomplete is one of them, unless the file was being
// written when the system went down. An event without an origin is from flash. The error
// means that the file cannot be read, or has no header.
func (k Kept) Load() (t *event.Trail, malformed int, err error) {
	if k.Err != nil {
		return nil, 0, fmt.Errorf("trail of a shutdown: %w", k.Err)
	}
	t, malformed, _, err = load(k.Path)
	if err != nil {
		return nil, malformed, fmt.Errorf("trail of a shutdown: %w", err)
	}
	t.Number = k.Header.Number
	return t, malformed, nil
}

// errCorrupt means that a file is not a trail. An error that says why wraps it.
var errCorrupt = errors.New("not a trail")

// corrupt returns why the file's beginning is no header.
func corrupt(head []byte) error {
	why := "its first line is not a header: damaged, or of a newer version"
	switch {
	case len(head) == 0:
		why = "the file is empty"
	case len(bytes.Trim(head, "\x00")) == 0:
		why = "the file has only zero bytes"
	case !bytes.Contains(head, []byte("\n")) && len(head) < maxLine:
		why = "its first line is cut short"
	}
	return fmt.Errorf("%w: %s", errCorrupt, why)
}

// load reads a kept file. size counts up to the end of its last whole line.
func load(name string) (t *event.Trail, malformed int, size int64, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, 0, err
	}
	defer f.Close()
	counted := &io.LimitedReader{R: f, N: maxKept}
	err = eachLine(counted, func(line []byte, end int64) error {
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
	if errors.Is(err, errCorrupt) || err == nil && t == nil {
		err = fmt.Errorf("%s: %w", name, errCorrupt)
	}
	if err != nil {
		return nil, malformed, size, err
	}
	if maxKept-counted.N > size && t.MergedBy != "" {
		malformed++ // the last line
	}
	t.Malformed += uint64(malformed)
	return t, malformed, size, nil
}

func inspectKept(name string) (Kept, error) {
	f, err := os.Open(name)
	if err != nil {
		return Kept{}, err
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, maxLine))
	if err != nil {
		return Kept{}, err
	}
	if info, err := f.Stat(); err == nil && info.Size() > maxKept {
		return Kept{}, fmt.Errorf("%w: the file has more than %d MiB", errCorrupt, maxKept>>20)
	}
	line, _, whole := bytes.Cut(head, []byte("\n"))
	t, err := parseKeptHeader(line)
	if err != nil || !whole {
		return Kept{}, corrupt(head)
	}
	return Kept{Path: name, Header: *t}, nil
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
