// SPDX-License-Identifier: GPL-2.0

package report

import (
	"strconv"

	"sigtrail/internal/event"
)

// AppendVerdict appends the few lines that are logged at the next start, each
// with a newline:
//
//	Last shutdown :: reboot asked for by (reboot 696), parent (ash 116), at 2026-11-22 02:20:23 UTC, by SIGTERM to init
//	Last shutdown :: took 8.698 s: stop scripts 5.648 s, TERM to all 1.019 s, KILL to all 2.031 s
//	...
func (s *Shutdown) AppendVerdict(b []byte) []byte { return s.appendVerdict(b, "Last shutdown :: ") }

// appendVerdict appends the verdict, each line after a prefix.
func (s *Shutdown) appendVerdict(b []byte, prefix string) []byte {
	lines := [...]func([]byte) []byte{
		s.appendAsked, s.appendTook, s.appendSignalled, s.appendKilled, s.appendSlowest, s.appendStalled,
		s.appendFailure(0), s.appendEnding,
	}
	if s.Way == WayNone {
		lines = [...]func([]byte) []byte{
			appendNotOrderly, s.appendReset, s.appendFailure(0), s.appendFailure(1), s.appendFailure(2), s.appendFailure(3),
			s.appendLastNote, s.appendGaps,
		}
	}
	for _, line := range lines {
		start := len(b)
		b = append(b, prefix...)
		if said := line(b); len(said) > len(b) {
			b = append(said, '\n')
		} else {
			b = b[:start]
		}
	}
	return b
}

func (s *Shutdown) appendAsked(b []byte) []byte {
	if s.Way == WayForced {
		b = append(b, "forced "...)
	}
	b = append(b, deed(s.Code)...)
	how := ""
	switch s.Way {
	case WaySignal:
		b = appendSender(append(b, " asked for by "...), s.Asker)
		how = ", by " + event.SignalName(s.Asker.Signal) + " to init"
	case WayForced:
		b = appendSender(append(b, " by "...), s.Asker)
		how = ": nobody was told to end"
	case WayUbus:
		b = append(b, " asked for over ubus, as LuCI does"...)
		how = ": nothing tells by whom"
	case WaySysupgrade:
		b = append(b, " for a sysupgrade"...)
	default:
		how = ": the trail lacks how it began"
	}
	return append(s.appendWhen(append(b, ", "...)), how...)
}

func (s *Shutdown) appendTook(b []byte) []byte {
	if s.Way == WayForced {
		return b
	}
	if s.Duration() == 0 {
		return append(b, "took a time that is not known"...)
	}
	b = append(b, "took "...)
	if s.Ending != EndReboot {
		b = append(b, "at least "...)
	}
	b = append(appendSeconds(b, s.Duration()), " s: "...)
	return s.appendPhases(b)
}

func (s *Shutdown) appendPhases(b []byte) []byte {
	for i := range s.Phases {
		p := &s.Phases[i]
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(append(b, p.Name...), ' ')
		if p.Open {
			b = append(b, "at least "...)
		}
		b = append(appendSeconds(b, between(p.Begin, p.End)), " s"...)
	}
	return b
}

func (s *Shutdown) appendSignalled(b []byte) []byte {
	if len(s.Processes) == 0 {
		if s.Way != WayForced {
			b = append(b, "no process was signalled"...)
		}
		return b
	}
	b = appendCount(b, uint64(len(s.Processes)), "process was signalled", "processes were signalled")
	b = appendThose(b, "; ", " ignored SIGTERM: ", pick(s.Processes, func(p *Process) bool { return p.IgnoredTerm }))
	return appendThose(b, "; ", " blocked SIGTERM: ", pick(s.Processes, func(p *Process) bool { return p.BlockedTerm }))
}

func (s *Shutdown) appendKilled(b []byte) []byte {
	return appendThose(b, "", " needed SIGKILL: ", pick(s.Processes, func(p *Process) bool { return p.NeededKill }))
}

// appendThose appends how many did something, and who, unless nobody did.
func appendThose(b []byte, first, did string, those []*Process) []byte {
	if len(those) == 0 {
		return b
	}
	b = strconv.AppendInt(append(b, first...), int64(len(those)), 10)
	return appendList(append(b, did...), len(those), func(b []byte, i int) []byte {
		return appendName(b, those[i].Name, those[i].PID)
	})
}

func (s *Shutdown) appendSlowest(b []byte) []byte {
	those := slowest(s.Processes)
	if len(those) == 0 {
		return b
	}
	return appendList(append(b, "slowest: "...), len(those), func(b []byte, i int) []byte {
		p := those[i]
		b = append(appendName(b, p.Name, p.PID), ' ')
		return append(p.appendTook(b), " s"...)
	})
}

// appendTook appends how long a process took in seconds, with a ">" if its end
// was not seen.
func (p *Process) appendTook(b []byte) []byte {
	if p.AtLeast {
		b = append(b, '>')
	}
	return appendSeconds(b, p.Took)
}

func (s *Shutdown) appendStalled(b []byte) []byte {
	stall := s.longest()
	if stall == nil {
		return b
	}
	b = append(b, "stalled "...)
	if len(s.Stalls) > 1 {
		b = append(appendCount(b, uint64(len(s.Stalls)), "time", "times"), ", longest "...)
	}
	b = append(appendSeconds(append(b, "for "...), stall.Duration()), " s"...)
	if said := stall.verdict(); said != "" {
		return appendText(append(b, ": "...), said)
	}
	if len(stall.Waiters) == 0 {
		return b
	}
	return appendList(append(b, ": init waited for "...), len(stall.Waiters), func(b []byte, i int) []byte {
		return appendName(b, stall.Waiters[i].Name, stall.Waiters[i].PID)
	})
}
