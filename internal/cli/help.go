// SPDX-License-Identifier: GPL-2.0

package cli

import (
	"fmt"
	"io"
)

// helps has a text for each command, and one for all of them.
var helps = map[string]string{
	"help": `sigtrail tells who killed what: each signal, its sender, what became of it.

usage: sigtrail COMMAND [OPTION...]

  daemon   record all signals, from boot to reset
  watch    show signals as they are sent
  last     report the last shutdown
  boot     report how this boot began
  info     show the kernel part's state, and what was lost
  mark     leave a mark in the trail
  kill     end processes, and tell how long that took
  trigger  have the kernel tell when a process does a thing in it
  rpcd     answer calls over ubus

  sigtrail COMMAND --help   tells more of a command
  sigtrail --version        tells the version

exit codes: 0 success, 1 failure, 2 wrong usage or configuration,
3 a kernel without sigtrail, 4 no rights, 5 a process that has not ended
`,
	"daemon": `usage: sigtrail daemon [--config FILE]

Records all signals: into the trail, then into the system log. It goes on
where the trail of this boot ends, with what the kernel's ring still has.

  --config FILE   the configuration; /etc/sigtrail.ini if not given

SIGHUP has it read the configuration anew. SIGTERM stops it, but not once
shutdown of the system has begun: then it records until it is killed.
`,
	"watch": `usage: sigtrail watch [OPTION...]

Shows signals, and what came of them, as they are sent.

  --sender LIST   only from these: names or process ids; "kernel" is one
  --target LIST   only to these
  --signal LIST   only these: names or numbers, as TERM, SIGTERM or 15
  --backlog       begin with what the kernel's ring has
  --once          show what the kernel's ring has, and end
  --count N       end after N lines
  --json          one JSON object for each

A LIST is separated by commas. An item that begins with "!" excludes:

  sigtrail watch --signal '!WINCH,!CHLD' --sender procd,1 --target '!logd'
`,
	"last": `usage: sigtrail last [N] [OPTION...]

Reports the last shutdown, or the Nth last: who asked for it, how long it took
and in which phases, who was told to end, what became of them, and what changed
against an earlier one that went the same way.

  --all           one line for each shutdown that is kept
  --trail         all lines of its trail, each with its origin: flash, pmsg
                  (pstore), or the console (pstore)
  --json          as one JSON object; --all: a list of them; --trail: one
                  for each line
  --plot FILE     a chart, as an SVG file; - is the standard output
  --dir DIR       where shutdowns are kept; if not given, as the service is
                  configured
  --config FILE   the service's configuration

A ">" is before the time of what was not seen to end: it took longer.
`,
	"boot": `usage: sigtrail boot [OPTION...]

Reports the signals of this boot's beginning, who got them, and what became of
the receivers.

  --for SECONDS   from power-on to then; 120 if not given
  --trail         all lines of the trail until then
  --json          as one JSON object; --trail: one for each line
  --plot FILE     a chart, as an SVG file; - is the standard output
  --dir DIR       the trail's directory; if not given, as the service is
                  configured
  --config FILE   the service's configuration
`,
	"info": `usage: sigtrail info [--json] [--dir DIR]

Shows the kernel part's state, what it left out, what was lost where, and
what the daemon counted.

  --json      as one JSON object
  --dir DIR   the trail's directory, where the daemon listens;
              /tmp/sigtrail if not given
`,
	"mark": `usage: sigtrail mark TEXT [--shutdown]

Leaves a record with TEXT, of at most 63 bytes, in the trail.

  --shutdown   shutdown begins here: from now on the kernel prints all
               signals, and the daemon records until it is killed
`,
	"kill": `usage: sigtrail kill [OPTION...] PID|NAME...

Sends a signal, waits until the processes have ended, and tells how long each
of them took. A NAME is that of all processes that have it, or were started by
a file of that name.

  -s SIGNAL           what to send, as TERM, SIGTERM or 15; TERM if not given
  --escalate SIGNAL   what to send to those that go on; nothing if not given
  --after TIME        how long to wait before that; 5s if not given
  --timeout TIME      how long to wait after what is sent last; 10s if not given
  --json              one JSON object for each process, times in ns

It works on any Linux from 5.3 on. Where there is a kernel part, and the right
to ask it, its own figure stands first, from the signal's record to that of
the exit. Interrupted, it waits no longer.

Never signalled are process 1, kernel threads, and sigtrail kill itself.

  sigtrail kill --escalate KILL --after 2s java

exit codes: 0 all have ended, 1 failure, also a PID or NAME that is nobody's,
2 wrong usage, 4 no rights, 5 a process has not ended
`,
	"trigger": `usage: sigtrail trigger add SYMBOL NAME [OPTION...]
       sigtrail trigger list [--json]
       sigtrail trigger del ID... [--json]

Adds, lists and deletes triggers of the kernel module sigtrail_trigger. One acts
when a process of the name NAME comes by a function of the kernel, SYMBOL, or
makes a syscall, such as write. The kernel then prints a line, and whoever
listens is told; the daemon, for the triggers of its rules, ends the process.

  --offset N   bytes into the function; 0 if not given
  --skip N     hits that are counted without acting; 0 if not given
  --per WHAT   process: each has its own count, as if not given; or name: one
               count for all processes of the name
  --rate N     how often it may act in a second; 100 if not given
  --json       one JSON object for each trigger

  sigtrail trigger add write toy --skip 2
`,
	"rpcd": `usage: sigtrail rpcd list | call METHOD

OpenWrt's rpcd runs it, for the ubus object "sigtrail". "list" prints its
methods; "call" reads arguments from stdin, as JSON, and prints what METHOD
answers, or {"error": "..."}:

  info     what sigtrail info --json prints
  last     what sigtrail last --json prints; "number" is its N
  events   the newest events of the kernel's ring: at most "count" of them,
           and only those that "sender", "target" and "signal" let pass, each
           a LIST as sigtrail watch has it
`,
}

func (a *app) help(command string) error {
	text, ok := helps[command]
	if !ok {
		return &usageError{"", fmt.Sprintf("%q is no command", command)}
	}
	_, err := io.WriteString(a.out, text)
	return err
}
