// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"sigtrail/internal/event"
	"sigtrail/internal/report"
)

// keptTrail is the stored trail of a shutdown. malformed is the number of lines
// that Load skipped; the trail has it, too.
type keptTrail interface {
	Load() (t *event.Trail, malformed int, err error)
}

// view is how a report is shown.
type view struct {
	all, trail, json bool
	plot             string // an SVG file, or "-"; "": none
	services         event.Services
}

// check fails for options that exclude each other.
func (v *view) check() error {
	switch {
	case v.all && v.trail:
		return errors.New("--all and --trail exclude each other")
	case v.all && v.services != nil:
		return errors.New("--all and --service exclude each other")
	case v.plot != "" && (v.all || v.trail || v.json):
		return errors.New("--plot excludes --all, --trail and --json")
	}
	return nil
}

var lastCommand = command{
	name:     "last",
	trails:   true,
	summary:  "report the last shutdown",
	usage:    "[N] [OPTION...]",
	operands: true,
	about: `Reports the last shutdown, or the Nth last: which process requested it, how long
it took and in which phases, how long each stop script ran, which processes were
told to end, how they ended, and what changed since an earlier shutdown of the
same kind.
`,
	more: `N counts back from the newest, which is 1. It is not the number of the file, as
in "Shutdown 3": --all shows both.

A time with ">" is a lower bound: the end of that process was not recorded.
`,
	setup: func() ([]option, action) {
		var v view
		var where place
		var e evidence
		options := append([]option{
			{"--all", "", "print one line for each shutdown that is kept", on(&v.all)},
			{"--trail", "", `print the trail's lines, each with its origin: flash, box
(black box), or in pstore pmsg, console or dmesg (records)`, on(&v.trail)},
			{"--json", "", `print one JSON object; with --all a list of them, with
--trail one for each line`, on(&v.json)},
			{"--plot", "FILE", "write a chart as an SVG file; - is standard output", text(&v.plot)},
			serviceOption(&v.services, "list only processes of these services, with --trail only\nlines with them; verdict and scripts are about all"),
		}, where.options("directory of the kept shutdowns")...)
		options = append(options, e.options()...)
		return options, func(a *app, args []string) error {
			if e.pack != "" || e.dir != "" {
				return a.lastEvidence(args, &v, &where, &e)
			}
			return a.last(args, &v, &where)
		}
	},
}

func (a *app) last(args []string, v *view, where *place) error {
	n, err := v.nth(args)
	if err != nil {
		return err
	}
	dirs, err := where.shutdowns()
	if err != nil {
		return err
	}
	return a.lastOf(dirs, strings.Join(dirs, " or "), "sigtrail last", n, v)
}

// lastOf shows the nth last shutdown that is kept in dirs; in names them, and command is
// the one that shows others.
func (a *app) lastOf(dirs []string, in, command string, n int, v *view) error {
	list, err := a.kept(dirs...)
	if err != nil && len(list) < n {
		return err
	}
	switch {
	case len(list) == 0:
		return fmt.Errorf("no shutdown is kept in %s: the service keeps those that begin while it runs "+
			"(service sigtrail enable; service sigtrail start)", in)
	case len(list) < n:
		return fmt.Errorf("no shutdown %d in %s: the oldest is %d; see: %s --all", n, in, len(list), command)
	case v.all:
		return errors.Join(a.lastAll(list, v.json), err)
	}
	t, _, err := list[n-1].Load()
	if err != nil && n < len(list) {
		return fmt.Errorf("%w; for the one before: %s %d", err, command, n+1)
	}
	if err != nil {
		return err
	}
	return a.lastOne(t, list[n:], v)
}

// nth checks the options, and returns which shutdown is wanted, 1 for the last one.
func (v *view) nth(rest []string) (n int, err error) {
	if err := v.check(); err != nil {
		return 0, wrong("last", "%v", err)
	}
	switch {
	case len(rest) == 0:
		return 1, nil
	case v.all:
		return 0, wrong("last", "--all and N exclude each other")
	case len(rest) > 1:
		return 0, wrong("last", "unexpected argument %q: only one N is allowed", rest[1])
	}
	if n, err = strconv.Atoi(rest[0]); err != nil || n < 1 {
		return 0, wrong("last", "%q is not N: use 1 for the last shutdown, 2 for the one before", rest[0])
	}
	return n, nil
}

// lastOne shows a trail; earlierOnes are those before it, the newest first.
func (a *app) lastOne(t *event.Trail, earlierOnes []keptTrail, v *view) error {
	if v.trail {
		return a.showTrail(t, v)
	}
	s := report.Analyse(t)
	s.Services = v.services
	if v.plot != "" {
		return a.plot(v.plot, s.AppendSVG(nil))
	}
	before := earlier(s, earlierOnes)
	if v.json {
		return a.write(append(s.AppendJSON(nil, before), '\n'))
	}
	return a.write(s.AppendText(nil, before))
}

// earlier returns the first shutdown of list that is comparable to s, or nil. It
// skips trails that cannot be loaded.
func earlier(s *report.Shutdown, list []keptTrail) *report.Shutdown {
	for _, k := range list {
		t, _, err := k.Load()
		if err != nil {
			continue
		}
		if before := report.Analyse(t); report.Comparable(before, s) {
			return before
		}
	}
	return nil
}

// lastAll shows one line for each shutdown. The error joins those of trails that
// cannot be loaded.
func (a *app) lastAll(kept []keptTrail, json bool) error {
	var list []*report.Shutdown
	var nth []int
	var failed error
	for i, k := range kept {
		t, _, err := k.Load()
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		list, nth = append(list, report.Analyse(t)), append(nth, i+1)
	}
	if json {
		b := []byte("[\n")
		for i, s := range list {
			if i > 0 {
				b = append(b, ",\n"...)
			}
			b = s.AppendJSON(b, report.Earlier(list, i))
		}
		return errors.Join(a.write(append(b, "\n]\n"...)), failed)
	}
	b := []byte(report.LineHeader)
	for i, s := range list {
		b = s.AppendLine(b, nth[i], report.Earlier(list, i))
	}
	return errors.Join(a.write(b), failed)
}

// set reports whether an option is given.
func (v *view) set() bool { return v.all || v.trail || v.json || v.plot != "" || v.services != nil }

// showTrail shows the lines of a trail, and what is lost: of which services that is, is
// unknown.
func (a *app) showTrail(t *event.Trail, v *view) error {
	if f := (event.Filter{Service: v.services}); v.services != nil {
		t.Events = slices.DeleteFunc(slices.Clone(t.Events), func(e event.Event) bool { return !f.Match(&e) })
	}
	w := report.NewTrailWriter(a.out, v.json, t.Wall)
	return a.endTrail(w, w.Trail(t))
}

// endTrail ends the lines of a trail.
func (a *app) endTrail(w *report.TrailWriter, err error) error {
	if err = errors.Join(err, w.Flush()); err == nil && w.Lines == 0 && !w.JSON {
		err = a.write([]byte("no line is recorded\n"))
	}
	return err
}

// plot writes an SVG file, or to standard output for "-".
func (a *app) plot(path string, svg []byte) error {
	if path == "-" {
		return a.write(svg)
	}
	return os.WriteFile(path, svg, 0o644)
}
