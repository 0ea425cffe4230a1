// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"regexp"
	"strings"
	"testing"
)

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
