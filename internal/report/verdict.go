// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"cmp"
	"slices"
	"strings"

	"sigtrail/internal/event"
)

// AppendVerdict appends the few lines that are logged at the next start, each
// with a newline:
//
//	Last shutdown :: reboot requested by (reboot 696), parent (ash 116), at 2026-11-22 02:20:23 UTC, with SIGTERM to init
//	Last shutdown :: took 8.698 s: stop scripts 5.648 s, TERM to all 1.019 s, KILL to all 2.031 s
//	...
func (s *Shutdown) AppendVerdict(b []byte) []byte {
	return append(b, s.verdict("Last shutdown :: ")...)
}

// verdict returns the verdict, each line after a prefix, without empty lines.
func (s *Shutdown) verdict(prefix string) string {
	lines := []string{s.request(), s.took(), s.longScript(), s.signalled(), s.killed(), s.outlived(), s.unended(), s.remained(), s.slowest(),
		s.stalled(), s.off(), s.failed(0), s.ended()}
	if s.Way == WayNone {
		lines = []string{"no orderly shutdown: no request to init, no kill-all and no reboot(2) recorded", s.called(), s.off(), s.reset(),
			s.failed(0), s.failed(1), s.failed(2), s.failed(3), s.lastKernelLine(), s.missing()}
	}
	if s.Trail.Unreadable != "" {
		name, why, _ := strings.Cut(s.Trail.Unreadable, ": ")
		line := event.Escaped(name) + " cannot be read; it may be the trail of this shutdown: " + excerpt(why)
		if s.Way == WayNone {
			lines[0] = line
		} else {
			lines = append([]string{line}, lines...)
		}
	}
	all := ""
	lines = append(append([]string{s.caveat(), s.unordered()}, lines...), s.fromPstore()...)
	for _, line := range lines {
		if line != "" {
			all += prefix + line + "\n"
		}
	}
	return all
}

func (s *Shutdown) request() string {
	action := actionName(s.Code)
	switch s.Way {
	case WaySignal:
		return action + " requested by " + sender(s.Requester) + ", " + s.when() + ", with " +
			event.SignalName(s.Requester.Signal) + " to init"
	case WayForced:
		line := "forced " + action + " by " + sender(s.Requester) + ", " + s.when()
		if s.recordedWhole() {
			return line + ": no process was told to end"
		}
		return line + ": no earlier request is recorded"
	case WayUbus:
		if logged, ok := s.logged(); ok {
			return action + " requested over ubus (as LuCI does), noticed " + s.when() + "; init logged it: " + event.Printable(logged) + "; requester unknown"
		}
		return action + " requested over ubus (as LuCI does), " + s.when() + "; requester unknown"
	case WaySysupgrade:
		return action + " for a sysupgrade, " + s.when()
	case WayServices:
		return "init stopped all services, " + s.when() + ", as before a sysupgrade; what came then was not recorded"
	}
	if s.Begin == 0 && s.End != 0 {
		return action + "; its beginning was not recorded; its end came " + s.whenAt(s.End, s.EndAtLeast)
	}
	return action + ", " + s.when() + "; its beginning was not recorded"
}

// logged returns when init logged the shutdown, if the daemon noticed it by that.
func (s *Shutdown) logged() (at string, ok bool) {
	for i := range s.Trail.Events {
		e := &s.Trail.Events[i]
		if at, ok := strings.CutPrefix(e.Text, event.LoggedMark); ok && e.Kind == event.KindMark && e.Time == s.Begin {
			return at, true
		}
	}
	return "", false
}

// called returns which program was to ask for a shutdown that did not begin.
func (s *Shutdown) called() string {
	at := s.notBegun()
	if at == nil {
		return ""
	}
	return "a program was started to ask for one " + s.whenAt(at.Begin, false) + ", and had not done so " + seconds(at.Duration()) + " s later: " +
		at.what()
}

// what returns the first line that names a process.
func (s *Stall) what() string {
	if len(s.Lines) == 0 {
		return "its name was not recorded"
	}
	return excerpt(s.Lines[0])
}

func (s *Shutdown) took() string {
	if s.Way == WayForced {
		return ""
	}
	if s.Duration() == 0 {
		return "duration unknown"
	}
	line := "took " + atLeast(s.atLeast()) + seconds(s.Duration()) + " s"
	sep := ": "
	for i := range s.Phases {
		p := &s.Phases[i]
		line += sep + p.Name + " " + p.took()
		sep = ", "
	}
	return line
}

// took returns how long a phase took. A bound of less than a millisecond says nothing.
func (p *Phase) took() string {
	took, open := between(p.Begin, p.End), p.Open || p.EndAtLeast || p.BeginAtMost
	switch {
	case p.Begin == 0, p.BeginAtLeast && open, open && took < 1e6:
		return "unknown"
	case p.BeginAtLeast:
		return "at most " + seconds(took) + " s"
	}
	return atLeast(open) + seconds(took) + " s"
}

// exactly returns how long a phase took, 0 if only a bound is known.
func (p *Phase) exactly() uint64 {
	if p.Open || p.BeginAtLeast || p.EndAtLeast || p.BeginAtMost {
		return 0
	}
	return between(p.Begin, p.End)
}

func atLeast(open bool) string {
	if open {
		return "at least "
	}
	return ""
}

func (s *Shutdown) signalled() string {
	if len(s.Processes) == 0 {
		switch {
		case s.Way == WayForced:
			return ""
		case s.recordedWhole():
			return "no process was signalled"
		}
		return "no signal was recorded: unknown which processes were signalled"
	}
	return event.Counted(uint64(len(s.Processes)), "process was signalled", "processes were signalled") +
		countAndNames("; ", " ignored SIGTERM: ", filter(s.Processes, func(p *Process) bool { return p.IgnoredTerm })) +
		countAndNames("; ", " blocked SIGTERM: ", filter(s.Processes, func(p *Process) bool { return p.BlockedTerm }))
}

// recordedWhole reports whether all of the shutdown was recorded: from a beginning that is
// known to reboot(2), by the daemon, without a loss.
func (s *Shutdown) recordedWhole() bool {
	cut := s.Trail.Cut > 0 && (s.Way != WayForced || !s.Trail.Boxed()) // else it was cut before reboot(2)
	return s.Way != WayNone && s.Way != WayUnknown && s.Ending == EndReboot && !cut && !s.oldest && s.Trail.Malformed+s.lost()+s.heldBack()+s.OnlyCounted == 0 && len(s.Off) == 0 &&
		slices.ContainsFunc(s.Trail.Events, func(e event.Event) bool { return e.Seq != 0 })
}

func (s *Shutdown) killed() string {
	return countAndNames("", " needed SIGKILL: ", filter(s.Processes, neededKill))
}

func neededKill(p *Process) bool { return p.NeededKill }

// countAndNames returns the number and the names of processes that did
// something, "" for none.
func countAndNames(sep, did string, processes []*Process) string {
	if len(processes) == 0 {
		return ""
	}
	names := make([]string, 0, len(processes))
	for _, p := range processes {
		names = append(names, p.String())
	}
	return sep + number(uint64(len(names))) + did + list(names)
}

// slowest returns the processes and the scripts that took longest, slowest first.
func (s *Shutdown) slowest() string {
	type entry struct {
		took uint64
		text string
	}
	var slow []entry
	for i := range s.Scripts {
		if c := &s.Scripts[i]; c.Took != 0 {
			slow = append(slow, entry{c.Took, process(c.Name, c.PID) + " " + c.took() + " s"})
		}
	}
	for _, p := range slowest(s.Processes) {
		// A script's time counts from its start, not from procd's SIGTERM.
		if !slices.ContainsFunc(s.Scripts, func(c Script) bool { return c.PID == p.PID }) {
			slow = append(slow, entry{p.Took, p.String() + " " + p.took() + " s"})
		}
	}
	if len(slow) == 0 {
		return ""
	}
	slices.SortStableFunc(slow, func(a, b entry) int { return cmp.Compare(b.took, a.took) })
	var names []string
	for _, e := range slow[:min(maxSlowest, len(slow))] {
		names = append(names, e.text)
	}
	return "slowest: " + list(names)
}

// took returns how long a process took to end, in seconds, with a ">" if its
// end was not recorded.
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
	line := "stalled "
	if len(s.Stalls) > 1 {
		line += event.Counted(uint64(len(s.Stalls)), "time", "times") + ", longest "
	}
	line += "for " + atLeast(stall.Early) + seconds(stall.Duration()) + " s"
	if stall.Early {
		return line + " before it began: " + stall.what()
	}
	if stall == s.inReboot() {
		return line + " after reboot(2): " + stall.what()
	}
	if stall.Blame != "" {
		return line + ": " + excerpt(stall.Blame)
	}
	if len(stall.Waiters) == 0 {
		return line
	}
	var names []string
	for _, w := range stall.Waiters {
		names = append(names, process(w.Name, w.PID))
	}
	return line + ": init waited for " + list(names)
}
