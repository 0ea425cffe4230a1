// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"strconv"

	"sigtrail/internal/event"
)

// Widths of the columns; a wider cell shifts the rest of its line.
const (
	timeWidth    = 15
	processWidth = 22
	signalWidth  = 11
	outcomeWidth = 17
)

var columnHeader = func() string {
	b := column(nil, []byte("TIME (UTC)"), timeWidth)
	b = column(b, []byte("SENDER"), processWidth)
	b = column(b, []byte("SIGNAL"), signalWidth)
	b = column(b, []byte("OUTCOME"), outcomeWidth)
	b = column(b, []byte("TARGET"), processWidth)
	return string(append(b, "NOTE\n"...))
}()

// appendColumns appends an event as one line of a watch. If the clock was not set,
// the time is in seconds since boot, as in printk.
func appendColumns(b []byte, e *event.Event) []byte {
	var cell [160]byte
	if e.Wall != 0 && !e.WallUnset() {
		b = column(b, event.AppendMicros(event.AppendTime(cell[:0], e.Wall), e.Wall), timeWidth)
	} else {
		seconds := event.AppendSeconds(cell[:0], e.Time)
		for n := len(seconds); n < timeWidth; n++ {
			b = append(b, ' ')
		}
		b = append(append(b, seconds...), ' ', ' ')
	}
	var note [256]byte
	notes := note[:0]
	sender, signal, outcome := dash(cell[:0]), "", ""
	if e.HasSender() {
		name, pid := e.Sender()
		sender = process(cell[:0], name, pid)
	}
	target := e.TargetPID != 0
	switch e.Kind {
	case event.KindSignal:
		signal, outcome = event.SignalName(e.Signal), e.Outcome.String()
		notes = e.AppendRemarks(notes, "")
		notes = e.AppendOrigin(notes, unlessFirst(notes))
		notes = e.AppendTimes(notes, unlessFirst(notes))
	case event.KindSummary: // it has no single sender or target
		sender, signal, outcome, target = e.AppendUser(cell[:0]), "(summary)", "-", false
		notes = e.AppendSummary(notes)
	case event.KindExit:
		signal, outcome = "(exit)", string(e.AppendExit(nil))
		notes = e.AppendSince(notes, "")
	case event.KindMark:
		signal, outcome = "(mark)", "-"
		notes = event.AppendEscaped(notes, e.Text)
	case event.KindSurvivor:
		signal, outcome = "(survivor)", e.State.String()
		notes = e.AppendWait(notes, "")
	case event.KindReboot:
		signal, outcome = "(reboot)", e.RebootCode.String()
		if e.Text != "" {
			notes = append(event.AppendEscaped(append(notes, '"'), e.Text), '"')
		}
		notes = e.AppendSurvivors(notes, unlessFirst(notes))
	default:
		signal, outcome = "("+e.Kind.String()+")", "-"
		notes = event.AppendPrintable(notes, e.Text)
		notes = e.AppendOrigin(notes, unlessFirst(notes))
	}
	b = column(b, sender, processWidth)
	b = column(b, []byte(signal), signalWidth)
	b = column(b, []byte(outcome), outcomeWidth)
	to := dash(cell[:0])
	if target {
		to = process(cell[:0], e.TargetName, e.TargetPID)
	}
	if len(notes) == 0 {
		return append(b, to...)
	}
	return append(column(b, to, processWidth), notes...)
}

// column appends a cell, padded to its width and followed by a gap.
func column(b, cell []byte, width int) []byte {
	b = append(b, cell...)
	for n := len(cell); n < width; n++ {
		b = append(b, ' ')
	}
	return append(b, ' ', ' ')
}

// unlessFirst returns what separates a remark from those before it.
func unlessFirst(notes []byte) string {
	if len(notes) == 0 {
		return ""
	}
	return "; "
}

func dash(b []byte) []byte { return append(b, '-') }

func process(b []byte, name string, pid uint32) []byte {
	b = append(event.AppendEscaped(b, name), ' ')
	return strconv.AppendUint(b, uint64(pid), 10)
}
