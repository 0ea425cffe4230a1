// SPDX-License-Identifier: GPL-2.0

package report

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"sigtrail/internal/event"
)

// LineHeader heads the lines of AppendLine.
const LineHeader = "  N  NUMBER  WHEN (UTC)            WHAT                TOOK (s)  SIGNALLED  IGNORED  KILLED  CHANGED\n"

// AppendLine appends the report as one line, with a newline, and what changed
// against an earlier shutdown, nil if there is none:
//
//	3  2026-11-22 02:20:23   reboot, signal         8.698         14        1       5  duration +1.2 s
//
// A time of a clock that was not set has a "?".
func (s *Shutdown) AppendLine(b []byte, n int, before *Shutdown) []byte {
	when, took := []byte("-"), []byte("-")
	if ns, unset := s.Wall(); ns != 0 {
		when = time.Unix(0, ns).UTC().AppendFormat(when[:0], "2006-01-02 15:04:05")
		if unset {
			when = append(when, '?')
		}
	}
	if d := s.Duration(); d > 0 {
		took = took[:0]
		if s.Ending != EndReboot {
			took = append(took, '>')
		}
		took = appendSeconds(took, d)
	}
	what := deed(s.Code) + ", " + s.Way.String()
	if s.Way == WayNone {
		what = "none, " + s.Trail.Reset.String()
	}
	b = right(b, strconv.AppendInt(nil, int64(n), 10), len("  N"))
	b = right(b, strconv.AppendInt(nil, int64(s.Trail.Number), 10), len("NUMBER"))
	b = left(b, when, len("2006-01-02 15:04:05?"))
	b = left(b, []byte(what), len("reboot, sysupgrade"))
	b = right(b, took, len("TOOK (s)"))
	b = right(b, strconv.AppendInt(nil, int64(len(s.Processes)), 10), len("SIGNALLED"))
	b = right(b, count(s.Processes, func(p *Process) bool { return p.IgnoredTerm || p.BlockedTerm }), len("IGNORED"))
	b = right(b, count(s.Processes, func(p *Process) bool { return p.NeededKill }), len("KILLED"))
	return append(s.appendChanges(b, before), '\n')
}

func count(list []Process, want func(*Process) bool) []byte {
	return strconv.AppendInt(nil, int64(len(pick(list, want))), 10)
}

func (s *Shutdown) appendChanges(b []byte, before *Shutdown) []byte {
	if len(s.Failures) > 0 {
		return appendText(b, s.Failures[0].Note.Text)
	}
	if before == nil {
		return append(b, '-')
	}
	if changes := Compare(before, s); len(changes) > 0 {
		return append(b, strings.Join(changes, "; ")...)
	}
	return append(b, '-')
}

// stampWidth is that of printk's stamps.
const stampWidth = 12

// AppendTrail appends all lines of a trail, each after its time and origin:
//
//	[   54.154220] flash    Signal :: (reboot 696) --[15]--> (procd 1) SIGTERM delivered, caught; parent (ash 116), uid 0
func AppendTrail(b []byte, t *event.Trail) []byte {
	return walk(b, t, func(b []byte, e *event.Event) []byte {
		stamp := event.AppendSeconds(nil, e.Time)
		b = append(pad(append(b, '['), stampWidth-len(stamp)), stamp...)
		b = left(append(b, "] "...), []byte(e.Origin.String()), len("console"))
		return append(e.AppendLine(b), '\n')
	}, func(b []byte, l event.Loss) []byte {
		return append(l.AppendLine(b), '\n')
	})
}

// AppendTrailJSON appends all lines of a trail as JSON objects, one a line.
func AppendTrailJSON(b []byte, t *event.Trail) []byte {
	return walk(b, t, func(b []byte, e *event.Event) []byte {
		timed := *e
		if e.Time != 0 && e.Wall == 0 {
			timed.Wall = t.Wall(e.Time)
		}
		return append(timed.AppendJSON(b), '\n')
	}, func(b []byte, l event.Loss) []byte {
		return append(l.AppendJSON(b), '\n')
	})
}

// walk appends each event, and each loss where its records would stand.
func walk(b []byte, t *event.Trail, one func([]byte, *event.Event) []byte, gap func([]byte, event.Loss) []byte) []byte {
	losses := slices.Clone(t.Losses)
	for i := range t.Events {
		e := &t.Events[i]
		for len(losses) > 0 && e.Seq != 0 && losses[0].From < e.Seq {
			b, losses = gap(b, losses[0]), losses[1:]
		}
		b = one(b, e)
	}
	for _, l := range losses {
		b = gap(b, l)
	}
	return b
}
