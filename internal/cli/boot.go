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
	t, err := a.running(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no trail of this boot in %s: the service writes it (service sigtrail start)", dir)
	}
	if err != nil {
		return err
	}
	return a.showBoot(t, uint64(seconds)*1e9, v)
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
