// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"

	"sigtrail/internal/event"
	"sigtrail/internal/frame"
)

// At most so much of a kept file is read: no configuration allows a larger one.
const maxKept = 4 << 20

// Kept is a file with the trail of a shutdown: a frame with its header, then frames of its
// events and losses.
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
			// Of one number, that of an older version is from before: see keep.
			for _, name := range []string{olderName(n), keptName(n)} {
				k, failed := inspectKept(path(dir, name))
				k.Header.Number = n
				if errors.Is(failed, fs.ErrNotExist) {
					continue
				}
				if failed == nil {
					good[n] = k
					continue
				}
				k.Path, k.Err = path(dir, name), fmt.Errorf("%s: %w", name, reason(failed))
				bad[n] = k
			}
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

// Load reads the trail. malformed counts the frames or lines that were skipped, which the trail
// counts, too. A last one that is incomplete is one of them, unless the file was being
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

// corrupt returns why a file that begins with head has no header, otherwise if nothing more
// is known.
func corrupt(head []byte, otherwise string) error {
	switch {
	case len(head) == 0:
		otherwise = "the file is empty"
	case len(bytes.Trim(head, "\x00")) == 0:
		otherwise = "the file has only zero bytes"
	}
	return fmt.Errorf("%w: %s", errCorrupt, otherwise)
}

// load reads a kept file. size counts up to the end of its last whole frame; it is 0 for a
// file of an older version.
func load(name string) (t *event.Trail, malformed int, size int64, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, 0, err
	}
	defer f.Close()
	if strings.HasSuffix(name, olderSuffix) {
		t, malformed, err = loadOlder(f)
	} else {
		t, malformed, size, err = loadFrames(f)
	}
	if errors.Is(err, errCorrupt) {
		err = fmt.Errorf("%s: %w", name, errCorrupt)
	}
	if err != nil {
		return nil, malformed, size, err
	}
	t.Malformed += uint64(malformed)
	return t, malformed, size, nil
}

func loadFrames(f *os.File) (t *event.Trail, malformed int, size int64, err error) {
	text, err := io.ReadAll(io.LimitReader(f, maxKept))
	if err != nil {
		return nil, 0, 0, err
	}
	s := frame.NewScanner(text)
	if t, err = scanHeader(s); err != nil {
		return nil, 0, 0, err
	}
	var d decoder
	for {
		size = int64(s.End)
		fr, ok := s.Next()
		if len(s.Skipped) > 0 && (ok || t.MergedBy != "") {
			malformed++ // a frame, or several; the last one may have been in writing
		}
		if !ok {
			return t, malformed + d.malformed, size, nil
		}
		d.each(fr, func(i *item) bool {
			i.event.Wall = 0 // the header's clocks count
			addStored(t, &i.event, i.loss, event.OriginFlash)
			boundStored(t)
			return true
		})
	}
}

// addStored adds an event or a loss that a file has. An event without an origin gets one.
func addStored(t *event.Trail, e *event.Event, l event.Loss, origin event.Origin) {
	if l.To != 0 {
		t.Losses = append(t.Losses, l)
		return
	}
	if e.Origin == event.OriginLive {
		e.Origin = origin
	}
	t.Events = append(t.Events, *e)
}

// maxStored bounds the events of one file in memory, where one has 30 times its bytes.
const maxStored = 16 << 10

// boundStored removes some events of the middle, as bound does, if there are too many.
func boundStored(t *event.Trail) {
	if len(t.Events) > maxStored {
		t.Events = slices.Delete(t.Events, maxStored/2, maxStored*3/4)
		t.Cut += maxStored / 4
	}
}

// scanHeader returns the header of a file of frames.
func scanHeader(s *frame.Scanner) (*event.Trail, error) {
	f, ok := s.Next()
	if !ok || f.Type != frame.Header || len(s.Skipped) > 0 {
		return nil, errCorrupt
	}
	return parseKeptHeader(f.Payload)
}

func inspectKept(name string) (Kept, error) {
	f, err := os.Open(name)
	if err != nil {
		return Kept{}, err
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, frame.MaxSize))
	if err != nil {
		return Kept{}, err
	}
	if info, err := f.Stat(); err == nil && info.Size() > maxKept {
		return Kept{}, fmt.Errorf("%w: the file has more than %d MiB", errCorrupt, maxKept>>20)
	}
	var t *event.Trail
	if strings.HasSuffix(name, olderSuffix) {
		t, err = olderHeader(head)
	} else if t, err = scanHeader(frame.NewScanner(head)); err != nil {
		err = corrupt(head, "its header is cut short, damaged, or of a newer version")
	}
	if err != nil {
		return Kept{}, err
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
	keptSuffix = ".sig"
	tempSuffix = ".new" // while it is being written

	maxNumber = 1e9
)

// KeptPattern matches the names of the files, see path/filepath.Match. It also matches
// some that List skips.
const KeptPattern = keptPrefix + "*"

func keptName(number int) string { return keptPrefix + strconv.Itoa(number) + keptSuffix }

func olderName(number int) string { return keptPrefix + strconv.Itoa(number) + olderSuffix }

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
		digits, _, _ := strings.Cut(strings.TrimPrefix(e.Name(), keptPrefix), ".")
		n, err := strconv.Atoi(digits)
		if err == nil && n > 0 && n < maxNumber && (e.Name() == keptName(n) || e.Name() == olderName(n)) && e.Type().IsRegular() {
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

// removeKept removes the files of a number.
func removeKept(dir string, number int) error {
	for _, name := range []string{keptName(number), olderName(number)} {
		if err := os.Remove(path(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
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
