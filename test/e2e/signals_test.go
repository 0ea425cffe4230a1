// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/vm"
)

// note is a line that test/guest/sigplay writes for a signal that it sent or
// caused, by key.
type note map[string]string

func parseNotes(t *testing.T, text string) []note {
	t.Helper()
	var notes []note
	for _, line := range lines(text) {
		n := note{}
		for _, field := range strings.Fields(line) {
			key, value, ok := strings.Cut(field, "=")
			if !ok {
				t.Fatalf("%q is not KEY=VALUE: %s", field, line)
			}
			n[key] = value
		}
		for _, key := range []string{"sender_name", "target_name"} {
			name, err := hex.DecodeString(n[key])
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			n[key] = string(name)
		}
		notes = append(notes, n)
	}
	return notes
}

// about reports whether e has the target and the signal of n.
func (n note) about(e *event.Event) bool {
	return e.Kind == event.KindSignal && fmt.Sprint(e.TargetPID) == n["target_pid"] &&
		fmt.Sprint(e.Signal) == n["signal"]
}

// differences returns the differences between a record and its note.
func (n note) differences(e *event.Event) []string {
	var diffs []string
	check := func(key string, got any) {
		if fmt.Sprint(got) != n[key] {
			diffs = append(diffs, fmt.Sprintf("%s is %q, not %q", key, fmt.Sprint(got), n[key]))
		}
	}
	kernel := 0
	if e.FromKernel() {
		kernel = 1
	}
	check("kernel", kernel)
	check("code", e.Code)
	check("scope", e.Scope)
	check("outcome", e.Outcome)
	check("target_name", e.TargetName)
	if e.Scope == event.ScopeThread {
		check("target_tid", e.TargetTID)
	}
	check("sender_pid", e.SenderPID)
	if kernel == 0 {
		check("sender_tid", e.SenderTID)
		check("sender_name", e.SenderName)
	} else if n["context_pid"] != "0" {
		check("context_pid", e.ContextPID)
		check("context_tid", e.ContextTID)
	}
	return diffs
}

// TestSignals sends signals of every kind, and finds each in the trail: once, with
// the right sender, target, signal, code, scope and outcome.
func TestSignals(t *testing.T) {
	g := boot(t, vm.Config{})
	g.logAll()
	modes := []string{"signals", "names", "killall", "oom"}
	for _, mode := range modes {
		g.run("sigplay %s /tmp/%s.notes", mode, mode)
	}
	tr := g.trail()
	tr.checkUnbroken(t)

	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			notes := parseNotes(t, g.run("cat /tmp/%s.notes", mode))
			if len(notes) == 0 {
				t.Fatal("no notes")
			}
			g.asOfKernel(notes)
			for _, n := range notes {
				checkNote(t, tr, notes, n)
			}
		})
	}
	t.Run("nothing forged", func(t *testing.T) { checkNothingForged(t, g) })
}

// checkNote looks for the record of a note. If several notes have the same signal
// and target, their records are in the order of the notes.
func checkNote(t *testing.T, tr trail, notes []note, n note) {
	t.Helper()
	found := tr.pick(n.about)
	alike, place := 0, 0
	for _, other := range notes {
		if other["target_pid"] != n["target_pid"] || other["signal"] != n["signal"] {
			continue
		}
		if other["scenario"] == n["scenario"] {
			place = alike
		}
		alike++
	}
	if n["left_out"] != "no" {
		if n["scenario"] != "kthread" && len(found) != 0 {
			t.Errorf("%s: recorded, though %s is off: %v", n["scenario"], n["left_out"], &found[0])
		}
		return
	}
	if len(found) != alike {
		t.Errorf("%s: %d records, want %d: %v", n["scenario"], len(found), alike, n)
		return
	}
	if diffs := n.differences(&found[place]); diffs != nil {
		t.Errorf("%s: %s\n%v", n["scenario"], strings.Join(diffs, "; "), &found[place])
	}
}

// signalLine is the form of a signal's line, in the kernel's log and in the
// daemon's: a name must not have a byte that could be a part of the form.
var signalLine = regexp.MustCompile(`^Signal :: \([^()\[\]"]* \d+\) --\[\d+\]--> \([^()\[\]"]* \d+\)`)

// ourMessage matches a line of the system log by the kernel part or the daemon.
var ourMessage = regexp.MustCompile(`^[^:]*:\d\d:\d\d guest (?:kern\.info kernel: \[ *[\d.]+\] |daemon\.info sigtrail\[\d+\]: )(.*)$`)

// checkNothingForged checks how hostile names are shown: no byte of them may move a
// cursor, or end or begin a line.
func checkNothingForged(t *testing.T, g *guest) {
	logged, watched := g.run("logread"), g.run("sigtrail watch --once")
	signals := 0
	for _, line := range lines(logged) {
		m := ourMessage.FindStringSubmatch(line)
		if m == nil || !strings.Contains(line, " :: ") {
			continue
		}
		checkPlain(t, line)
		if strings.HasPrefix(m[1], "Signal") {
			signals++
			if !signalLine.MatchString(m[1]) {
				t.Errorf("not in the form of a signal's line: %q", line)
			}
		}
	}
	if signals == 0 || !strings.Contains(logged, `\x1b\x5b2J`) {
		t.Error("the hostile names are not in the log")
	}
	for _, line := range lines(watched) {
		checkPlain(t, line)
	}
	if !strings.Contains(watched, `\x1b\x5b2J`) {
		t.Error("sigtrail watch does not show the hostile names")
	}
}

func checkPlain(t *testing.T, line string) {
	t.Helper()
	for _, c := range []byte(line) {
		if c < 0x20 || c >= 0x7f {
			t.Errorf("byte %#x in %q", c, line)
			return
		}
	}
}
