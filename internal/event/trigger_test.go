// SPDX-License-Identifier: GPL-2.0-only

package event

import (
	"encoding/json"
	"testing"

	"sigtrail/test/golden"
)

func TestTriggers(t *testing.T) {
	var b []byte
	for _, tr := range []Trigger{
		{ID: 3, Symbol: "write", TargetName: "toy", Skip: 2, Rate: 100, Function: "sys_write", Hits: 5, Acted: 3,
			RateLimited: 1, Dropped: 2, Missed: 4, Forgotten: 6, HeldBack: 7},
		{ID: 4, Symbol: "do_exit", Offset: 16, TargetName: "evil) \x1b", Per: PerName, Rate: 1, Function: "do_exit"},
		{ID: 5, Per: 7},
	} {
		b = append(tr.AppendLine(b), '\n')
		o := tr.AppendJSON(nil)
		if !json.Valid(o) {
			t.Errorf("not valid JSON: %s", o)
		}
		b = append(append(b, o...), '\n')
	}
	golden.Check(t, "triggers.golden", b)
}

func TestPer(t *testing.T) {
	for _, p := range []Per{PerProcess, PerName} {
		if got, err := ParsePer(p.String()); err != nil || got != p {
			t.Errorf("%v, %v, want %v", got, err, p)
		}
	}
	if p, err := ParsePer("thread"); err == nil {
		t.Errorf("thread is %v", p)
	}
	tr := Trigger{ID: 3, Symbol: "write", TargetName: "toy", Skip: 2, Rate: 100, Function: "f", Hits: 5}
	if got, want := tr.Spec(), (Trigger{Symbol: "write", TargetName: "toy", Skip: 2, Rate: 100}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
