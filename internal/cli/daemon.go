// SPDX-License-Identifier: GPL-2.0

package cli

import "sigtrail/internal/config"

// What the daemon does is in package daemon.
var daemonCommand = command{
	name:    "daemon",
	summary: "record all signals, from boot to reset",
	usage:   "[--check] [--config FILE]",
	about: `Records all signals: into the trail, then into the system log. It goes on
where the trail of this boot ends, with what the kernel's ring still has.
`,
	more: `SIGHUP has it read the configuration anew. SIGTERM stops it, but not once
shutdown of the system has begun: then it records until it is killed.
`,
	setup: func() ([]option, action) {
		path, check := "/etc/sigtrail.ini", false
		options := []option{
			{"--config", "FILE", "the configuration; /etc/sigtrail.ini if not given", text(&path)},
			{"--check", "", "only check it: a line for each wrong option, exit code 2", on(&check)},
		}
		return options, func(a *app, _ []string) error {
			if check {
				_, err := config.Load(path)
				return err
			}
			return a.daemon(path)
		}
	},
}
