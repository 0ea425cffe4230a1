// SPDX-License-Identifier: GPL-2.0-only

// Sigtrail shows which process sent which signal, and what became of it. It is
// both the daemon, which records, and the command line.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"sigtrail/internal/cli"
	"sigtrail/internal/daemon"
)

// Set by: go build -ldflags "-X main.version=..."
var version = "dev"

func main() {
	os.Exit(cli.Run(os.Args[1:], os.Stdout, os.Stderr, version, func(config string) error {
		signals := make(chan os.Signal, 4)
		signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
		return daemon.Run(context.Background(), config, version, signals)
	}))
}
