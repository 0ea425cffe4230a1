// SPDX-License-Identifier: GPL-2.0

package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"sigtrail/internal/event"
	"sigtrail/internal/report"
)

// maxBoot is how many seconds of a boot can be asked for: a day.
const maxBoot = 86400

var bootCommand = command{
	name:    "boot",
	summary: "report how this boot began",
	usage:   "[OPTION...]",
	about: `Reports the signals of this boot's beginning, who got them, and what became of
the receivers.
`,
	setup: func() ([]option, action) {
		var v view
		var where place
		seconds := uint32(120)
		options := append([]option{
			{"--for", "SECONDS", "from power-on to then; 120 if not given", number(&seconds, 1, maxBoot)},
			{"--trail", "", "all lines of the trail until then", on(&v.trail)},
			{"--json", "", "as one JSON object; --trail: one for each line", on(&v.json)},
			{"--plot", "FILE", "a chart, as an SVG file; - is the standard output", text(&v.plot)},
		}, where.options("the trail's directory")...)
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

// cutAfter leaves out what came after a time, in ns of the kernel's clock.
func cutAfter(t *event.Trail, end uint64) {
	i := slices.IndexFunc(t.Events, func(e event.Event) bool { return e.Time > end })
	if i < 0 {
		return
	}
	next := t.Events[i].Seq
	t.Events = t.Events[:i]
	t.Losses = slices.DeleteFunc(t.Losses, func(l event.Loss) bool { return l.From > next })
}
