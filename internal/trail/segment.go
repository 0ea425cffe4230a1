// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"sigtrail/internal/frame"
)

// The parts of the running boot's trail, see the package's comment.
const (
	commonPart = "trail"
	othersPart = "others"
	userPrefix = "uid-"

	segmentSuffix = ".sig"
)

func userPart(uid uint32) string { return userPrefix + strconv.FormatUint(uint64(uid), 10) }

func segmentName(part string, number int) string {
	return part + "." + strconv.Itoa(number) + segmentSuffix
}

// segments returns the numbers of each part's segments in dir, the oldest first.
func segments(dir string) (map[string][]int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	parts := make(map[string][]int)
	for _, e := range entries {
		part, rest, _ := strings.Cut(e.Name(), ".")
		digits, _, _ := strings.Cut(rest, ".")
		n, err := strconv.Atoi(digits)
		if err == nil && n > 0 && isPart(part) && e.Name() == segmentName(part, n) && e.Type().IsRegular() {
			parts[part] = append(parts[part], n)
		}
	}
	for _, list := range parts {
		slices.Sort(list)
	}
	return parts, nil
}

func isPart(name string) bool {
	if digits, ok := strings.CutPrefix(name, userPrefix); ok {
		uid, err := strconv.ParseUint(digits, 10, 32)
		return err == nil && userPart(uint32(uid)) == name
	}
	return name == commonPart || name == othersPart
}

// state describes a segment.
type state struct {
	bootID string // "": it has no header, as the process was killed while it made the file
	size   int64  // up to the end of the last whole frame
	upTo   uint64 // all records up to this number were stored, or are lost; 0: none
}

// inspect reads a segment.
func inspect(name string) (s state, err error) {
	text, err := os.ReadFile(name)
	if err != nil || len(text) == 0 {
		return s, err
	}
	scanner := frame.NewScanner(text)
	t, err := scanHeader(scanner)
	if err != nil {
		return s, fmt.Errorf("%s: %w", name, err)
	}
	s.bootID = t.BootID
	for {
		s.size = int64(scanner.End)
		f, ok := scanner.Next()
		if !ok {
			return s, nil
		}
		s.upTo = max(s.upTo, f.UpTo)
	}
}

// newest returns the newest segment of a part that has a whole header, -1 for none. If it has no
// record, the part's newest number is in the one before.
func newest(dir, part string, numbers []int) (last int, s state, err error) {
	last = -1
	for i := len(numbers) - 1; i >= 0 && s.upTo == 0; i-- {
		found, err := inspect(path(dir, segmentName(part, numbers[i])))
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errCorrupt) || err == nil && found.bootID == "" {
			continue // removed, damaged, or not yet made
		}
		if err != nil {
			return last, s, err
		}
		if last < 0 {
			last, s = i, found
		} else {
			s.upTo = found.upTo
		}
	}
	return last, s, nil
}
