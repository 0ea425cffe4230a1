// SPDX-License-Identifier: GPL-2.0

package daemon

import (
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
)

const (
	// What fits on a screen, and is through a slow console in a second.
	maxStallLines = 20

	// BusyBox's syslogd cuts a line at 256 bytes, stamps and all.
	maxStallLine = 200

	// procd's init scripts run one at a time; by hand there may be more.
	maxVerdicts = 3
)

// standstill is what there is while the shutdown does not move on.
type standstill struct {
	quiet time.Duration // for how long
	now   time.Duration // after boot; 0: not known, nor is began
	began time.Duration // the shutdown, after boot

	self      int              // our pid
	jail      int              // that of our ujail; 0: none
	processes []procfs.Process // by pid
	err       error            // why they are not known
}

// lines says it, the likely culprit first. Names and command lines are escaped:
// no process forges a line.
func (s *standstill) lines() []string {
	header := "Stall :: no signal, exit or mark for " + seconds(s.quiet) + " of shutdown; "
	if s.err != nil {
		return []string{string(event.AppendPrintable([]byte(header+"what init waits for is not known: "), s.err.Error()))}
	}
	f := newForest(s.processes, s.self, s.jail)
	scripts := f.scripts()
	suspects, others := f.sort(scripts, s.began)
	if len(suspects) == 0 {
		return append([]string{header + "no init script runs, and nothing hangs in the kernel"}, summary("", "process", "processes", others)...)
	}
	lines := append([]string{header + "init still waits for:"}, s.verdicts(f, scripts)...)
	n := min(len(suspects), maxStallLines-len(lines)-1)
	if n < len(suspects) { // what hangs in the kernel is named in any case
		sort.SliceStable(suspects, func(i, j int) bool { return hangs(suspects[i]) > hangs(suspects[j]) })
	}
	for _, p := range suspects[:n] {
		lines = append(lines, s.describe(f, p))
	}
	return append(lines, summary("and ", "other", "others", slices.Concat(suspects[n:], others))...)
}

// verdicts says in plain words what it means that an init script still runs.
func (s *standstill) verdicts(f *forest, scripts []script) []string {
	var lines []string
	for _, c := range scripts[:min(maxVerdicts, len(scripts))] {
		b := event.AppendEscaped(nil, c.name)
		b = strconv.AppendInt(append(b, " (pid "...), int64(c.PID), 10)
		switch {
		case c.kind == stopScript:
			lines = append(lines, "Stall :: stop script "+string(b)+") has not returned"+s.limit(f, c.Process))
		case c.kind == startScript && scripts[0].kind != stopScript:
			lines = append(lines, "Stall :: start script "+string(b)+
				") still runs in the foreground: no stop script starts before it ends")
		}
	}
	return lines
}

// limit says how long a stop script has run, and when procd ends it: its shell,
// not what that has started (add_initd() of procd's rcS.c).
func (s *standstill) limit(f *forest, p *procfs.Process) string {
	if s.now == 0 {
		return ""
	}
	said := " for " + seconds(s.age(p))
	if init := f.byPID[1]; init != nil && init.Name == "procd" && s.age(p) < 25*time.Second {
		said += "; procd ends it after 15 s by SIGTERM, 10 s later by SIGKILL"
	}
	return said
}

func hangs(p *procfs.Process) int {
	if p.State == 'D' {
		return 1
	}
	return 0
}

func (s *standstill) age(p *procfs.Process) time.Duration { return max(0, s.now-p.Start) }

// describe says what a process is and does:
//
//	Stall :: (S95foo 812) state S, do_wait, for 73 s, child of (procd 1): /bin/sh /etc/rc.common /etc/rc.d/S95foo boot
func (s *standstill) describe(f *forest, p *procfs.Process) string {
	b := appendProcess([]byte("Stall :: "), p)
	b = append(append(b, " state "...), p.State)
	if p.Wait != "" {
		b = event.AppendPrintable(append(b, ", "...), p.Wait)
	}
	if s.now != 0 {
		b = append(append(b, ", for "...), seconds(s.age(p))...)
	}
	if parent := f.byPID[p.Parent]; parent != nil {
		b = appendProcess(append(b, ", child of "...), parent)
	}
	if len(p.Args) > 0 {
		b = event.AppendPrintable(append(b, ": "...), strings.Join(p.Args, " "))
	}
	if len(b) > maxStallLine {
		b = append(b[:maxStallLine-len("...")], "..."...)
	}
	return string(b)
}

// summary counts processes in one line, and names as many as fit, each name
// once. Of none there is no line.
func summary(and, one, many string, processes []*procfs.Process) []string {
	switch len(processes) {
	case 0:
		return nil
	case 1:
		many = one
	}
	b := strconv.AppendInt([]byte("Stall :: "+and), int64(len(processes)), 10)
	b = append(append(append(b, ' '), many...), ':')
	named := make(map[string]bool)
	for _, p := range processes {
		if named[p.Name] {
			continue
		}
		named[p.Name] = true
		name := event.Escaped(p.Name)
		if len(b)+len(name) > maxStallLine-len(", ...") {
			b = append(b, " ..."...)
			break
		}
		b = append(append(append(b, ' '), name...), ',')
	}
	return []string{strings.TrimSuffix(string(b), ",")}
}

func appendProcess(b []byte, p *procfs.Process) []byte {
	b = event.AppendEscaped(append(b, '('), p.Name)
	b = strconv.AppendInt(append(b, ' '), int64(p.PID), 10)
	return append(b, ')')
}

// seconds writes a time as "73 s".
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64(d.Round(time.Second)/time.Second), 10) + " s"
}
