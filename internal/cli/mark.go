// SPDX-License-Identifier: GPL-2.0

package cli

import (
	"flag"
	"fmt"

	"sigtrail/internal/event"
)

// The kernel keeps no more of a mark, and a NUL.
const markLen = event.TEXT_LEN - 1

// mark is "sigtrail mark".
func (a *app) mark(args []string) error {
	f := flag.NewFlagSet("mark", flag.ContinueOnError)
	shutdown := f.Bool("shutdown", false, "")
	rest, helped, err := a.parse(f, args)
	if err != nil || helped {
		return err
	}
	switch {
	case len(rest) != 1 || rest[0] == "":
		return &usageError{"mark", "one TEXT is needed, in quotes if it has spaces"}
	case len(rest[0]) > markLen:
		return &usageError{"mark", fmt.Sprintf("TEXT has %d bytes, %d are allowed", len(rest[0]), markLen)}
	}
	k, err := a.dial()
	if err != nil {
		return err
	}
	defer k.Close()
	return k.Mark(rest[0], *shutdown)
}
