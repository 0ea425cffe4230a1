// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/vm"
)

// printed returns the number of the kernel's lines about signals to processes with
// a name.
func printed(g *guest, name string) int64 {
	g.t.Helper()
	return number(g.t, g.run("dmesg | grep -c '(%s [0-9]*)$'; :", name))
}

// hangUp sends SIGHUP to the web server, which keeps running.
func hangUp(g *guest, times int) {
	g.t.Helper()
	g.run("i=0; while [ $i -lt %d ]; do kill -HUP $(pidof httpd); i=$((i + 1)); done", times)
}

// TestPrintkModes changes the mode by sysctl, claim and shutdown, and counts the
// kernel's lines.
func TestPrintkModes(t *testing.T) {
	g := boot(t, vm.Config{})
	for _, c := range []struct {
		before  string
		printed bool
	}{
		{"", false}, // auto, and the daemon has the claim
		{"echo always >/proc/sys/kernel/sigtrail/printk", true},
		{"echo off >/proc/sys/kernel/sigtrail/printk", false},
		{"echo auto >/proc/sys/kernel/sigtrail/printk", false},
		{"echo never >/proc/sys/kernel/sigtrail/printk 2>/dev/null", false}, // refused
		{"kill -STOP $(pidof sigtrail)", false},                             // stopped, but it has the claim
		{"kill -CONT $(pidof sigtrail)", false},
		{"sigtrail mark --shutdown 'going down'", true},
	} {
		g.run("%s\n:", c.before)
		before := printed(g, "httpd")
		hangUp(g, 1)
		if got := printed(g, "httpd") > before; got != c.printed {
			t.Errorf("after %q: printed %v, want %v", c.before, got, c.printed)
		}
	}
	if mode := strings.TrimSpace(g.run("cat /proc/sys/kernel/sigtrail/printk")); mode != "auto" {
		t.Errorf("mode %q", mode)
	}
	if !strings.Contains(g.run("dmesg"), `) going down`) {
		t.Error("the mark of the shutdown is not printed")
	}
	// During shutdown the daemon ignores SIGTERM.
	before := g.run("pidof sigtrail")
	g.run("kill $(pidof sigtrail)")
	g.expectLog(`shutdown has begun, recording until killed`)
	if after := g.run("pidof sigtrail"); after != before {
		t.Errorf("the daemon was %s, is %s", before, after)
	}
	marks := g.trail().pick(func(e *event.Event) bool { return e.Text == "going down" })
	if len(marks) != 1 || marks[0].Flags&event.FlagShutdown == 0 || marks[0].SenderName != "sigtrail" {
		t.Errorf("the mark in the trail: %v", marks)
	}
}

// TestPrintkParameters sets switches on the kernel's command line: they apply from
// the first signal on, before init has started.
func TestPrintkParameters(t *testing.T) {
	g := boot(t, vm.Config{Append: "sigtrail.printk=always sigtrail.printk_rate=5 sigtrail.sigchld=1"})
	if got := g.run("cd /proc/sys/kernel/sigtrail; echo $(cat printk printk_rate sigchld sigalrm)"); got != "always 5 1 0\n" {
		t.Errorf("switches are %q", got)
	}
	if !strings.Contains(g.run("dmesg"), fmt.Sprintf("Signal :: (kernel 0) --[%d]--> (rcS ", g.signal("CHLD"))) {
		t.Error("the first SIGCHLD are not printed")
	}

	// The rate is limited; lines held back are counted, and the count is printed.
	g.run("echo 0 >/proc/sys/kernel/sigtrail/sigchld")
	hangUp(g, 50)
	g.expectLog(`sigtrail: held back \d+ lines`)
	said := int64(0)
	for _, m := range regexp.MustCompile(`sigtrail: held back (\d+) lines`).FindAllStringSubmatch(g.run("dmesg"), -1) {
		said += number(t, m[1])
	}
	counted := number(t, g.run(`sigtrail info --json | sed 's/.*"held_back":\([0-9]*\).*/\1/'`))
	if said == 0 || said > counted {
		t.Errorf("%d lines held back according to the log, %d counted", said, counted)
	}
}

// TestSwitchedOff boots with capture off: no signal is recorded until it is switched
// on, but the daemon's claim and the switch are.
func TestSwitchedOff(t *testing.T) {
	g := boot(t, vm.Config{Append: "sigtrail.enable=0"})
	hangUp(g, 1)
	if out, code, err := g.Run(commandLimit, "sigtrail mark lost"); err != nil || code == 0 || !strings.Contains(out, "capture is switched off") {
		t.Errorf("a mark while capture is off: exit code %d, %q, %v", code, out, err)
	}
	g.run("echo 1 >/proc/sys/kernel/sigtrail/enable")
	hangUp(g, 1)
	tr := g.trail()
	if tr.events[0].Seq != 1 || tr.events[0].Kind != event.KindClaim || tr.events[1].Text != "enable=1" ||
		tr.events[2].TargetName != "httpd" {
		t.Errorf("the trail begins with %v, %v, %v", &tr.events[0], &tr.events[1], &tr.events[2])
	}
}

// TestWaysDown shuts down without a signal to init. As soon as the kernel knows of
// it, each line is printed until the reset.
func TestWaysDown(t *testing.T) {
	for _, c := range []struct {
		name, script string
		prints       []string
	}{
		// As the init script's shutdown action does after a call of ubus.
		{"mark", "sigtrail mark --shutdown ubus; kill -WINCH 1; kill -CONT 1; kill -HUP $(pidof httpd); reboot -f", []string{
			`Mark :: \(sigtrail \d+\) ubus`, `Signal :: \(sh \d+\) --\[1\]--> \(httpd \d+\)`,
			`Reboot :: \(reboot \d+\) restart; parent \((?:sh|init) \d+\)`, `reboot: Restarting system`,
		}},
		// As sysupgrade does.
		{"forced", "killall -9 httpd; reboot -f", []string{
			`Reboot :: \(reboot \d+\) restart; parent \((?:sh|init) \d+\)`, `reboot: Restarting system`,
		}},
		{"poweroff", "poweroff", []string{
			`Signal :: \(poweroff \d+\) --\[12\]--> \(init 1\)`, `Signal :: \(init 1\) --\[9\]--> \(stubbornd \d+\)`,
			`Reboot :: \(init \d+\) power_off`, `reboot: Power down`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := boot(t, vm.Config{})
			g.run("(%s) >/dev/null 2>&1 &", c.script)
			for _, pattern := range c.prints {
				g.expectConsole(pattern)
			}
		})
	}
}
