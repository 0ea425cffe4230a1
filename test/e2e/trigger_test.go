// SPDX-License-Identifier: GPL-2.0-only

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

const uncheckedOffset = "this architecture cannot check the offset: only offset 0 is allowed, unless the module is loaded with unchecked_offset=1"

// triggerRefused adds triggers that are not possible: each gets an error that says
// why, and none is in the table.
func triggerRefused(t *testing.T, g *guest) {
	g.script("load")
	g.addTrigger("write toy")
	locks := "kprobes itself uses that function"
	if g.architecture().inlined {
		locks = "the kernel has no function or syscall of that name"
	}
	g.refuses([]refusal{
		{"wriet toy", "the kernel has no function or syscall of that name"},
		{"sys_ toy", "the kernel has no function or syscall of that name"},
		{"sys_write toy", "a trigger at that place for that name exists"},
		{"sigtrail_escape toy", "sigtrail's own functions cannot be probed"},
		{"__sigtrail_signal toy", "sigtrail's own functions cannot be probed"},
		{"sigtrail_trigger_table_add toy", "sigtrail's own functions cannot be probed"},
		{"sigtrail_trigger_probe_hit toy", "the kernel does not allow a probe at that place"},
		{"notify_die toy", "the kernel does not allow a probe at that place"},
		{"_raw_spin_lock toy", locks},
		{"_raw_spin_lock_irqsave toy", locks},
		{"do_raw_spin_lock toy", "kprobes itself uses that function"},
		{"lock_acquire toy", "kprobes itself uses that function"},
		{"rcu_is_watching toy", "kprobes itself uses that function"},
		{"call_undef_hook toy", "kprobes itself uses that function"},
		{"vfs_write toy offset=4", uncheckedOffset},
		{"vfs_write toy offset=262144", uncheckedOffset},
		{"vfs_write toy offset=1048577", "the offset is above 1048576"},
		{"vfs_write toy rate=0", "the rate must be from 1 to 10000 a second"},
		{"vfs_write toy rate=10001", "the rate must be from 1 to 10000 a second"},
		{"vfs_write toy per=2", "per must be process (0) or name (1)"},
		{"vfs_write toy skip=1000000001", "skip is above 1000000000"},
		{"vfs_write sixteen-letters-", "the process name is empty or longer than 15 characters"},
		{"vfs_write ''", "the process name is empty or longer than 15 characters"},
		{"'' toy", "the symbol is empty or longer than 127 characters"},
		{strings.Repeat("x", 128) + " toy", "the symbol is empty or longer than 127 characters"},
	})
	if out, code, err := g.Run(commandLimit, "nlplay trigger del 77"); err != nil || code == 0 || !strings.Contains(out, "no trigger with that id") {
		t.Errorf("no such trigger: exit code %d, %q, %v", code, out, err)
	}
	out := g.script(`for i in $(seq 2 32); do nlplay trigger add write toy$i >/dev/null; done
		nlplay trigger list | wc -l
		nlplay trigger add write toy33; unload`)
	if out != "32\nerror=28 message=the maximum of 32 triggers is reached\n" {
		t.Errorf("the 33rd: %q", out)
	}
	g.script("load unchecked_offset=1")
	g.refuses([]refusal{
		{"vfs_write toy offset=6", "no instruction begins at that offset"},
		{"vfs_write toy offset=4096", "the offset is beyond the end of the function"}, // in a function of fs/, where probes are allowed
	})
	g.script("unload")
}

// refusal is a trigger that the module does not add, and what it says.
type refusal struct{ args, says string }

func (g *guest) refuses(list []refusal) {
	g.t.Helper()
	for _, c := range list {
		out, code, err := g.Run(commandLimit, "nlplay trigger add "+c.args)
		if err != nil {
			g.t.Fatal(err)
		}
		if code == 0 || !strings.HasSuffix(out, " message="+c.says+"\n") {
			g.t.Errorf("%s: exit code %d, %q", c.args, code, out)
		}
	}
}

// triggerHiddenArguments checks that the arguments of a function that is no syscall are
// not shown: they can be addresses. The log and the notice show the same, which is what
// %p shows: the same value for the same file.
func triggerHiddenArguments(t *testing.T, g *guest) {
	// The read waits for the random numbers that the hash of %p needs.
	g.script("head -c 1 /dev/random >/dev/null; load; dmesg -c >/dev/null")
	g.addTrigger("vfs_write toywriter")
	out := g.script(`watch 2
		toywriter -n 2 /dev/null & wait $watcher
		killall toywriter; cat /tmp/watched`)
	m := parseMessages(t, "notice", out)
	if len(m) != 2 || len(m[0].args) != 6 || len(m[1].args) != 6 {
		t.Fatalf("two notices with arguments: %s", out)
	}
	if m[0].args[0] != m[1].args[0] || m[0].args[2] != m[1].args[2] || m[0].args[0] == m[0].args[2] {
		t.Errorf("the same file and size are shown as %v and %v", m[0].args, m[1].args)
	}
	for _, arg := range m[0].args {
		// %p shows a hash of 32 bits.
		if len(arg) > len("0x12345678") || arg == "0x8" {
			t.Errorf("an argument is shown: %v", m[0].args)
		}
	}
	log := g.script("await 'said | grep -q \"vfs_write #2\"'; said")
	for i, line := range regexp.MustCompile(`(?m)^Trigger :: \(toywriter \d+\) vfs_write #\d \((.*)\)$`).FindAllStringSubmatch(log, -1) {
		// printf has no 0x before a zero.
		for j, arg := range strings.Split(line[1], ", ") {
			if strings.TrimPrefix(arg, "0x") != strings.TrimPrefix(m[i].args[j], "0x") {
				t.Errorf("the log shows %s, the notice %v", line[1], m[i].args)
			}
		}
	}
	g.script("unload")
}

// netAdmin makes a file for confine: CAP_NET_ADMIN alone.
const netAdmin = `printf '{"bounding":["CAP_NET_ADMIN"],"effective":["CAP_NET_ADMIN"],"permitted":["CAP_NET_ADMIN"],"inheritable":["CAP_NET_ADMIN"]}' >/tmp/net-admin.json
`

// triggerRights runs what CAP_NET_ADMIN alone allows, and what it does not.
func triggerRights(t *testing.T, g *guest) {
	const needs = "adding and deleting triggers needs CAP_SYS_ADMIN in the initial user namespace"
	g.script("load; %s", netAdmin)
	m := g.addTrigger("write toywriter")
	out := g.script(`rm -f /tmp/watched
		confine /tmp/net-admin.json nlplay trigger watch 2 >/tmp/watched & watcher=$!
		await 'grep -qs listening /tmp/watched'
		toywriter -n 2 /dev/null & wait $watcher; killall toywriter
		cat /tmp/watched
		confine /tmp/net-admin.json nlplay trigger list
		confine /tmp/net-admin.json sigtrail trigger list
		confine /tmp/net-admin.json cat $ksig/ksig_task
		confine /tmp/net-admin.json nlplay sigio 100 >/dev/null && echo listened`)
	if !strings.HasSuffix(out, "listened\n") || strings.Count(out, "notice id="+m.attr["id"]+" ") != 2 || strings.Count(out, " symbol=write ") != 3 || strings.Count(out, "toywriter") != 4 {
		t.Errorf("CAP_NET_ADMIN alone does not read notices and triggers:\n%s", out)
	}
	for _, c := range []struct {
		command string
		code    int
		says    string
	}{
		{"nlplay trigger add vfs_write toy", 3, "error=1 message=" + needs + "\n"},
		{"nlplay trigger del " + m.attr["id"], 3, "error=1 message=" + needs + "\n"},
		{"nlplay trigger del 77", 3, "error=1 message=" + needs + "\n"},
		{"sigtrail trigger add vfs_write toy", 4, "sigtrail: " + needs + ": run as root"},
		{"sigtrail trigger del " + m.attr["id"], 4, needs + ": run as root"},
		{"sh -c 'echo 0 >/sys/kernel/debug/sigtrail_trigger/ksig_task'", 1, "Operation not permitted"},
		{"sh -c 'echo 1 >/sys/kernel/debug/sigtrail_trigger/ksig_send'", 1, "Operation not permitted"},
		{"rmmod sigtrail_trigger", 1, "Operation not permitted"},
	} {
		out, code, err := g.Run(commandLimit, "confine /tmp/net-admin.json "+c.command)
		if err != nil || code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("%s: exit code %d, %q, %v", c.command, code, out, err)
		}
	}
	if list := g.run("nlplay trigger list"); strings.Count(list, "\n") != 1 || !strings.Contains(list, "get id="+m.attr["id"]+" symbol=write ") {
		t.Errorf("CAP_NET_ADMIN alone has changed the triggers:\n%s", list)
	}
	g.script("unload")
}

// triggerLines checks that the lines of all triggers together are bounded: eight toys
// write as fast as they can, each with a trigger of its own.
func triggerLines(t *testing.T, g *guest) {
	const limit = 100
	if g.architecture() == architectures["mips"] {
		t.Skip("a toy can get SIGSEGV there, also with the module of before this test: see docs/triggers.md")
	}
	out := g.script(`load; dmesg -n 4; dmesg -c >/dev/null
		for i in 1 2 3 4 5 6 7 8; do
			ln -sf /usr/bin/toywriter /tmp/toy$i; nlplay trigger add write toy$i rate=1 >/dev/null
		done
		for i in 1 2 3 4 5 6 7 8; do /tmp/toy$i -p 1000 /dev/null & toys="$toys $!"; done
		await '[ $(dmesg | grep -c "Trigger ::") -ge 300 ]'
		for toy in $toys; do kill $toy || { wait $toy; echo "$toy has ended: $?" >&2; exit 1; }; done; wait
		for i in $(nlplay trigger list | sed 's/^get id=\([0-9]*\) .*/\1/'); do nlplay trigger del $i; done`)
	log := g.script("dmesg; dmesg -n 8; unload")
	var times []float64
	for _, m := range regexp.MustCompile(`(?m)^\[ *(\d+\.\d+)\] Trigger :: `).FindAllStringSubmatch(log, -1) {
		at, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		times = append(times, at)
	}
	// Two seconds of the limit touch any second.
	for i := range len(times) - 2*limit {
		if times[i+2*limit]-times[i] < 1 {
			t.Fatalf("%d lines in %f s", 2*limit+1, times[i+2*limit]-times[i])
		}
	}
	var hits, heldBack, said int64
	for _, m := range parseMessages(t, "del", out) {
		hits += m.number(t, "hits")
		heldBack += m.number(t, "held_back")
	}
	for _, m := range regexp.MustCompile(`held back (\d+) lines of trigger \d+\n`).FindAllStringSubmatch(log, -1) {
		said += number(t, m[1])
	}
	if heldBack != said || hits != said+int64(len(times)) {
		t.Errorf("%d hits: %d printed, %d held back according to the log, %d counted", hits, len(times), said, heldBack)
	}
}

// triggerRate runs a toy that writes as fast as it can.
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
		t.Errorf("the counters do not match: %v", m)
	}
	var first, last int64
	for i, n := range parseMessages(t, "notice", out) {
		last = n.number(t, "time")
		if i == 0 {
			first = last
		}
	}
	// The 31st notice is in the fourth second.
	if last-first < 2.9e9 {
		t.Errorf("31 notices in %d ns, at a rate of 10 a second", last-first)
	}

	log := g.script("said; unload")
	var said int64
	for _, m := range regexp.MustCompile(`held back (\d+) lines of trigger \d+\n`).FindAllStringSubmatch(log, -1) {
		said += number(t, m[1])
	}
	printed := int64(len(triggerLine.FindAllString(log, -1)))
	if said != m.number(t, "held_back") || said+printed != hits {
		t.Errorf("%d hits: %d printed, %d held back according to the log, %s counted", hits, printed, said, m.attr["held_back"])
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
