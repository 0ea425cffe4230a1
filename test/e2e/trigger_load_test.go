// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"sigtrail/test/vm"
)

// TestTriggerLoad sets probes on the path of signals, and removes triggers and the
// module while they hit. An error there stops the guest.
func TestTriggerLoad(t *testing.T) {
	g := boot(t, vm.Config{})
	for _, c := range []struct {
		name string
		test func(*testing.T, *guest)
	}{
		{"on the path of signals", triggerSignalPath},
		{"deleted", triggerDeleted},
		{"unloaded", triggerUnloaded},
		{"hostile", triggerHostile},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, g.of(t)) })
	}
	checkLeaks(t, g)
}

// triggerSignalPath sets probes on functions that run when a signal is sent and
// taken, with siglock or a run queue's lock held, and on functions that a probe's
// handler calls. Not every kernel has or allows all of them.
func triggerSignalPath(t *testing.T, g *guest) {
	must := []string{"complete_signal", "prepare_signal", "try_to_wake_up"}
	may := []string{"__send_signal", "__send_signal_locked", "send_signal_locked", "signal_wake_up_state", "__sigqueue_alloc",
		"get_signal", "dequeue_signal", "do_notify_parent", "release_task", "schedule", "__schedule", "update_rq_clock",
		"sched_clock", "local_clock", "irq_work_queue", "memcpy", "strcmp", "vprintk_emit", "__queue_work", "netlink_broadcast"}
	for _, name := range []string{"sigplay", "storm-receiver"} {
		t.Run(name, func(t *testing.T) {
			g := g.of(t)
			g.script("load; dmesg -n 4") // the console would take minutes for the lines
			added := 0
			for _, symbol := range append(must, may...) {
				out, code, err := g.Run(commandLimit, fmt.Sprintf("nlplay trigger add %s %s", symbol, name))
				if err != nil {
					t.Fatal(err)
				}
				if code == 0 {
					added++
				} else {
					t.Logf("%s: %s", symbol, strings.TrimSpace(out))
				}
			}
			out := g.script(`watch 0
				sigplay storm 3000 >/dev/null && sigplay signals /dev/null
				kill $watcher; nlplay trigger list; unload; dmesg -n 8`)
			hit := map[string]bool{}
			for _, m := range parseMessages(t, "get", out) {
				hit[m.attr["symbol"]] = m.attr["hits"] != "0"
				if m.number(t, "hits") < m.number(t, "acted")+m.number(t, "rate_limited")+m.number(t, "dropped") {
					t.Errorf("the counters do not match: %v", m)
				}
			}
			t.Logf("%d triggers, hit: %v", added, hit)
			for _, symbol := range must {
				if name == "sigplay" && !hit[symbol] {
					t.Errorf("%s is not hit", symbol)
				}
			}
			if len(hit) != added || added < 15 {
				t.Errorf("%d triggers added, %d listed", added, len(hit))
			}
		})
	}
}

// triggerDeleted adds and deletes while threads hit as fast as they can.
func triggerDeleted(t *testing.T, g *guest) {
	g.script("load unchecked_offset=1; watch 0; toywriter -t 2 /dev/null &")
	hits := map[string]int64{}
	for range 10 {
		triggers := []message{
			g.addTrigger("write toywriter rate=10000"),
			g.addTrigger("vfs_write toywriter offset=8 per=1"),
			g.addTrigger("complete_signal toywriter"),
		}
		for _, m := range triggers {
			m = g.delTrigger(m)
			hits[m.attr["symbol"]] += m.number(t, "hits")
		}
	}
	if left := g.script("killall -9 toywriter nlplay; nlplay trigger list; unload"); left != "" || hits["write"] == 0 || hits["vfs_write"] == 0 {
		t.Errorf("hits %v, left %q", hits, left)
	}
}

// triggerUnloaded loads and unloads while signals are sent and hits are queued, with
// a registered task and a listener.
func triggerUnloaded(t *testing.T, g *guest) {
	g.script(`toywriter -t 2 -p 100 /dev/null &
		while [ ! -e /tmp/enough ]; do sigplay storm 500 >/dev/null; done &`)
	for range 8 {
		g.script(`load target_name=toywriter symbol=write skip=3
			wait_by_signal 3
			watch 0
			nlplay trigger add complete_signal sigplay >/dev/null
			nlplay trigger add prepare_signal sigplay per=1 >/dev/null
			await 'grep -q notice /tmp/watched && grep -q signal= /tmp/received'
			unload
			kill -9 $watcher $waiter 2>/dev/null; :`)
	}
	if left := g.script(": >/tmp/enough; killall -9 toywriter; lsmod | grep sigtrail_trigger; :"); left != "" {
		t.Errorf("left: %q", left)
	}
}

const hostileTriggers = 10000

// triggerHostile sends wrong messages to the family, with rights and without.
func triggerHostile(t *testing.T, g *guest) {
	g.script("load; dmesg -n 4")
	m := g.addTrigger("write toywriter")
	fmt.Print(g.run("nlplay fuzz sigtrailtrigger %d 1 admin", hostileTriggers))
	if list := g.run("nlplay trigger list"); strings.Count(list, "\n") != 1 || !strings.Contains(list, "get id="+m.attr["id"]+" ") {
		t.Errorf("CAP_NET_ADMIN alone has changed the triggers:\n%s", list)
	}
	fmt.Print(g.run("nlplay fuzz sigtrailtrigger %d 1", hostileTriggers))
	out := g.script(`nlplay trigger list >/tmp/left
		for id in $(sed 's/^get id=\([0-9]*\) .*/\1/' /tmp/left); do nlplay trigger del $id >/dev/null; done
		wc -l </tmp/left; nlplay trigger list; unload; dmesg -n 8`)
	if strings.Count(out, "\n") != 1 {
		t.Errorf("triggers are left: %s", out)
	}
}
