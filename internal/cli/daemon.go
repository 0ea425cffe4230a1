// SPDX-License-Identifier: GPL-2.0

package cli

import "flag"

// runDaemon is "sigtrail daemon". What the daemon does is in package daemon.
func (a *app) runDaemon(args []string) error {
	f := flag.NewFlagSet("daemon", flag.ContinueOnError)
	path := f.String("config", "/etc/sigtrail.ini", "")
	rest, helped, err := a.parse(f, args)
	if err != nil || helped {
		return err
	}
	if err := none(f, rest); err != nil {
		return err
	}
	return a.daemon(*path)
}
