// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"os"
	"testing"
)

// must fails the test on an error, as of a file that the test needs.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// readFile returns the content of a file, which must exist.
func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	must(t, err)
	return b
}
