// SPDX-License-Identifier: GPL-2.0

package stall

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"sigtrail/internal/event"
)

// Prefix begins each line.
const Prefix = "Stall :: "

const (
	// What fits on a screen, and is through a slow console in a second.
	maxLines = 20

	// BusyBox's syslogd cuts a line at 256 bytes, stamps and all.
	maxLine = 200
)

// When procd ends a stop script: its shell, not what that has started
// (add_initd() of procd's rcS.c).
const (
	termAfter = 15 * time.Second
	killAfter = 10 * time.Second // after that
)

// By these words Parse knows a line again.
const (
	quietFor    = "no signal, exit or mark for "
	stopScript  = "stop script "
	startScript = "start script "
	inState     = " state "
)

// Lines returns the report as lines, without newlines, 20 of 200 bytes at the
// most. Names and command lines are escaped: no process forges a line.
func (r *Report) Lines() []string {
	first := begin(r.Quiet)
	switch {
	case r.Err != nil:
		return []string{first + "what init waits for is not known: " + event.Printable(r.Err.Error())}
	case len(r.Suspects) == 0:
		return append([]string{first + "no init script runs, and nothing hangs in the kernel"},
			summary("", "process", "processes", r.Others)...)
	}
	lines := []string{first + "init still waits for:"}
	for i := range r.Scripts {
		lines = append(lines, r.Scripts[i].line())
	}
	suspects, others := r.Suspects, r.Others
	if n := maxLines - len(lines) - 1; n < len(suspects) { // what hangs in the kernel is named in any case
		suspects = slices.Clone(suspects)
		slices.SortStableFunc(suspects, func(a, b Suspect) int { return b.hangs() - a.hangs() })
		var names []string
		for i := range suspects[n:] {
			names = append(names, suspects[n+i].Name)
		}
		suspects, others = suspects[:n], append(names, others...)
	}
	for i := range suspects {
		lines = append(lines, suspects[i].line())
	}
	return append(lines, summary("and ", "other", "others", others)...)
}

// begin returns how the first line begins.
func begin(quiet time.Duration) string { return Prefix + quietFor + seconds(quiet) + " of shutdown; " }

// line says in plain words what it means that an init script still runs.
func (s *Script) line() string {
	who := event.Escaped(s.Name) + " (pid " + strconv.FormatUint(uint64(s.PID), 10) + ")"
	if !s.Stop {
		return Prefix + startScript + who + " still runs in the foreground: no stop script starts before it ends"
	}
	said := Prefix + stopScript + who + " has not returned"
	if s.Age >= 0 {
		said += " for " + seconds(s.Age)
		if s.ByProcd && s.Age < termAfter+killAfter {
			said += "; procd ends it after " + seconds(termAfter) + " by SIGTERM, " + seconds(killAfter) + " later by SIGKILL"
		}
	}
	return said
}

func (s *Suspect) hangs() int {
	if s.State == 'D' {
		return 1
	}
	return 0
}

// line says what a process is and does:
//
//	Stall :: (S95foo 812) state S, do_wait, for 73 s, child of (procd 1): /bin/sh /etc/rc.common /etc/rc.d/S95foo boot
func (s *Suspect) line() string {
	said := Prefix + s.brackets() + inState + string(rune(s.State))
	if s.Wait != "" {
		said += ", " + event.Printable(s.Wait)
	}
	if s.Age >= 0 {
		said += ", for " + seconds(s.Age)
	}
	if s.Parent.PID != 0 {
		said += ", child of " + s.Parent.brackets()
	}
	if len(s.Args) > 0 {
		said += ": " + event.Printable(strings.Join(s.Args, " "))
	}
	if len(said) > maxLine {
		return said[:maxLine-len("...")] + "..."
	}
	return said
}

func (p Process) brackets() string { return string(event.AppendProcess(nil, p.Name, p.PID)) }

// summary counts processes in one line, and names as many as fit, each name
// once. Of none there is no line.
func summary(and, one, many string, names []string) []string {
	switch len(names) {
	case 0:
		return nil
	case 1:
		many = one
	}
	said := Prefix + and + strconv.Itoa(len(names)) + " " + many + ":"
	named := make(map[string]bool)
	for _, name := range names {
		if named[name] {
			continue
		}
		named[name] = true
		if name = event.Escaped(name); len(said)+len(name) > maxLine-len(" , ...") {
			said += " ..."
			break
		}
		said += " " + name + ","
	}
	return []string{strings.TrimSuffix(said, ",")}
}

// seconds writes a time as "73 s".
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64(d.Round(time.Second)/time.Second), 10) + " s"
}

// Parse returns what a line tells, as Lines has written it. Without Prefix it is
// none of a report's.
func Parse(line string) (l Line, ok bool) {
	if l.Text, ok = strings.CutPrefix(line, Prefix); !ok {
		return Line{}, false
	}
	number, _, _ := strings.Cut(strings.TrimPrefix(l.Text, quietFor), " ")
	n, _ := strconv.ParseUint(number, 10, 32) // what is no number begins otherwise
	if quiet := time.Duration(n) * time.Second; strings.HasPrefix(line, begin(quiet)) {
		l.Quiet = quiet
	}
	l.Script = strings.HasPrefix(l.Text, stopScript) || strings.HasPrefix(l.Text, startScript)
	if name, pid, rest, ok := event.CutProcess(l.Text); ok && strings.HasPrefix(rest, inState) {
		l.Suspect = Process{pid, name}
	}
	return l, true
}
