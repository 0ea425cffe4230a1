// SPDX-License-Identifier: GPL-2.0

//go:build e2e

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/vm"
)

const stormSignals = 10000

// bigTrail makes room for a storm in the trail's files, which are bounded.
const bigTrail = `printf '[trail]\nsize = 16384\n' >/etc/sigtrail.ini && killall -HUP sigtrail`

// storm sends stormSignals as fast as the guest can and returns those records
// of the trail, and what of them it says is lost.
func storm(t *testing.T, g *guest) (sent []event.Event, tr trail) {
	t.Helper()
	out := g.run("sigplay storm %d", stormSignals)
	t.Log(strings.TrimSpace(out))
	m := regexp.MustCompile(`sender_pid=(\d+)`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no sender in %q", out)
	}
	pid := number(t, m[1])
	tr = g.trail()
	tr.checkUnbroken(t)
	return tr.pick(func(e *event.Event) bool {
		return e.Kind == event.KindSignal && int64(e.SenderPID) == pid
	}), tr
}

// rss returns the daemon's resident memory in KiB.
func rss(t *testing.T, g *guest) int64 {
	t.Helper()
	return number(t, g.run("sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\) kB/\\1/p' /proc/$(pidof sigtrail)/status"))
}

// TestStorm sends signals as fast as the guest can. A ring that holds them all
// loses none; one that does not says exactly how many.
func TestStorm(t *testing.T) {
	for _, ring := range []string{"sigtrail.ring=16384", ""} {
		t.Run(ring, func(t *testing.T) {
			g := boot(t, vm.Config{Append: ring})
			g.run(bigTrail)
			sent, tr := storm(t, g)
			var lost uint64
			for _, l := range tr.losses {
				lost += l.Records()
			}
			kib := rss(t, g)
			fmt.Printf("storm of %d signals, %q: %d in the trail, %d counted as lost; the daemon's memory: %d KiB\n",
				stormSignals, ring, len(sent), lost, kib)
			if ring != "" && (len(sent) != stormSignals || lost != 0) {
				t.Error("the ring was large enough for all")
			}
			if uint64(len(sent))+lost < stormSignals {
				t.Errorf("%d signals are neither in the trail nor counted", stormSignals-uint64(len(sent))-lost)
			}
			checkStormOrder(t, sent, lost)
			if kib > 10*1024 {
				t.Errorf("the daemon takes %d KiB of memory, more than 10 MB", kib)
			}
			if ring != "" {
				return
			}
			info := g.run("sigtrail info")
			t.Log(info)
		})
	}
}

// checkStormOrder holds the signals against their order: USR1 and USR2 take
// turns. Only where records are lost may the turn be off.
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

// TestKilledInStorm kills the daemon in the middle of a storm. The next one
// goes on where it stopped: every number is in the trail once.
func TestKilledInStorm(t *testing.T) {
	g := boot(t, vm.Config{Append: "sigtrail.ring=16384"})
	g.run(bigTrail)
	before := g.run("pidof sigtrail")
	g.run("sigplay storm %d >/tmp/storm & usleep 200000; killall -9 sigtrail; wait", stormSignals)
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
