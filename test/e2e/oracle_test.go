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

// TestOracle compares the records of a mixed load, with nothing left out, with the
// kernel's tracepoint: there is one record for each event, and no other.
func TestOracle(t *testing.T) {
	g := boot(t, vm.Config{Append: "sigtrail.ring=131072 sigtrail.printk=off"})
	g.run(`printf '[log]\nsyslog = none\n[trail]\nsize = 65536\n' >/etc/sigtrail.ini
		for flag in sigchld sigalrm sigurg kthread; do echo 1 >/proc/sys/kernel/sigtrail/$flag; done
		killall -9 sigtrail
		cd /sys/kernel/tracing
		echo 16384 >buffer_size_kb
		echo >trace
		echo 1 >events/signal/signal_generate/enable`)
	// A process with an id between these two belongs to the load: all signals to
	// it were traced.
	out := g.run(`sh -c 'echo $$'; sigplay mixed %d; sh -c 'echo $$'
		echo 0 >/sys/kernel/tracing/events/signal/signal_generate/enable`, mixedSignals)
	said := lines(out)
	t.Log(said)
	first, last := number(t, said[0]), number(t, said[len(said)-1])
	ofLoad := func(tid uint32) bool { return first < int64(tid) && int64(tid) < last }

	g.run("sigtrail mark traced; until grep -qs traced /tmp/sigtrail/trail.*.sig; do usleep 100000; done")
	tr := parseTrail(t, g.run(trailLines))
	tr.checkUnbroken(t)
	if tr.losses != nil {
		t.Fatalf("records lost: %v", tr.losses)
	}
	trace := g.run("cat /sys/kernel/tracing/trace")
	if m := regexp.MustCompile(`entries-in-buffer/entries-written: (\d+)/(\d+)`).FindStringSubmatch(trace); m == nil || m[1] != m[2] {
		t.Fatalf("the trace is not complete: %v", m)
	}

	balance := map[generated]int{}
	traced, recorded := 0, 0
	for _, e := range parseTrace(t, trace) {
		if ofLoad(e.tid) {
			balance[e]++
			traced++
		}
	}
	for _, e := range tr.events {
		if e.Kind == event.KindSignal && ofLoad(e.TargetTID) {
			balance[ofRecord(&e)]--
			recorded++
		}
	}
	fmt.Printf("oracle: %d tracepoint events, %d records, %d distinct\n", traced, recorded, len(balance))
	if traced < mixedSignals {
		t.Errorf("the load has %d signals, not %d", traced, mixedSignals)
	}
	wrong := 0
	for e, n := range balance {
		if n == 0 {
			continue
		}
		if wrong++; wrong <= 10 {
			t.Errorf("%d more events than records: %+v", n, e)
		}
	}
	if wrong > 10 {
		t.Errorf("and %d more kinds", wrong-10)
	}
}
