// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"regexp"
	"strings"
	"testing"

	"sigtrail/test/vm"
)

// TestPrintedKillAll reboots with 500 processes that handle TERM and stay, without a black
// box. The program that starts them prints their ids. Of each the kernel prints TERM, KILL
// and the exit once, and the next boot reports how each has ended.
func TestPrintedKillAll(t *testing.T) {
	const crowd = 500
	g := boot(t, vm.Config{})
	noted := lines(g.run("crowd %d", crowd))
	if len(noted) != crowd {
		t.Fatalf("%d processes", len(noted))
	}
	g.typed("reboot")
	e := g.awaitVerdict()

	printed := map[string]int{}
	for _, p := range g.shutdownPrinted() {
		event, _, _ := strings.Cut(p.text, ",")
		printed[event]++
	}
	missing, twice := 0, 0
	for _, pid := range noted {
		target := "(crowd " + pid + ")"
		for _, line := range []string{
			"Signal :: (init 1) --[15]--> " + target, "Signal :: (init 1) --[9]--> " + target,
			"Exit :: " + target + " killed by SIGKILL",
		} {
			switch printed[line] {
			case 0:
				missing++
			case 1:
			default:
				twice++
			}
		}
	}
	if missing+twice != 0 || e.Lines.HeldBack != 0 {
		t.Errorf("of %d lines %d are missing, %d are there twice; %d held back", 3*crowd, missing, twice, e.Lines.HeldBack)
	}

	killed := 0
	for _, p := range e.Processes {
		if p.TargetName == "crowd" && p.ExitStatus != nil && *p.ExitStatus == 9 {
			killed++
		}
	}
	if killed != crowd || e.Ending != "reboot" || e.Lines.Lost+e.Lines.Cut != 0 {
		t.Errorf("the report has the ends of %d processes, ends with %s, and has lines %+v", killed, e.Ending, e.Lines)
	}
}

// TestPrintedInFlood sends signals in a loop, as any user can, so that lines are held
// back. Signals of root's, marks and the call of reboot(2) are printed nevertheless.
func TestPrintedInFlood(t *testing.T) {
	g := boot(t, vm.Config{Append: "sigtrail.printk=always"})
	g.run(`su -s /bin/sh nobody -c 'trap : USR1; while :; do kill -USR1 $$; done' >/dev/null 2>&1 </dev/null &`)
	g.expectConsole(`sigtrail: held back \d+ lines`)
	const others = 10
	hangUp(g, others)
	const marks = 20
	g.run("i=0; while [ $i -lt %d ]; do sigtrail mark flooded-$i; i=$((i + 1)); done", marks)
	// Now every signal is held back, also on a slow machine.
	g.run("echo 0 >/proc/sys/kernel/sigtrail/printk_rate; i=0; while [ $i -lt %d ]; do sigtrail mark flooded-$i; i=$((i + 1)); done", marks)
	g.typed("reboot -f")
	g.expectConsole(`reboot: Restarting system`)
	console := string(g.Console.Bytes())
	if n := len(regexp.MustCompile(`Mark :: \(sigtrail \d+\) flooded-\d+`).FindAllString(console, -1)); n != 2*marks {
		t.Errorf("of %d marks %d are printed", 2*marks, n)
	}
	if n := len(regexp.MustCompile(`Signal :: \([a-z-]+ \d+\) --\[1\]--> \(httpd \d+\)`).FindAllString(console, -1)); n != others {
		t.Errorf("of %d signals of root's %d are printed", others, n)
	}
	if !regexp.MustCompile(`Reboot :: \(reboot \d+\) restart; parent`).MatchString(console) {
		t.Error("the call of reboot(2) is not printed")
	}
	if len(regexp.MustCompile(`sigtrail: held back \d+ lines\r?\n[^\n]*Mark :: `).FindAllString(console, -1)) == 0 {
		t.Error("no mark comes after the number of lines held back")
	}
}
