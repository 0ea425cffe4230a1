// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"sigtrail/test/vm"
)

// racing are loads for the kernel part, each beside readers. The switches are changed, and
// claims come and go.
var racing = []string{
	"sigplay storm 8000 8 4",
	"sigplay repeat 2000",
	"sigplay mixed 1000",
	"witness flood one 2", "witness flood two 2", "witness flood targets 2", "witness flood forks 2", "witness flood threads 2",
	"witness flood timers 2", "witness flood session 2",
	"witness evict 30",
	`cd /proc/sys/kernel/sigtrail
	for i in 0 1 2; do
		for switch in enable sigchld sigalrm sigurg kthread printk_rate; do
			was=$(cat $switch); echo $((!was)) >$switch; echo $was >$switch
		done
		for mode in always off auto; do echo $mode >printk; sigtrail mark $mode; done
	done`,
	"killall -9 sigtrail; sigplay storm 2000 8 4",
}

// readers dump, listen, and ask for the state.
const readers = `
(while [ ! -e /tmp/over ]; do sigtrail watch --once --json >/dev/null; sigtrail info >/dev/null; done) &
(while [ ! -e /tmp/over ]; do timeout 1 sigtrail watch >/dev/null; done) &`

// patience makes KCSAN watch an access for about a millisecond: a shorter time can end
// before the guest's other processor gets its turn on a busy machine.
const patience = "kcsan.skip_watch=1000 kcsan.udelay_task=2000 kcsan.udelay_interrupt=200"

// TestKCSAN has no data race in the kernel part, on a kernel that looks for them.
func TestKCSAN(t *testing.T) {
	g := bootFor(t, 3*guestLimit, vm.Config{BlackBox: vm.ByName, Append: patience})
	g.run("printf '[log]\nsyslog = none\n' >/etc/sigtrail.ini; killall -HUP sigtrail")
	g.run("echo on >/sys/kernel/debug/kcsan")
	for _, load := range racing {
		start := time.Now()
		g.run("rm -f /tmp/over; (%s\n) >/dev/null 2>&1\n(%s) >/dev/null; code=$?; : >/tmp/over; exit $code", readers, load)
		t.Logf("%v: %s", time.Since(start).Round(time.Second), load)
	}
	fmt.Print(g.run("cat /sys/kernel/debug/kcsan"))
	g.typed("reboot -f")
	g.expectConsole("reboot: Restarting system")

	ours, others := 0, 0
	for _, report := range races(string(g.Console.Bytes())) {
		if others++; ofKernelPart(report) {
			ours++
			t.Error(report)
		}
	}
	fmt.Printf("%d data races, %d of them in the kernel part\n", others, ours)
}

// stamp is the kernel's before each line.
var stamp = regexp.MustCompile(`(?m)^\[ *\d+\.\d+\] ?`)

// races returns the reports of data races on a console.
func races(console string) (reports []string) {
	console = stamp.ReplaceAllString(strings.ReplaceAll(console, "\r", ""), "")
	for _, part := range strings.Split(console, "BUG: KCSAN: ")[1:] {
		report, _, _ := strings.Cut(part, "\nReported by")
		reports = append(reports, report)
	}
	return reports
}

// access matches the two innermost functions of an access: the first can be one that
// copies or compares for the second.
var access = regexp.MustCompile(`(?m) bytes by .*:\n (\S+)(?:\n (\S+))?`)

// ofKernelPart reports whether one of a report's accesses is by the kernel part.
func ofKernelPart(report string) bool {
	for _, m := range access.FindAllString(report, -1) {
		if strings.Contains(m, "sigtrail_") {
			return true
		}
	}
	return false
}
