// SPDX-License-Identifier: GPL-2.0

package report

import (
	"strconv"
	"time"

	"sigtrail/internal/event"
)

func (w Way) String() string {
	return [...]string{"none", "signal", "ubus", "sysupgrade", "forced", "unknown"}[w]
}

func (e Ending) String() string {
	return [...]string{"missing", "reboot", "failure", "cut"}[e]
}

// deed names what was asked for as a person would.
func deed(code event.RebootCode) string {
	switch code {
	case event.RebootRestart:
		return "reboot"
	case event.RebootHalt:
		return "halt"
	case event.RebootPowerOff:
		return "poweroff"
	}
	return "shutdown"
}

// appendSeconds appends ns as seconds and milliseconds.
func appendSeconds(b []byte, ns uint64) []byte {
	b = strconv.AppendUint(b, ns/1e9, 10)
	ms := ns / 1e6 % 1000
	return append(b, '.', '0'+byte(ms/100), '0'+byte(ms/10%10), '0'+byte(ms%10))
}

// appendName appends a process as "name pid".
func appendName(b []byte, name string, pid uint32) []byte {
	b = append(event.AppendEscaped(b, name), ' ')
	return strconv.AppendUint(b, uint64(pid), 10)
}

// appendSender appends an event's sender and, if it is known, its parent, as
// "(reboot 696), parent (ash 116)".
func appendSender(b []byte, e *event.Event) []byte {
	name, pid := e.Sender()
	b = append(appendName(append(b, '('), name, pid), ')')
	if e.ParentPID != 0 {
		b = append(appendName(append(b, ", parent ("...), e.ParentName, e.ParentPID), ')')
	}
	return b
}

// maxList is how many bytes of names stand in a line, so that the whole of it
// is not too long for a log.
const maxList = 100

// appendList appends n items, separated by commas: as many as fit, then how
// many more there are.
func appendList(b []byte, n int, item func(b []byte, i int) []byte) []byte {
	start := len(b)
	for i := 0; i < n; i++ {
		if len(b)-start > maxList {
			return append(strconv.AppendInt(append(b, " and "...), int64(n-i), 10), " more"...)
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		b = item(b, i)
	}
	return b
}

// maxText is how many bytes of somebody else's text stand in a line.
const maxText = 160

// appendText appends a line of the kernel's or the stall watch's, as far as it
// is printable and not too long.
func appendText(b []byte, text string) []byte {
	start := len(b)
	b = event.AppendPrintable(b, text)
	if len(b)-start > maxText {
		b = append(b[:start+maxText-3], "..."...)
	}
	return b
}

// appendCount appends a number and the word for so many.
func appendCount(b []byte, n uint64, one, many string) []byte {
	b = append(strconv.AppendUint(b, n, 10), ' ')
	if n == 1 {
		return append(b, one...)
	}
	return append(b, many...)
}

// appendWhen appends when a shutdown began.
func (s *Shutdown) appendWhen(b []byte) []byte {
	ns, unset := s.Wall()
	switch {
	case ns != 0:
		b = time.Unix(0, ns).UTC().AppendFormat(append(b, "at "...), "2006-01-02 15:04:05 UTC")
		if unset {
			b = append(b, " by a clock that was not set"...)
		}
		return b
	case s.Begin != 0:
		return append(appendSeconds(b, s.Begin), " s after boot"...)
	}
	return append(b, "at a time that is not known"...)
}
