// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"regexp"
	"strings"
	"testing"

	"sigtrail/test/vm"
)

// installScript puts a script into /etc/rc.d.
func (g *guest) installScript(name, script string) {
	g.t.Helper()
	g.run(`mkdir -p /etc/rc.d
		printf '#!/bin/sh\n%%s\n' '%s' >/etc/rc.d/%s
		chmod +x /etc/rc.d/%[2]s
		sync`, script, name)
}

// stallAfterTwo sets the stall time to two seconds.
func (g *guest) stallAfterTwo() {
	g.t.Helper()
	g.run(`printf '[shutdown]\nstall = 2\n' >>/etc/sigtrail.ini; sync`)
}

// expectStall waits until the console and the system log have these lines, in this
// order. A time is when it was reported, on a loaded machine later than asked for.
func (g *guest) expectStall(patterns ...string) {
	g.t.Helper()
	for _, pattern := range patterns {
		g.expectConsole(`\] Stall :: ` + pattern + `\r?\n`)
		g.expectLog(`\] Stall :: ` + pattern + `\n`)
	}
}

// checkSaidOnce fails the test if a line is in the log twice: by the kernel, and by
// the daemon.
func (g *guest) checkSaidOnce() {
	g.t.Helper()
	said := map[string]int{}
	for _, line := range regexp.MustCompile(`\[ *\d+\.\d+\] Stall :: .*`).FindAllString(g.run("logread"), -1) {
		said[line]++
	}
	if len(said) < 2 {
		g.t.Errorf("the log has %v", said)
	}
	for line, n := range said {
		if n != 1 {
			g.t.Errorf("the log has %d times: %s", n, line)
		}
	}
	if own := g.run("logread | grep 'sigtrail.*: Stall ::'; :"); own != "" {
		g.t.Errorf("also logged by the daemon: %s", own)
	}
}

// TestStallStartScript reboots while a start script hangs in the foreground: the
// shutdown waits for its end.
func TestStallStartScript(t *testing.T) {
	g := boot(t, vm.Config{})
	g.installScript("S95portal", "sleep 100000")
	g.stallAfterTwo()
	if err := g.Reset(); err != nil {
		t.Fatal(err)
	}
	g.awaitBoot()
	g.run("until pidof S95portal; do usleep 10000; done")
	if err := g.Type("reboot\n"); err != nil {
		t.Fatal(err)
	}

	g.expectStall(
		`no progress for [23] s of shutdown; init still waits for:`,
		`start script S95portal \(pid \d+\) still runs in the foreground: no stop script starts before it ends`,
		`\(S95portal \d+\) state S, \w+, for \d+ s, child of \(init 1\): /bin/sh /etc/rc\.d/S95portal boot`,
		`\(sleep \d+\) state S, \w+, for \d+ s, child of \(S95portal \d+\): sleep 100000`,
		`\(rcK \d+\) state S, \w+, for [1-4] s, child of \(init 1\): .*/etc/init\.d/rcK`,
		`and \d+ others: .*\bhttpd\b.*`,
		`no progress for [4-7] s of shutdown; init still waits for:`,
		`no progress for ([89]|1[0-5]) s of shutdown; init still waits for:`,
	)
	g.checkSaidOnce()

	g.run("killall sleep")
	g.expectConsole(`Signal :: \(killall \d+\) --\[15\]--> \(sleep \d+\)`)
	g.expectConsole(`Signal :: \(killall \d+\) --\[15\]--> \(httpd \d+\)`)
	g.expectConsole(`reboot: Restarting system`)
	e := g.awaitVerdict()
	if len(e.Stalls) == 0 || !strings.Contains(strings.Join(e.Stalls[0].Lines, "\n"), "start script S95portal") {
		t.Errorf("stalls in the report: %+v", e.Stalls)
	}
}

// TestStallStopScript reboots with a stop script that hangs.
func TestStallStopScript(t *testing.T) {
	g := boot(t, vm.Config{})
	g.installScript("K30portal", "trap : TERM; sleep 100000")
	g.stallAfterTwo()
	g.run("kill -HUP $(pidof sigtrail)")
	g.expectLog(`configuration reloaded`)
	if err := g.Type("reboot\n"); err != nil {
		t.Fatal(err)
	}

	g.expectStall(
		`no progress for [23] s of shutdown; init still waits for:`,
		`stop script K30portal \(pid \d+\) has not returned for [1-4] s`,
		`\(K30portal \d+\) state S, \w+, for [1-4] s, child of \(init 1\): /bin/sh /etc/rc\.d/K30portal shutdown`,
		`\(sleep \d+\) state S, \w+, for [1-4] s, child of \(K30portal \d+\): sleep 100000`,
		`no progress for [4-7] s of shutdown; init still waits for:`,
		`stop script K30portal \(pid \d+\) has not returned for [3-7] s`,
	)
	g.checkSaidOnce()
	if out := g.run("dmesg | grep 'start script'; :"); strings.TrimSpace(out) != "" {
		t.Errorf("a start script is named: %s", out)
	}

	// If the kernel takes no lines from user space, the daemon logs them.
	g.run("echo off >/proc/sys/kernel/printk_devkmsg")
	g.expectLog(`sigtrail\[\d+\]: Stall :: no progress for \d+ s of shutdown; init still waits for:`)
	g.expectLog(`sigtrail\[\d+\]: Stall :: stop script K30portal`)
}

// TestStallLimit reboots by the defaults, as on procd: a service ignores TERM and is
// killed after 5 s, a stop script hangs and is ended after 15 s, and others leave
// processes behind. The script that hangs is named, in time, and no other one.
func TestStallLimit(t *testing.T) {
	g := boot(t, vm.Config{})
	g.installScript("K20stubborn", "killall stubbornd; (sleep 5; killall -9 stubbornd) >/dev/null 2>&1 &")
	g.installScript("K25daemonized", "((while :; do sleep 1000; done) &) >/dev/null 2>&1 &")
	g.installScript("K30hang", "sleep 600")
	g.installScript("K31daemonized", "((while :; do sleep 1000; done) &) >/dev/null 2>&1 &")
	if err := g.Type("reboot\n"); err != nil {
		t.Fatal(err)
	}
	g.expectStall(
		`no progress for [5-9] s of shutdown; init still waits for:`,
		`stop script K30hang \(pid \d+\) has not returned for ([5-9]|1[0-4]) s`,
	)
	g.expectConsole(`reboot: Restarting system`)
	e := g.awaitVerdict()
	verdict := g.run("sigtrail last")
	if !regexp.MustCompile(`slowest: K30hang \d+ 1[4-8]\.\d{3} s, stubbornd \d+ 5\.\d{3} s`).MatchString(verdict) || !regexp.MustCompile(`stalled .*: stop script K30hang`).MatchString(verdict) {
		t.Errorf("the report:\n%s", verdict)
	}
	for _, stall := range e.Stalls {
		if all := strings.Join(stall.Lines, "\n"); strings.Contains(all, "script K2") || strings.Contains(all, "script K31") {
			t.Errorf("blames: %s", all)
		}
	}
}

// TestBlockedUbusReboot plays a reboot over ubus that a start script blocks: procd only
// logs it. It is reported while it hangs, and in the next boot's verdict.
func TestBlockedUbusReboot(t *testing.T) {
	g := boot(t, vm.Config{})
	g.installScript("S95portal", "((while :; do sleep 1000; done) &) >/dev/null 2>&1 &\nsleep 100000")
	if err := g.Reset(); err != nil {
		t.Fatal(err)
	}
	g.awaitBoot()
	g.run("logger -t procd -p daemon.info -- '- shutdown -'")
	g.expectConsole(`Mark :: \(sigtrail \d+\) init logged a shutdown: \w+ +\d+ [\d:]+\r?\n`)
	g.expectStall(
		`no progress for [5-9] s of shutdown; init still waits for:`,
		`start script S95portal \(pid \d+\) still runs in the foreground: no stop script starts before it ends`,
	)
	if err := g.Reset(); err != nil {
		t.Fatal(err)
	}
	e := g.awaitVerdict()
	verdict := g.run("sigtrail last")
	if e.Way != "ubus" || !strings.Contains(verdict, "requested over ubus (as LuCI does), noticed at ") ||
		!regexp.MustCompile(`stalled for [\d.]+ s: start script S95portal`).MatchString(verdict) ||
		!strings.Contains(verdict, "ends before reboot(2): ") {
		t.Errorf("the report:\n%s", verdict)
	}
}

// TestRebootHangsInSync reboots while a disk does not take what is to be written: init is
// not asked. That is reported while it hangs, and in the next boot's verdict.
func TestRebootHangsInSync(t *testing.T) {
	g := boot(t, vm.Config{DeadDisk: true})
	// The last one that closes a disk waits for it, too.
	g.run(`sleep 100000 </dev/vdb >/dev/null 2>&1 &
		for at in 0 1000 2000 3000; do dd if=/dev/zero of=/dev/vdb bs=4096 count=1 seek=$at conv=notrunc; done 2>&1`)
	if err := g.Type("reboot\n"); err != nil {
		t.Fatal(err)
	}
	g.expectStall(
		`no shutdown has begun ([5-9]|1\d) s after a program was started to ask for it:`,
		`\(reboot \d+\) state D, \w+, for ([5-9]|1\d) s, child of \(sh \d+\): reboot`,
		`no shutdown has begun (1\d|2\d) s after a program was started to ask for it:`,
	)
	if out := g.run("ls /etc/sigtrail"); !strings.Contains(out, "shutdown-1.sig") {
		t.Errorf("on flash: %s", out)
	}
	if err := g.Reset(); err != nil {
		t.Fatal(err)
	}
	e := g.awaitVerdict()
	verdict := g.run("sigtrail last")
	if e.Way != "none" || !regexp.MustCompile(`a program was started to ask for one at .*, and had not done so [\d.]+ s later: \(reboot \d+\) state D`).MatchString(verdict) {
		t.Errorf("the report:\n%s", verdict)
	}

	// A program that ends without a shutdown is no hang that lasted.
	g.run("printf '#!/bin/sh\nread -r _ </run/x\n' >/tmp/shutdown; chmod +x /tmp/shutdown; mkfifo /run/x; /tmp/shutdown >/dev/null 2>&1 &")
	g.expectConsole(`Stall :: \(shutdown \d+\) state S`)
	g.run("echo >/run/x")
	g.expectConsole(`Stall :: no shutdown has begun, and the program that was to ask for it has ended`)
	g.run("until ! ls /etc/sigtrail | grep shutdown-2; do sleep 1; done")
}
