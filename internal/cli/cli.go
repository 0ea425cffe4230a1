// SPDX-License-Identifier: GPL-2.0-only

// Package cli is sigtrail's command line: one file for each subcommand.
package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"sigtrail/internal/config"
	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/internal/procfs"
	"sigtrail/internal/trail"
)

// Exit codes.
const (
	exitFailure  = 1
	exitUsage    = 2 // wrong usage or configuration
	exitNoKernel = 3
	exitNoRights = 4
	exitAlive    = 5 // a process has not ended
)

// usageError is wrong usage of a command; "": of sigtrail itself.
type usageError struct {
	command string
	text    string
}

func (e *usageError) Error() string {
	if e.command == "" {
		return e.text + "; see: sigtrail help"
	}
	return fmt.Sprintf("%s; see: sigtrail %s --help", e.text, e.command)
}

// wrong returns a *usageError.
func wrong(command, format string, args ...any) error {
	return &usageError{command, fmt.Sprintf(format, args...)}
}

// kernelPart is the kernel part as the commands use it: a kernel.Client, or a fake
// in a test.
type kernelPart interface {
	kernel.Source
	Info() (event.Info, error)
	Version() uint32
	Join() error
	Previous() (kernel.Batches, error)
	Mark(text string, shutdown bool) error
	Close() error
}

func dial() (kernelPart, error) {
	c, err := kernel.Dial()
	if err != nil {
		return nil, err
	}
	return c, nil
}

// app is what the commands work with.
type app struct {
	in      io.Reader
	out     io.Writer
	errOut  io.Writer
	version string
	proc    procfs.Root
	dial    func() (kernelPart, error)
	kept    func(dirs ...string) ([]keptTrail, error) // newest first; may return trails and an error
	running reader                                    // of this boot's trail
	module  func() (triggers, error)
	daemon  func(config string) error
	stop    func() <-chan os.Signal // ends a watch, or a wait
	now     func() time.Time
}

// reader is trail.Read, or a fake in a test.
type reader func(dir string, onEvent func(event.Event) error, onLoss func(event.Loss) error) (bootID string, malformed int, err error)

// Run runs the command that args name, and returns the exit code. Without args it
// lists the commands. daemon runs the command of that name.
func Run(args []string, out, errOut io.Writer, version string, daemon func(config string) error) int {
	if len(args) == 0 {
		errOut.Write(listing())
		return exitUsage
	}
	a := &app{in: os.Stdin, out: out, errOut: errOut, version: version, proc: "/proc", dial: dial, module: dialTriggers, kept: keptTrails,
		running: trail.Read, daemon: daemon, stop: stopSignals, now: time.Now}
	err := a.run(args)
	if err == nil {
		return 0
	}
	for _, line := range strings.Split(err.Error(), "\n") {
		fmt.Fprintf(errOut, "sigtrail: %s\n", line)
	}
	return exitCode(err)
}

func (a *app) run(args []string) error {
	name, args := args[0], args[1:]
	switch name {
	case "help", "--help", "-help", "-h":
		if len(args) == 0 {
			return a.write(listing())
		}
		name, args = args[0], []string{"--help"}
	case "version", "--version", "-version":
		return a.write(fmt.Appendf(nil, "sigtrail %s\n", a.version))
	}
	c, err := find(name)
	if err != nil {
		return err
	}
	return c.run(a, args)
}

func (a *app) write(b []byte) error {
	_, err := a.out.Write(b)
	return err
}

func stopSignals() <-chan os.Signal {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	return stop
}

func exitCode(err error) int {
	var usage *usageError
	var bad *config.Error
	var kill *killError
	switch {
	case errors.As(err, &kill):
		return kill.code
	case errors.As(err, &usage), errors.As(err, &bad):
		return exitUsage
	case errors.Is(err, kernel.ErrNoKernel):
		return exitNoKernel
	case errors.Is(err, kernel.ErrNoRights):
		return exitNoRights
	}
	return exitFailure
}
