// SPDX-License-Identifier: GPL-2.0

//go:build e2e

package e2e

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"sigtrail/test/vm"
)

// triggerShell is what the scripts of these tests have in common.
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
	enrol() {
		rm -f /tmp/told; ksigwait "$@" >/tmp/told & waiter=$!
		await 'grep -qs registered /tmp/told'
	}
`

// script runs one that has triggerShell's words.
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

// addTrigger adds one and returns it as the kernel has it.
func (g *guest) addTrigger(format string, args ...any) message {
	g.t.Helper()
	return parseMessage(g.t, g.run("nlplay trigger add "+format, args...))
}

// delTrigger deletes one and returns what it has counted.
func (g *guest) delTrigger(m message) message {
	g.t.Helper()
	return parseMessage(g.t, g.run("nlplay trigger del %s", m.attr["id"]))
}

// TestTrigger has toys do what triggers wait for, and holds what is told of it,
// by netlink, by signal and in the log, against what they did.
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
		{"threads", triggerThreads},
		{"refused", triggerRefused},
		{"rate", triggerRate},
		{"responder", triggerResponder},
		{"ksig", triggerKsig},
		{"ksig dropped", triggerKsigDropped},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, g.of(t)) })
	}
	checkLeaks(t, g)
}

var triggerLine = regexp.MustCompile(`(?m)^Trigger :: \(toywriter (\d+)\) write #(\d+) \(0x3, 0x[0-9a-f]+, 0x8, 0x[0-9a-f]+, 0x[0-9a-f]+, 0x[0-9a-f]+\)$`)

// triggerParameters needs no netlink: two toys write three times each, and are
// counted together.
func triggerParameters(t *testing.T, g *guest) {
	out := g.script(`dmesg -c >/dev/null
		load target_taskname=toywriter target_syscall=write skipcount=4
		toywriter -n 3 /dev/null & toywriter -n 3 /dev/null &
		await '[ $(said | grep -c "^Trigger") = 6 ]'
		kill $(pidof toywriter)
		said; nlplay trigger list; unload`)
	if !strings.Contains(out, "sigtrail_trigger: trigger 1 on write+0x0 for toywriter, after 4 hits\n") {
		t.Error("its beginning is not told")
	}
	pids := map[string]int{}
	for i, m := range triggerLine.FindAllStringSubmatch(out, -1) {
		pids[m[1]]++
		if m[2] != fmt.Sprint(i+1) {
			t.Errorf("hit %d is told as %s", i+1, m[2])
		}
	}
	if len(pids) != 2 {
		t.Errorf("hits by process: %v", pids)
	}
	if !strings.Contains(out, " skip=4 per=1 ") || !strings.Contains(out, " hits=6 acted=2 ") {
		t.Error("the list has it otherwise")
	}
	if t.Failed() {
		t.Log(out)
	}
}

func triggerBadParameters(t *testing.T, g *guest) {
	for _, c := range []struct{ parameters, says string }{
		{"target_taskname=toywriter", "a trigger needs both, target_taskname= and target_syscall="},
		{"target_syscall=write skipcount=3", "a trigger needs both, target_taskname= and target_syscall="},
		{"skipcount=3", "a trigger needs both, target_taskname= and target_syscall="},
		{"target_taskname=toywriter target_syscall=wriet", "no trigger on wriet+0x0 for toywriter: the kernel has no function or syscall of that name (-2)"},
		{"target_taskname=toywriter target_syscall=write offset=2", "no trigger on write+0x2 for toywriter: no instruction begins at that offset (-22)"},
		{"target_taskname=sixteen-letters- target_syscall=write", "no trigger on write+0x0 for sixteen-letters: the process's name is empty or longer than 15 characters, all that the kernel keeps (-22)"},
		{"target_taskname=toywriter target_syscall=write skipcount=many", "`many' invalid for parameter `skipcount'"},
		{"ksig_signal=33", "ksig: ksig_signal=33 is not a real-time signal for programs, from 34 to 64"},
		{"ksig_signal=65", "ksig: ksig_signal=65 is not a real-time signal for programs, from 34 to 64"},
	} {
		// BusyBox tries twice, by finit_module(2) and by init_module(2).
		out := g.script(`dmesg -c >/dev/null
			(load %s) 2>/dev/null && echo loaded
			said | sort -u; lsmod | grep sigtrail_trigger; :`, c.parameters)
		if out != "sigtrail_trigger: "+c.says+"\n" {
			t.Errorf("%s: %q", c.parameters, out)
		}
	}
}

func triggerUpcall(t *testing.T, g *guest) {
	g.run(`printf '#!/bin/sh\necho helped >/tmp/helped\n' >/tmp/helper
		chmod +x /tmp/helper; : >/tmp/no-program`)
	for _, c := range []struct{ helper, says string }{
		{"", "helper= has no path: nothing is started"},
		{"/tmp/helper", "/tmp/helper is started"},
		{"/tmp/nowhere", "/tmp/nowhere cannot be started: error -2"},
		{"/tmp/no-program", "/tmp/no-program cannot be started: error -13"},
	} {
		out := g.script(`dmesg -c >/dev/null; load helper=%s; said; unload`, c.helper)
		if out != "sigtrail_trigger: upcall: "+c.says+"\n" {
			t.Errorf("%s: %q", c.helper, out)
		}
	}
	g.script("await '[ -s /tmp/helped ]'")
}

// triggerSeveral has five toys write five times each, while three triggers wait
// for different things.
func triggerSeveral(t *testing.T, g *guest) {
	g.script("load")
	byProcess := g.addTrigger("write toywriter skip=2")
	if want := g.architecture().write; byProcess.attr["function"] != want {
		t.Errorf("write is probed at %s, not at %s", byProcess.attr["function"], want)
	}
	byName := g.addTrigger("vfs_write toywriter skip=20 per=1 offset=8")
	others := g.addTrigger("sys_write nobody")
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
		t.Fatalf("no five toys: %s", out)
	}

	counts := map[string]string{}
	var last int64
	for _, m := range parseMessages(t, "notice", out) {
		pid := m.attr["target_pid"]
		if m.number(t, "start_time")/1e7 != starts[pid] {
			t.Errorf("start time %s, /proc/%s/stat has %d", m.attr["start_time"], pid, starts[pid])
		}
		if m.attr["target_name"] != "toywriter" || m.attr["target_tid"] != pid {
			t.Errorf("another process: %v", m)
		}
		switch m.attr["id"] {
		case byProcess.attr["id"]:
			counts[pid] += m.attr["count"]
			if m.attr["symbol"] != "write" || m.attr["offset"] != "0" || len(m.args) != 6 || m.args[0] != "0x3" || m.args[2] != "0x8" {
				t.Errorf("not that call: %v", m)
			}
		case byName.attr["id"]:
			counts["all"] += m.attr["count"]
			if m.attr["symbol"] != "vfs_write" || m.attr["offset"] != "8" || m.args != nil {
				t.Errorf("not that call: %v", m)
			}
		}
		if now := m.number(t, "time"); now < last-1e9 {
			t.Errorf("%d, then %d", last, now)
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
		t.Errorf("all together acted at hits %q, not 21 to 25", counts["all"])
	}

	want := "hits=25 acted=15 rate_limited=0 dropped=0 missed=0 forgotten=0"
	if list := g.run("nlplay trigger list"); strings.Count(list, "\n") != 3 || !strings.Contains(list, want) {
		t.Errorf("the list has not three triggers, one of them with %s:\n%s", want, list)
	}
	for trigger, hits := range map[*message]int64{&byProcess: 25, &byName: 25, &others: 0} {
		if m := g.delTrigger(*trigger); m.number(t, "hits") != hits {
			t.Errorf("%s counted %s hits, not %d", m.attr["symbol"], m.attr["hits"], hits)
		}
	}
	if list := g.run("nlplay trigger list"); list != "" {
		t.Errorf("deleted, and still there:\n%s", list)
	}
	g.script("unload")
}

// triggerArguments looks at a call that has arguments on the stack, too:
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

// triggerRefused asks for what cannot be: one clear line each, and nothing is
// left of it.
func triggerRefused(t *testing.T, g *guest) {
	g.script("load")
	g.addTrigger("write toy")
	locks := "probes use that function themselves"
	if g.architecture().inlined {
		locks = "the kernel has no function or syscall of that name"
	}
	for _, c := range []struct{ args, says string }{
		{"wriet toy", "the kernel has no function or syscall of that name"},
		{"sys_ toy", "the kernel has no function or syscall of that name"},
		{"sys_write toy", "there is a trigger at that place for that name already"},
		{"sigtrail_escape toy", "sigtrail's own functions are not probed"},
		{"__sigtrail_signal toy", "sigtrail's own functions are not probed"},
		{"sigtrail_trigger_table_add toy", "sigtrail's own functions are not probed"},
		{"sigtrail_trigger_probe_hit toy", "the kernel allows no probe at that place"},
		{"notify_die toy", "the kernel allows no probe at that place"},
		{"_raw_spin_lock toy", locks},
		{"_raw_spin_lock_irqsave toy", locks},
		{"do_raw_spin_lock toy", "probes use that function themselves"},
		{"lock_acquire toy", "probes use that function themselves"},
		{"rcu_is_watching toy", "probes use that function themselves"},
		{"call_undef_hook toy", "probes use that function themselves"},
		{"vfs_write toy offset=6", "no instruction begins at that offset"},
		{"vfs_write toy offset=262144", "the function ends before that offset"},
		{"vfs_write toy offset=1048577", "the offset is above 1048576"},
		{"vfs_write toy rate=0", "the rate is not from 1 to 10000 a second"},
		{"vfs_write toy rate=10001", "the rate is not from 1 to 10000 a second"},
		{"vfs_write toy per=2", "per is neither process (0) nor name (1)"},
		{"vfs_write toy skip=1000000001", "skip is above 1000000000"},
		{"vfs_write sixteen-letters-", "the process's name is empty or longer than 15 characters, all that the kernel keeps"},
		{"vfs_write ''", "the process's name is empty or longer than 15 characters, all that the kernel keeps"},
		{"'' toy", "the symbol is empty or longer than 127 characters"},
		{strings.Repeat("x", 128) + " toy", "the symbol is empty or longer than 127 characters"},
	} {
		out, code, err := g.Run(commandLimit, "nlplay trigger add "+c.args)
		if err != nil {
			t.Fatal(err)
		}
		if code == 0 || !strings.HasSuffix(out, " message="+c.says+"\n") {
			t.Errorf("%s: exit code %d, %q", c.args, code, out)
		}
	}
	if out, code, _ := g.Run(commandLimit, "nlplay trigger del 77"); code == 0 || !strings.Contains(out, "there is no trigger of that id") {
		t.Errorf("no such trigger: exit code %d, %q", code, out)
	}
	out := g.script(`for i in $(seq 2 32); do nlplay trigger add write toy$i >/dev/null; done
		nlplay trigger list | wc -l
		nlplay trigger add write toy33; unload`)
	if out != "32\nerror=28 message=there are 32 triggers, and may not be more\n" {
		t.Errorf("the 33rd: %q", out)
	}
}

// triggerRate has a toy write as fast as it can.
func triggerRate(t *testing.T, g *guest) {
	g.script("load; dmesg -c >/dev/null")
	m := g.addTrigger("write toywriter rate=10")
	out := g.script(`watch 31
		toywriter /dev/null & wait $watcher
		kill $!; cat /tmp/watched`)
	m = g.delTrigger(m)
	hits, acted, limited := m.number(t, "hits"), m.number(t, "acted"), m.number(t, "rate_limited")
	t.Logf("%d hits, %d acted", hits, acted)
	if hits < 100 || acted < 31 || acted+limited+m.number(t, "dropped") != hits {
		t.Errorf("the figures do not fit: %v", m)
	}
	var first, last int64
	for i, n := range parseMessages(t, "notice", out) {
		last = n.number(t, "time")
		if i == 0 {
			first = last
		}
	}
	// The 31st is in the fourth second: the rate is that of a second's start.
	if last-first < 2.9e9 {
		t.Errorf("31 notices in %d ns, at a rate of 10 a second", last-first)
	}

	log := g.script("said; unload")
	var said int64
	for _, m := range regexp.MustCompile(`held back (\d+) lines of trigger \d+\n`).FindAllStringSubmatch(log, -1) {
		n, _ := strconv.ParseInt(m[1], 10, 64)
		said += n
	}
	printed := int64(len(triggerLine.FindAllString(log, -1)))
	if said != m.number(t, "held_back") || said+printed != hits {
		t.Errorf("of %d hits %d are printed, %d said to be held back, %s counted", hits, printed, said, m.attr["held_back"])
	}
}

// triggerResponder looks for what must trigger nothing: the process that has
// claimed the log, and one that is told by signal. Another one of the same name
// is none of them.
func triggerResponder(t *testing.T, g *guest) {
	g.script("load; enrol 2")
	daemon := g.addTrigger("schedule sigtrail rate=1")
	waiter := g.addTrigger("write ksigwait")
	g.script("echo 1 >$ksig/ksig_send; echo 2 >$ksig/ksig_send; await 'grep -q value=2 /tmp/told'")
	g.expectLog(`--\[44\]--> \(ksigwait`) // the daemon has been at work
	list := g.run("nlplay trigger list")
	if strings.Count(list, " hits=0 ") != 2 {
		t.Errorf("the daemon triggers, or what is told by signal:\n%s", list)
	}
	g.delTrigger(waiter)
	g.run("sigtrail info >/dev/null")
	if m := g.delTrigger(daemon); m.attr["hits"] == "0" {
		t.Error("and its command line does not")
	}
	g.script("unload")
}
