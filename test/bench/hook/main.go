// SPDX-License-Identifier: GPL-2.0-only

// Hook measures the cost of sigtrail for the sender of a signal, in instructions, and
// fails if it is above the limits. QEMU counts, so the numbers do not depend on the
// load of the machine.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"sigtrail/test/bench/counted"
	"sigtrail/test/bench/page"
	"sigtrail/test/vm"
)

// limit is only reached if something is wrong.
const limit = 30 * time.Minute

// burst is the number of signals sent at once when the whole system's work is
// measured: as many as by killall or a shutdown.
const burst = 100

func main() {
	plain := flag.String("plain", "", "directory of the unpatched kernel")
	patched := flag.String("patched", "", "directory of the patched kernel, of the same configuration but for it")
	out := flag.String("out", "build/bench-hook.md", "file for the table")
	doc := flag.String("doc", "", "page that has the table between two marks, and gets the new one")
	flag.Parse()

	ctx, cancel := context.WithTimeout(context.Background(), limit)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, *plain, *patched, *out, *doc)
	stop()
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-hook:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, plain, patched, out, doc string) error {
	var c costs
	if err := measurePlain(ctx, plain, &c); err != nil {
		return err
	}
	if err := measurePatched(ctx, patched, &c); err != nil {
		return err
	}
	if err := measureBoxed(ctx, patched, &c); err != nil {
		return err
	}
	text := c.table()
	fmt.Print("\n", text, "\n")
	if err := os.WriteFile(out, []byte(text), 0o644); err != nil {
		return err
	}
	// The page only gets tables within the limits.
	if err := c.check(); err != nil || doc == "" {
		return err
	}
	return page.Rewrite(doc, "bench-hook", text)
}

func start(ctx context.Context, name, kernel, box string) (*counted.Guest, error) {
	fmt.Printf("The %s kernel boots.\n", name)
	return counted.Start(ctx, "the "+name+" kernel", kernel, box)
}

func measurePlain(ctx context.Context, kernel string, c *costs) error {
	g, err := start(ctx, "unpatched", kernel, "")
	if err != nil {
		return err
	}
	defer g.Close()
	g.EndDaemon() // this kernel has no sigtrail
	c.plain = g.Measure("as it is", "", "sender")
	g.Run("echo 1 >/sys/kernel/tracing/events/signal/signal_generate/enable")
	c.traced = g.Measure("traced", "", "sender")
	return g.Err
}

func measurePatched(ctx context.Context, kernel string, c *costs) error {
	g, err := start(ctx, "patched", kernel, "")
	if err != nil {
		return err
	}
	defer g.Close()

	g.AwaitDaemon()
	c.heard = g.Measure("with the daemon", "", "sender")
	c.first = g.Measure("with the daemon, after a pause", "", "first")
	c.alone = g.Measure("with the daemon, the whole system, one at a time", "", "system 1")
	bursts := fmt.Sprintf("system %d", burst)
	c.burst = g.Measure("with the daemon, the whole system, in bursts", "", bursts)
	g.Configure("[log]\nsyslog = none\n")
	c.trailAlone = g.Measure("with the daemon, without the log, the whole system, one at a time", "", "system 1")
	c.trailBurst = g.Measure("with the daemon, without the log, the whole system, in bursts", "", bursts)

	g.EndDaemon()
	g.Run("echo off >/proc/sys/kernel/sigtrail/printk")
	g.Run("listener >/tmp/listener & until grep -q listens /tmp/listener; do usleep 10000; done")
	c.listenerAlone = g.Measure("with a bare listener, the whole system, one at a time", "", "system 1")
	c.listenerBurst = g.Measure("with a bare listener, the whole system, in bursts", "", bursts)
	g.Run("kill $(pidof listener); while pidof listener; do usleep 10000; done")
	c.captured = g.Measure("capturing, no listener", "", "sender")
	g.Run("echo 0 >/proc/sys/kernel/sigtrail/enable")
	c.off = g.Measure("switched off", "", "sender")
	return g.Err
}

// measureBoxed measures a kernel whose ring is in a black box.
func measureBoxed(ctx context.Context, kernel string, c *costs) error {
	g, err := start(ctx, "boxed", kernel, vm.ByName)
	if err != nil {
		return err
	}
	defer g.Close()
	g.Run(`sigtrail info --json | grep -q '"box_place":"name"'`)
	g.EndDaemon()
	g.Run("echo off >/proc/sys/kernel/sigtrail/printk")
	c.boxed = g.Measure("capturing, no listener", "", "sender")
	return g.Err
}
