// SPDX-License-Identifier: GPL-2.0

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

// An option is one of a command's.
type option struct {
	names string // as the help has them: "--json", or "-s, --signal"
	arg   string // stands for its argument in the help; "" for a switch
	text  string // for the help; one line or more
	set   func(value string) error
}

// head is the option as the help has it.
func (o *option) head() string {
	if o.arg == "" {
		return o.names
	}
	return o.names + " " + o.arg
}

// parse sets the options that are among the arguments, in any order, and
// returns the other arguments. It fails with flag.ErrHelp for --help.
func (c *command) parse(options []option, args []string) (rest []string, err error) {
	f := flag.NewFlagSet(c.name, flag.ContinueOnError)
	f.SetOutput(io.Discard) // the error says it in one line
	var refused error       // package flag would put it into words of its own
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
			// What is at fault was read last, unless it is malformed.
			if strings.HasPrefix(err.Error(), "bad flag syntax") {
				read++
			}
			typed, _, _ := strings.Cut(args[read-1], "=")
			if f.Lookup(strings.TrimLeft(typed, "-")) != nil {
				return nil, wrong(c.name, "%s needs an argument", typed)
			}
			return nil, wrong(c.name, `%s is no option of "sigtrail %s"`, typed, c.name)
		case f.NArg() == 0:
			return rest, nil
		case read > 0 && args[read-1] == "--": // what follows is no option
			return append(rest, f.Args()...), nil
		}
		rest, args = append(rest, f.Arg(0)), f.Args()[1:]
	}
}

// parsed sets what parse makes of an option's argument.
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

// on is for a switch, which may also be given as --name=false.
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
			return errors.New("a time is such as 5s or 500ms")
		}
		return nil
	}
}
