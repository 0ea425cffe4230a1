// SPDX-License-Identifier: GPL-2.0

package report

import (
	"strconv"
	"strings"

	"sigtrail/internal/event"
)

// Widths of the table's columns; what is wider moves the rest of its line.
const (
	numberWidth  = 9
	processWidth = 22
	endWidth     = 18
)

func appendTable(b []byte, list []Process, begin uint64) []byte {
	if len(list) == 0 {
		return b
	}
	b = right(append(b, '\n'), []byte("AT (s)"), numberWidth)
	b = right(b, []byte("TOOK (s)"), numberWidth)
	b = left(b, []byte("PROCESS"), processWidth)
	b = left(b, []byte("END"), endWidth)
	b = append(b, "SIGNALS\n"...)
	for i := range list {
		b = list[i].appendRow(b, begin)
	}
	return b
}

func (p *Process) appendRow(b []byte, begin uint64) []byte {
	at, took, end := []byte("-"), []byte("-"), []byte("not seen")
	if first := p.Signals[0].Time; first != 0 {
		at = appendSeconds(nil, first-min(begin, first))
	}
	if p.Took > 0 || p.Exit != nil && p.Exit.Time != 0 {
		took = p.appendTook(nil)
	}
	if p.Exit != nil {
		end = p.Exit.AppendExit(nil)
	}
	b = right(b, at, numberWidth)
	b = right(b, took, numberWidth)
	b = left(b, appendName(nil, p.Name, p.PID), processWidth)
	b = left(b, end, endWidth)
	return append(p.appendSignals(b), '\n')
}

// maxSignals is how many signals of one process stand in its row.
const maxSignals = 6

// appendSignals appends the signals of a row, each with its sender, unless that
// is the one before, and its time after the first one:
//
//	TERM by procd 1 ignored, KILL +1.020
func (p *Process) appendSignals(b []byte) []byte {
	var last *event.Event
	for i, e := range p.Signals {
		if i == maxSignals && i+1 < len(p.Signals) {
			b = strconv.AppendInt(append(b, " and "...), int64(len(p.Signals)-i), 10)
			return append(b, " more"...)
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, strings.TrimPrefix(event.SignalName(e.Signal), "SIG")...)
		if name, pid := e.Sender(); last == nil || !sameSender(last, e) {
			b = append(b, " by "...)
			if e.FromKernel() {
				b = append(b, name...)
			} else {
				b = appendName(b, name, pid)
			}
		}
		b = appendFate(b, e)
		if since := between(p.Signals[0].Time, e.Time); i > 0 && since > 0 {
			b = appendSeconds(append(b, " +"...), since)
		}
		last = e
	}
	if p.Recorder {
		b = append(b, "; the daemon, which stays"...)
	}
	return b
}

func sameSender(a, b *event.Event) bool {
	return a.SenderPID == b.SenderPID && a.FromKernel() == b.FromKernel()
}

// appendFate appends what became of a signal, unless it was taken at once.
func appendFate(b []byte, e *event.Event) []byte {
	if e.Outcome != event.Delivered {
		return append(append(b, ' '), strings.ReplaceAll(e.Outcome.String(), "_", " ")...)
	}
	if e.Flags&event.FlagBlocked != 0 {
		return append(b, " blocked"...)
	}
	return b
}

// left and right append a cell, padded to its width, and a gap.
func left(b, cell []byte, width int) []byte {
	return pad(append(b, cell...), max(0, width-len(cell))+2)
}

func right(b, cell []byte, width int) []byte {
	return pad(append(pad(b, width-len(cell)), cell...), 2)
}

func pad(b []byte, n int) []byte {
	for ; n > 0; n-- {
		b = append(b, ' ')
	}
	return b
}
