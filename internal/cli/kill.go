// SPDX-License-Identifier: GPL-2.0

package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"
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

	survived, refused, forbidden int
}

// kill is "sigtrail kill".
func (a *app) kill(args []string) error {
	f := flag.NewFlagSet("kill", flag.ContinueOnError)
	signal := f.String("s", "TERM", "")
	escalate := f.String("escalate", "", "")
	var after, timeout time.Duration
	f.Func("after", "", duration(&after))
	f.Func("timeout", "", duration(&timeout))
	asJSON := f.Bool("json", false, "")
	rest, helped, err := a.parse(f, args)
	if err != nil || helped {
		return err
	}
	k := &killer{app: a, targets: map[int]procfs.Process{}, json: *asJSON}
	if k.want, err = parseKill(*signal, *escalate, after, timeout); err != nil {
		return err
	}
	if len(rest) == 0 {
		return &usageError{"kill", "at least one PID or NAME is needed"}
	}
	if err := k.find(rest); err != nil {
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

// What is waited for by default: until the escalation, and in the end.
const (
	defaultAfter   = 5 * time.Second
	defaultTimeout = 10 * time.Second
)

// parseKill checks what the options say; a time of 0 was not given.
func parseKill(signal, escalate string, after, timeout time.Duration) (k respond.Kill, err error) {
	if k.Signal, err = event.ParseSignal(signal); err != nil {
		return k, &usageError{"kill", "-s: " + err.Error()}
	}
	if timeout == 0 {
		timeout = defaultTimeout
	}
	if escalate == "" {
		if after != 0 {
			return k, &usageError{"kill", "--after is the time until --escalate, which is missing"}
		}
		k.Limit = timeout
		return k, nil
	}
	if k.Escalate, err = event.ParseSignal(escalate); err != nil {
		return k, &usageError{"kill", "--escalate: " + err.Error()}
	}
	if after == 0 {
		after = defaultAfter
	}
	k.Limit, k.Grace = after, timeout
	return k, nil
}

// duration parses an option that is a time above 0.
func duration(p *time.Duration) func(string) error {
	return func(s string) error {
		var err error
		if *p, err = time.ParseDuration(s); err != nil || *p <= 0 {
			return errors.New("a time is such as 5s or 500ms")
		}
		return nil
	}
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
		case <-k.stop:
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
