// SPDX-License-Identifier: GPL-2.0-only

package why

import (
	"slices"

	"sigtrail/internal/event"
)

// setAside sets aside what is of no service, such as init's scripts, which have the names of
// services. If nothing else of a name has ended, that is what was asked for.
func (a *Answer) setAside() {
	if a.query.pid != 0 {
		return
	}
	var ends, none []*End
	for _, e := range a.ends {
		if e.ofNone() {
			none = append(none, e)
		} else {
			ends = append(ends, e)
		}
	}
	if len(ends) > 0 || a.query == (Query{}) {
		a.ends, a.none = ends, none
	}
}

const maxAside = 4 // names, or lines

// aside tells what was set aside: how many, and those that failed.
func (a *Answer) aside() string {
	if len(a.none) == 0 {
		return ""
	}
	failed := a.failures()
	count := number(uint64(len(a.none))) + " ended, " + number(uint64(len(failed))) + " of them failed"
	if a.query == (Query{}) {
		text := "init's scripts, and other programs of no service: " + count
		if len(failed) > 0 {
			text += ": " + names(failed)
		}
		return text + "\n"
	}
	text := "\nof the same name, but of no service, as init's scripts are: " + count + "\n"
	for _, e := range failed[:min(maxAside, len(failed))] {
		text += "  " + moment(e.Wall, e.Time) + ": " + e.headline() + "\n"
	}
	return text
}

// names returns the names of the processes that ended, each once.
func names(ends []*End) string {
	count := make(map[string]uint64)
	var list []string
	for _, e := range ends {
		if count[e.Name]++; count[e.Name] == 1 {
			list = append(list, e.Name)
		}
	}
	text := ""
	for i, name := range list {
		switch {
		case i == maxAside:
			return text + ", ..."
		case i > 0:
			text += ", "
		}
		text += event.Escaped(name)
		if n := count[name]; n > 1 {
			text += " (" + number(n) + " times)"
		}
	}
	return text
}

// failures returns those that failed.
func (a *Answer) failures() []*End {
	return slices.DeleteFunc(slices.Clone(a.none), func(e *End) bool { return !e.failed() })
}

// failed reports whether a process failed, or was killed, and not because init stopped it.
func (e *End) failed() bool {
	return !e.Down && !e.stopped() && (e.violent() || e.Record != nil && e.Record.ExitStatus != 0)
}

// stopped reports whether init ended the process.
func (e *End) stopped() bool { return e.By != nil && e.By.Event.SenderPID == 1 }
