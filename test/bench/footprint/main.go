// SPDX-License-Identifier: GPL-2.0-only

// Footprint measures what sigtrail needs on a router without any signals: flash,
// memory, and work at boot.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"sigtrail/test/bench/page"
	"sigtrail/test/vm"
)

// These timeouts are only reached if something is wrong.
const (
	bootLimit     = 5 * time.Minute
	commandLimit  = 5 * time.Minute
	shutdownLimit = 5 * time.Minute
	limit         = time.Hour
)

func main() {
	var in inputs
	flag.StringVar(&in.plain, "plain", "", "directory of the unpatched kernel")
	flag.StringVar(&in.patched, "patched", "", "directory of the patched kernel, of the same configuration but for it")
	flag.StringVar(&in.module, "module", "", "the module for it")
	flag.StringVar(&in.packages, "packages", "", "directory with a package for each architecture that is named")
	doc := flag.String("doc", "", "page that has each table between two marks, and gets the new ones")
	flag.Parse()
	in.architectures = flag.Args()

	ctx, cancel := context.WithTimeout(context.Background(), limit)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, in, *doc)
	stop()
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-footprint:", err)
		os.Exit(1)
	}
}

// inputs are the files to measure.
type inputs struct {
	plain, patched, module, packages string
	architectures                    []string
}

func run(ctx context.Context, in inputs, doc string) error {
	flash, err := measureFlash(ctx, in)
	if err != nil {
		return err
	}
	kinds, err := measureBoots(ctx, in)
	if err != nil {
		return err
	}
	memory, err := measureMemory(ctx, in, kinds)
	if err != nil {
		return err
	}
	tables := []string{flashTable(flash), memoryTable(memory), bootTable(kinds)}
	fmt.Print("\n", strings.Join(tables, "\n"), "\n")
	if doc == "" {
		return nil
	}
	return page.Rewrite(doc, "bench-footprint", tables...)
}

// reboot reboots in an orderly way, and waits until the guest takes commands again.
func reboot(guest *vm.VM) error {
	if err := guest.Type("reboot\n"); err != nil {
		return err
	}
	if _, err := guest.Console.Expect(shutdownLimit, `reboot: Restarting system`); err != nil {
		return err
	}
	return guest.AwaitReady(bootLimit)
}
