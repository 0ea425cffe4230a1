// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// An option is an option of a command.
type option struct {
	names string // as in the help: "--json", or "-s, --signal"
	arg   string // name of its argument in the help; "" for a switch
	text  string // for the help; may have several lines
	set   func(value string) error
}

// head returns the option as in the help.
func (o *option) head() string {
	if o.arg == "" {
		return o.names
	}
	return o.names + " " + o.arg
}

// parse sets the options found among the arguments, and returns the other
// arguments. It fails with flag.ErrHelp for --help.
func (c *command) parse(options []option, args []string) (rest []string, err error) {
	f := flag.NewFlagSet(c.name, flag.ContinueOnError)
	f.SetOutput(io.Discard) // Run prints the error
	var refused error       // an option's own error, which package flag would reword
	for _, o := range options {
		define := f.Func
		if o.arg == "" {
			define = f.BoolFunc
		}
		for _, name := range strings.Split(o.names, ", ") {
			define(strings.TrimLeft(name, "-"), o.text, func(value string) error {
				if err := o.set(value); err != nil {
					refused = wrong(c.name, "%s %s: %v", name, value, err)
				}
				return refused
			})
		}
	}
	for {
		err := f.Parse(args)
		read := len(args) - f.NArg()
		switch {
		case errors.Is(err, flag.ErrHelp):
			return nil, err
		case refused != nil:
			return nil, refused
		case err != nil:
			// The wrong option was read last, unless its syntax is bad.
			if strings.HasPrefix(err.Error(), "bad flag syntax") {
				read++
			}
			typed, _, _ := strings.Cut(args[read-1], "=")
			if f.Lookup(strings.TrimLeft(typed, "-")) != nil {
				return nil, wrong(c.name, "%s needs an argument", typed)
			}
			return nil, wrong(c.name, "unknown option %s", typed)
		case f.NArg() == 0:
			return rest, nil
		case read > 0 && args[read-1] == "--": // no options after it
			return append(rest, f.Args()...), nil
		}
		rest, args = append(rest, f.Arg(0)), f.Args()[1:]
	}
}

// parsed sets p to the parsed argument of an option.
func parsed[T any](p *T, parse func(string) (T, error)) func(string) error {
	return func(s string) (err error) {
		*p, err = parse(s)
		return err
	}
}

func text(p *string) func(string) error {
	return func(s string) error {
		*p = s
		return nil
	}
}

// on is for a switch, also in the form --name=false.
func on(p *bool) func(string) error {
	return func(s string) (err error) {
		if *p, err = strconv.ParseBool(s); err != nil {
			return errors.New("allowed are true and false")
		}
		return nil
	}
}

func number(p *uint32, low, high uint32) func(string) error {
	return func(s string) error {
		n, err := strconv.ParseUint(s, 0, 32)
		if err != nil || n < uint64(low) || n > uint64(high) {
			return fmt.Errorf("allowed are numbers from %d to %d", low, high)
		}
		*p = uint32(n)
		return nil
	}
}

// duration is for a time above 0.
func duration(p *time.Duration) func(string) error {
	return func(s string) (err error) {
		if *p, err = time.ParseDuration(s); err != nil || *p <= 0 {
			return errors.New("allowed are times such as 5s or 500ms")
		}
		return nil
	}
}
