// SPDX-License-Identifier: GPL-2.0-only

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

const mixedSignals = 50000

// generated is an event of the tracepoint signal:signal_generate
// (include/trace/events/signal.h), with the fields that a record also has.
type generated struct {
	signal uint32
	code   int32
	tid    uint32
	group  bool
	result event.Outcome
}

var traceLine = regexp.MustCompile(`signal_generate: sig=(\d+) errno=-?\d+ code=(-?\d+) comm=.* pid=(\d+) grp=(\d) res=(\d)`)

func parseTrace(t *testing.T, text string) []generated {
	t.Helper()
	var list []generated
	for _, line := range lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		m := traceLine.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("not a signal_generate: %q", line)
		}
		n := numbers(t, m[1:])
		list = append(list, generated{uint32(n[0]), int32(n[1]), uint32(n[2]), n[3] == 1, event.Outcome(n[4])})
	}
	return list
}

// ofRecord returns the tracepoint's event of a record. The tracepoint has the result
// "ignored" for a dying target, too.
func ofRecord(e *event.Event) generated {
	result := e.Outcome
	if result == event.Dying {
		result = event.Ignored
	}
	return generated{e.Signal, e.Code, e.TargetTID, e.Scope == event.ScopeProcess, result}
}

// oracle is what the tracepoint has of a load.
type oracle struct {
	first, last int64 // process ids before and after it: all signals to one between were traced
	events      []generated
}

func (o *oracle) target(tid uint32) bool { return o.first < int64(tid) && int64(tid) < o.last }

// trace runs a load while the tracepoint is on.
func (g *guest) trace(load string) (o oracle) {
	g.t.Helper()
	const tracing = "/sys/kernel/tracing/"
	said := lines(g.run(`echo >%[1]strace
		echo 1 >%[1]sevents/signal/signal_generate/enable
		sh -c 'echo $$'; %[2]s; sh -c 'echo $$'
		echo 0 >%[1]sevents/signal/signal_generate/enable`, tracing, load))
	g.t.Log(said)
	o.first, o.last = number(g.t, said[0]), number(g.t, said[len(said)-1])
	text := g.run("cat %strace", tracing)
	if m := regexp.MustCompile(`entries-in-buffer/entries-written: (\d+)/(\d+)`).FindStringSubmatch(text); m == nil || m[1] != m[2] {
		g.t.Fatalf("the trace is not complete: %v", m)
	}
	for _, e := range parseTrace(g.t, text) {
		if o.target(e.tid) {
			o.events = append(o.events, e)
		}
	}
	if len(o.events) < mixedSignals {
		g.t.Errorf("the load has %d signals, not %d", len(o.events), mixedSignals)
	}
	return o
}

// TestOracle compares the records of a mixed load, with nothing left out, with the
// kernel's tracepoint: each event is a record, or counted in one, and there is no other.
// If a user sends the load, only the number of some is in the records, or in the number of
// those that its part of the ring was too small for.
func TestOracle(t *testing.T) {
	g := boot(t, vm.Config{Append: "sigtrail.ring=131072 sigtrail.printk=off"})
	g.run(`printf '[log]\nsyslog = none\n[trail]\nsize = 65536\n' >/etc/sigtrail.ini
		for flag in sigchld sigalrm sigurg kthread; do echo 1 >/proc/sys/kernel/sigtrail/$flag; done
		killall -9 sigtrail
		echo 16384 >/sys/kernel/tracing/buffer_size_kb`)
	load := fmt.Sprint("sigplay mixed ", mixedSignals)
	root := g.trace(load)
	if c := g.counters(); c.RelaySkipped != 0 {
		t.Fatalf("%d records of root's load were overwritten", c.RelaySkipped)
	}
	user := g.trace(fmt.Sprintf("su -s /bin/sh nobody -c 'exec %s'", load))

	g.run("sigtrail mark traced; until grep -qs traced /tmp/sigtrail/trail.*.sig; do usleep 100000; done")
	tr := parseTrail(t, g.run(trailLines))
	tr.checkUnbroken(t)
	lost, c := uint64(0), g.counters()
	for _, l := range tr.losses {
		lost += l.Records()
	}
	if lost != c.RelaySkipped {
		t.Errorf("%d records lost, %d skipped by the relay", lost, c.RelaySkipped)
	}
	if n := root.check(t, tr, false); n != 0 {
		t.Errorf("root's load: %d more signals traced than recorded", n)
	}
	left, summed := user.check(t, tr, true), uint64(0)
	for _, e := range tr.events {
		if e.Kind == event.KindSummary {
			summed += e.Signals()
		}
	}
	if uint64(left) != summed+c.SignalsSkipped {
		t.Errorf("a user's load: %d signals without a record; %d in summaries, %d skipped", left, summed, c.SignalsSkipped)
	}
}

// check compares the events with the records, and returns how many more there are; with
// more, each kind of event can have more.
func (o *oracle) check(t *testing.T, tr trail, more bool) (left int) {
	t.Helper()
	balance := map[generated]int{}
	for _, e := range o.events {
		balance[e]++
	}
	records, signals := 0, 0
	for _, e := range tr.events {
		if e.Kind == event.KindSignal && o.target(e.TargetTID) {
			balance[ofRecord(&e)] -= int(e.Signals())
			records++
			signals += int(e.Signals())
		}
	}
	fmt.Printf("oracle: %d tracepoint events, %d signals in %d records, %d distinct\n", len(o.events), signals, records, len(balance))
	wrong := 0
	for e, n := range balance {
		left += n
		if n == 0 || n > 0 && more {
			continue
		}
		if wrong++; wrong <= 10 {
			t.Errorf("%d more events than records: %+v", n, e)
		}
	}
	if wrong > 10 {
		t.Errorf("and %d more kinds", wrong-10)
	}
	return left
}
