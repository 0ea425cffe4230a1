// SPDX-License-Identifier: GPL-2.0

//go:build e2e

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// triggerKsig has a task told by signal, in each of the ways to take one, and in
// that thread that has registered.
func triggerKsig(t *testing.T, g *guest) {
	for _, how := range []string{"", "-t", "-b"} {
		out := g.script(`load
			enrol %s 4
			cat $ksig/ksig_task
			echo 4711 >$ksig/ksig_send
			nlplay trigger add write toywriter skip=2 >/dev/null
			toywriter -n 5 /dev/null & toy=$!
			await '[ $(wc -l </tmp/told) = 5 ]'
			kill $toy; echo $toy; cat /tmp/told; unload`, how)
		words := lines(out)
		if len(words) < 2 {
			t.Fatalf("ksigwait %s: %s", how, out)
		}
		tid, pid := words[0], words[1]
		told := "signal=44 code=-1 value=%s tid=" + tid + "\n"
		want := tid + "\n" + pid + "\nregistered tid=" + tid + "\n" +
			fmt.Sprintf(told, "4711") + strings.Repeat(fmt.Sprintf(told, pid), 3)
		if out != want {
			t.Errorf("ksigwait %s: %q, not %q", how, out, want)
		}
	}
	out := g.script(`load ksig_signal=64
		enrol -s 64 1
		echo 4711 >$ksig/ksig_send; wait $waiter; cat /tmp/told; unload`)
	if !strings.Contains(out, "signal=64 code=-1 value=4711 ") {
		t.Errorf("by signal 64: %q", out)
	}
	// Eight can be told, and each of them is.
	out = g.script(`load
		for i in 1 2 3 4 5 6 7 8 9; do ksigwait 1 2>&1 >/tmp/told.$i & done
		await '[ $(cat /tmp/told.* | wc -l) = 8 ]'
		echo 4711 >$ksig/ksig_send; wait
		cat /tmp/told.* | grep -c value=4711; unload`)
	if !strings.Contains(out, "No space left on device") || !strings.HasSuffix(out, "\n8\n") {
		t.Errorf("nine at once: %q", out)
	}
}

// triggerKsigDropped registers tasks that are gone or not prepared any more when
// the signal comes. None of them may be killed by it, nor told for another.
func triggerKsigDropped(t *testing.T, g *guest) {
	const gone, unprepared = "has ended or become another program", "neither catches nor blocks signal 44"
	for _, c := range []struct{ ksigwait, until, says, alive string }{
		{"-d", "grep -q unprepared /tmp/told", unprepared, "ksigwait"},
		{"-x sleep", "grep -q sleep /proc/$waiter/comm", gone, "sleep"},
		{"0", "! grep -q Uid /proc/$waiter/status", gone, ""},
	} {
		out := g.script(`load; dmesg -c >/dev/null
			enrol %s
			await '%s' 2>/dev/null
			echo 4711 >$ksig/ksig_send && echo sent
			cat $ksig/ksig_task
			cat /proc/$waiter/comm 2>/dev/null; kill -9 $waiter 2>/dev/null
			said | grep dropped; unload`, c.ksigwait, c.until)
		told := regexp.MustCompile(`(?s)^sh: write error: No such process\n(.*)sigtrail_trigger: ksig: task \d+ (.*): dropped\n$`).FindStringSubmatch(out)
		if told == nil || strings.TrimSpace(told[1]) != c.alive || told[2] != c.says {
			t.Errorf("ksigwait %s: %q", c.ksigwait, out)
		}
	}
	// A number that is used anew is not the task that had it.
	out := g.script(`load; dmesg -c >/dev/null
		tid=0; until [ $tid -gt 300 ]; do
			ksigwait 0 >/tmp/told; tid=$(sed -n 's/registered tid=//p' /tmp/told)
		done
		max=$(cat /proc/sys/kernel/pid_max); echo $((tid + 50)) >/proc/sys/kernel/pid_max
		until [ "$pid" = $tid ]; do
			[ -z "$pid" ] || { kill -9 $pid; wait $pid; }
			sleep 1000 & pid=$!
		done
		echo $max >/proc/sys/kernel/pid_max
		echo 4711 >$ksig/ksig_send && echo sent
		kill -0 $tid && echo alive
		kill -9 $tid; said | grep "task $tid .*dropped"; unload`)
	if !strings.Contains(out, "alive\n") || strings.Contains(out, "sent\n") || !strings.Contains(out, gone) {
		t.Errorf("a number used anew: %q", out)
	}
	out = g.script(`load
		echo 999999 >$ksig/ksig_task || echo one word >$ksig/ksig_task || echo 2 >$ksig/ksig_task ||
		echo 4711 >$ksig/ksig_send; unload`)
	for _, word := range []string{"No such process", "Invalid argument"} {
		if strings.Count(out, word) != 2 {
			t.Errorf("no task, no number, a kernel thread, nobody to tell: %q", out)
		}
	}
}
