// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/vm"
)

// TestExitsOfOthers has 600 processes of a user's, each with a signal that it handles.
// They take no place of root's processes, which were signalled before: their exits have
// the time of the first signal.
func TestExitsOfOthers(t *testing.T) {
	const ours, theirs = 20, 600
	g := boot(t, vm.Config{})
	pids := lines(g.run("crowd %d; killall crowd", ours))
	g.run("su -s /bin/sh nobody -c 'crowd %d >/dev/null; killall crowd 2>/dev/null; :'", theirs)
	g.run("kill -9 %s", strings.Join(pids, " "))
	exits := g.trail().pick(func(e *event.Event) bool {
		return e.Kind == event.KindExit && e.TargetName == "crowd"
	})
	if len(exits) != ours {
		t.Errorf("of %d processes of root's %d have an exit", ours, len(exits))
	}
	for _, e := range exits {
		if e.SinceLast == 0 || e.SinceFirst <= e.SinceLast {
			t.Errorf("the exit of %d is %d ns after the first signal, %d ns after the last", e.TargetPID, e.SinceFirst, e.SinceLast)
		}
	}
	if info := g.run("sigtrail info --json"); strings.Contains(info, `"exit_forgotten":0,`) {
		t.Errorf("none of the user's processes was forgotten: %s", info)
	}
}
