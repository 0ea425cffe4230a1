// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"sigtrail/test/vm"
)

// TestSurvivors calls reboot(2) while processes run. One of them writes to a file system
// that is frozen: it outlives SIGKILL, is named first, and with what /proc says of it.
// The others are named, too, each once. BusyBox's reboot itself writes to wtmp.
func TestSurvivors(t *testing.T) {
	g := boot(t, vm.Config{})
	said := strings.Fields(g.run(`cd /proc
		mount -t tmpfs wtmp /var/log
		fsfreeze --freeze /
		dd if=/dev/zero of=/frozen bs=512 count=1 >/dev/null 2>&1 &
		until grep -q '^State:.D' $!/status; do usleep 10000; done
		kill -9 $!
		sleep 100000 >/dev/null 2>&1 &
		until grep -q '^State:.S' $!/status; do usleep 10000; done
		killall -9 httpd
		echo $(pidof dd) $(cat $(pidof dd)/wchan)`))
	if len(said) != 2 {
		t.Fatalf("the process that outlives SIGKILL: %q", said)
	}

	g.typed("reboot -f -n")
	g.expectConsole(`Reboot :: \(reboot \d+\) restart; `)
	g.expectConsole(fmt.Sprintf(`Survivor :: \(dd %s\) D in %s; KILL pending\r?\n`, said[0], said[1]))
	g.expectConsole(`Survivor :: \(sleep \d+\) S in \w*nanosleep\w*\r?\n`)
	g.expectConsole(`reboot: Restarting system`)

	named := map[string]int{}
	lines := regexp.MustCompile(`Survivor :: \((\S+) (\d+)\) .*`).FindAllStringSubmatch(string(g.Console.Bytes()), -1)
	for i, m := range lines {
		named[m[2]]++
		if killed := strings.Contains(m[0], "KILL pending"); killed != (i == 0) {
			t.Errorf("line %d: %s", i, m[0])
		}
	}
	caller := regexp.MustCompile(`Reboot :: \(reboot (\d+)\)`).FindSubmatch(g.Console.Bytes())
	if named["1"]+named[string(caller[1])] != 0 {
		t.Errorf("init or the caller is a survivor: %q", lines)
	}
	for pid, n := range named {
		if n != 1 {
			t.Errorf("%d lines for process %s: %q", n, pid, lines)
		}
	}
	if !regexp.MustCompile(`Survivor :: \(sigtrail \d+\) `).Match(g.Console.Bytes()) {
		t.Errorf("no line for the daemon: %q", lines)
	}
}

// TestSurvivorsOfUsers calls reboot(2) while a user has many processes, with ids below those
// of root's. The latter are named, the one in uninterruptible sleep first.
func TestSurvivorsOfUsers(t *testing.T) {
	const theirs, named = 300, 16
	g := boot(t, vm.Config{})
	said := g.run(`cd /proc
		mount -t tmpfs wtmp /var/log
		su -s /bin/sh nobody -c 'crowd %d >/dev/null'
		sleep 100000 >/dev/null 2>&1 &
		echo $!
		fsfreeze --freeze /
		dd if=/dev/zero of=/frozen bs=512 count=1 >/dev/null 2>&1 &
		until grep -q '^State:.D' $!/status; do usleep 10000; done
		echo $!`, theirs)
	pids := strings.Fields(said)
	if len(pids) != 2 {
		t.Fatalf("root's processes: %q", said)
	}

	g.typed("reboot -f -n")
	g.expectConsole(`Reboot :: \(reboot \d+\) restart; `)
	first, err := g.Console.Expect(commandLimit, `Survivor :: \((\S+) (\d+)\)`)
	if err != nil {
		t.Fatal(err)
	}
	if first[1] != "dd" || first[2] != pids[1] {
		t.Errorf("first: %s", first[0])
	}
	g.expectConsole(`Survivor :: \(sleep ` + pids[0] + `\) `)
	g.expectConsole(`reboot: Restarting system`)
	if n := strings.Count(string(g.Console.Bytes()), "Survivor :: (crowd "); n != named {
		t.Errorf("%d of the user's processes are named", n)
	}
}
