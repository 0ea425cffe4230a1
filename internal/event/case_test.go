// SPDX-License-Identifier: GPL-2.0-only

package event

import (
	"encoding/json"
	"testing"

	"sigtrail/test/golden"
)

var cases = []Case{
	{TargetPID: 1234, TargetName: "java", Signal: 15, SeenFirst: 123456789, SeenLast: 123456789, Recorded: true,
		SinceFirst: 123301999, SinceLast: 123301999},
	{Rule: "web (1)", TargetPID: 1234, TargetName: "java", Signal: 15, SeenFirst: 123456789, SeenLast: 123456789},
	{TargetPID: 1234, TargetName: "java", Signal: 15, Escalate: 9, End: CaseEscalated, SeenFirst: 5012003000,
		SeenLast: 11891000, Recorded: true, ExitStatus: 9, SinceFirst: 5011998000, SinceLast: 11887000},
	{TargetPID: 1234, TargetName: "java", Signal: 15, Escalate: 9, End: CaseEscalated, SeenFirst: 5012003000, SeenLast: 11891000},
	{TargetPID: 7, TargetName: "evil) \x1b[2J\"\\", Signal: 28, End: CaseSurvived, SeenFirst: 10000087000, SeenLast: 10000087000,
		Reason: "it ignores SIGWINCH", ReasonWord: "ignores"},
	{TargetPID: 1234, TargetName: "java", Signal: 15, SeenFirst: 123456789, SeenLast: 123456789, Recorded: true,
		SinceFirst: 123301999, SinceLast: 123301999, NoPidfd: "a sandbox refuses pidfd_open (operation not permitted): seen in /proc, every 10 ms"},
	{TargetPID: 8, TargetName: "nfsd", Signal: 15, Escalate: 9, End: CaseSurvived, SeenFirst: 20000000000, SeenLast: 1e10},
	{TargetPID: 9, TargetName: "x", Signal: 1, End: CaseAbandoned, SeenFirst: 2500000000, SeenLast: 2500000000},
	{TargetPID: 10, Signal: 15, End: CaseVanished, Reason: "it had ended already"},
	{TargetPID: 1, TargetName: "procd", Signal: 9, End: CaseProtected, Reason: "it is init"},
	{TargetPID: 11, TargetName: "y", Signal: 9, End: 12, Reason: "z"},
	{TargetPID: 12, TargetName: "reloadd", Signal: 1, SeenFirst: 123456000, SeenLast: 123456000, Recorded: true, ExitStatus: 129 << 8},
}

func TestCases(t *testing.T) {
	var lines, objects []byte
	for _, c := range cases {
		lines = append(c.AppendLine(lines), '\n')
		o := c.AppendJSON(nil)
		if !json.Valid(o) {
			t.Errorf("not valid JSON: %s", o)
		}
		objects = append(append(objects, o...), '\n')
	}
	golden.Check(t, "cases.golden", append(lines, objects...))
}

// A case is stored in the trail as a note, with all fields of the note.
func TestCaseNote(t *testing.T) {
	n := cases[2].Note()
	n.Time = 5
	got, _, err := DecodeJSON(n.AppendJSON(nil))
	if err != nil || got != n || n.ExitStatus != 9 || n.SinceFirst != 5011998000 {
		t.Errorf("%+v, %v, want %+v", got, err, n)
	}
	if want := "sigtrail kill: " + cases[2].String(); n.Text != want {
		t.Errorf("%q, want %q", n.Text, want)
	}
	if n := cases[1].Note(); n.Text != "rule web (1): "+cases[1].String() {
		t.Errorf("%q", n.Text)
	}
}
