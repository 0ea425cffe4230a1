// SPDX-License-Identifier: GPL-2.0-only

package stall

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var printable = regexp.MustCompile(`^Stall :: [ -~]+$`)

// read parses the report's lines, and compares them with the report.
func read(t *testing.T, r *Report) (scripts []Script, suspects []Process) {
	t.Helper()
	lines := r.Lines()
	if len(lines) > maxLines {
		t.Errorf("%d lines", len(lines))
	}
	for i, text := range lines {
		if len(text) > maxLine || !printable.MatchString(text) {
			t.Errorf("not printable, or too long: %q", text)
		}
		l, ok := Parse(text)
		if !ok || Prefix+l.Text != text {
			t.Errorf("%q is parsed as %+v, %v", text, l, ok)
		}
		if first := i == 0; first && l.Quiet != r.Quiet || !first && l.Quiet != 0 {
			t.Errorf("%q is parsed as of %v, want %v in the first line alone", text, l.Quiet, r.Quiet)
		}
		if l.Script.PID != 0 {
			scripts = append(scripts, l.Script)
		}
		if l.Suspect.PID != 0 {
			suspects = append(suspects, l.Suspect)
		}
	}
	return scripts, suspects
}

// FuzzLines writes and parses reports.
func FuzzLines(f *testing.F) {
	f.Add(uint32(10), uint32(812), "S95foo", "/bin/sh /etc/rc.common", true)
	f.Add(uint32(1), uint32(1), "", "", false)
	f.Add(uint32(4294967295), uint32(4294967295), ") state S 1 (b", "x\nStall :: no signal, exit or mark for 5 s of shutdown; ", true)
	f.Add(uint32(7), uint32(9), "a b  7) \\x41 \xff\x00\n", strings.Repeat("\x1b", 300), false)
	f.Fuzz(func(t *testing.T, seconds, pid uint32, name, arg string, known bool) {
		p := Process{max(1, pid), name[:min(15, len(name))]}
		age := time.Duration(seconds) * time.Second / 2
		if !known {
			age = -1
		}
		r := Report{Quiet: time.Duration(max(1, seconds)) * time.Second, Others: []string{name, arg, name},
			Scripts:  []Script{{Process: p, Stop: known, Age: age, ByProcd: true}},
			Suspects: []Suspect{{Process: p, State: 'S', Wait: p.Name, Age: age, Parent: p, Args: []string{arg, name}}, {Process: p, State: 'R', Age: age}}}
		script := Script{Process: p, Stop: known}
		if known {
			script.Age = age.Round(time.Second)
		}
		if scripts, got := read(t, &r); !slices.Equal(scripts, []Script{script}) || !slices.Equal(got, []Process{p, p}) {
			t.Errorf("%v and %q are parsed from %q, want %v", scripts, got, r.Lines(), script)
		}
		r.Suspects = nil
		if scripts, got := read(t, &r); scripts != nil || got != nil {
			t.Errorf("%v and %q are parsed from %q", scripts, got, r.Lines())
		}
		r.Err = errors.New(arg)
		if lines := r.Lines(); len(lines) != 1 {
			t.Errorf("says %q", lines)
		}
	})
}

// Older versions had other words.
func TestOlder(t *testing.T) {
	const text = "no signal, exit or mark for 10 s of shutdown; init still waits for:"
	if l, ok := Parse(Prefix + text); !ok || l != (Line{Text: text, Quiet: 10 * time.Second}) {
		t.Errorf("%+v, %v", l, ok)
	}
}

// A process that hangs in the kernel is named even if there are too many others.
func TestCrowd(t *testing.T) {
	r := Report{Quiet: time.Second, Scripts: make([]Script, 3), Others: []string{"last"}}
	for i := range uint32(100) {
		r.Suspects = append(r.Suspects, Suspect{Process: Process{i + 1, "worker"}, State: 'S'})
	}
	r.Suspects[70].State = 'D'
	_, got := read(t, &r)
	if len(got) != maxLines-5 || got[0].PID != 71 || got[1].PID != 1 {
		t.Errorf("names %v", got)
	}
	lines := r.Lines()
	if last := lines[len(lines)-1]; last != "Stall :: and 86 others: worker, last" {
		t.Errorf("ends with %q", last)
	}
	if r.Suspects[70].PID != 71 {
		t.Error("the report itself was sorted")
	}
}

// Other lines are not taken for a report's, nor forged ones for more than text.
func TestForeign(t *testing.T) {
	for _, text := range []string{"", "Stall ::", "stall :: no signal, exit or mark for 5 s of shutdown; x", "reboot: Restarting system",
		"x Stall :: no signal, exit or mark for 5 s of shutdown; x", "Signal :: (procd 1) --[15]--> (sh 2)"} {
		if l, ok := Parse(text); ok {
			t.Errorf("%q is taken for %+v", text, l)
		}
	}
	for _, text := range []string{"", "and 6 others: ubusd", "(procd 1)", "(procd 1) --[15]--> (sh 2)", "(sh) state S", "(sh -1) state S",
		"(a(b 1) state S", " (sh 1) state S", "a stop script ", "stop script x", "stop script x (pid x) has not returned", "stop script x (pid 0)", "no progress for 5 s", "no progress for five s of shutdown; x", "no progress for 05 s of shutdown; x",
		"no progress for no signal, exit or mark for 5 s of shutdown; x", "no signal, exit or mark for 05 s of shutdown; x", "no signal, exit or mark for 4294967296 s of shutdown; x", "5 s of shutdown; x"} {
		if l, ok := Parse(Prefix + text); !ok || l != (Line{Text: text}) {
			t.Errorf("%q is taken for %+v, %v", text, l, ok)
		}
	}
}
