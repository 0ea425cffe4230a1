// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"regexp"
	"strconv"
	"testing"
)

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
