// SPDX-License-Identifier: GPL-2.0

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

// killer is one "sigtrail kill" on its way.
type killer struct {
	*app
	want    respond.Kill // for all of them, but for who it is
	targets map[int]procfs.Process
	missing []string // arguments that are nobody
	json    bool
	records *records
	show    progress

	stopped <-chan os.Signal

	survived, refused, forbidden int
}

var killCommand = command{
	name:     "kill",
	summary:  "end processes, and tell how long that took",
	usage:    "[OPTION...] PID|NAME...",
	operands: true,
	about: `Sends a signal, waits until the processes have ended, and tells how long each
of them took. A NAME is that of all processes that have it, or were started by
a file of that name.
`,
	more: `It works on any Linux from 5.3 on. Where there is a kernel part, and the right
to ask it, its own figure stands first, from the signal's record to that of
the exit. Interrupted, it waits no longer.

Never signalled are process 1, kernel threads, and sigtrail kill itself.

  sigtrail kill --escalate KILL --after 2s java

exit codes: 0 all have ended, 1 failure, also a PID or NAME that is nobody's,
2 wrong usage, 4 no rights, 5 a process has not ended
`,
	setup: func() ([]option, action) {
		k := &killer{targets: map[int]procfs.Process{},
			want: respond.Kill{Signal: uint32(syscall.SIGTERM), Grace: 10 * time.Second}}
		return []option{
			{"-s, --signal", "SIGNAL", "what to send, as TERM, SIGTERM or 15; TERM if not given", parsed(&k.want.Signal, event.ParseSignal)},
			{"--escalate", "SIGNAL", "what to send to those that go on; nothing if not given", parsed(&k.want.Escalate, event.ParseSignal)},
			{"--after", "TIME", "how long to wait before that; 5s if not given", duration(&k.want.Limit)},
			{"--timeout", "TIME", "how long to wait after what is sent last; 10s if not\ngiven", duration(&k.want.Grace)},
			{"--json", "", "one JSON object for each process, times in ns", on(&k.json)},
		}, k.kill
	},
}

func (k *killer) kill(a *app, args []string) error {
	k.app, k.stopped = a, a.stop()
	switch want := &k.want; {
	case len(args) == 0:
		return wrong("kill", "at least one PID or NAME is needed")
	case want.Escalate != 0:
		want.Limit = cmp.Or(want.Limit, 5*time.Second)
	case want.Limit != 0:
		return wrong("kill", "--after is the time until --escalate, which is missing")
	default: // what is sent first is also sent last
		want.Limit, want.Grace = want.Grace, 0
	}
	if err := k.find(args); err != nil {
		return err
	}
	if !k.json {
		k.show = newProgress(a.out)
	}
	k.records = openRecords(a.dial)
	defer k.records.close()
	if err := k.run(); err != nil {
		return err
	}
	return k.result()
}

// find looks for the processes that the arguments name, before any of them is
// signalled.
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
	all, err := k.proc.Processes()
	for _, p := range all {
		if named(&p, arg) && p.PID != os.Getpid() {
			found = append(found, p)
		}
	}
	return found, err
}

// named reports whether a process has a name, as the kernel keeps it, or was
// started by it.
func named(p *procfs.Process, name string) bool {
	return len(name) <= event.NameMax && p.Name == name || len(p.Args) > 0 && path.Base(p.Args[0]) == name
}

// run signals all targets at once, and tells of each when its end is known.
func (k *killer) run() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	do := respond.Killer{Proc: k.proc}
	done := make(chan event.Case, len(k.targets))
	for _, p := range k.targets {
		want := k.want
		// What takes over the id of a process looked up here is another.
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
			k.show.clear()
			if err := k.tell(c); err != nil {
				return err
			}
		case <-k.stopped:
			cancel()
		case <-tick.C:
			k.show.draw(k.waiting(left, time.Since(start)))
		}
	}
	return nil
}

// waiting is the progress line.
func (k *killer) waiting(left int, since time.Duration) string {
	who := fmt.Sprintf("%d of %d processes", left, len(k.targets))
	for _, p := range k.targets {
		if len(k.targets) == 1 {
			who = fmt.Sprintf("%d (%s)", p.PID, event.Escaped(p.Name))
		}
	}
	sent, next, until := k.want.Signal, "given up", k.want.Limit
	if k.want.Escalate != 0 {
		next = event.SignalName(k.want.Escalate)
		if since >= k.want.Limit {
			sent, next, until = k.want.Escalate, "given up", k.want.Limit+k.want.Grace
		}
	}
	return fmt.Sprintf("%s: %s, waiting for %d s, %s in %d s", who, event.SignalName(sent), int(since.Seconds()),
		next, int((until - since).Seconds()))
}

// tell writes one case.
func (k *killer) tell(c event.Case) error {
	k.records.look(&c)
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

// killError is that not all has ended that was to end.
type killError struct {
	code int
	text string
}

func (e *killError) Error() string { return e.text }

// result sums up, nil if all have ended.
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
		e = killError{exitFailure, "no process: " + strings.Join(k.missing, ", ")}
	}
	add(exitFailure, k.refused, "one process was not signalled", "%d processes were not signalled")
	add(exitAlive, k.survived, "one process has not ended", "%d processes have not ended")
	add(exitNoRights, k.forbidden, "no rights to signal one process: run as root",
		"no rights to signal %d processes: run as root")
	if e.text == "" {
		return nil
	}
	return &e
}
