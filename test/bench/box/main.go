// SPDX-License-Identifier: GPL-2.0-only

// Box measures what the black box adds to a boot, and fails if that is above the limit;
// and compares what is left after a reset in it and in ftrace's persistent ring.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"sigtrail/test/bench/left"
	"sigtrail/test/bench/page"
)

const (
	bootLimit    = 5 * time.Minute
	commandLimit = 5 * time.Minute
	limit        = 30 * time.Minute
)

func main() {
	kernel := flag.String("kernel", "", "directory of the kernel")
	doc := flag.String("doc", "", "page that has both tables between marks, and gets the new ones")
	flag.Parse()

	ctx, cancel := context.WithTimeout(context.Background(), limit)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, filepath.Join(*kernel, "image"), *doc)
	stop()
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-box:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, kernel, doc string) error {
	b, err := measureBoots(ctx, kernel)
	if err != nil {
		return err
	}
	fmt.Print("\n", b.table(), "\n")
	l, err := left.Compare(ctx, kernel)
	if err != nil {
		return err
	}
	fmt.Print("\n", l.Table(), "\n")
	// The page only gets a table within the limit.
	if err := b.check(); err != nil || doc == "" {
		return err
	}
	return page.Rewrite(doc, "bench-box", b.table(), l.Table())
}
