// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// Limits of what the hook adds to a kill().
const (
	offLimit      = 8   // instructions, switched off
	capturedLimit = 0.7 // of what the tracepoint adds, capturing without a listener
)

// cost is in instructions for each signal.
type cost struct {
	handler, ignored float64
}

func (c cost) minus(other cost) cost {
	return cost{c.handler - other.handler, c.ignored - other.ignored}
}

// costs has all results.
type costs struct {
	plain    cost // the unpatched kernel
	traced   cost // and with its tracepoint enabled
	off      cost // patched, switched off
	captured cost // capturing, no listener
	heard    cost // with the daemon: until kill() returns
	first    cost // the same, after a pause
	alone    cost // with the daemon: by the whole system, one at a time
	burst    cost // the same, in bursts
}

// table returns the result in Markdown.
func (c *costs) table() string {
	var b strings.Builder
	b.WriteString("| Instructions for each `kill()` | handler | adds | ignored | adds |\n" +
		"| --- | ---: | ---: | ---: | ---: |\n")
	rounded := func(name string, total cost, to float64) {
		added := total.minus(c.plain)
		round := func(x float64) float64 { return math.Round(x/to) * to }
		fmt.Fprintf(&b, "| %s | %.0f | %+.0f | %.0f | %+.0f |\n",
			name, round(total.handler), round(added.handler), round(total.ignored), round(added.ignored))
	}
	row := func(name string, total cost) { rounded(name, total, 1) }
	// Rounded more, as a Go program does not always do the same.
	system := func(name string, total cost) { rounded(name, total, 1000) }
	fmt.Fprintf(&b, "| (a) unpatched kernel | %.0f | | %.0f | |\n", c.plain.handler, c.plain.ignored)
	row("(b) patched, switched off", c.off)
	row("(c) capturing, no listener", c.captured)
	row("(d) with the daemon, until `kill()` returns", c.heard)
	row("(d) the same, the first after a pause", c.first)
	system(fmt.Sprintf("(d) with the daemon, whole system, %d at once", burst), c.burst)
	system("(d) with the daemon, whole system, one at a time", c.alone)
	row("(e) unpatched, `signal:signal_generate` enabled", c.traced)
	return b.String()
}

// check returns an error for each cost above its limit.
func (c *costs) check() error {
	off, captured, traced := c.off.minus(c.plain), c.captured.minus(c.plain), c.traced.minus(c.plain)
	var err error
	for _, load := range []struct {
		name                  string
		off, captured, traced float64
	}{
		{"with a handler", off.handler, captured.handler, traced.handler},
		{"ignored", off.ignored, captured.ignored, traced.ignored},
	} {
		if load.off > offLimit {
			err = errors.Join(err, fmt.Errorf("%s: switched off it adds %.2f instructions, at most %d are allowed",
				load.name, load.off, offLimit))
		}
		if most := load.traced * capturedLimit; load.captured > most {
			err = errors.Join(err, fmt.Errorf("%s: capturing adds %.2f instructions, at most %.2f are allowed",
				load.name, load.captured, most))
		}
	}
	return err
}
