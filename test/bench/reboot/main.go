// SPDX-License-Identifier: GPL-2.0-only

// Reboot measures the time of the guest from the first stop script to the reset, with
// the service and without it, and fails if the medians differ by more than the limit.
// Guest time counts instructions, so it does not depend on the load of the host. It
// does not include the time until BusyBox's init notices the command, as it checks
// once a second.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"syscall"
	"time"

	"sigtrail/test/bench/page"
	"sigtrail/test/vm"
)

const (
	bootLimit     = 5 * time.Minute
	shutdownLimit = 5 * time.Minute
	limit         = 90 * time.Minute

	reboots = 10
	allowed = 50 * time.Millisecond // between the medians
)

func main() {
	doc := flag.String("doc", "", "page that has the table between two marks, and gets the new one")
	flag.Parse()

	ctx, cancel := context.WithTimeout(context.Background(), limit)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, *doc)
	stop()
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-reboot:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, doc string) error {
	without, err := measure(ctx, "without the service", true)
	if err != nil {
		return err
	}
	with, err := measure(ctx, "with the service", false)
	if err != nil {
		return err
	}
	text := table(without, with)
	fmt.Print("\n", text, "\n")
	if added := median(with) - median(without); added.Abs() > allowed {
		return fmt.Errorf("the medians are %v apart, at most %v are allowed", added, allowed)
	}
	if doc == "" {
		return nil
	}
	return page.Rewrite(doc, "bench-reboot", text)
}

// measure reboots a guest several times.
func measure(ctx context.Context, name string, without bool) ([]time.Duration, error) {
	fmt.Printf("Reboots %s:\n", name)
	guest, err := vm.Start(ctx, vm.Config{CPUs: 1, ICount: "shift=0"})
	if err != nil {
		return nil, err
	}
	defer guest.Close()
	var all []time.Duration
	// The first boot prepares the disk, so it is not measured.
	for i := range reboots + 1 {
		if err := guest.AwaitReady(bootLimit); err != nil {
			return nil, err
		}
		if err := settle(guest, without); err != nil {
			return nil, err
		}
		took, err := reboot(guest)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			fmt.Printf("  %v\n", took)
			all = append(all, took)
		}
	}
	return all, nil
}

// firstScript prints when the stop scripts begin: it is the first of them.
const firstScript = `echo '#!/bin/sh
echo stop scripts begin >/dev/kmsg' >/etc/rc.d/K00begin && chmod +x /etc/rc.d/K00begin
`

// settle waits until the service has started, or removes it and its stop script.
func settle(guest *vm.VM, without bool) error {
	script := `until sigtrail info | grep -q 'claimed by sigtrail'; do sleep 1; done`
	if without {
		script = `sed -i '/sigtrail daemon/d' /etc/inittab && kill -HUP 1 && rm -f /etc/rc.d/K01sigtrail
			while pidof sigtrail; do killall -9 sigtrail; sleep 1; done`
	}
	_, err := guest.Output(bootLimit, firstScript+script+"\nsync")
	return err
}

// reboot reboots, and returns the time between the line of the first stop script and
// the kernel's line at the reset.
func reboot(guest *vm.VM) (time.Duration, error) {
	if err := guest.Type("reboot\n"); err != nil {
		return 0, err
	}
	var stamps [2]float64
	for i, what := range []string{`stop scripts begin\r?\n`, `reboot: Restarting system`} {
		found, err := guest.Console.Expect(shutdownLimit, `\[ *(\d+\.\d{6})\] `+what)
		if err != nil {
			return 0, err
		}
		if stamps[i], err = strconv.ParseFloat(found[1], 64); err != nil {
			return 0, err
		}
	}
	return time.Duration((stamps[1] - stamps[0]) * 1e9).Round(time.Microsecond), nil
}

func median(all []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// table returns the result in Markdown.
func table(without, with []time.Duration) string {
	row := func(name string, all []time.Duration) string {
		return fmt.Sprintf("| %s | %.2f | %.2f | %.2f |\n", name,
			slices.Min(all).Seconds(), median(all).Seconds(), slices.Max(all).Seconds())
	}
	return fmt.Sprintf("| %d reboots, in seconds of guest time | shortest | median | longest |\n| --- | ---: | ---: | ---: |\n", len(with)) +
		row("without the service", without) + row("with the service", with)
}
