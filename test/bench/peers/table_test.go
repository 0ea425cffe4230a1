// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"strings"
	"testing"

	"sigtrail/test/bench/counted"
	"sigtrail/test/bench/limits"
)

func example() *results {
	return &results{
		plain: result{sender: counted.Cost{Handler: 3500, Ignored: 660, Differ: 690}, first: counted.Cost{Handler: 3580, Ignored: 680},
			burst: 700, alone: 800, took: 690, used: 26000},
		peers: map[string]result{
			"captured": {sender: counted.Cost{Handler: 3710, Ignored: 860, Differ: 900}, first: counted.Cost{Ignored: 900},
				burst: 900, alone: 1000, repeated: limits.Row, differ: 5000, took: 900, used: 26320},
			"ftrace": {sender: counted.Cost{Handler: 4163, Ignored: 1324, Differ: 1355}, first: counted.Cost{Ignored: 1320},
				burst: 1400, alone: 1500, repeated: 27601, differ: 27601, took: 1355, used: 27400},
		},
		flash: 2400,
	}
}

func TestTables(t *testing.T) {
	r := example()
	r.peers["off"] = r.plain
	tables := r.senderTable() + r.systemTable() + r.keptTable()
	for _, row := range []string{
		"| ftrace's ring, nobody reads | +663 | 3.2 | +664 | 3.3 | +665 | 3.2 | +640 | 2.9 |\n",
		"| ftrace's ring, nobody reads | +700 | 3.5 | +700 | 3.5 |\n",
		"| **sigtrail's ring**, nobody reads | 100 % | 5 % | 90 | 300 | 2400 |\n",
		"| ftrace's ring, nobody reads | 27 % | 27 % | 136 | 1400 | in the kernel |\n",
		"| sigtrail, switched off | | | 69 | 0 | 2400 |\n",
	} {
		if !strings.Contains(tables, row) {
			t.Errorf("no %q in\n%s", row, tables)
		}
	}
}

func TestChecks(t *testing.T) {
	r := example()
	for _, key := range []string{"off", "trail", "log", "bare", "columns", "json"} {
		r.peers[key] = r.peers["captured"]
	}
	r.peers["off"] = r.plain
	trail := r.peers["trail"]
	trail.differ, trail.burst, trail.first = limits.KeptDiffer, 900+limits.TrailBurst, r.plain.first
	r.peers["trail"] = trail
	if err := limits.Errors(r.checks()); err != nil {
		t.Error(err)
	}
	trail.differ, trail.burst = limits.KeptDiffer-1, 901+limits.TrailBurst
	r.peers["trail"] = trail
	if err := limits.Errors(r.checks()); err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("%v, want two errors", err)
	}
}

func TestPeers(t *testing.T) {
	keys := map[string]bool{}
	for _, p := range allPeers {
		if keys[p.key] {
			t.Errorf("two peers are %q", p.key)
		}
		keys[p.key] = true
		if p.name == "" || p.start == "" || p.stop == "" || (p.packages == "") == (p.own == "") {
			t.Errorf("not complete: %+v", p)
		}
	}
	r := results{peers: map[string]result{"captured": {burst: 1}, "trail": {burst: 2}}}
	if r.reference(ring).burst != 1 || r.reference(file).burst != 2 {
		t.Error("a job's first peer is not sigtrail")
	}
}
