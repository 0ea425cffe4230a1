// SPDX-License-Identifier: GPL-2.0-only

package cli

import "sigtrail/internal/config"

// Package daemon is the implementation.
var daemonCommand = command{
	name:    "daemon",
	summary: "record signals, from boot to reset",
	usage:   "[--check] [--config FILE]",
	about: `Writes the recorded signals to the trail, and those that are not excluded to the
system log. If this boot has a trail already, it resumes there with the records
that are still in the kernel's ring.
`,
	more: `SIGHUP reloads the configuration. SIGTERM stops the daemon, unless shutdown of
the system has begun: then it records until it is killed.
`,
	setup: func() ([]option, action) {
		path, check := "", false
		options := []option{
			{"--config", "FILE", "configuration file; default /var/etc/sigtrail.ini or,\nif there is none, /etc/sigtrail.ini", text(&path)},
			{"--check", "", "only check the configuration; exit code 2 if it is wrong", on(&check)},
		}
		return options, func(a *app, _ []string) error {
			if path == "" {
				path, _ = configured()
			}
			if check {
				_, err := config.Load(path)
				return err
			}
			return a.daemon(path)
		}
	},
}
