// SPDX-License-Identifier: GPL-2.0-only

// Package limits has what a signal may cost, for all benchmarks. They fail above it.
package limits

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Instructions that a signal may cost its sender more than in an unpatched kernel.
const (
	Off             = 8   // switched off
	CapturedHandler = 260 // recorded, without a listener; the target has a handler
	CapturedIgnored = 240 // the same; the target ignores it
	Listener        = 60  // more than this, if somebody listens
	First           = 400 // somebody listens, and it is the first after a pause
	ListenersMore   = 8   // with 16 listeners, more than with one
)

// Instructions that a record may cost the whole system: with the daemon more than with a bare
// listener.
const (
	TrailBurst = 5000  // 100 at once, into the trail
	LogBurst   = 30000 // the same, and into the log; BusyBox's syslogd takes 17,000
	TrailAlone = 40000 // one at a time
	LogAlone   = 70000
	WatchBurst = 8000 // 100 at once, by sigtrail watch, in columns or JSON
)

// Of Row signals in a row, with the daemon, how many have to be kept as a record or in a
// record's count; the rest are counted as lost.
const (
	Row          = 100000
	KeptRepeated = 100000 // each the same as the one before
	KeptDiffer   = 60000  // none the same as one of the last thousand
)

// Check is a figure and its limit.
type Check struct {
	What       string
	Got, Limit float64
	Least      bool // the limit is the least that is allowed
}

// Beyond says whether the figure is beyond its limit.
func (c Check) Beyond() bool {
	if c.Least {
		return c.Got < c.Limit
	}
	return c.Got > c.Limit
}

// Errors returns an error for each figure beyond its limit.
func Errors(checks []Check) error {
	var all []error
	for _, c := range checks {
		if !c.Beyond() {
			continue
		}
		bound := "at most"
		if c.Least {
			bound = "at least"
		}
		all = append(all, fmt.Errorf("%s: %.0f, %s %.0f are allowed", c.What, c.Got, bound, c.Limit))
	}
	return errors.Join(all...)
}

// Table returns all figures with their limits in Markdown.
func Table(checks []Check) string {
	var b strings.Builder
	b.WriteString("| what | measured | limit |\n| --- | ---: | ---: |\n")
	for _, c := range checks {
		sign, beyond := "≤", ""
		if c.Least {
			sign = "≥"
		}
		if c.Beyond() {
			beyond = ": **beyond it**"
		}
		fmt.Fprintf(&b, "| %s | %.0f | %s %.0f%s |\n", c.What, math.Round(c.Got)+0, sign, c.Limit, beyond) // no -0
	}
	return b.String()
}

// Added is what a signal adds for its sender, by the two loads that have a limit.
type Added struct{ Handler, Ignored float64 }

// Sender returns what each signal costs its sender.
func Sender(off, captured, heard, first Added) []Check {
	return slices.Concat([]Check{
		{What: "sender, handler, switched off", Got: off.Handler, Limit: Off},
		{What: "sender, ignored, switched off", Got: off.Ignored, Limit: Off},
	}, Captured("capturing", captured), []Check{
		{What: "sender, handler, with the daemon, more than capturing", Got: heard.Handler - captured.Handler, Limit: Listener},
		{What: "sender, ignored, with the daemon, more than capturing", Got: heard.Ignored - captured.Ignored, Limit: Listener},
		{What: "sender, handler, the first after a pause", Got: first.Handler, Limit: First},
		{What: "sender, ignored, the first after a pause", Got: first.Ignored, Limit: First},
	})
}

// Captured returns what each signal that is recorded costs its sender, without a listener.
func Captured(how string, added Added) []Check {
	return []Check{
		{What: "sender, handler, " + how, Got: added.Handler, Limit: CapturedHandler},
		{What: "sender, ignored, " + how, Got: added.Ignored, Limit: CapturedIgnored},
	}
}

// Trail returns what each record costs the whole system with the trail alone, more than with a
// bare listener.
func Trail(burst, alone float64) []Check {
	return []Check{
		{What: "whole system, trail, 100 at once", Got: burst, Limit: TrailBurst},
		{What: "whole system, trail, one at a time", Got: alone, Limit: TrailAlone},
	}
}

// Log returns the same with trail and log.
func Log(burst, alone float64) []Check {
	return []Check{
		{What: "whole system, trail and log, 100 at once", Got: burst, Limit: LogBurst},
		{What: "whole system, trail and log, one at a time", Got: alone, Limit: LogAlone},
	}
}
