// SPDX-License-Identifier: GPL-2.0-only

package cli

import "sigtrail/internal/event"

// markLen is the longest mark, in bytes, without the NUL.
const markLen = event.TEXT_LEN - 1

var markCommand = command{
	name:     "mark",
	summary:  "leave a mark in the trail",
	usage:    "TEXT [--shutdown]",
	operands: true,
	about:    "Leaves a mark with TEXT, at most 63 bytes, in the trail.\n",
	setup: func() ([]option, action) {
		var shutdown bool
		return []option{
			{"--shutdown", "", `also mark the beginning of shutdown: from now on the kernel
prints signals itself, and the daemon runs until it is killed`, on(&shutdown)},
		}, func(a *app, args []string) error { return a.mark(args, shutdown) }
	},
}

func (a *app) mark(args []string, shutdown bool) error {
	switch {
	case len(args) != 1 || args[0] == "":
		return wrong("mark", "needs one TEXT, in quotes if it has spaces")
	case len(args[0]) > markLen:
		return wrong("mark", "TEXT has %d bytes, at most %d are allowed", len(args[0]), markLen)
	}
	k, err := a.dial()
	if err != nil {
		return err
	}
	defer k.Close()
	return k.Mark(args[0], shutdown)
}
