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

// TestFailuresOfMany has many processes of root's end well, and then one that fails, without a
// signal: the many do not cost its end the record. It does the same the other way round.
func TestFailuresOfMany(t *testing.T) {
	for name, status := range map[string][2]int64{"one fails": {0, 3}, "one succeeds": {3, 0}} {
		t.Run(name, func(t *testing.T) {
			g := boot(t, vm.Config{})
			pid := number(t, strings.TrimSpace(g.run(`echo all >/proc/sys/kernel/sigtrail/exits
				i=0; while [ $i -lt 300 ]; do sh -c 'exit %d' || :; i=$((i + 1)); done; sh -c 'echo $$; exit %d' || :`, status[0], status[1])))
			if info := g.run("sigtrail info --json"); strings.Contains(info, `"exit_forgotten":0,`) {
				t.Errorf("none of the ends was forgotten: %s", info)
			}
			found := g.trail().pick(func(e *event.Event) bool { return e.Kind == event.KindExit && int64(e.TargetPID) == pid })
			if len(found) != 1 || !found[0].ByItself() || int64(found[0].ExitStatus) != status[1]<<8 {
				t.Errorf("the one end: %v", found)
			}
		})
	}
}
