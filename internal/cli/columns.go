// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"bytes"

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
	b := column(nil, "TIME (UTC)", timeWidth)
	b = column(b, "SENDER", processWidth)
	b = column(b, "SIGNAL", signalWidth)
	b = column(b, "OUTCOME", outcomeWidth)
	b = column(b, "TARGET", processWidth)
	return string(append(b, "NOTE\n"...))
}()

// appendColumns appends an event as one line. If the clock was not set, the time is in
// seconds since boot, as in printk. Most cells are as in a line before.
func (w *watcher) appendColumns(b []byte, e *event.Event) []byte {
	at := len(b)
	if e.Wall != 0 && !e.WallUnset() {
		b = w.cells.AppendMicros(b, e.Wall)
	} else {
		var seconds [32]byte
		text := event.AppendSeconds(seconds[:0], e.Time)
		b = append(append(b, blanks[:max(0, timeWidth-len(text))]...), text...)
	}
	b = append(pad(b, at, timeWidth), w.cells.Sender(e, appendSender)...)
	if e.Kind == event.KindSignal && (e.Scope == event.ScopeProcess || e.TargetTID == e.TargetPID) {
		b = append(b, w.cells.Class(e, appendWhat)...)
		target := w.cells.Target(e, appendTarget)
		remarks, origin := w.notes.Class(e, appendRemarks), w.notes.Sender(e, appendOrigin)
		if len(remarks)+len(origin) > 0 && e.Count == 0 && e.Flags&event.FlagFault == 0 { // each fault has its own place
			b = append(append(b, target...), remarks...)
			if len(remarks) > 0 && len(origin) > 0 {
				b = append(b, "; "...)
			}
			return e.AppendServices(append(b, origin...), "; ")
		}
	} else {
		b = appendWhat(b, e)
	}
	b = appendTarget(b, e)
	at = len(b)
	if b = appendNotes(b, e); len(b) == at {
		b = bytes.TrimRight(b, " ")
	}
	return b
}

// appendSender appends the column of the sender.
func appendSender(b []byte, e *event.Event) []byte {
	at := len(b)
	switch name, pid := e.Sender(); {
	case e.Kind == event.KindSummary:
		b = e.AppendUser(b)
	case e.HasSender():
		b = process(b, name, pid)
	default:
		b = append(b, '-')
	}
	return pad(b, at, processWidth)
}

// appendTarget appends the column of the target.
func appendTarget(b []byte, e *event.Event) []byte {
	at := len(b)
	if e.TargetPID != 0 && e.Kind != event.KindSummary { // which has no single target
		b = process(b, e.TargetName, e.TargetPID)
	} else {
		b = append(b, '-')
	}
	return pad(b, at, processWidth)
}

func appendRemarks(b []byte, e *event.Event) []byte { return e.AppendRemarks(b, "") }
func appendOrigin(b []byte, e *event.Event) []byte  { return e.AppendOrigin(b, "") }

// appendWhat appends the columns of the signal and the outcome.
func appendWhat(b []byte, e *event.Event) []byte {
	switch e.Kind {
	case event.KindSignal:
		return column(column(b, event.SignalName(e.Signal), signalWidth), e.Outcome.String(), outcomeWidth)
	case event.KindExit:
		b = column(b, "(exit)", signalWidth)
		at := len(b)
		return pad(e.AppendExit(b), at, outcomeWidth)
	case event.KindSurvivor:
		return column(column(b, "(survivor)", signalWidth), e.State.String(), outcomeWidth)
	case event.KindReboot:
		return column(column(b, "(reboot)", signalWidth), e.RebootCode.String(), outcomeWidth)
	}
	at := len(b)
	b = append(append(append(b, '('), e.Kind.String()...), ')')
	return column(pad(b, at, signalWidth), "-", outcomeWidth)
}

// appendNotes appends what has no column.
func appendNotes(b []byte, e *event.Event) []byte {
	at := len(b)
	next := func() string { // what separates a remark from those before it
		if len(b) == at {
			return ""
		}
		return "; "
	}
	switch e.Kind {
	case event.KindSignal:
		b = e.AppendRemarks(b, "")
		b = e.AppendOrigin(b, next())
		b = e.AppendServices(b, next())
		b = e.AppendTimes(b, next())
	case event.KindSummary:
		b = e.AppendSummary(b)
	case event.KindExit:
		b = e.AppendSince(b, "")
		b = e.AppendServices(b, next())
	case event.KindMark:
		b = event.AppendEscaped(b, e.Text)
	case event.KindSurvivor:
		b = e.AppendWait(b, "")
		b = e.AppendServices(b, next())
	case event.KindReboot:
		if e.Text != "" {
			b = append(event.AppendEscaped(append(b, '"'), e.Text), '"')
		}
		b = e.AppendSurvivors(b, next())
		b = e.AppendServices(b, next())
	default:
		b = event.AppendPrintable(b, e.Text)
		b = e.AppendOrigin(b, next())
		b = e.AppendServices(b, next())
	}
	return b
}

const blanks = "                        " // the widest column and its gap

// column appends a cell.
func column(b []byte, cell string, width int) []byte { return pad(append(b, cell...), len(b), width) }

// pad fills up the cell that began at an index, and appends the gap after it.
func pad(b []byte, at, width int) []byte { return append(b, blanks[:max(0, width-(len(b)-at))+2]...) }

func process(b []byte, name string, pid uint32) []byte {
	b = append(event.AppendEscaped(b, name), ' ')
	return event.AppendUint(b, uint64(pid))
}
