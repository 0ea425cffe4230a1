// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"bufio"
	"io"

	"sigtrail/internal/event"
)

// stampWidth is the width of printk's timestamps.
const stampWidth = 12

// TrailWriter writes the lines of a trail as they come: the text of a whole trail may be
// larger than a router's memory.
type TrailWriter struct {
	JSON  bool
	Lines int // that were written

	out  *bufio.Writer
	wall func(local uint64) int64
}

// NewTrailWriter returns a writer of lines, each after its time and origin; a ">" is before a
// time that is a lower bound, and "?" is an unknown one:
//
//	[   54.154220] flash    Signal :: (reboot 696) --[15]--> (procd 1) SIGTERM delivered, caught; parent (ash 116), uid 0
//
// Or of JSON objects, one a line. wall returns the wall time of an event that has none.
func NewTrailWriter(w io.Writer, json bool, wall func(local uint64) int64) *TrailWriter {
	return &TrailWriter{JSON: json, out: bufio.NewWriter(w), wall: wall}
}

// Event writes an event's line.
func (w *TrailWriter) Event(e *event.Event) error {
	b := w.out.AvailableBuffer()
	if w.JSON {
		timed := *e
		if e.Time != 0 && e.Wall == 0 {
			timed.Wall = w.wall(e.Time)
		}
		return w.line(timed.AppendJSON(b))
	}
	stamp := "?"
	if e.Time != 0 {
		stamp = string(event.AppendSeconds(nil, e.Time))
	}
	if e.TimeAtLeast {
		stamp = ">" + stamp
	}
	b = append(b, "["+spaces(stampWidth-len(stamp))+stamp+"] "+left(e.Origin.String(), len("console"))...)
	return w.line(e.AppendLine(b))
}

// Loss writes a loss's line.
func (w *TrailWriter) Loss(l event.Loss) error {
	b := w.out.AvailableBuffer()
	if w.JSON {
		return w.line(l.AppendJSON(b))
	}
	return w.line(l.AppendLine(b))
}

func (w *TrailWriter) line(b []byte) error {
	w.Lines++
	_, err := w.out.Write(append(b, '\n'))
	return err
}

// Flush writes what is not yet written.
func (w *TrailWriter) Flush() error { return w.out.Flush() }

// Trail writes all of a trail: each event, and each loss at the place of its records.
func (w *TrailWriter) Trail(t *event.Trail) error {
	losses := t.Losses
	for i := range t.Events {
		e := &t.Events[i]
		for len(losses) > 0 && e.Seq != 0 && losses[0].From < e.Seq {
			if err := w.Loss(losses[0]); err != nil {
				return err
			}
			losses = losses[1:]
		}
		if err := w.Event(e); err != nil {
			return err
		}
	}
	for _, l := range losses {
		if err := w.Loss(l); err != nil {
			return err
		}
	}
	return nil
}
