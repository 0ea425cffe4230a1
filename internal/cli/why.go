// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/internal/report"
	"sigtrail/internal/service"
	"sigtrail/internal/why"
)

const (
	defaultEnds = 10
	maxEnds     = 10000
)

var whyCommand = command{
	name:     "why",
	trails:   true,
	summary:  "say why a service ended",
	usage:    "[NAME | PID] [OPTION...]",
	operands: true,
	about: `Says why a service, or a process, ended: each end with its cause, the newest
first, in this boot and in the kept shutdowns; and what the ends have in common.
NAME is that of a service, otherwise that of a process. Without it, the services
that ended in this boot are listed, the worst first. Scripts of init, which have
the names of services, are told apart from these.
`,
	more: `A process that exits "after" a signal handles that signal: whether it is the
cause is unknown. Of one that exits "by itself" no signal is known that can be
the cause. TIME is a time ago, such as 30m, 12h or 7d, or a date in UTC, such as
2026-11-26 or "2026-11-26 04:00". The exit code is 1 if nothing is recorded.
`,
	setup: func() ([]option, action) {
		var where place
		var since string
		var json bool
		count := uint32(defaultEnds)
		options := append([]option{
			{"--since", "TIME", "leave out what ended before", text(&since)},
			{"--count", "N", "show the newest N ends; default 10", number(&count, 1, maxEnds)},
			{"--json", "", "print one JSON object", on(&json)},
		}, where.options("directory of all trails")...)
		return options, func(a *app, args []string) error {
			if len(args) > 1 {
				return wrong("why", "unexpected argument %q: only one name is allowed", args[1])
			}
			return a.why(strings.Join(args, ""), since, int(count), json, &where)
		}
	},
}

func (a *app) why(word, since string, count int, json bool, where *place) error {
	now := a.now()
	from, err := instant(since, now)
	if err != nil {
		return wrong("why", "--since %s: %v", since, err)
	}
	q := why.Ask(word)
	boots, failed, err := a.boots(q, where)
	if err != nil {
		return err
	}
	answer := why.Answers(q, boots, from, now.UnixNano())
	switch {
	case !answer.Known():
		return errors.Join(errors.New(answer.Unknown()), failed)
	case json:
		return errors.Join(a.write(append(answer.AppendJSON(nil, count), '\n')), failed)
	}
	return errors.Join(a.write(answer.AppendText(nil, count)), failed)
}

// boots returns the running boot, and for one service those that ended with the shutdowns that
// are kept, the newest first. failed says which of these cannot be read.
func (a *app) boots(q why.Query, where *place) (list []*why.Boot, failed, err error) {
	dir, err := where.boot()
	if err != nil {
		return nil, nil, err
	}
	boot, names := why.Running(q), service.NewNames(a.proc)
	id, _, err := a.running(dir, func(e event.Event) error {
		names.LearnFrom(&e)
		boot.Add(&e)
		return nil
	}, func(event.Loss) error { return nil }) // a boot sees by the numbers what is lost
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return nil, nil, err
	}
	if where.dir == "" {
		failed = a.addRing(boot, names)
		boot.RunsNow(runningNow(names))
	}
	if !missing || boot.Last() != 0 {
		list = append(list, boot)
	}
	if q != (why.Query{}) {
		dirs, err := where.shutdowns()
		if err != nil {
			return nil, nil, err
		}
		kept, err := a.kept(dirs...)
		failed = errors.Join(failed, err)
		for _, k := range kept {
			t, _, err := k.Load()
			if err != nil {
				failed = errors.Join(failed, err)
			} else if missing || t.BootID != id {
				list = append(list, why.Kept(q, t, report.Analyse(t).Begin))
			}
		}
	}
	if len(list) == 0 {
		return nil, nil, errors.Join(fmt.Errorf("no trail of this boot in %s: the service writes it (service sigtrail start)", dir), failed)
	}
	return list, failed, nil
}

// runningNow returns the processes that each service has now; nil: that is not known.
func runningNow(names *service.Names) map[string][]why.Process {
	running := names.Running()
	if running == nil {
		return nil
	}
	all := make(map[string][]why.Process)
	for service, list := range running {
		for _, p := range list {
			all[service] = append(all[service], why.Process{PID: uint32(p.PID), Name: p.Name})
		}
	}
	return all
}

// addRing adds the records of the kernel's ring that the trail does not have, as while the
// service does not run. Without a kernel part, or without rights, there are none.
func (a *app) addRing(b *why.Boot, names *service.Names) error {
	k, err := a.dial()
	if err != nil {
		return nil
	}
	defer k.Close()
	for e, err := range kernel.Records(k, b.Last()+1) {
		if err != nil {
			return err
		}
		names.Fill(e)
		b.Add(e)
	}
	return nil
}

// instant returns a time in ns since 1970; 0 for "".
func instant(s string, now time.Time) (int64, error) {
	if s == "" {
		return 0, nil
	}
	if n, err := strconv.ParseUint(strings.TrimSuffix(s, "d"), 10, 16); err == nil && strings.HasSuffix(s, "d") {
		return now.Add(-time.Duration(n) * 24 * time.Hour).UnixNano(), nil
	}
	if d, err := time.ParseDuration(s); err == nil && d > 0 {
		return now.Add(-d).UnixNano(), nil
	}
	for _, form := range []string{"2006-01-02", "2006-01-02 15:04", "2006-01-02 15:04:05", time.RFC3339} {
		if t, err := time.Parse(form, s); err == nil {
			return t.UnixNano(), nil
		}
	}
	return 0, errors.New(`allowed are times ago such as 30m, 12h or 7d, and dates such as 2026-11-26 or "2026-11-26 04:00"`)
}
