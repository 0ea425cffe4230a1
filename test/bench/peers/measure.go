// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sigtrail/test/bench/counted"
	"sigtrail/test/bench/limits"
)

// burst is the number of signals sent at once when the whole system's work is measured.
const burst = 100

// result is what a peer costs, in instructions for each signal, and what it keeps.
type result struct {
	sender       counted.Cost
	first        counted.Cost // after a pause
	burst, alone float64      // by the whole system, of signals that differ
	repeated     float64      // kept of a row
	differ       float64
	took         float64 // ns for each signal of that row, with all that ran meanwhile
	used         float64 // memory in use after it, in KiB
	flash        float64 // in KiB
}

// usedScript prints the memory that is neither free nor cache, in KiB: MemFree does not
// have the free pages in the processors' lists. killcost's processes are to be gone.
const usedScript = `while pidof killcost >/dev/null; do usleep 100000; done
awk '/^MemTotal:/ { n += $2 }
	/^(MemFree|Buffers|Cached|SReclaimable):/ { n -= $2 }
	/^ +count:/ { n -= 4 * $2 }
	END { print n }' /proc/meminfo /proc/zoneinfo`

// measure measures a peer, or nothing, in a guest of its own.
func measure(ctx context.Context, kernel string, p peer) (r result, err error) {
	g, err := counted.Start(ctx, p.name, kernel, "")
	if err != nil {
		return r, err
	}
	defer g.Close()
	if !p.daemon {
		g.EndDaemon()
	}
	g.Run(p.start)
	r.sender = g.Measure("until kill() returns", p.prefix, "sender")
	r.first = g.Measure("the first after a pause", p.prefix, "first")
	r.burst = g.Median(fmt.Sprintf("%s killcost others system %d", p.prefix, burst))
	r.alone = g.Median(p.prefix + " killcost others system 1")
	g.Run(p.stop)
	g.Run("cat >/tmp/used <<'EOF'\n" + usedScript + "\nEOF")
	for load, kept := range map[string]*float64{"ignored": &r.repeated, "others": &r.differ} {
		g.Run(p.start)
		took := g.Number(fmt.Sprintf("%s killcost %s row %d", p.prefix, load, limits.Row))
		if load == "others" {
			r.took = took
		}
		r.used = g.Number(p.prefix + " sh /tmp/used")
		g.Run(p.stop)
		if p.kept != "" {
			// The ring of ftrace also has a few signals of others.
			*kept = min(g.Number(p.kept), limits.Row)
		}
	}
	for _, name := range strings.Fields(p.packages) {
		if name != "sigtrail" {
			r.flash += g.Number("awk '$1 == \""+name+"\" { print $2 }' /etc/packages") / 1024
		}
	}
	if g.Err == nil {
		fmt.Printf("%s: %+v\n", p.name, r)
	}
	return r, g.Err
}

// listeners measures the sender with as many times sigtrail watch.
func listeners(ctx context.Context, kernel string, n int) (counted.Cost, error) {
	g, err := counted.Start(ctx, fmt.Sprintf("%d listeners", n), kernel, "")
	if err != nil {
		return counted.Cost{}, err
	}
	defer g.Close()
	g.EndDaemon()
	g.Run("echo off >/proc/sys/kernel/sigtrail/printk")
	g.Run(fmt.Sprintf(`for i in $(seq %d); do
			sigtrail watch --json </dev/null >/tmp/heard.$i 2>&1 &
		done
		for i in $(seq %[1]d); do
			until grep -q '"all"' /tmp/heard.$i; do sigtrail mark all; usleep 100000; done
		done`, n))
	c := g.Measure(fmt.Sprintf("%d listeners", n), "", "sender")
	return c, g.Err
}

// growth returns how much larger the second kernel is, in KiB, without what is zero.
func growth(less, more string, size func(string) (int64, int64, error)) (float64, error) {
	a, _, err := size(filepath.Join(less, "vmlinux"))
	if err != nil {
		return 0, err
	}
	b, _, err := size(filepath.Join(more, "vmlinux"))
	return float64(b-a) / 1024, err
}

// sizeOf returns a file's size in KiB.
func sizeOf(name string) (float64, error) {
	info, err := os.Stat(name)
	if err != nil {
		return 0, err
	}
	return float64(info.Size()) / 1024, nil
}
