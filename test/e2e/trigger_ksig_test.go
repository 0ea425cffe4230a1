// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// triggerKsig runs a task that is registered for signals, with each way to take a
// signal. The registered thread must get it.
func triggerKsig(t *testing.T, g *guest) {
	for _, how := range []string{"", "-t", "-b"} {
		out := g.script(`load
			wait_by_signal %s 4
			cat $ksig/ksig_task
			echo 4711 >$ksig/ksig_send
			nlplay trigger add write toywriter skip=2 >/dev/null
			toywriter -n 5 /dev/null & toy=$!
			await '[ $(wc -l </tmp/received) = 5 ]'
			kill $toy; echo $toy; cat /tmp/received; unload`, how)
		words := lines(out)
		if len(words) < 2 {
			t.Fatalf("ksigwait %s: %s", how, out)
		}
		tid, pid := words[0], words[1]
		line := "signal=44 code=-1 value=%s tid=" + tid + "\n"
		want := tid + "\n" + pid + "\nregistered tid=" + tid + "\n" +
			fmt.Sprintf(line, "4711") + strings.Repeat(fmt.Sprintf(line, pid), 3)
		if out != want {
			t.Errorf("ksigwait %s: %q, not %q", how, out, want)
		}
	}
	out := g.script(`load ksig_signal=64
		wait_by_signal -s 64 1
		echo 4711 >$ksig/ksig_send; wait $waiter; cat /tmp/received; unload`)
	if !strings.Contains(out, "signal=64 code=-1 value=4711 ") {
		t.Errorf("by signal 64: %q", out)
	}
	// Eight can register, and each of them gets the signal.
	out = g.script(`load
		for i in 1 2 3 4 5 6 7 8 9; do ksigwait 1 2>&1 >/tmp/received.$i & done
		await '[ $(cat /tmp/received.* | wc -l) = 8 ]'
		echo 4711 >$ksig/ksig_send; wait
		cat /tmp/received.* | grep -c value=4711; unload`)
	if !strings.Contains(out, "No space left on device") || !strings.HasSuffix(out, "\n8\n") {
		t.Errorf("nine at once: %q", out)
	}
}

// triggerKsigRemoved registers tasks that have ended, or do not take the signal any
// more, when it is sent. It must not kill them, and no other task may get it.
func triggerKsigRemoved(t *testing.T, g *guest) {
	const gone, unprepared = "has ended or called exec()", "neither catches nor blocks signal 44"
	for _, c := range []struct{ ksigwait, until, says, alive string }{
		{"-d", "grep -q unprepared /tmp/received", unprepared, "ksigwait"},
		{"-x sleep", "grep -q sleep /proc/$waiter/comm", gone, "sleep"},
		{"0", "! grep -q Uid /proc/$waiter/status", gone, ""},
	} {
		out := g.script(`load; dmesg -c >/dev/null
			wait_by_signal %s
			await '%s' 2>/dev/null
			echo 4711 >$ksig/ksig_send && echo sent
			cat $ksig/ksig_task
			cat /proc/$waiter/comm 2>/dev/null; kill -9 $waiter 2>/dev/null
			said | grep removed; unload`, c.ksigwait, c.until)
		m := regexp.MustCompile(`(?s)^sh: write error: No such process\n(.*)sigtrail_trigger: ksig: task \d+ (.*): removed\n$`).FindStringSubmatch(out)
		if m == nil || strings.TrimSpace(m[1]) != c.alive || m[2] != c.says {
			t.Errorf("ksigwait %s: %q", c.ksigwait, out)
		}
	}
	// Another task that gets the id of a registered one is not signalled.
	out := g.script(`load; dmesg -c >/dev/null
		tid=0; until [ $tid -gt 300 ]; do
			ksigwait 0 >/tmp/received; tid=$(sed -n 's/registered tid=//p' /tmp/received)
		done
		max=$(cat /proc/sys/kernel/pid_max); echo $((tid + 50)) >/proc/sys/kernel/pid_max
		until [ "$pid" = $tid ]; do
			[ -z "$pid" ] || { kill -9 $pid; wait $pid; }
			sleep 1000 & pid=$!
		done
		echo $max >/proc/sys/kernel/pid_max
		echo 4711 >$ksig/ksig_send && echo sent
		kill -0 $tid && echo alive
		kill -9 $tid; said | grep "task $tid .*removed"; unload`)
	if !strings.Contains(out, "alive\n") || strings.Contains(out, "sent\n") || !strings.Contains(out, gone) {
		t.Errorf("a reused id: %q", out)
	}
	out = g.script(`load
		echo 999999 >$ksig/ksig_task || echo one word >$ksig/ksig_task || echo 2 >$ksig/ksig_task ||
		echo 4711 >$ksig/ksig_send; unload`)
	for _, word := range []string{"No such process", "Invalid argument"} {
		if strings.Count(out, word) != 2 {
			t.Errorf("no such task, not a number, a kernel thread, no registered task: %q", out)
		}
	}
}
