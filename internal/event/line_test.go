// SPDX-License-Identifier: GPL-2.0-only

package event

import "testing"

func TestProcess(t *testing.T) {
	for _, name := range []string{"procd", "", " ", "a b ", ") 1 (x", "\xff\x00\n[\\\"", "fifteen bytes !"} {
		for _, pid := range []uint32{0, 1, 4294967295} {
			line := string(AppendProcess(nil, name, pid))
			gotName, gotPID, rest, ok := CutProcess(line + " (and 2) more")
			if gotName != name || gotPID != pid || rest != " (and 2) more" || !ok {
				t.Errorf("%q is cut into %q, %d, %q, %v", line, gotName, gotPID, rest, ok)
			}
		}
	}
	for _, s := range []string{"", "(", "()", "(procd)", "procd 1)", "(procd 1", "(procd )", "( )", "(procd -1)", "(procd +1)", "(procd 01)",
		"(procd 4294967296)", "(procd 1x)", `(\x41 1)`, `(\xFF 1)`, `(\x 1)`, "(\xff 1)", "(a(b 1)", "(sixteen bytes !! 1)", " (procd 1)"} {
		if name, pid, _, ok := CutProcess(s); ok {
			t.Errorf("%q is taken for %q, %d", s, name, pid)
		}
	}
}
