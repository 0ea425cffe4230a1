// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"sigtrail/internal/event"
	"sigtrail/internal/report"
)

// maxBoot bounds --for, in seconds: a day.
const maxBoot = 86400

var bootCommand = command{
	name:    "boot",
	trails:  true,
	summary: "report start scripts and signals of this boot's beginning",
	usage:   "[OPTION...]",
	about: `Reports the beginning of this boot: how long each start script ran, which
processes got signals, and how these ended.
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
			serviceOption(&v.services, "list only processes of these services, and the scripts;\nwith --trail only lines with them"),
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
	if v.trail {
		err = a.listBoot(dir, end, v)
	} else {
		err = a.reportBoot(dir, end, v)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no trail of this boot in %s: the service writes it (service sigtrail start)", dir)
	}
	return err
}

// Records are in the order of their numbers, which is that of their times but for less than
// so many ns.
const disorder = 1e9

// later is for how long after the end of what is reported, in ns, the ends of what began before
// are looked for: a start script that hangs is what people look for.
const later = 600e9

// errPast ends the reading of a trail.
var errPast = errors.New("past the end")

// beginning returns the running boot's trail up to end, the ends of what began before, and up
// to when it has these: a trail has more than there is memory for.
func (a *app) beginning(dir string, end uint64) (t *event.Trail, read uint64, err error) {
	t = new(event.Trail)
	boot, malformed, err := a.running(dir, func(e event.Event) error {
		if e.Time > end+later+disorder {
			return errPast
		}
		read = max(read, min(e.Time, end+later))
		if report.Beginning(&e, end) {
			t.Events = append(t.Events, e)
		}
		return nil
	}, func(l event.Loss) error {
		t.Losses = append(t.Losses, l)
		return nil
	})
	if err != nil && !errors.Is(err, errPast) {
		return nil, 0, err
	}
	t.BootID, t.Malformed = boot, uint64(malformed)
	return t, read, nil
}

func (a *app) reportBoot(dir string, end uint64, v *view) error {
	t, read, err := a.beginning(dir, end)
	if err != nil {
		return err
	}
	r := report.AnalyseBoot(t, end, read)
	r.Services = v.services
	switch {
	case v.plot != "":
		return a.plot(v.plot, r.AppendSVG(nil))
	case v.json:
		return a.write(append(r.AppendJSON(nil), '\n'))
	}
	return a.write(r.AppendText(nil))
}

// listBoot shows the lines of the running boot's trail up to end, and what is lost: of which
// services that is, is unknown.
func (a *app) listBoot(dir string, end uint64, v *view) error {
	f := event.Filter{Service: v.services}
	w := report.NewTrailWriter(a.out, v.json, func(uint64) int64 { return 0 })
	_, _, err := a.running(dir, func(e event.Event) error {
		if e.Time > end+disorder {
			return errPast
		}
		if e.Time > end || !f.Match(&e) {
			return nil
		}
		return w.Event(&e)
	}, w.Loss)
	if errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if errors.Is(err, errPast) {
		err = nil
	}
	return a.endTrail(w, err)
}
