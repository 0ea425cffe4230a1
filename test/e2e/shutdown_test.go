// SPDX-License-Identifier: GPL-2.0

//go:build e2e

package e2e

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"sigtrail/internal/event"
	"sigtrail/test/vm"
)

// kept returns the trail of a shutdown, as its file has it.
func (g *guest) kept(number int) *event.Trail {
	g.t.Helper()
	text := lines(g.run("cat /etc/sigtrail/shutdown-%d.jsonl", number))
	kept, err := event.DecodeHeader([]byte(text[0]))
	if err != nil {
		g.t.Fatal(err)
	}
	for _, line := range text[1:] {
		e, l, err := event.DecodeStored([]byte(line))
		if err != nil {
			g.t.Fatalf("%s: %v", line, err)
		}
		if l != (event.Loss{}) {
			kept.Losses = append(kept.Losses, l)
			continue
		}
		if e.Origin == event.OriginLive {
			e.Origin = event.OriginFlash
		}
		kept.Events = append(kept.Events, e)
	}
	return &kept
}

var printedLine = regexp.MustCompile(`(Signal :: \(.*\) --\[\d+\]--> \(.* \d+\))\r\n`)

// checkKept fails the test unless the trail tells of a shutdown, each thing once
// and in order: all that the daemon stored, and all that the console said from one
// point to the other. It returns how much came from where.
func (g *guest) checkKept(kept *event.Trail, from, to int) map[event.Origin]int {
	g.t.Helper()
	counts := map[event.Origin]int{}
	last := uint64(0)
	at := map[string]int{}
	for i, e := range kept.Events {
		counts[e.Origin]++
		if e.Seq != 0 && last != 0 && e.Seq != last+1 {
			g.t.Errorf("number %d after %d", e.Seq, last)
		}
		last = max(last, e.Seq)
		if e.Kind != event.KindSignal {
			continue
		}
		line, _, _ := strings.Cut(e.String(), " SIG")
		if _, ok := at[line]; ok && e.Origin == event.OriginConsole {
			g.t.Errorf("twice: %s", line)
		}
		at[line] = i
	}
	if id := strings.TrimSpace(g.run("cat /proc/sys/kernel/random/boot_id")); kept.MergedBy != id || kept.BootID == id || kept.BootID == "" && counts[event.OriginFlash] > 0 {
		g.t.Errorf("boot %s, merged by %s, running %s", kept.BootID, kept.MergedBy, id)
	}
	if kept.Reset != event.ResetWarm || kept.Pstore != event.PstoreFound || len(kept.Losses) != 0 || kept.Cut != 0 {
		g.t.Errorf("%v, pstore %v, %v, %d cut", kept.Reset, kept.Pstore, kept.Losses, kept.Cut)
	}
	said := printedLine.FindAllStringSubmatch(string(g.Console.Bytes()[from:to]), -1)
	before := -1
	for i, m := range said {
		found, ok := at[m[1]]
		if !ok && i == len(said)-1 {
			continue // the machine was reset before pstore's console had it, too
		}
		if !ok || found < before {
			g.t.Errorf("%s: at %d (%v), behind %d", m[1], found, ok, before)
		}
		before = found
	}
	if len(said) == 0 {
		g.t.Error("the console said nothing")
	}
	return counts
}

// shutDown types reboot, and returns where on the console the shutdown begins.
func (g *guest) shutDown() (from int) {
	g.t.Helper()
	before := len(g.Console.Bytes())
	if err := g.Type("reboot\n"); err != nil {
		g.t.Fatal(err)
	}
	g.expectConsole(`Signal :: \(reboot \d+\) --\[15\]--> \(init 1\)`)
	return before + strings.Index(string(g.Console.Bytes()[before:]), "Signal :: (reboot ")
}

// reset waits for the next boot, and for the line on the last one's end.
func (g *guest) reset() (to int) {
	g.t.Helper()
	g.expectConsole(`Booting Linux`)
	to = strings.LastIndex(string(g.Console.Bytes()), "Booting Linux")
	g.awaitBoot()
	g.expectLog(`Last shutdown :: trail of \d+ records`)
	return to
}

// TestLastShutdown reboots three times, and finds each shutdown after the reset,
// from its first signal to its last. Before, flash was left alone.
func TestLastShutdown(t *testing.T) {
	g := boot(t, vm.Config{})
	for number := 1; number <= 3; number++ {
		if number == 1 {
			if out := g.run("ls -d /etc/sigtrail 2>&1 || true"); !strings.Contains(out, "No such file") {
				t.Errorf("flash was written to before there was a shutdown: %s", out)
			}
		}
		from := g.shutDown()
		g.expectConsole(`reboot: Restarting system`)
		to := g.reset()
		kept := g.kept(number)
		counts := g.checkKept(kept, from, to)
		for _, origin := range []event.Origin{event.OriginFlash, event.OriginPmsg, event.OriginConsole} {
			if counts[origin] == 0 {
				t.Errorf("nothing came by %v", origin)
			}
		}
		if end := kept.Events[len(kept.Events)-1].Text; end != "reboot: Restarting system" {
			t.Errorf("it ends with %q", end)
		}
		g.settle()
		if out := g.run("sigtrail info"); !strings.Contains(out, "flash_writes 1, shutdown_dropped 0") {
			t.Errorf("info says:\n%s", out)
		}
		if kib := rss(t, g); kib > 8<<10 {
			t.Errorf("the daemon's memory: %d KiB", kib)
		}
	}
	if out := g.run("ls /etc/sigtrail"); out != "shutdown-1.jsonl\nshutdown-2.jsonl\nshutdown-3.jsonl\n" {
		t.Errorf("kept is %s", out)
	}
}

// TestResetAmidShutdown resets the machine at ten moments of a shutdown: what the
// console had said by then is found, together with what was stored.
func TestResetAmidShutdown(t *testing.T) {
	g := boot(t, vm.Config{})
	for number := 1; number <= 10; number++ {
		from := g.shutDown()
		time.Sleep(time.Duration(number*number) * 40 * time.Millisecond)
		if err := g.Reset(); err != nil {
			t.Fatal(err)
		}
		to := g.reset()
		t.Logf("reset %d: %v", number, g.checkKept(g.kept(number), from, to))
		if out := g.run("ls /etc/sigtrail"); strings.Contains(out, ".new") {
			t.Errorf("left over: %s", out)
		}
	}
}
