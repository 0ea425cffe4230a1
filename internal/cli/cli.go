// SPDX-License-Identifier: GPL-2.0

// Package cli is sigtrail's command line: one file for each subcommand.
package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"sigtrail/internal/config"
	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/internal/procfs"
)

// Exit codes.
const (
	exitFailure  = 1
	exitUsage    = 2 // wrong usage or configuration
	exitNoKernel = 3
	exitNoRights = 4
	exitAlive    = 5 // a process has not ended
)

// usageError is wrong usage of a command, "" for none.
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

// kernelPart is the kernel part, as the commands use it: a kernel.Client, or what
// stands for one in a test.
type kernelPart interface {
	kernel.Source
	Info() (event.Info, error)
	Version() uint32
	Join() error
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
	version string
	proc    procfs.Root
	dial    func() (kernelPart, error)
	kept    func(dirs ...string) ([]keptTrail, error) // newest first; with an error, what could be read
	running func(dir string) (*event.Trail, error)    // of this boot; fs.ErrNotExist without one
	module  func() (triggers, error)
	daemon  func(config string) error
	stop    <-chan os.Signal // ends a watch, or a wait
}

// Run runs the command that args name, and returns the exit code. daemon is
// what to run for the command of that name.
func Run(args []string, out, errOut io.Writer, version string, daemon func(config string) error) int {
	a := &app{in: os.Stdin, out: out, version: version, proc: "/proc", dial: dial, module: dialTriggers, kept: keptTrails,
		running: runningTrail, daemon: daemon}
	err := a.run(args)
	if err == nil {
		return 0
	}
	fmt.Fprintf(errOut, "sigtrail: %v\n", err)
	return exitCode(err)
}

func (a *app) run(args []string) error {
	if len(args) == 0 {
		return &usageError{"", "no command"}
	}
	name, rest := args[0], args[1:]
	switch name {
	case "daemon":
		return a.runDaemon(rest)
	case "watch":
		// Written to a pipe that nobody reads, it ends by an error, not by
		// a SIGPIPE that would be one more signal to tell of.
		signal.Ignore(syscall.SIGPIPE)
		a.stop = stopSignals()
		return a.watch(rest)
	case "last":
		return a.last(rest)
	case "boot":
		return a.boot(rest)
	case "kill":
		a.stop = stopSignals()
		return a.kill(rest)
	case "trigger":
		return a.trigger(rest)
	case "info":
		return a.info(rest)
	case "mark":
		return a.mark(rest)
	case "rpcd":
		return a.rpcd(rest)
	case "help", "--help", "-help", "-h":
		if len(rest) > 0 {
			return a.help(rest[0])
		}
		return a.help("help")
	case "version", "--version", "-version":
		_, err := fmt.Fprintf(a.out, "sigtrail %s\n", a.version)
		return err
	}
	return &usageError{"", fmt.Sprintf("%q is no command", name)}
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

// parse reads a command's options and arguments, in any order. It reports
// whether only help was asked for, which has been given.
func (a *app) parse(f *flag.FlagSet, args []string) (rest []string, helped bool, err error) {
	f.SetOutput(io.Discard) // the error says it in one line
	for {
		err := f.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			return nil, true, a.help(f.Name())
		}
		if err != nil {
			return nil, false, &usageError{f.Name(), err.Error()}
		}
		if f.NArg() == 0 {
			return rest, false, nil
		}
		// What follows "--" is no option.
		if n := len(args) - f.NArg(); n > 0 && args[n-1] == "--" {
			return append(rest, f.Args()...), false, nil
		}
		rest, args = append(rest, f.Arg(0)), f.Args()[1:]
	}
}

// none fails for a command that takes no arguments.
func none(f *flag.FlagSet, rest []string) error {
	if len(rest) > 0 {
		return &usageError{f.Name(), fmt.Sprintf("%q is no option", rest[0])}
	}
	return nil
}
