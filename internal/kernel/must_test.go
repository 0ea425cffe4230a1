// SPDX-License-Identifier: GPL-2.0-only

package kernel

import "testing"

// must fails the test on an error, as of a file that the test needs.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
