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

// triggerShell has the functions that the scripts of these tests share.
const triggerShell = `
	ksig=/sys/kernel/debug/sigtrail_trigger
	await() { until eval "$1"; do usleep 10000; done; }
	load() { rmmod sigtrail_trigger 2>/dev/null; insmod /usr/lib/sigtrail_trigger.ko "$@" || exit; }
	unload() { rmmod sigtrail_trigger; }
	said() { dmesg | sed 's/^[^]]*\] //'; }
	watch() {
		rm -f /tmp/watched; nlplay trigger watch "$1" >/tmp/watched & watcher=$!
		await 'grep -qs listening /tmp/watched'
	}
	wait_by_signal() {
		rm -f /tmp/received; ksigwait "$@" >/tmp/received & waiter=$!
		await 'grep -qs registered /tmp/received'
	}
`

// script runs a script that can call the functions of triggerShell.
func (g *guest) script(format string, args ...any) string {
	g.t.Helper()
	return g.run("%s", triggerShell+fmt.Sprintf(format, args...))
}

// of returns the same guest, which fails t.
func (g *guest) of(t *testing.T) *guest {
	sub := *g
	sub.t = t
	return &sub
}

// addTrigger adds a trigger and returns it as the kernel has it.
func (g *guest) addTrigger(format string, args ...any) message {
	g.t.Helper()
	return parseMessage(g.t, g.run("nlplay trigger add "+format, args...))
}

// delTrigger deletes a trigger and returns its counters.
func (g *guest) delTrigger(m message) message {
	g.t.Helper()
	return parseMessage(g.t, g.run("nlplay trigger del %s", m.attr["id"]))
}

// TestTrigger runs toys that hit triggers, and compares the notices by netlink,
// the signals and the log with what the toys did.
func TestTrigger(t *testing.T) {
	g := boot(t, vm.Config{})
	for _, c := range []struct {
		name string
		test func(*testing.T, *guest)
	}{
		{"parameters", triggerParameters},
		{"bad parameters", triggerBadParameters},
		{"upcall", triggerUpcall},
		{"several", triggerSeveral},
		{"arguments", triggerArguments},
		{"hidden arguments", triggerHiddenArguments},
		{"threads", triggerThreads},
		{"refused", triggerRefused},
		{"rate", triggerRate},
		{"lines", triggerLines},
		{"responder", triggerResponder},
		{"rights", triggerRights},
		{"ksig", triggerKsig},
		{"ksig removed", triggerKsigRemoved},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, g.of(t)) })
	}
	checkLeaks(t, g)
}

var triggerLine = regexp.MustCompile(`(?m)^Trigger :: \(toywriter (\d+)\) write #(\d+) \(0x3, 0x[0-9a-f]+, 0x8, 0x[0-9a-f]+, 0x[0-9a-f]+, 0x[0-9a-f]+\)$`)

// triggerParameters adds a trigger without netlink, by the parameters' names and
// by those of the first version.
func triggerParameters(t *testing.T, g *guest) {
	for _, parameters := range []string{
		"target_name=toywriter symbol=write skip=4",
		"target_taskname=toywriter target_syscall=write skipcount=4",
	} {
		t.Run(parameters, func(t *testing.T) { triggerParameter(t, g.of(t), parameters) })
	}
}

// triggerParameter loads the module with a trigger. Two toys write three times
// each, and are counted together.
func triggerParameter(t *testing.T, g *guest, parameters string) {
	out := g.script(`dmesg -c >/dev/null
		load %s
		toywriter -n 3 /dev/null & toywriter -n 3 /dev/null &
		await '[ $(said | grep -c "^Trigger") = 6 ]'
		kill $(pidof toywriter)
		said; nlplay trigger list
		cd /sys/module/sigtrail_trigger/parameters
		grep . target_name symbol skip target_taskname target_syscall skipcount
		cd /; unload`, parameters)
	if !strings.Contains(out, "sigtrail_trigger: trigger 1 on write+0x0 for toywriter, skip 4\n") {
		t.Error("the log does not show the trigger")
	}
	if want := "target_name:toywriter\nsymbol:write\nskip:4\ntarget_taskname:toywriter\ntarget_syscall:write\nskipcount:4\n"; !strings.HasSuffix(out, want) {
		t.Errorf("the parameters are not %q", want)
	}
	pids := map[string]int{}
	for i, m := range triggerLine.FindAllStringSubmatch(out, -1) {
		pids[m[1]]++
		if m[2] != fmt.Sprint(i+1) {
			t.Errorf("hit %d has number %s", i+1, m[2])
		}
	}
	if len(pids) != 2 {
		t.Errorf("hits by process: %v", pids)
	}
	if !strings.Contains(out, " skip=4 per=1 ") || !strings.Contains(out, " hits=6 acted=2 ") {
		t.Error("the list shows other values")
	}
	if t.Failed() {
		t.Log(out)
	}
}

func triggerBadParameters(t *testing.T, g *guest) {
	for _, c := range []struct{ parameters, says string }{
		{"target_name=toywriter", "a trigger needs both target_name= and symbol="},
		{"target_syscall=write skip=3", "a trigger needs both target_name= and symbol="},
		{"skipcount=3", "a trigger needs both target_name= and symbol="},
		{"target_name=toywriter symbol=wriet", "no trigger on wriet+0x0 for toywriter: the kernel has no function or syscall of that name (-2)"},
		{"target_name=toywriter symbol=write offset=4", "no trigger on write+0x4 for toywriter: " + uncheckedOffset + " (-95)"},
		{"target_name=sixteen-letters- symbol=write", "no trigger on write+0x0 for sixteen-letters: the process name is empty or longer than 15 characters (-22)"},
		{"target_name=toywriter symbol=write skip=many", "`many' invalid for parameter `skip'"},
		{"target_name=toywriter symbol=write skipcount=many", "`many' invalid for parameter `skipcount'"},
		{"ksig_signal=33", "ksig: ksig_signal=33 is not a real-time signal: use 34 to 64"},
		{"ksig_signal=65", "ksig: ksig_signal=65 is not a real-time signal: use 34 to 64"},
	} {
		// BusyBox tries twice, by finit_module(2) and by init_module(2).
		out := g.script(`dmesg -c >/dev/null
			(load %s) 2>/dev/null && echo loaded
			said | grep sigtrail_trigger: | grep -v taints | sort -u; lsmod | grep sigtrail_trigger; :`, c.parameters)
		out = strings.Replace(out, "(-122)", "(-95)", 1) // EOPNOTSUPP has another number on MIPS
		if out != "sigtrail_trigger: "+c.says+"\n" {
			t.Errorf("%s: %q", c.parameters, out)
		}
	}
}

func triggerUpcall(t *testing.T, g *guest) {
	g.run(`printf '#!/bin/sh\necho helped >/tmp/helped\n' >/tmp/helper
		chmod +x /tmp/helper; : >/tmp/no-program`)
	for _, c := range []struct{ helper, says string }{
		{"", "helper= is empty: nothing started"},
		{"/tmp/helper", "/tmp/helper started"},
		{"/tmp/nowhere", "/tmp/nowhere not started: error -2"},
		{"/tmp/no-program", "/tmp/no-program not started: error -13"},
	} {
		out := g.script(`dmesg -c >/dev/null; load helper=%s; said; unload`, c.helper)
		if out != "sigtrail_trigger: upcall: "+c.says+"\n" {
			t.Errorf("%s: %q", c.helper, out)
		}
	}
	g.script("await '[ -s /tmp/helped ]'")
}

// triggerSeveral runs five toys that write five times each, with three triggers on
// different functions.
func triggerSeveral(t *testing.T, g *guest) {
	g.script("load unchecked_offset=1")
	byProcess := g.addTrigger("write toywriter skip=2")
	if want := g.architecture().write; byProcess.attr["function"] != want {
		t.Errorf("write is probed at %s, not at %s", byProcess.attr["function"], want)
	}
	byName := g.addTrigger("vfs_write toywriter skip=20 per=1 offset=8")
	others := g.addTrigger("sys_write other")
	out := g.script(`watch 20
		for i in 1 2 3 4 5; do toywriter -n 5 /dev/null & done
		wait $watcher
		for pid in $(pidof toywriter); do
			echo stat pid=$pid start=$(cut -d ' ' -f 22 /proc/$pid/stat)
		done
		kill $(pidof toywriter)
		cat /tmp/watched`)
	starts := map[string]int64{}
	for _, m := range parseMessages(t, "stat", out) {
		starts[m.attr["pid"]] = m.number(t, "start")
	}
	if len(starts) != 5 {
		t.Fatalf("%d toys, not 5: %s", len(starts), out)
	}

	counts := map[string]string{}
	var last int64
	for _, m := range parseMessages(t, "notice", out) {
		pid := m.attr["target_pid"]
		if m.number(t, "start_time")/1e7 != starts[pid] {
			t.Errorf("start time %s, /proc/%s/stat has %d", m.attr["start_time"], pid, starts[pid])
		}
		if m.attr["target_name"] != "toywriter" || m.attr["target_tid"] != pid {
			t.Errorf("the notice is of another process: %v", m)
		}
		switch m.attr["id"] {
		case byProcess.attr["id"]:
			counts[pid] += m.attr["count"]
			if m.attr["symbol"] != "write" || m.attr["offset"] != "0" || len(m.args) != 6 || m.args[0] != "0x3" || m.args[2] != "0x8" {
				t.Errorf("the notice is of another call: %v", m)
			}
		case byName.attr["id"]:
			counts["all"] += m.attr["count"]
			if m.attr["symbol"] != "vfs_write" || m.attr["offset"] != "8" || m.args != nil {
				t.Errorf("the notice is of another call: %v", m)
			}
		}
		if now := m.number(t, "time"); now < last-1e9 {
			t.Errorf("time %d after %d", now, last)
		} else {
			last = now
		}
	}
	for pid := range starts {
		if counts[pid] != "345" {
			t.Errorf("process %s acted at hits %q, not 3, 4 and 5", pid, counts[pid])
		}
	}
	if counts["all"] != "2122232425" {
		t.Errorf("all processes acted at hits %q, not 21 to 25", counts["all"])
	}

	want := "hits=25 acted=15 rate_limited=0 dropped=0 missed=0 forgotten=0"
	if list := g.run("nlplay trigger list"); strings.Count(list, "\n") != 3 || !strings.Contains(list, want) {
		t.Errorf("the list does not have three triggers, one of them with %s:\n%s", want, list)
	}
	for trigger, hits := range map[*message]int64{&byProcess: 25, &byName: 25, &others: 0} {
		if m := g.delTrigger(*trigger); m.number(t, "hits") != hits {
			t.Errorf("%s counted %s hits, not %d", m.attr["symbol"], m.attr["hits"], hits)
		}
	}
	if list := g.run("nlplay trigger list"); list != "" {
		t.Errorf("not deleted:\n%s", list)
	}
	g.script("unload")
}

// triggerArguments checks the arguments of a call that also has some on the stack:
// pthread_create() maps a stack.
func triggerArguments(t *testing.T, g *guest) {
	g.script("load")
	arch := g.architecture()
	g.addTrigger("%s toywriter", arch.mmap)
	out := g.script(`watch 1
		toywriter -n 1 -t 2 /dev/null & wait $watcher
		killall toywriter; cat /tmp/watched; unload`)
	m := parseMessages(t, "notice", out)
	if len(m) != 1 || len(m[0].args) != 6 || strings.Join(m[0].args[3:], " ") != arch.mapping {
		t.Errorf("its arguments are %v", m)
	}
}

// triggerThreads counts a process's threads together.
func triggerThreads(t *testing.T, g *guest) {
	g.script("load")
	g.addTrigger("write toywriter")
	out := g.script(`watch 12
		toywriter -n 4 -t 3 /dev/null & wait $watcher
		killall toywriter; cat /tmp/watched; unload`)
	tids := map[string]int{}
	for _, m := range parseMessages(t, "notice", out) {
		tids[m.attr["target_tid"]]++
	}
	if !strings.Contains(out, " count=12 ") || len(tids) != 3 {
		t.Errorf("hits by thread are %v:\n%s", tids, out)
	}
}

// triggerResponder checks the processes that must not hit a trigger: the one that
// has claimed the log, and one that is registered for signals. Another process of
// the same name does hit it.
func triggerResponder(t *testing.T, g *guest) {
	g.script("load; wait_by_signal 2")
	daemon := g.addTrigger("schedule sigtrail rate=1")
	waiter := g.addTrigger("write ksigwait")
	g.script("echo 1 >$ksig/ksig_send; echo 2 >$ksig/ksig_send; await 'grep -q value=2 /tmp/received'")
	g.expectLog(`--\[44\]--> \(ksigwait`) // the daemon has run
	list := g.run("nlplay trigger list")
	if strings.Count(list, " hits=0 ") != 2 {
		t.Errorf("the daemon, or the registered process, hits a trigger:\n%s", list)
	}
	g.delTrigger(waiter)
	g.run("sigtrail info >/dev/null")
	if m := g.delTrigger(daemon); m.attr["hits"] == "0" {
		t.Error("sigtrail info does not hit the trigger")
	}
	g.script("unload")
}
