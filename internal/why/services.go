// SPDX-License-Identifier: GPL-2.0-only

package why

import (
	"cmp"
	"slices"
	"strings"

	"sigtrail/internal/event"
)

const maxServices = 100 // in an answer

// service is the ends of one service.
type service struct {
	name string
	ends []*End // the newest first
}

// services groups the ends by service, and those of which no service is known by the name of
// the process. The worst come first, see rank. more is how many are left out.
func (a *Answer) services() (list []service, more int) {
	at := make(map[string]int)
	for _, e := range a.ends {
		key := "service " + e.Service
		if e.Service == "" {
			key = "process " + e.Name
		}
		i, ok := at[key]
		if !ok {
			i = len(list)
			at[key] = i
			list = append(list, service{name: cmp.Or(e.Service, e.Name)})
		}
		list[i].ends = append(list[i].ends, e)
	}
	slices.SortStableFunc(list, func(x, y service) int {
		return cmp.Or(cmp.Compare(x.rank(), y.rank()), cmp.Compare(len(y.ends), len(x.ends)))
	})
	shown := min(maxServices, len(list))
	return list[:shown], len(list) - shown
}

// rank is how bad the last end is, the least for the worst: loops, what was killed or crashed,
// what failed. That init stopped a service is none of these.
func (s *service) rank() int {
	loop, e := pattern(s.ends).Loop, s.ends[0].root()
	return slices.Index([]bool{loop == Crashing, loop == Leaving, e.failed() && e.violent(), e.failed(), true}, true)
}

func (a *Answer) appendServices(b []byte) []byte {
	text, heading := "", "LAST"
	var once []string
	list, more := a.services()
	for _, s := range list {
		last := s.ends[0].root()
		if s.once() {
			once = append(once, event.Escaped(s.name))
			continue
		}
		line := last.phrase()
		if p := pattern(s.ends); p.Loop != NoLoop {
			line = p.text("")
		}
		if dated(last.Wall) {
			heading = "LAST (UTC)"
		}
		when := strings.TrimSuffix(moment(last.Wall, last.Time), " UTC")
		text += pad(number(uint64(len(s.ends))), -4) + "  " + pad(when, len("2026-11-26 04:00:01")) + "  " +
			pad(event.Escaped(s.name), 16) + "  " + line + "\n"
	}
	if text == "" {
		text = "no end of a service is recorded\n"
	} else {
		text = "ENDS  " + pad(heading, 19) + "  SERVICE           WHY\n" + text
	}
	if len(once) > 0 {
		text += "exited 0 once: " + strings.Join(once, ", ") + "\n"
	}
	if more > 0 {
		text += "and " + number(uint64(more)) + " more\n"
	}
	return append(b, text+a.aside()+"\nsearched: "+a.reach()+"\n"...)
}

// once reports whether it is a process of no service that did what it was to do, as a start script.
func (s *service) once() bool {
	e := s.ends[0]
	return len(s.ends) == 1 && e.Service == "" && e.Cause == Itself && e.Record.ExitStatus == 0
}

// pad fills a cell up to its width; a negative width puts it to the right.
func pad(cell string, width int) string {
	gap := strings.Repeat(" ", max(0, max(width, -width)-len(cell)))
	if width < 0 {
		return gap + cell
	}
	return cell + gap
}
