// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"regexp"
	"strings"
	"testing"

	"sigtrail/test/vm"
)

var panicked = regexp.MustCompile(`s after boot, at 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC: Kernel panic - not syncing: `)

// TestPanicRecord ends a boot by a panic, on a board whose pstore keeps only records of
// the kernel's log. The next boot tells it, and the one after that does not repeat it.
func TestPanicRecord(t *testing.T) {
	g := boot(t, vm.Config{Append: "ramoops.console_size=0 ramoops.pmsg_size=0 panic=1"})
	for _, first := range []bool{true, false} {
		g.run("echo 1 >/proc/sys/vm/panic_on_oom")
		g.typed("tail /dev/zero")
		e := g.awaitVerdict()
		out := g.run("ls -l --full-time /sys/fs/pstore; sigtrail last")
		if e.Way != "none" || e.Ending != "failure" || e.Reset != "warm" || !panicked.MatchString(out) ||
			strings.Contains(out, "not shown to be") {
			t.Errorf("after a panic, first %t: %+v\n%s", first, e, out)
		}
	}
	g.typed("reboot -f") // nothing has a place for the record of it
	e := g.awaitVerdict()
	if out := g.run("ls /sys/fs/pstore; sigtrail last"); e.Way != "none" || e.Ending != "missing" || strings.Contains(out, "Kernel panic") || !strings.Contains(out, "dmesg-ramoops-0") ||
		!strings.Contains(out, "that an earlier start told") {
		t.Errorf("after reboot -f: %+v\n%s", e, out)
	}
}

// TestNoStamps shuts down a kernel that prints no times: with the service's records times
// are bounds, without them unknown.
func TestNoStamps(t *testing.T) {
	g := boot(t, vm.Config{Append: "printk.time=0 ramoops.pmsg_size=0"})
	g.typed("reboot")
	e := g.awaitVerdict()
	out := g.run("sigtrail last")
	if e.Way != "signal" || e.Ending != "reboot" || e.Reset != "warm" || e.Lines.Flash == 0 || e.Lines.Console == 0 ||
		!strings.Contains(out, "\n  took at least ") || strings.Contains(out, " 0.000 s") || strings.Contains(out, "not shown to be") {
		t.Errorf("with flash: %+v\n%s", e, out)
	}
	g.run(`printf '[shutdown]\ndir = none\n' >/etc/sigtrail.ini; sync`)
	g.typed("reboot")
	g.awaitVerdict()
	g.typed("reboot")
	e = g.awaitVerdict()
	out = g.run("sigtrail last")
	if e.Ending != "reboot" || e.Reset != "warm" || e.Lines.Flash != 0 || e.Lines.Console == 0 ||
		!strings.Contains(out, "\n  duration unknown\n") || strings.Contains(out, " 0.000 s") {
		t.Errorf("without flash: %+v\n%s", e, out)
	}
}
