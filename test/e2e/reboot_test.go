// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/vm"
)

// TestReboot reboots, and checks the console up to the last kill, a real reset and
// the second boot of the same disk.
func TestReboot(t *testing.T) {
	g := boot(t, vm.Config{})
	tr := g.trail()
	tr.checkUnbroken(t)
	if first := tr.events[0]; first.Seq != 1 {
		t.Errorf("the trail begins with number %d", first.Seq)
	}

	if err := g.Type("reboot\n"); err != nil {
		t.Fatal(err)
	}
	// In this order: Expect continues after its last match.
	for _, pattern := range []string{
		`Signal :: \(reboot \d+\) --\[15\]--> \(init 1\)`,
		`Signal :: \(killall \d+\) --\[15\]--> \(httpd \d+\)`,
		`Signal :: \(killall \d+\) --\[15\]--> \(slowexitd \d+\)`,
		`Signal :: \(init 1\) --\[15\]--> \(klogd \d+\)`,
		`Signal :: \(init 1\) --\[9\]--> \(stubbornd \d+\)`,
		`reboot: Restarting system`,
		vm.Booting,
	} {
		g.expectConsole(pattern)
	}
	g.awaitBoot()

	second := g.trail()
	second.checkUnbroken(t)
	if second.events[0].Seq != 1 {
		t.Errorf("the second boot's trail begins with number %d", second.events[0].Seq)
	}
}

// TestNothingLoggedTwice counts the lines of the log: klogd logs what the kernel has
// printed, the daemon the rest.
func TestNothingLoggedTwice(t *testing.T) {
	g := boot(t, vm.Config{})
	g.logAll()
	// Without the daemon the kernel prints; init restarts it after a second.
	g.run(`sigplay signals /tmp/notes
		pid=$(pidof sigtrail); kill -9 $pid
		while [ -d /proc/$pid ]; do :; done
		sigplay killall /tmp/notes`)
	g.expectLog(`sigtrail\[\d+\]: .*started`)
	tr := g.trail()
	tr.checkUnbroken(t)
	logged := g.run("logread")

	printed := tr.pick(func(e *event.Event) bool { return e.Flags&event.FlagPrinted != 0 })
	if len(printed) == 0 {
		t.Error("the kernel printed nothing, though the daemon was killed")
	}
	for _, e := range tr.events {
		if e.Kind != event.KindSignal {
			continue
		}
		arrow, _, _ := strings.Cut(e.String(), ") S") // up to the signal's name
		want := strings.Count(logged, arrow+")")
		same := len(tr.pick(func(o *event.Event) bool {
			other, _, _ := strings.Cut(o.String(), ") S")
			return other == arrow && (o.Outcome == event.Delivered || o.Outcome == event.LoseInfo || o.Flags&event.FlagPrinted == 0)
		}))
		if want != same {
			t.Errorf("in the log %d times, in the trail %d times: %v", want, same, &e)
		}
	}
}
