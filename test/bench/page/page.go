// SPDX-License-Identifier: GPL-2.0-only

// Package page writes a benchmark's tables into a page of the docs, between two marks:
//
//	<!-- make bench-hook writes this table -->
//	<!-- up to here -->
package page

import (
	"bytes"
	"fmt"
	"os"
	"slices"
)

const end = "<!-- up to here -->\n"

// Rewrite replaces the tables of a make target in the page at path, in their order.
func Rewrite(path, target string, tables ...string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text, err := replace(old, target, tables)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, text, 0o644)
}

func replace(page []byte, target string, tables []string) ([]byte, error) {
	begin := []byte("<!-- make " + target + " writes this table -->\n")
	var text []byte
	for _, table := range tables {
		before, rest, found := bytes.Cut(page, begin)
		_, after, found2 := bytes.Cut(rest, []byte(end))
		if !found || !found2 {
			return nil, fmt.Errorf("marks for %d tables of make %s are missing", len(tables), target)
		}
		text = slices.Concat(text, before, begin, []byte(table), []byte(end))
		page = after
	}
	if bytes.Contains(page, begin) {
		return nil, fmt.Errorf("make %s has only %d tables, but the page has marks for more", target, len(tables))
	}
	return append(text, page...), nil
}
