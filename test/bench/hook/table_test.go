// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"strings"
	"testing"

	"sigtrail/test/bench/counted"
)

func example() *costs {
	return &costs{
		plain:         counted.Cost{Handler: 3502.02, Ignored: 633.01, Differ: 650.2},
		off:           counted.Cost{Handler: 3504.00, Ignored: 634.02, Differ: 652.2},
		captured:      counted.Cost{Handler: 3721.01, Ignored: 833.02, Differ: 860},
		boxed:         counted.Cost{Handler: 3722.01, Ignored: 834.02, Differ: 861},
		heard:         counted.Cost{Handler: 3741.01, Ignored: 853.02, Differ: 880},
		first:         counted.Cost{Handler: 3891.01, Ignored: 1023.02, Differ: 1050},
		alone:         counted.Cost{Handler: 63364.77, Ignored: 56922.65, Differ: 57922.65},
		burst:         counted.Cost{Handler: 23364.77, Ignored: 16922.65, Differ: 29922.65},
		trailAlone:    counted.Cost{Differ: 39000},
		trailBurst:    counted.Cost{Differ: 7000},
		listenerAlone: counted.Cost{Differ: 18700},
		listenerBurst: counted.Cost{Differ: 2800},
		traced:        counted.Cost{Handler: 4164.26, Ignored: 1297.17, Differ: 1310},
	}
}

func TestTable(t *testing.T) {
	table := example().table()
	for _, row := range []string{
		"| (a) unpatched kernel | 3502 | | 633 | | 650 | |\n",
		"| (b) patched, switched off | 3504 | +2 | 634 | +1 | 652 | +2 |\n",
		"| (c) capturing, no listener | 3721 | +219 | 833 | +200 | 860 | +210 |\n",
		"| (c) the same, with a black box | 3722 | +220 | 834 | +201 | 861 | +211 |\n",
		"| (d) with the daemon, whole system, 100 at once | 23000 | +20000 | 17000 | +16000 | 30000 | +29000 |\n",
	} {
		if !strings.Contains(table, row) {
			t.Errorf("no %q in\n%s", row, table)
		}
	}
}

func TestCheck(t *testing.T) {
	if err := example().check(); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		why  string
		harm func(*costs)
	}{
		{"handler, switched off: 9, at most 8", func(c *costs) { c.off.Handler = c.plain.Handler + 9 }},
		{"ignored, switched off: 9, at most 8", func(c *costs) { c.off.Ignored = c.plain.Ignored + 9 }},
		{"handler, capturing: 261, at most 260", func(c *costs) { c.captured.Handler = c.plain.Handler + 261 }},
		{"ignored, capturing: 241, at most 240", func(c *costs) { c.captured.Ignored = c.plain.Ignored + 241 }},
		{"handler, with a black box: 261, at most 260", func(c *costs) { c.boxed.Handler = c.plain.Handler + 261 }},
		{"ignored, with a black box: 241, at most 240", func(c *costs) { c.boxed.Ignored = c.plain.Ignored + 241 }},
		{"ignored, with the daemon, more than capturing: 61", func(c *costs) { c.heard.Ignored = c.captured.Ignored + 61 }},
		{"handler, the first after a pause: 401", func(c *costs) { c.first.Handler = c.plain.Handler + 401 }},
		{"trail, 100 at once: 5001", func(c *costs) { c.trailBurst.Differ = c.listenerBurst.Differ + 5001 }},
		{"trail, one at a time: 40001", func(c *costs) { c.trailAlone.Differ = c.listenerAlone.Differ + 40001 }},
		{"log, 100 at once: 30001", func(c *costs) { c.burst.Differ = c.listenerBurst.Differ + 30001 }},
		{"log, one at a time: 70001", func(c *costs) { c.alone.Differ = c.listenerAlone.Differ + 70001 }},
	} {
		costs := example()
		c.harm(costs)
		if err := costs.check(); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%v, want %q", err, c.why)
		}
	}
}
