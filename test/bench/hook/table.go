// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"sigtrail/test/bench/counted"
	"sigtrail/test/bench/limits"
)

// costs has all results.
type costs struct {
	plain    counted.Cost // the unpatched kernel
	traced   counted.Cost // and with its tracepoint enabled
	off      counted.Cost // patched, switched off
	captured counted.Cost // capturing, no listener
	boxed    counted.Cost // the same, with the ring in a black box
	heard    counted.Cost // with the daemon: until kill() returns
	first    counted.Cost // the same, after a pause
	alone    counted.Cost // with the daemon: by the whole system, one at a time
	burst    counted.Cost // the same, in bursts

	trailAlone, trailBurst       counted.Cost // with the daemon, without the log
	listenerAlone, listenerBurst counted.Cost // with a program that only listens
}

// table returns the result in Markdown.
func (c *costs) table() string {
	var b strings.Builder
	b.WriteString("| Instructions for each `kill()` | handler | adds | ignored | adds | differs | adds |\n" +
		"| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	rounded := func(name string, total counted.Cost, to float64) {
		added := total.Minus(c.plain)
		round := func(x float64) float64 { return math.Round(x/to)*to + 0 } // no -0
		fmt.Fprintf(&b, "| %s", name)
		for _, n := range [][2]float64{{total.Handler, added.Handler}, {total.Ignored, added.Ignored}, {total.Differ, added.Differ}} {
			fmt.Fprintf(&b, " | %.0f | %+.0f", round(n[0]), round(n[1]))
		}
		b.WriteString(" |\n")
	}
	row := func(name string, total counted.Cost) { rounded(name, total, 1) }
	// Rounded more, as a Go program does not always do the same.
	system := func(name string, total counted.Cost) { rounded(name, total, 1000) }
	fmt.Fprintf(&b, "| (a) unpatched kernel | %.0f | | %.0f | | %.0f | |\n", c.plain.Handler, c.plain.Ignored, c.plain.Differ)
	row("(b) patched, switched off", c.off)
	row("(c) capturing, no listener", c.captured)
	row("(c) the same, with a black box", c.boxed)
	row("(d) with the daemon, until `kill()` returns", c.heard)
	row("(d) the same, the first after a pause", c.first)
	system(fmt.Sprintf("(d) with the daemon, whole system, %d at once", burst), c.burst)
	system("(d) with the daemon, whole system, one at a time", c.alone)
	system(fmt.Sprintf("(d) the same without the log, %d at once", burst), c.trailBurst)
	system("(d) the same without the log, one at a time", c.trailAlone)
	row("(e) unpatched, `signal:signal_generate` enabled", c.traced)
	system(fmt.Sprintf("(f) a bare listener, whole system, %d at once", burst), c.listenerBurst)
	system("(f) a bare listener, whole system, one at a time", c.listenerAlone)
	return b.String()
}

// check returns an error for each cost above its limit.
func (c *costs) check() error {
	added := func(total counted.Cost) limits.Added {
		c := total.Minus(c.plain)
		return limits.Added{Handler: c.Handler, Ignored: c.Ignored}
	}
	return limits.Errors(slices.Concat(
		limits.Sender(added(c.off), added(c.captured), added(c.heard), added(c.first)),
		limits.Captured("with a black box", added(c.boxed)),
		limits.Trail(c.trailBurst.Minus(c.listenerBurst).Differ, c.trailAlone.Minus(c.listenerAlone).Differ),
		limits.Log(c.burst.Minus(c.listenerBurst).Differ, c.alone.Minus(c.listenerAlone).Differ)))
}
