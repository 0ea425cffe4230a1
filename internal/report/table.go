// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"strings"

	"sigtrail/internal/event"
)

// Widths of the table's columns; a wider cell shifts the rest of its line.
const (
	numberWidth  = 9
	processWidth = 22
	endWidth     = 18
)

func appendTable(b []byte, list []Process, services event.Services, begin uint64) []byte {
	if list = listed(list, services); len(list) == 0 {
		if services != nil {
			b = append(b, "\nNo signalled process is known to be of these services\n"...)
		}
		return b
	}
	b = append(b, "\n"+columns("AT (s)", "TOOK (s)", "PROCESS", "END")+"SIGNALS\n"...)
	for i := range list {
		p := &list[i]
		at := "-"
		if first := p.Signals[0]; first.Time != 0 {
			at = seconds(first.Time - min(begin, first.Time))
			if first.TimeAtLeast {
				at = ">" + at
			}
		}
		took, end := p.ending()
		b = append(b, columns(at, took, p.String(), end)+p.signals()+"\n"...)
	}
	return b
}

func columns(at, took, who, end string) string {
	return right(at, numberWidth) + right(took, numberWidth) + left(who, processWidth) + left(end, endWidth)
}

// ending returns how long a process took, and how it ended.
func (p *Process) ending() (took, end string) {
	took, end = "-", "not seen"
	if p.Took > 0 || p.Exit != nil && p.Exit.Time != 0 && !p.byItself() {
		took = p.took()
	}
	if p.Exit != nil {
		end = string(p.Exit.AppendExit(nil))
	} else if p.Survivor != nil {
		end = p.survivorEnd()
	}
	return took, end
}

// maxSignals bounds the signals in a process's row.
const maxSignals = 6

// signals returns the signals of a row, each with its sender if that differs from
// the one before, and its time since the first one. A record of several signals has how
// many:
//
//	TERM by procd 1 ignored, KILL +1.020
//	USR1 48211 times in 0.998 s by flooder 120
func (p *Process) signals() string {
	text := ""
	var last *event.Event
	for i, e := range p.Signals {
		if i == maxSignals && i+1 < len(p.Signals) {
			more := uint64(0)
			for _, e := range p.Signals[i:] {
				more += e.Signals()
			}
			return text + " and " + number(more) + " more"
		}
		if i > 0 {
			text += ", "
		}
		text += strings.TrimPrefix(event.SignalName(e.Signal), "SIG") + times(e)
		switch {
		case last != nil && last.SenderPID == e.SenderPID && last.FromKernel() == e.FromKernel():
		case e.FromKernel():
			text += " by kernel"
		default:
			text += " by " + process(e.SenderName, e.SenderPID)
		}
		text += outcome(e)
		since := between(p.Signals[0].Time, e.Time)
		switch {
		case i == 0 || since == 0 || p.Signals[0].TimeAtLeast:
		case !e.TimeAtLeast:
			text += " +" + seconds(since)
		case since >= minSlow:
			text += " +>" + seconds(since)
		}
		last = e
	}
	switch {
	case p.Jail:
		text += "; the daemon's ujail" + p.until()
	case p.Recorder:
		text += "; the daemon" + p.until()
	}
	if service := p.service(); service != "" {
		text += "; service " + service
	}
	return text
}

// until returns when the daemon ends: it ignores SIGTERM in a shutdown, but not when init
// stops it with all other services.
func (p *Process) until() string {
	if e := p.Signals[0]; e.Signal == sigterm && e.Seq != 0 && e.Flags&event.FlagShutdown == 0 {
		return ", told to end"
	}
	return ", runs until killed"
}

// times returns how many signals a record stands for, "" for one.
func times(e *event.Event) string {
	if e.Count < 2 {
		return ""
	}
	return " " + number(e.Signals()) + " times in " + seconds(between(e.Time, e.Last())) + " s"
}

// outcome returns what became of a signal, "" if it was delivered at once.
func outcome(e *event.Event) string {
	switch {
	case e.Outcome == event.AlreadyPending:
		return " already pending"
	case e.Outcome != event.Delivered:
		return " " + e.Outcome.String()
	case e.Flags&event.FlagBlocked != 0:
		return " blocked"
	}
	return ""
}

// left and right return a cell, padded to its width and followed by a gap.
func left(cell string, width int) string { return cell + spaces(width-len(cell)) + "  " }

func right(cell string, width int) string { return spaces(width-len(cell)) + cell + "  " }

func spaces(n int) string { return blanks[:min(max(0, n), len(blanks))] }

const blanks = "                        " // wider than any column
