// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"slices"
	"strings"

	"sigtrail/internal/event"
)

// AppendText appends the report as text, one page for a typical router: the
// verdict, what changed since an earlier shutdown (nil if there is none), a table
// of the processes, the stalls, and the origin of the lines.
func (s *Shutdown) AppendText(b []byte, before *Shutdown) []byte {
	text := s.title() + "\n" + s.verdict("  ")
	if changes := compare(before, s); len(changes) > 0 {
		text += "  compared with s" + before.title()[1:] + ": " + strings.Join(changes, "; ") + "\n"
	}
	b = append(b, text...)
	if phase := s.inScripts(); phase != nil {
		b = appendScripts(b, "", "", s.Scripts, s.Begin, phase.exactly(), s.recordedWhole())
	}
	if s.beforeEnd() > 0 {
		b = append(b, "\nProcesses in the last "+number(lastEvents)+" records; more: sigtrail last --trail\n"...)
	}
	b = appendTable(b, s.Processes, s.Services, s.Begin)
	for i := range s.Stalls {
		b = append(b, s.Stalls[i].text(s.Begin)...)
	}
	return append(b, s.sources()...)
}

// title returns "Shutdown 3", without the number if there is none.
func (s *Shutdown) title() string {
	if s.Trail.Number > 0 {
		return "Shutdown " + number(uint64(s.Trail.Number))
	}
	return "Shutdown"
}

// AppendText appends the report as text.
func (r *Boot) AppendText(b []byte) []byte {
	b = append(b, "Boot: "+r.summary()+"\n"...)
	b = appendScripts(b, " in the first "+seconds(r.End)+" s", "; one that still ran at "+seconds(r.Read)+" s may be missing", r.Scripts, 0, 0, r.lost() == "" && len(r.Trail.Losses) == 0 && r.Trail.Malformed == 0)
	return appendTable(b, r.Processes, r.Services, 0)
}

// summary says how many processes were signalled, at least where records are missing.
func (r *Boot) summary() string {
	n, when := uint64(len(r.Processes)), " signalled in the first "+seconds(r.End)+" s"
	missing := r.missing()
	if missing != "" && n == 0 {
		return "unknown which processes were" + when + ": " + missing
	}
	text := atLeast(missing != "") + event.Counted(n, "process was", "processes were") + when
	if missing != "" {
		text += ": " + missing
	}
	return text
}

// missing returns what the trail lacks of the boot's beginning: records, more than the
// number of some signals, and what cannot be read.
func (r *Boot) missing() string {
	var parts []string
	if lost := r.lost(); lost != "" {
		parts = append(parts, lost)
	}
	if n := r.OnlyCounted; n > 0 {
		parts = append(parts, event.Counted(n, onlyCounted1, onlyCounted))
	}
	if n := r.Trail.Malformed; n > 0 {
		parts = append(parts, event.Counted(n, "damaged place in the trail was skipped", "damaged places in the trail were skipped"))
	}
	return strings.Join(parts, ", ")
}

// lost returns which records of the boot's beginning the trail lacks: it is bounded, and
// the oldest are removed first.
func (r *Boot) lost() string {
	for _, l := range r.Trail.Losses {
		if l.From == 1 {
			return "records 1 to " + number(l.To) + " were lost"
		}
	}
	i := slices.IndexFunc(r.Trail.Events, func(e event.Event) bool { return e.Seq != 0 })
	switch {
	case i < 0:
		return "the trail has no record"
	case r.Trail.Events[i].Seq > 1:
		return "the trail no longer has the records before " + number(r.Trail.Events[i].Seq)
	}
	return ""
}

// text returns a stall's last report by the stall watch.
func (s *Stall) text(begin uint64) string {
	text := "\nStalled"
	if s.Early {
		text += " before a shutdown began,"
	} else if s.Begin != 0 {
		text += " at " + seconds(between(begin, s.Begin)) + " s"
	}
	text += " for " + atLeast(s.Early) + seconds(s.Duration()) + " s"
	if s.Open {
		text += ", until the trail ends"
	}
	for _, line := range s.Lines {
		text += "\n  " + event.Printable(line)
	}
	return text + "\n"
}

// sources returns the number of lines by origin.
func (s *Shutdown) sources() string {
	var parts []string
	for _, from := range [...]struct {
		origin event.Origin
		name   string
	}{
		{event.OriginBox, "the black box"}, {event.OriginLive, "this boot"}, {event.OriginFlash, "flash"}, {event.OriginPmsg, "pmsg"},
		{event.OriginConsole, "the console"}, {event.OriginDmesg, "records of the kernel's log"},
	} {
		if n := s.Origins[from.origin]; n > 0 {
			parts = append(parts, number(uint64(n))+" from "+from.name)
		}
	}
	if parts == nil {
		return ""
	}
	return "\nLines: " + strings.Join(parts, ", ") + "\n"
}
