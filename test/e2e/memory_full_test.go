// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"regexp"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/vm"
)

var oomVictim = regexp.MustCompile(`Out of memory: Killed process (\d+) \(([^)]+)\)`)

// TestMemoryFull has a program fill all memory by a file on tmpfs. The kernel finds one process
// after the other to kill, until that program is one of them: the tmpfs is mounted for it alone,
// and goes with it. Until it has gone memory is still full: the kernel can then choose a process
// with much memory, which it prefers to the daemon, but to nothing else. The daemon outlives
// them, and "why" names the cause of each end that the kernel's own lines tell.
func TestMemoryFull(t *testing.T) {
	g := boot(t, vm.Config{})
	before := g.run("pidof sigtrail; pidof httpd stubbornd slowexitd | tr ' ' '\\n' | sort -n")
	g.run(`for pid in $$ $PPID; do echo -1000 >/proc/$pid/oom_score_adj; done
		sh -c 'echo -500 >/proc/self/oom_score_adj; held=$(head -c 25165824 /dev/zero | tr "\\0" x); >/tmp/held; sleep 1000; :' &
		until [ -e /tmp/held ]; do usleep 10000; done
		unshare -m sh -c 'echo 0 >/proc/self/oom_score_adj
			mount -t tmpfs -o size=100%% tmpfs /mnt && exec dd if=/dev/zero of=/mnt/full bs=64k' 2>/dev/null
		sigtrail mark freed; until grep -qs freed /tmp/sigtrail/trail.*.sig; do usleep 100000; done`)
	if after := g.run("pidof sigtrail"); !strings.HasPrefix(before, after) {
		t.Errorf("the daemon is process %swas %s", after, before)
	}
	var victims []string
	dd := false
	for _, m := range oomVictim.FindAllStringSubmatch(string(g.Console.Bytes()), -1) {
		victims = append(victims, m[1])
		dd = dd || m[2] == "dd"
		if got := g.run("sigtrail why %s", m[1]); !strings.HasPrefix(got, m[2]+" "+m[1]+" was killed by the OOM killer") {
			t.Errorf("why %s (%s): %s", m[1], m[2], got)
		} else {
			t.Log(got)
		}
	}
	if !dd || len(victims) < 3 {
		t.Errorf("victims: %q; dd among them: %v", victims, dd)
	}
	tr := parseTrail(t, g.run(trailLines)) // the log daemon is one of the victims
	tr.checkUnbroken(t)
	if n := len(tr.pick(func(e *event.Event) bool { return e.Kind == event.KindExit && e.Flags&event.FlagOOM != 0 })); n != len(victims) {
		t.Errorf("%d exits of victims are recorded, the kernel's lines have %d", n, len(victims))
	}
}
