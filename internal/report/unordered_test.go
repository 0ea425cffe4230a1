// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"strings"
	"testing"

	"sigtrail/internal/event"
)

// A verdict on the last boot says so where another one may be the last.
func TestUnordered(t *testing.T) {
	const line = "Last shutdown :: no clock shows whether this boot is later than the one kept before it\n"
	for _, unordered := range []bool{false, true} {
		s := Analyse(&event.Trail{Unordered: unordered})
		if got := string(s.AppendVerdict(nil)); strings.Contains(got, line) != unordered {
			t.Errorf("unordered %v: %s", unordered, got)
		}
		if got := string(s.AppendJSON(nil, nil)); strings.Contains(got, `"unordered":true`) != unordered {
			t.Errorf("unordered %v: %s", unordered, got)
		}
	}
}
