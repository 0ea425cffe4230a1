// SPDX-License-Identifier: GPL-2.0

package report

import (
	"strings"

	"sigtrail/internal/event"
)

// AppendText appends the report as text, of one page for a usual router: the
// verdict, a table of the processes, the stalls, and where the lines are from;
// and what changed against an earlier shutdown, nil if there is none.
func (s *Shutdown) AppendText(b []byte, before *Shutdown) []byte {
	text := s.title() + "\n" + s.verdict("  ")
	if changes := compare(before, s); len(changes) > 0 {
		text += "  against s" + before.title()[1:] + ": " + strings.Join(changes, "; ") + "\n"
	}
	b = append(b, text...)
	b = appendTable(b, s.Processes, s.Begin)
	for i := range s.Stalls {
		b = append(b, s.Stalls[i].text(s.Begin)...)
	}
	return append(b, s.sources()...)
}

// title is "Shutdown 3".
func (s *Shutdown) title() string {
	if s.Trail.Number > 0 {
		return "Shutdown " + number(uint64(s.Trail.Number))
	}
	return "Shutdown"
}

// AppendText appends the report as text.
func (r *Boot) AppendText(b []byte) []byte {
	return appendTable(append(b, "Boot: "+r.summary()+"\n"...), r.Processes, 0)
}

func (r *Boot) summary() string {
	return counted(uint64(len(r.Processes)), "process was", "processes were") + " signalled in the first " + seconds(r.End) + " s"
}

// text returns what the stall watch said last of a stall.
func (s *Stall) text(begin uint64) string {
	said := "\nStalled"
	if s.Begin != 0 {
		said += " at " + seconds(between(begin, s.Begin)) + " s"
	}
	said += " for " + seconds(s.Duration()) + " s"
	if s.Open {
		said += ", up to the trail's end"
	}
	for _, line := range s.Lines {
		said += "\n  " + event.Printable(line)
	}
	return said + "\n"
}

// sources tells how many lines came from where.
func (s *Shutdown) sources() string {
	var said []string
	for i, n := range s.Origins {
		if n > 0 {
			said = append(said, number(uint64(n))+" from "+[...]string{"this boot", "flash", "pmsg", "the console"}[i])
		}
	}
	if said == nil {
		return ""
	}
	return "\nLines: " + strings.Join(said, ", ") + "\n"
}
