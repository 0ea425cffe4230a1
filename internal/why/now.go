// SPDX-License-Identifier: GPL-2.0-only

package why

// Process is one that runs now.
type Process struct {
	PID  uint32
	Name string
}

// RunsNow takes the processes that each service has now, by the service's name. The map is nil
// if that is not known.
func (b *Boot) RunsNow(all map[string][]Process) { b.now = all }

// asksNow reports whether what runs now says what became of the service after this end.
func (e *End) asksNow() bool {
	return e.Again == 0 && e.Newest && e.Service != "" && !e.Down && e.Boot.number == 0
}

// maxRunning is how many processes are named.
const maxRunning = 4

// runsNow returns which processes the service has now: those of the name, or else the others.
func (e *End) runsNow() string {
	if e.Boot.now == nil {
		return "whether it was started again is not known"
	}
	var same, others []Process
	for _, p := range e.Boot.now[e.Service] {
		if p.Name == e.Name {
			same = append(same, p)
		} else {
			others = append(others, p)
		}
	}
	switch {
	case len(same) > 0:
		return "the service runs now: " + nameEach(same)
	case len(others) > 0:
		return "the service runs now, without a process of this name: " + nameEach(others)
	}
	return "the service does not run now"
}

func nameEach(list []Process) string {
	text := ""
	for i, p := range list[:min(len(list), maxRunning)] {
		if i > 0 {
			text += ", "
		}
		text += who(p.Name, p.PID)
	}
	if more := len(list) - maxRunning; more > 0 {
		text += " and " + number(uint64(more)) + " more"
	}
	return text
}
