// SPDX-License-Identifier: GPL-2.0

package cli

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"slices"

	"sigtrail/internal/event"
	"sigtrail/internal/report"
)

// maxBoot is how many seconds of a boot can be asked for: a day.
const maxBoot = 86400

// boot is "sigtrail boot".
func (a *app) boot(args []string) error {
	f := flag.NewFlagSet("boot", flag.ContinueOnError)
	v := newView(f)
	seconds := f.Uint64("for", 120, "")
	where := newPlace(f)
	rest, helped, err := a.parse(f, args)
	if err != nil || helped {
		return err
	}
	if err := none(f, rest); err != nil {
		return err
	}
	if err := v.check(); err != nil {
		return &usageError{"boot", err.Error()}
	}
	if *seconds < 1 || *seconds > maxBoot {
		return &usageError{"boot", fmt.Sprintf("--for %d: allowed is a number of seconds from 1 to %d", *seconds, maxBoot)}
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
	return a.showBoot(t, *seconds*1e9, v)
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
