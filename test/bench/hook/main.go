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
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sigtrail/test/bench/page"
	"sigtrail/test/vm"
)

// A machine that counts instructions is slow, and slower on a busy host. These
// timeouts are only reached if something is wrong.
const (
	bootLimit    = 5 * time.Minute
	commandLimit = 5 * time.Minute
	limit        = 30 * time.Minute
)

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

// machine is a guest, and the first error: its methods do nothing after it.
type machine struct {
	*vm.VM
	name string
	err  error
}

func start(ctx context.Context, name, kernel string) (*machine, error) {
	config, err := os.ReadFile(filepath.Join(kernel, "config"))
	if err != nil {
		return nil, err
	}
	// Without it a disabled hook would load and test a word.
	if !strings.Contains(string(config), "\nCONFIG_JUMP_LABEL=y\n") {
		return nil, fmt.Errorf("%s: CONFIG_JUMP_LABEL is off", kernel)
	}
	fmt.Printf("The %s kernel boots.\n", name)
	guest, err := vm.Start(ctx, vm.Config{
		Kernel: filepath.Join(kernel, "image"),
		CPUs:   1,
		ICount: "shift=0",
	})
	if err != nil {
		return nil, err
	}
	return &machine{VM: guest, name: name, err: guest.AwaitReady(bootLimit)}, nil
}

// run runs a script that must succeed.
func (m *machine) run(script string) string {
	if m.err != nil {
		return ""
	}
	out, err := m.Output(commandLimit, script)
	if err != nil {
		m.err = fmt.Errorf("the %s kernel: %w", m.name, err)
	}
	return out
}

// measure measures both loads; how is the rest of killcost's arguments.
func (m *machine) measure(what, how string) cost {
	var c cost
	for load, to := range map[string]*float64{"handler": &c.handler, "ignored": &c.ignored} {
		out := m.run("killcost " + load + " " + how)
		if m.err == nil {
			*to, m.err = strconv.ParseFloat(strings.TrimSpace(out), 64)
		}
	}
	if m.err == nil {
		fmt.Printf("  %s: %.2f with a handler, %.2f ignored\n", what, c.handler, c.ignored)
	}
	return c
}

// endDaemon ends the service, so that init does not start it again.
func (m *machine) endDaemon() {
	m.run(`sed -i '/sigtrail daemon/d' /etc/inittab && kill -HUP 1
		while pidof sigtrail; do killall -9 sigtrail; sleep 1; done`)
}

func measurePlain(ctx context.Context, kernel string, c *costs) error {
	m, err := start(ctx, "unpatched", kernel)
	if err != nil {
		return err
	}
	defer m.Close()
	m.endDaemon() // this kernel has no sigtrail
	c.plain = m.measure("as it is", "sender")
	m.run("echo 1 >/sys/kernel/tracing/events/signal/signal_generate/enable")
	c.traced = m.measure("traced", "sender")
	return m.err
}

func measurePatched(ctx context.Context, kernel string, c *costs) error {
	m, err := start(ctx, "patched", kernel)
	if err != nil {
		return err
	}
	defer m.Close()

	m.run("until sigtrail info | grep -q 'claimed by sigtrail'; do sleep 1; done")
	c.heard = m.measure("with the daemon", "sender")
	c.first = m.measure("with the daemon, after a pause", "first")
	c.alone = m.measure("with the daemon, the whole system, one at a time", "system 1")
	c.burst = m.measure("with the daemon, the whole system, in bursts", fmt.Sprintf("system %d", burst))

	m.endDaemon()
	m.run("echo off >/proc/sys/kernel/sigtrail/printk")
	c.captured = m.measure("capturing, no listener", "sender")
	m.run("echo 0 >/proc/sys/kernel/sigtrail/enable")
	c.off = m.measure("switched off", "sender")
	return m.err
}
