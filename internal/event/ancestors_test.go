// SPDX-License-Identifier: GPL-2.0-only

package event

import "testing"

// A chain that does not end at init, or at kthreadd, says that it goes on.
func TestParents(t *testing.T) {
	for _, c := range []struct {
		parent    string
		pid       uint32
		ancestors Ancestors
		origin    Origin
		want      string
	}{
		{"procd", 1, "", OriginFlash, "(procd 1)"},
		{"sh", 99, "(procd 1)", OriginFlash, "(sh 99)"},
		{"sh", 99, "(login 70) < (getty 60) < (procd 1)", OriginBox, "(sh 99) < (login 70) < (getty 60)"},
		{"sh", 99, "(login 70) < (getty 60) < (x 3)", OriginBox, "(sh 99) < (login 70) < (getty 60) < (x 3) < ..."},
		{"sh", 99, "(login 70)", OriginBox, "(sh 99) < (login 70) < ..."}, // cut short
		{"sh", 99, "", OriginFlash, "(sh 99) < ..."},                      // of an older kernel part
		{"sh", 99, "", OriginConsole, "(sh 99)"},
		{"sh", 99, "(\\x28 4294967295) < (procd 1)", OriginBox, "(sh 99) < (\\x28 4294967295)"},
		{"kthreadd", 2, "", OriginFlash, "(kthreadd 2)"},
		{"kworker/0:1", 8, "(kthreadd 2)", OriginFlash, "(kworker/0:1 8) < (kthreadd 2)"},
		{"swapper/0", 0, "", OriginConsole, "(swapper/0 0)"},
	} {
		e := Event{ParentName: c.parent, ParentPID: c.pid, Ancestors: c.ancestors, Origin: c.origin}
		if got := string(e.AppendParents(nil)); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}
