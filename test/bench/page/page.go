// SPDX-License-Identifier: GPL-2.0

// Package page puts what a benchmark has measured into a page of the docs,
// between two marks that name the benchmark:
//
//	<!-- make bench-hook writes this table -->
//	<!-- up to here -->
package page

import (
	"bytes"
	"fmt"
	"os"
)

const end = "<!-- up to here -->\n"

// Rewrite replaces the table of the make target named in the page at path.
func Rewrite(path, target, table string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text, err := replace(old, target, table)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, text, 0o644)
}

func replace(page []byte, target, table string) ([]byte, error) {
	begin := []byte("<!-- make " + target + " writes this table -->\n")
	before, rest, found := bytes.Cut(page, begin)
	_, after, found2 := bytes.Cut(rest, []byte(end))
	if !found || !found2 {
		return nil, fmt.Errorf("no place for the table of make %s: the marks are missing", target)
	}
	return bytes.Join([][]byte{before, begin, []byte(table), []byte(end), after}, nil), nil
}
