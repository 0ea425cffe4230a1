// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"strings"
	"testing"
)

func example() *costs {
	return &costs{
		plain:    cost{3502.02, 633.01},
		off:      cost{3504.00, 634.02},
		captured: cost{3821.01, 913.02},
		burst:    cost{63364.77, 56922.65},
		traced:   cost{4164.26, 1297.17},
	}
}

func TestTable(t *testing.T) {
	table := example().table()
	for _, row := range []string{
		"| (a) unpatched kernel | 3502 | | 633 | |\n",
		"| (b) patched, switched off | 3504 | +2 | 634 | +1 |\n",
		"| (c) capturing, no listener | 3821 | +319 | 913 | +280 |\n",
		"| (d) with the daemon, whole system, 100 at once | 63000 | +60000 | 57000 | +56000 |\n",
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
		{"with a handler: switched off it adds 9", func(c *costs) { c.off.handler = c.plain.handler + 9 }},
		{"ignored: switched off it adds 9", func(c *costs) { c.off.ignored = c.plain.ignored + 9 }},
		{"with a handler: capturing adds 464.00 instructions, at most 463.57", func(c *costs) { c.captured.handler = c.plain.handler + 464 }},
		{"ignored: capturing adds 465.00 instructions, at most 464.91", func(c *costs) { c.captured.ignored = c.plain.ignored + 465 }},
	} {
		costs := example()
		c.harm(costs)
		if err := costs.check(); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%v, want %q", err, c.why)
		}
	}
}
