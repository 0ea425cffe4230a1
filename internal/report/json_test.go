// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"encoding/json"
	"testing"

	"sigtrail/test/golden"
)

func TestJSON(t *testing.T) {
	var b []byte
	var before *Shutdown
	for i, s := range all(t) {
		one := s.AppendJSON(nil, before)
		if !json.Valid(one) {
			t.Errorf("%s: not valid: %s", recorded[i].name, one)
		}
		b = append(append(b, one...), '\n')
		before = s
	}
	one := boot(t).AppendJSON(nil)
	if !json.Valid(one) {
		t.Errorf("boot: not valid: %s", one)
	}
	golden.Check(t, "report.json.golden", append(append(b, one...), '\n'))
}
