// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"fmt"
	"math"
	"strings"

	"sigtrail/test/bench/counted"
	"sigtrail/test/bench/limits"
)

// results has all results, by the peers' keys.
type results struct {
	plain     result // nothing records
	peers     map[string]result
	listener  counted.Cost // the sender, with one listener that is not the daemon
	listeners counted.Cost // with more of them
	flash     float64      // of sigtrail, in KiB
	options   float64      // of the kernel's options for BPF, perf and audit
}

// reference returns sigtrail's result that a job is compared with.
func (r *results) reference(j job) result {
	for _, p := range allPeers {
		if p.job == j {
			return r.peers[p.key]
		}
	}
	return result{}
}

// ratios formats figures of a peer, and how many times sigtrail's each is. Below 1, more
// digits are shown.
func (r *results) ratios(p peer, round float64, figures ...func(result) float64) string {
	var b strings.Builder
	for _, figure := range figures {
		n := figure(r.peers[p.key])
		fmt.Fprintf(&b, " | %+.0f", math.Round(n/round)*round+0) // no -0
		if p.job == other {
			b.WriteString(" |")
			continue
		}
		ratio := n / figure(r.reference(p.job))
		switch {
		case ratio >= 9.95:
			fmt.Fprintf(&b, " | %.0f", ratio)
		case ratio >= 0.95:
			fmt.Fprintf(&b, " | %.1f", ratio)
		default:
			fmt.Fprintf(&b, " | %.2f", ratio)
		}
	}
	return b.String() + " |\n"
}

// each returns a line for each peer that was measured.
func (r *results) each(line func(p peer) string) string {
	var b strings.Builder
	for _, p := range allPeers {
		if _, ok := r.peers[p.key]; ok {
			b.WriteString("| " + p.name + line(p))
		}
	}
	return b.String()
}

// senderTable returns in Markdown what the sender waits for.
func (r *results) senderTable() string {
	return "| the sender, instructions for each `kill()` more | handler | × | ignored | × | differs | × | ignored, first after a pause | × |\n" +
		"| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n" +
		r.each(func(p peer) string {
			return r.ratios(p, 1,
				func(x result) float64 { return x.sender.Handler - r.plain.sender.Handler },
				func(x result) float64 { return x.sender.Ignored - r.plain.sender.Ignored },
				func(x result) float64 { return x.sender.Differ - r.plain.sender.Differ },
				func(x result) float64 { return x.first.Ignored - r.plain.first.Ignored })
		})
}

// systemTable returns in Markdown what the whole system does.
func (r *results) systemTable() string {
	return fmt.Sprintf("| the whole system, instructions for each signal more | %d at once | × | one at a time | × |\n", burst) +
		"| --- | ---: | ---: | ---: | ---: |\n" +
		r.each(func(p peer) string { return r.ratios(p, 100, r.burstOf, r.aloneOf) })
}

func (r *results) burstOf(x result) float64 { return x.burst - r.plain.burst }
func (r *results) aloneOf(x result) float64 { return x.alone - r.plain.alone }

// keptTable returns in Markdown what is kept, and memory and flash.
func (r *results) keptTable() string {
	share := func(n float64) string { return fmt.Sprintf("%.0f %%", math.Floor(n*100/limits.Row)) }
	return fmt.Sprintf("| %d signals in a row | kept, repeated | kept, each differs | takes, in ms | memory, in KiB | flash, in KiB |\n"+
		"| --- | ---: | ---: | ---: | ---: | ---: |\n", limits.Row) +
		fmt.Sprintf("| nothing | | | %.0f | | |\n", r.plain.took*limits.Row/1e6) +
		r.each(func(p peer) string {
			x := r.peers[p.key]
			kept := " | | |"
			if p.kept != "" {
				kept = fmt.Sprintf(" | %s | %s |", share(x.repeated), share(x.differ))
			}
			flash := p.own
			switch p.packages {
			case "":
			case "sigtrail":
				flash = fmt.Sprintf("%.0f", r.flash)
			default:
				flash = fmt.Sprintf("%.0f", x.flash)
			}
			return fmt.Sprintf("%s %.0f | %.0f | %s |\n", kept, x.took*limits.Row/1e6,
				math.Round((x.used-r.plain.used)/100)*100+0, flash)
		}) +
		fmt.Sprintf("| the kernel's BPF, perf and audit | | | | | %.0f |\n", r.options)
}

// checks returns sigtrail's figures that have limits.
func (r *results) checks() []limits.Check {
	added := func(c, plain counted.Cost) limits.Added {
		c = c.Minus(plain)
		return limits.Added{Handler: c.Handler, Ignored: c.Ignored}
	}
	sender := func(key string) limits.Added { return added(r.peers[key].sender, r.plain.sender) }
	trail, log, bare := r.peers["trail"], r.peers["log"], r.peers["bare"]
	checks := limits.Sender(sender("off"), sender("captured"), sender("trail"), added(trail.first, r.plain.first))
	checks = append(checks, limits.Check{What: fmt.Sprintf("sender, ignored, %d listeners, more than one", more),
		Got: r.listeners.Ignored - r.listener.Ignored, Limit: limits.ListenersMore})
	checks = append(checks, limits.Trail(trail.burst-bare.burst, trail.alone-bare.alone)...)
	checks = append(checks, limits.Log(log.burst-bare.burst, log.alone-bare.alone)...)
	return append(checks,
		limits.Check{What: "whole system, `sigtrail watch`, 100 at once", Got: r.burstOf(r.peers["columns"]), Limit: limits.WatchBurst},
		limits.Check{What: "whole system, `sigtrail watch --json`, 100 at once", Got: r.burstOf(r.peers["json"]), Limit: limits.WatchBurst},
		limits.Check{What: "kept of 100,000 that repeat", Got: trail.repeated, Limit: limits.KeptRepeated, Least: true},
		limits.Check{What: "kept of 100,000 that differ", Got: trail.differ, Limit: limits.KeptDiffer, Least: true})
}
