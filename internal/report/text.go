// SPDX-License-Identifier: GPL-2.0

package report

import (
	"strconv"
	"strings"

	"sigtrail/internal/event"
)

// AppendText appends the report as text, of one page for a usual router: the
// verdict, a table of the processes, the stalls, and where the lines are from;
// and what changed against an earlier shutdown, nil if there is none.
func (s *Shutdown) AppendText(b []byte, before *Shutdown) []byte {
	b = append(b, "Shutdown"...)
	if s.Trail.Number > 0 {
		b = strconv.AppendInt(append(b, ' '), int64(s.Trail.Number), 10)
	}
	b = s.appendVerdict(append(b, '\n'), "  ")
	if before != nil {
		if changes := Compare(before, s); len(changes) > 0 {
			b = strconv.AppendInt(append(b, "  against shutdown "...), int64(before.Trail.Number), 10)
			b = append(append(b, ": "...), strings.Join(changes, "; ")...)
			b = append(b, '\n')
		}
	}
	b = appendTable(b, s.Processes, s.Begin)
	for i := range s.Stalls {
		b = s.Stalls[i].appendText(b, s.Begin)
	}
	return s.appendSources(b)
}

// AppendText appends the report as text.
func (o *Boot) AppendText(b []byte) []byte {
	b = appendCount(append(b, "Boot: "...), uint64(len(o.Processes)), "process was", "processes were")
	b = append(appendSeconds(append(b, " signalled in the first "...), o.End), " s\n"...)
	return appendTable(b, o.Processes, 0)
}

// appendText appends what the stall watch said last of a stall.
func (s *Stall) appendText(b []byte, begin uint64) []byte {
	b = append(b, "\nStalled"...)
	if s.Begin != 0 {
		b = appendSeconds(append(b, " at "...), s.Begin-min(begin, s.Begin))
		b = append(b, " s"...)
	}
	b = append(appendSeconds(append(b, " for "...), s.Duration()), " s"...)
	if s.Open {
		b = append(b, ", up to the trail's end"...)
	}
	b = append(b, '\n')
	for _, line := range s.Lines {
		b = append(event.AppendPrintable(append(b, "  "...), line), '\n')
	}
	return b
}

// appendSources appends how many lines came from where.
func (s *Shutdown) appendSources(b []byte) []byte {
	words := [...]string{"this boot", "flash", "pmsg", "the console"}
	sep := "\nLines: "
	for i, n := range s.Origins {
		if n > 0 {
			b = strconv.AppendInt(append(b, sep...), int64(n), 10)
			b = append(append(b, " from "...), words[i]...)
			sep = ", "
		}
	}
	if sep == ", " {
		b = append(b, '\n')
	}
	return b
}
