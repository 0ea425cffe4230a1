// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/bench/limits"
	"sigtrail/test/vm"
)

const stormSignals = 100000

// bigTrail raises the limit of the trail's files, for a storm.
const bigTrail = `printf '[trail]\nsize = 65536\n' >/etc/sigtrail.ini && killall -HUP sigtrail`

// storm sends signals as fast as the guest can, and returns the sender's pid.
func storm(t *testing.T, g *guest, arguments string) (sender int64) {
	t.Helper()
	out := g.run("sigplay %s", arguments)
	t.Log(strings.TrimSpace(out))
	m := regexp.MustCompile(`sender_pid=(\d+)`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no sender in %q", out)
	}
	return number(t, m[1])
}

// afterStorm waits until all records are in the trail, or reported as lost, and
// returns the records of a storm, of a process and its children, and the number of records
// lost.
func afterStorm(t *testing.T, g *guest, sender int64) (sent []event.Event, lost uint64) {
	t.Helper()
	tr := g.trail()
	tr.checkUnbroken(t)
	for _, l := range tr.losses {
		lost += l.Records()
	}
	sent = tr.pick(func(e *event.Event) bool {
		return e.Kind == event.KindSignal && (int64(e.SenderPID) == sender || int64(e.ParentPID) == sender)
	})
	if len(sent) == 0 {
		t.Fatal("no signal of the storm is in the trail")
	}
	return sent, lost
}

// counts returns the daemon's counters in sigtrail info.
func (g *guest) counts() event.Status {
	g.t.Helper()
	var info struct{ Daemon event.Status }
	out := g.run("sigtrail info --json")
	if err := json.Unmarshal([]byte(out), &info); err != nil {
		g.t.Fatalf("%s: %v", out, err)
	}
	return info.Daemon
}

// checkMemory fails the test if the daemon's resident memory is above its limit.
func checkMemory(t *testing.T, g *guest) {
	t.Helper()
	kib := number(t, g.run("sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\) kB/\\1/p' /proc/$(pidof sigtrail)/status"))
	fmt.Printf("the daemon's memory: %d KiB\n", kib)
	if kib > 10*1024 {
		t.Errorf("the daemon takes %d KiB of memory, more than 10 MB", kib)
	}
}

// TestStorm sends signals as fast as the guest can, with the default ring. If all are the
// same, each is in the trail, in a record's count. If none is as the one before, those that
// are lost are counted. How many are kept depends on the host's speed: the test prints it,
// and make bench-peers measures it.
func TestStorm(t *testing.T) {
	t.Run("same", func(t *testing.T) {
		g := boot(t, vm.Config{})
		sent, lost := afterStorm(t, g, storm(t, g, fmt.Sprint("repeat ", stormSignals)))
		signals := uint64(0)
		for _, e := range sent {
			signals += e.Signals()
		}
		fmt.Printf("storm of %d signals, all the same: %d in %d records, %d lost\n", stormSignals, signals, len(sent), lost)
		if signals != stormSignals || lost != 0 {
			t.Errorf("%d signals, %d in %d records, %d records lost", stormSignals, signals, len(sent), lost)
		}
		g.checkSignals(t)
		checkMemory(t, g)
	})
	// Four senders, eight receivers, two numbers, and one processor: with another one the
	// senders would get more of it than the daemon, which is one process.
	t.Run("other", func(t *testing.T) {
		g := boot(t, vm.Config{CPUs: 1})
		g.run(bigTrail)
		sent, lost := afterStorm(t, g, storm(t, g, fmt.Sprintf("storm %d 8 4", stormSignals)))
		fmt.Printf("storm of %d signals, none as the one before: %d in the trail, %d counted as lost\n", stormSignals, len(sent), lost)
		if uint64(len(sent))+lost != stormSignals {
			t.Errorf("%d signals: %d in the trail, %d lost", stormSignals, len(sent), lost)
		}
		if len(sent) < limits.KeptDiffer {
			t.Errorf("only %d of %d signals are in the trail", len(sent), stormSignals)
		}
		checkMemory(t, g)
	})
}

// overrunSignals is three times the capacity of the daemon's socket.
const overrunSignals = 30000

// TestOverrun stops the daemon until its socket is full. If no other listener has room,
// the records wait in the ring. Else the socket overflows (ENOBUFS), and the daemon reads
// the missed records from the ring. It reports exactly what the ring does not have any
// more.
func TestOverrun(t *testing.T) {
	for _, c := range []struct {
		name     string
		ring     int
		other    bool
		overruns bool
		wraps    bool
	}{
		{"waited", 32768, false, false, false}, {"wrapped", 8192, false, false, true},
		{"healed", 32768, true, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := boot(t, vm.Config{Append: fmt.Sprintf("sigtrail.ring=%d", c.ring)})
			g.run(bigTrail)
			g.settle()
			daemon := strings.TrimSpace(g.run("pidof sigtrail"))
			if c.other {
				watch(g)
			}
			g.run(`kill -STOP %s; until grep -q '^State:.T' /proc/%[1]s/status; do usleep 10000; done`, daemon)
			sender := storm(t, g, fmt.Sprint("storm ", overrunSignals))
			g.run("kill -CONT %s", daemon)
			if c.other {
				g.run("kill $(cat /tmp/watch); while [ -d /proc/$(cat /tmp/watch) ]; do usleep 10000; done")
			}
			sent, lost := afterStorm(t, g, sender)
			checkStormOrder(t, sent, lost)
			counts := g.counts()
			fmt.Printf("overrun by %d signals, ring of %d: %d in the trail, %d lost; %d overruns, %d healed\n",
				overrunSignals, c.ring, len(sent), lost, counts.Overruns, counts.Healed)
			if (counts.Overruns != 0) != c.overruns || (counts.Healed != 0) != c.overruns || counts.Lost != lost || (lost != 0) != c.wraps {
				t.Errorf("%d lost in the trail; the daemon counts %d overruns, %d healed, %d lost",
					lost, counts.Overruns, counts.Healed, counts.Lost)
			}
			if uint64(len(sent))+lost != overrunSignals {
				t.Errorf("%d signals: %d in the trail, %d lost", overrunSignals, len(sent), lost)
			}
			checkMemory(t, g)
		})
	}
}

// watch starts a second listener, and waits until it has got a record.
func watch(g *guest) {
	g.run("sigtrail watch >/tmp/watched 2>/dev/null </dev/null & echo $! >/tmp/watch")
	g.run("until [ -s /tmp/watched ]; do sigtrail mark watched; usleep 10000; done")
}

// TestStoppedListener stops another listener until its socket has overflowed. The daemon
// does not wait for it, and loses nothing.
func TestStoppedListener(t *testing.T) {
	g := boot(t, vm.Config{Append: "sigtrail.ring=16384"})
	g.run(bigTrail)
	const signals = 10000
	watch(g)
	g.run("kill -STOP $(cat /tmp/watch)")
	for range 2 {
		sent, lost := afterStorm(t, g, storm(t, g, fmt.Sprint("storm ", signals)))
		if len(sent) != signals || lost != 0 {
			t.Errorf("%d signals: %d in the trail, %d lost", signals, len(sent), lost)
		}
	}
	if counts := g.counts(); counts.Overruns != 0 {
		t.Errorf("the daemon's socket has overflowed %d times", counts.Overruns)
	}
}

// checkStormOrder checks the order of the signals: USR1 and USR2 alternate, except
// where records are lost.
func checkStormOrder(t *testing.T, sent []event.Event, lost uint64) {
	t.Helper()
	for i, e := range sent[1:] {
		previous := sent[i]
		if e.Seq != previous.Seq+1 && lost > 0 {
			continue
		}
		if e.Signal == previous.Signal {
			t.Fatalf("out of order: %v, then %v", &previous, &e)
		}
	}
}

// TestKilledInStorm kills the daemon during a storm. The next one resumes where it
// stopped: every number is in the trail once.
func TestKilledInStorm(t *testing.T) {
	g := boot(t, vm.Config{Append: "sigtrail.ring=16384"})
	g.run(bigTrail)
	before := g.run("pidof sigtrail")
	g.run("sigplay storm 10000 >/tmp/storm & usleep 200000; killall -9 sigtrail; wait")
	g.expectLog(`sigtrail\[\d+\]: .*started`)
	tr := g.trail()
	if after := g.run("pidof sigtrail"); after == before {
		t.Fatalf("the daemon still is process %s", after)
	}
	tr.checkUnbroken(t)
	if tr.losses != nil || tr.events[0].Seq != 1 {
		t.Errorf("the trail begins with %d, losses %v", tr.events[0].Seq, tr.losses)
	}
}
