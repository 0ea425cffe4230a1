// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"sigtrail/internal/event"
	"sigtrail/internal/report"
)

// maxBoot bounds --for, in seconds: a day.
const maxBoot = 86400

var bootCommand = command{
	name:    "boot",
	summary: "report the signals at the beginning of this boot",
	usage:   "[OPTION...]",
	about: `Reports the signals at the beginning of this boot: which processes got them, and
how these ended.
`,
	setup: func() ([]option, action) {
		var v view
		var where place
		seconds := uint32(120)
		options := append([]option{
			{"--for", "SECONDS", "report the first SECONDS of the boot; default 120", number(&seconds, 1, maxBoot)},
			{"--trail", "", "print the trail's lines instead", on(&v.trail)},
			{"--json", "", "print one JSON object; with --trail one for each line", on(&v.json)},
			{"--plot", "FILE", "write a chart as an SVG file; - is standard output", text(&v.plot)},
		}, where.options("directory of the trail")...)
		return options, func(a *app, _ []string) error { return a.boot(seconds, &v, &where) }
	},
}

func (a *app) boot(seconds uint32, v *view, where *place) error {
	if err := v.check(); err != nil {
		return wrong("boot", "%v", err)
	}
	dir, err := where.boot()
	if err != nil {
		return err
	}
	end := uint64(seconds) * 1e9
	t, err := a.beginning(dir, end)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no trail of this boot in %s: the service writes it (service sigtrail start)", dir)
	}
	if err != nil {
		return err
	}
	return a.showBoot(t, end, v)
}

// Records are in the order of their numbers, which is that of their times but for less than
// so many ns.
const disorder = 1e9

// errPast ends the reading of a trail.
var errPast = errors.New("past the end")

// beginning returns the running boot's trail up to end, and what comes right after it: a
// trail has more than there is memory for.
func (a *app) beginning(dir string, end uint64) (*event.Trail, error) {
	t := new(event.Trail)
	boot, malformed, err := a.running(dir, func(e event.Event) error {
		t.Events = append(t.Events, e)
		if e.Time > end+disorder {
			return errPast
		}
		return nil
	}, func(l event.Loss) error {
		t.Losses = append(t.Losses, l)
		return nil
	})
	if err != nil && !errors.Is(err, errPast) {
		return nil, err
	}
	t.BootID, t.Malformed = boot, uint64(malformed)
	return t, nil
}

func (a *app) showBoot(t *event.Trail, end uint64, v *view) error {
	r := report.AnalyseBoot(t, end)
	switch {
	case v.trail:
		cutAfter(t, end)
		return a.showTrail(t, v.json)
	case v.plot != "":
		return a.plot(v.plot, r.AppendSVG(nil))
	case v.json:
		return a.write(append(r.AppendJSON(nil), '\n'))
	}
	return a.write(r.AppendText(nil))
}

// cutAfter removes what came after end, in ns of the kernel's clock.
func cutAfter(t *event.Trail, end uint64) {
	i := slices.IndexFunc(t.Events, func(e event.Event) bool { return e.Time > end })
	if i < 0 {
		return
	}
	next := t.Events[i].Seq
	t.Events = t.Events[:i]
	t.Losses = slices.DeleteFunc(t.Losses, func(l event.Loss) bool { return l.From > next })
}
