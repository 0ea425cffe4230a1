// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
)

// A command is a subcommand with its help text.
type command struct {
	name     string
	summary  string // a few words, for the list of commands
	usage    string // after the name; one line for each form
	operands bool   // it takes arguments other than options
	trails   bool   // it reads whole trails into memory
	about    string // what it does, before the options
	more     string // after the options; may be ""

	// setup returns the options, in the order of the help, and the action to run
	// once they are set.
	setup func() ([]option, action)
}

// An action runs a command with its arguments other than options.
type action func(a *app, args []string) error

// run parses the arguments and runs the command.
func (c *command) run(a *app, args []string) error {
	options, do := c.setup()
	rest, err := c.parse(options, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return a.write(c.help())
	case err != nil:
		return err
	case len(rest) > 0 && !c.operands:
		return wrong(c.name, "unexpected argument %s", rest[0])
	}
	if c.trails && os.Getenv("GOGC") == "" {
		debug.SetGCPercent(20) // a small router has less memory to spare than time
	}
	return do(a, rest)
}

// help returns the text for --help.
func (c *command) help() []byte {
	usage := strings.ReplaceAll(c.usage, "\n", "\n       sigtrail "+c.name+" ")
	b := fmt.Appendf(nil, "usage: sigtrail %s %s\n\n%s", c.name, usage, c.about)
	options, _ := c.setup()
	width := 0
	for _, o := range options {
		width = max(width, len(o.head()))
	}
	for i, o := range options {
		if i == 0 {
			b = append(b, '\n')
		}
		text := strings.ReplaceAll(o.text, "\n", "\n"+strings.Repeat(" ", 2+width+3))
		b = fmt.Appendf(b, "  %-*s   %s\n", width, o.head(), text)
	}
	if c.more != "" {
		b = append(append(b, '\n'), c.more...)
	}
	return b
}
