// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
	"sigtrail/internal/respond"
)

// killer runs "sigtrail kill".
type killer struct {
	*app
	want    respond.Kill // for all targets, without the process
	targets map[int]procfs.Process
	missing []string // arguments without a process
	json    bool
	records *records

	progress progress
	stopped  <-chan os.Signal

	survived, refused, forbidden int
}

var killCommand = command{
	name:     "kill",
	summary:  "end processes, and show how long that took",
	usage:    "[OPTION...] PID|NAME...",
	operands: true,
	about: `Sends a signal, waits until the processes have ended, and shows how long each
of them took. NAME selects all processes of that name, and all that were started
from a program or script of that name; with a slash it is that file's path.
`,
	more: `With the kernel part, and permission to use it, a time with "(kernel)" is from
the signal's record to the record of the exit; one with "(pidfd)" is this
command's own. Before Linux 5.3, and where a sandbox refuses pidfds, the end is
looked for in /proc every 10 ms. Interrupt it to stop waiting.

Process 1, kernel threads and sigtrail kill itself are never signalled.

  sigtrail kill --escalate KILL --after 2s java

exit codes: 0 all have ended, 1 failure or no such process, 2 wrong usage,
4 no permission, 5 a process has not ended
`,
	setup: func() ([]option, action) {
		k := &killer{targets: map[int]procfs.Process{},
			want: respond.Kill{Signal: uint32(syscall.SIGTERM), Timeout: 10 * time.Second}}
		return []option{
			{"-s, --signal", "SIGNAL", "signal to send, as TERM, SIGTERM or 15; default TERM", parsed(&k.want.Signal, event.ParseSignal)},
			{"--escalate", "SIGNAL", "signal to send if still running after --after; default\nnone", parsed(&k.want.Escalate, event.ParseSignal)},
			{"--after", "TIME", "wait before --escalate; default 5s", duration(&k.want.After)},
			{"--timeout", "TIME", "wait after the last signal; default 10s", duration(&k.want.Timeout)},
			{"--json", "", "print one JSON object for each process, times in ns", on(&k.json)},
		}, k.kill
	},
}

func (k *killer) kill(a *app, args []string) error {
	k.app, k.stopped = a, a.stop()
	switch want := &k.want; {
	case len(args) == 0:
		return wrong("kill", "PID or NAME is missing")
	case want.Escalate != 0:
		want.After = cmp.Or(want.After, 5*time.Second)
	case want.After != 0:
		return wrong("kill", "--after needs --escalate SIGNAL")
	}
	if err := k.proc.Ours(); err != nil {
		return err
	}
	if err := k.find(args); err != nil {
		return err
	}
	if !k.json {
		k.progress = newProgress(a.out)
	}
	k.records = openRecords(a.dial)
	defer k.records.close()
	if err := k.run(); err != nil {
		return err
	}
	return k.result()
}

// find finds the processes that the arguments name. None is signalled before all
// are found.
func (k *killer) find(args []string) error {
	for _, arg := range args {
		found, err := k.match(arg)
		if err != nil {
			return err
		}
		for _, p := range found {
			k.targets[p.PID] = p
		}
		if len(found) == 0 {
			k.missing = append(k.missing, event.Escaped(arg))
		}
	}
	return nil
}

// match returns the processes that an argument names.
func (k *killer) match(arg string) (found []procfs.Process, err error) {
	if pid, err := strconv.Atoi(arg); err == nil {
		if p, err := k.proc.Stat(pid); err == nil {
			found = append(found, p)
		}
		return found, nil
	}
	err = k.proc.Walk(func(p procfs.Process) bool {
		if p.PID != os.Getpid() && k.named(&p, arg) {
			found = append(found, p)
		}
		return true
	})
	return found, err
}

// named reports whether killall of BusyBox finds a process by that name
// (find_pid_by_name.c): it has the name, or was started as a file of that name. A
// script has its interpreter first in its command line, and the first 15 bytes of its
// own name as the process's. A path is that of the program or of the script.
func (k *killer) named(p *procfs.Process, name string) bool {
	if p.Name == name {
		return true
	}
	file := path.Base
	if strings.Contains(name, "/") {
		file = path.Clean
		if k.proc.Program(p.PID) == name {
			return true
		}
	}
	if len(p.Args) > 0 && file(p.Args[0]) == name {
		return true
	}
	script := path.Base(name)
	return len(p.Args) > 1 && file(p.Args[1]) == name && p.Name == script[:min(len(script), event.NameMax)]
}

// run signals all targets at once, and shows each when its end is known.
func (k *killer) run() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	do := respond.Killer{Proc: k.proc}
	done := make(chan event.Case, len(k.targets))
	for _, p := range k.targets {
		want := k.want
		// With the start time, a new process with the same id is not signalled.
		want.PID, want.Start = p.PID, p.Start
		go func() { done <- do.Do(ctx, want) }()
	}
	start := time.Now()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for left := len(k.targets); left > 0; {
		select {
		case c := <-done:
			left--
			k.progress.clear()
			if err := k.show(c); err != nil {
				return err
			}
		case <-k.stopped:
			cancel()
		case <-tick.C:
			k.progress.draw(k.waiting(left, time.Since(start)))
		}
	}
	return nil
}

// waiting returns the progress line.
func (k *killer) waiting(left int, since time.Duration) string {
	who := fmt.Sprintf("%d of %d processes", left, len(k.targets))
	for _, p := range k.targets {
		if len(k.targets) == 1 {
			who = fmt.Sprintf("%d (%s)", p.PID, event.Escaped(p.Name))
		}
	}
	sent, next, until := k.want.Signal, "giving up", k.want.Timeout
	if k.want.Escalate != 0 {
		next, until = event.SignalName(k.want.Escalate), k.want.After
		if since >= k.want.After {
			sent, next, until = k.want.Escalate, "giving up", k.want.After+k.want.Timeout
		}
	}
	return fmt.Sprintf("%s: %s, waiting for %d s, %s in %d s", who, event.SignalName(sent), int(since.Seconds()),
		next, int((until - since).Seconds()))
}

// show writes one case.
func (k *killer) show(c event.Case) error {
	k.records.complete(&c)
	if c.TargetName == "" {
		c.TargetName = k.targets[int(c.TargetPID)].Name
	}
	switch {
	case c.End == event.CaseNotPermitted:
		k.forbidden++
	case c.Sent() && !c.Ended():
		k.survived++
	case !c.Ended():
		k.refused++
	}
	var b []byte
	if k.json {
		b = c.AppendJSON(b)
	} else {
		b = c.AppendLine(b)
	}
	_, err := k.out.Write(append(b, '\n'))
	return err
}

// killError means that not all processes have ended.
type killError struct {
	code int
	text string
}

func (e *killError) Error() string { return e.text }

// result returns a *killError, or nil if all processes have ended.
func (k *killer) result() error {
	var e killError
	add := func(code, n int, one, more string) {
		if n == 0 {
			return
		}
		if e.text != "" {
			e.text += "; "
		}
		if e.code = code; n > 1 {
			one = fmt.Sprintf(more, n)
		}
		e.text += one
	}
	if len(k.missing) > 0 {
		e = killError{exitFailure, "no such process: " + strings.Join(k.missing, ", ")}
	}
	add(exitFailure, k.refused, "one process was not signalled", "%d processes were not signalled")
	add(exitAlive, k.survived, "one process has not ended", "%d processes have not ended")
	add(exitNoRights, k.forbidden, "no permission to signal one process: run as root",
		"no permission to signal %d processes: run as root")
	if e.text == "" {
		return nil
	}
	return &e
}
