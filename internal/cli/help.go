// SPDX-License-Identifier: GPL-2.0-only

package cli

import "fmt"

// commands are in the order of the list.
var commands = []*command{
	&daemonCommand,
	&watchCommand,
	&lastCommand,
	&bootCommand,
	&whyCommand,
	&infoCommand,
	&markCommand,
	&killCommand,
	&triggerCommand,
	&rpcdCommand,
}

func find(name string) (*command, error) {
	for _, c := range commands {
		if c.name == name {
			return c, nil
		}
	}
	return nil, wrong("", "unknown command %q", name)
}

// listing returns the text of sigtrail help.
func listing() []byte {
	b := []byte(`sigtrail shows which process sent which signal, and what became of it.

usage: sigtrail COMMAND [OPTION...]

`)
	for _, c := range commands {
		b = fmt.Appendf(b, "  %-7s  %s\n", c.name, c.summary)
	}
	return append(b, `
  sigtrail COMMAND --help   show the help of a command
  sigtrail --version        show the version

exit codes: 0 success, 1 failure, 2 wrong usage or configuration,
3 kernel without sigtrail, 4 no permission, 5 a process has not ended
`...)
}
