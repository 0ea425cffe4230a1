// SPDX-License-Identifier: GPL-2.0-only

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
	// 20 lines fit on a screen, and take a second on a slow console.
	maxLines = 20

	// BusyBox's syslogd cuts a line at 256 bytes, with its timestamp.
	maxLine = 200
)

// When procd signals a stop script: only its shell, not the shell's children
// (add_initd() of procd's rcS.c).
const (
	termAfter = 15 * time.Second
	killAfter = 10 * time.Second // after SIGTERM
)

// Parse recognizes lines by these texts, also in trails of older versions.
const (
	quietFor    = "no progress for "
	olderQuiet  = "no signal, exit or mark for " // older versions' words for that
	earlyFor    = "no shutdown has begun "
	stopScript  = "stop script "
	startScript = "start script "
	inPID       = " (pid "
	notReturned = ") has not returned"
	inState     = " state "
)

// EarlyOver is the line that ends the reports with Early.
const EarlyOver = Prefix + "no shutdown has begun, and the program that was to ask for it has ended"

// Lines returns the report as at most 20 lines of at most 200 bytes, without
// newlines. Names and command lines are escaped: no process can forge a line.
func (r *Report) Lines() []string {
	first := begin(r.Quiet)
	switch {
	case r.Early:
		first = beginEarly(r.Quiet)
	case r.Err != nil:
		return []string{first + "what init waits for is not known: " + event.Printable(r.Err.Error())}
	case len(r.Suspects) == 0:
		return append([]string{first + "no init script has run for so long, and nothing so old hangs in the kernel"},
			summary("", "process", "processes", r.Others)...)
	case r.Reboot:
		first += "reboot(2) was called, and has not come through:"
	default:
		first += "init still waits for:"
	}
	lines := []string{first}
	for i := range r.Scripts {
		lines = append(lines, r.Scripts[i].line())
	}
	suspects, others := r.Suspects, r.Others
	if n := maxLines - len(lines) - 1; n < len(suspects) { // processes that hang in the kernel come first
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

// begin returns the beginning of the first line.
func begin(quiet time.Duration) string { return Prefix + quietFor + seconds(quiet) + " of shutdown; " }

func beginEarly(quiet time.Duration) string {
	return Prefix + earlyFor + seconds(quiet) + " after a program was started to ask for it:"
}

// line says what a running init script means for the shutdown.
func (s *Script) line() string {
	who := event.Escaped(s.Name) + inPID + strconv.FormatUint(uint64(s.PID), 10)
	if !s.Stop {
		return Prefix + startScript + who + ") still runs in the foreground: no stop script starts before it ends"
	}
	line := Prefix + stopScript + who + notReturned
	if s.Age >= 0 {
		line += " for " + seconds(s.Age)
		if s.ByProcd && s.Age < termAfter+killAfter {
			line += "; procd ends it after " + seconds(termAfter) + " by SIGTERM, " + seconds(killAfter) + " later by SIGKILL"
		}
	}
	return line
}

func (s *Suspect) hangs() int {
	if s.State == 'D' {
		return 1
	}
	return 0
}

// line describes a process:
//
//	Stall :: (S95foo 812) state S, do_wait, for 73 s, child of (procd 1): /bin/sh /etc/rc.common /etc/rc.d/S95foo boot
func (s *Suspect) line() string {
	line := Prefix + s.brackets() + inState + string(rune(s.State))
	if s.Wait != "" {
		line += ", " + event.Printable(s.Wait)
	}
	if s.Age >= 0 {
		line += ", for " + seconds(s.Age)
	}
	if s.Parent.PID != 0 {
		line += ", child of " + s.Parent.brackets()
	}
	if len(s.Args) > 0 {
		line += ": " + event.Printable(strings.Join(s.Args, " "))
	}
	if len(line) > maxLine {
		return line[:maxLine-len("...")] + "..."
	}
	return line
}

func (p Process) brackets() string { return string(event.AppendProcess(nil, p.Name, p.PID)) }

// summary returns one line with the number of processes and the names that fit,
// each name once. Without processes there is no line.
func summary(and, one, many string, names []string) []string {
	switch len(names) {
	case 0:
		return nil
	case 1:
		many = one
	}
	line := Prefix + and + strconv.Itoa(len(names)) + " " + many + ":"
	named := make(map[string]bool)
	for _, name := range names {
		if named[name] {
			continue
		}
		named[name] = true
		if name = event.Escaped(name); len(line)+len(name) > maxLine-len(" , ...") {
			line += " ..."
			break
		}
		line += " " + name + ","
	}
	return []string{strings.TrimSuffix(line, ",")}
}

// seconds writes a time as "73 s".
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64(d.Round(time.Second)/time.Second), 10) + " s"
}

// Parse parses a line written by Lines. ok is false for a line without Prefix.
func Parse(line string) (l Line, ok bool) {
	if l.Text, ok = strings.CutPrefix(line, Prefix); !ok {
		return Line{}, false
	}
	if older, ok := strings.CutPrefix(l.Text, olderQuiet); ok {
		line = Prefix + quietFor + older
	}
	rest, _ := strings.CutPrefix(line[len(Prefix):], quietFor)
	rest, _ = strings.CutPrefix(rest, earlyFor)
	number, _, _ := strings.Cut(rest, " ")
	n, _ := strconv.ParseUint(number, 10, 32) // the comparisons below catch errors
	quiet := time.Duration(n) * time.Second
	l.Early = line == beginEarly(quiet)
	if l.Early || strings.HasPrefix(line, begin(quiet)) {
		l.Quiet = quiet
	}
	l.Script = parseScript(l.Text)
	if name, pid, rest, ok := event.CutProcess(l.Text); ok && strings.HasPrefix(rest, inState) {
		l.Suspect = Process{pid, name}
	}
	return l, true
}

// parseScript parses what Script.line wrote; PID 0: it is another line.
func parseScript(text string) Script {
	name, stop := strings.CutPrefix(text, stopScript)
	name, start := strings.CutPrefix(name, startScript)
	name, rest, _ := strings.Cut(name, inPID)
	number, rest, ok := strings.Cut(rest, ")")
	pid, err := strconv.ParseUint(number, 10, 32)
	name, wrong := event.Unescape(name)
	if stop == start || !ok || err != nil || wrong != nil || pid == 0 {
		return Script{}
	}
	s := Script{Process: Process{uint32(pid), name}, Stop: stop}
	number, _, _ = strings.Cut(strings.TrimPrefix(rest, notReturned[1:]+" for "), " s")
	if n, err := strconv.ParseUint(number, 10, 32); stop && err == nil {
		s.Age = time.Duration(n) * time.Second
	}
	return s
}
