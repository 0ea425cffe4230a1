// SPDX-License-Identifier: GPL-2.0

package report

import "sigtrail/internal/event"

// AppendVerdict appends the few lines that are logged at the next start, each
// with a newline:
//
//	Last shutdown :: reboot asked for by (reboot 696), parent (ash 116), at 2026-11-22 02:20:23 UTC, by SIGTERM to init
//	Last shutdown :: took 8.698 s: stop scripts 5.648 s, TERM to all 1.019 s, KILL to all 2.031 s
//	...
func (s *Shutdown) AppendVerdict(b []byte) []byte {
	return append(b, s.verdict("Last shutdown :: ")...)
}

// verdict returns the verdict, each line after a prefix. What there is nothing
// to say of makes no line.
func (s *Shutdown) verdict(prefix string) string {
	said := [...]string{s.asked(), s.took(), s.signalled(), s.killed(), s.slowest(), s.stalled(), s.failed(0), s.ended()}
	if s.Way == WayNone {
		said = [...]string{"not orderly: no request to init, no kill-all and no reboot(2) was recorded", s.reset(),
			s.failed(0), s.failed(1), s.failed(2), s.failed(3), s.lastWords(), s.missing()}
	}
	all := ""
	for _, line := range said {
		if line != "" {
			all += prefix + line + "\n"
		}
	}
	return all
}

func (s *Shutdown) asked() string {
	what := deed(s.Code)
	switch s.Way {
	case WaySignal:
		return what + " asked for by " + sender(s.Asker) + ", " + s.when() + ", by " + event.SignalName(s.Asker.Signal) + " to init"
	case WayForced:
		return "forced " + what + " by " + sender(s.Asker) + ", " + s.when() + ": nobody was told to end"
	case WayUbus:
		return what + " asked for over ubus, as LuCI does, " + s.when() + ": nothing tells by whom"
	case WaySysupgrade:
		return what + " for a sysupgrade, " + s.when()
	}
	return what + ", " + s.when() + ": the trail lacks how it began"
}

func (s *Shutdown) took() string {
	if s.Way == WayForced {
		return ""
	}
	if s.Duration() == 0 {
		return "took a time that is not known"
	}
	said := "took " + atLeast(s.Ending != EndReboot) + seconds(s.Duration()) + " s"
	sep := ": "
	for i := range s.Phases {
		p := &s.Phases[i]
		said += sep + p.Name + " " + p.took()
		sep = ", "
	}
	return said
}

func (p *Phase) took() string { return atLeast(p.Open) + seconds(between(p.Begin, p.End)) + " s" }

func atLeast(open bool) string {
	if open {
		return "at least "
	}
	return ""
}

func (s *Shutdown) signalled() string {
	if len(s.Processes) == 0 {
		if s.Way == WayForced {
			return ""
		}
		return "no process was signalled"
	}
	return counted(uint64(len(s.Processes)), "process was signalled", "processes were signalled") +
		those("; ", " ignored SIGTERM: ", pick(s.Processes, func(p *Process) bool { return p.IgnoredTerm })) +
		those("; ", " blocked SIGTERM: ", pick(s.Processes, func(p *Process) bool { return p.BlockedTerm }))
}

func (s *Shutdown) killed() string {
	return those("", " needed SIGKILL: ", pick(s.Processes, neededKill))
}

func neededKill(p *Process) bool { return p.NeededKill }

// those tells how many did something, and who, unless nobody did.
func those(sep, did string, processes []*Process) string {
	if len(processes) == 0 {
		return ""
	}
	names := make([]string, 0, len(processes))
	for _, p := range processes {
		names = append(names, p.String())
	}
	return sep + number(uint64(len(names))) + did + list(names)
}

func (s *Shutdown) slowest() string {
	var names []string
	for _, p := range slowest(s.Processes) {
		names = append(names, p.String()+" "+p.took()+" s")
	}
	if len(names) == 0 {
		return ""
	}
	return "slowest: " + list(names)
}

// took returns how long a process took in seconds, with a ">" if its end was
// not seen.
func (p *Process) took() string {
	if p.AtLeast {
		return ">" + seconds(p.Took)
	}
	return seconds(p.Took)
}

func (s *Shutdown) stalled() string {
	stall := s.longest()
	if stall == nil {
		return ""
	}
	said := "stalled "
	if len(s.Stalls) > 1 {
		said += counted(uint64(len(s.Stalls)), "time", "times") + ", longest "
	}
	said += "for " + seconds(stall.Duration()) + " s"
	if stall.Blame != "" {
		return said + ": " + excerpt(stall.Blame)
	}
	if len(stall.Waiters) == 0 {
		return said
	}
	var names []string
	for _, w := range stall.Waiters {
		names = append(names, process(w.Name, w.PID))
	}
	return said + ": init waited for " + list(names)
}
