// SPDX-License-Identifier: GPL-2.0

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

// note is one line of what test/guest/sigplay writes down of a signal that it
// sent or caused, key by key.
type note map[string]string

func parseNotes(t *testing.T, text string) []note {
	t.Helper()
	var notes []note
	for _, line := range lines(text) {
		n := note{}
		for _, field := range strings.Fields(line) {
			key, value, ok := strings.Cut(field, "=")
			if !ok {
				t.Fatalf("a note with %q: %s", field, line)
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

// about reports whether e is of the receiver and the number that n names.
func (n note) about(e *event.Event) bool {
	return e.Kind == event.KindSignal && fmt.Sprint(e.TargetPID) == n["target_pid"] &&
		fmt.Sprint(e.Signal) == n["signal"]
}

// differences compares a record with its note, key by key.
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

// TestDeeds plays signals of every kind and finds each in the trail: once, with
// the right sender, receiver, number, code, scope and outcome.
func TestDeeds(t *testing.T) {
	g := boot(t, vm.Config{})
	modes := []string{"deeds", "names", "killall", "oom"}
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

// checkNote looks for the one record of a note. Where several notes tell of the
// same number to the same receiver, their records come in the notes' order.
func checkNote(t *testing.T, tr trail, notes []note, n note) {
	t.Helper()
	found := tr.pick(n.about)
	alike, place := 0, 0
	for _, other := range notes {
		if other["target_pid"] != n["target_pid"] || other["signal"] != n["signal"] {
			continue
		}
		if other["deed"] == n["deed"] {
			place = alike
		}
		alike++
	}
	if n["left_out"] != "no" {
		if n["deed"] != "kthread" && len(found) != 0 {
			t.Errorf("%s: recorded, though %s is off: %v", n["deed"], n["left_out"], &found[0])
		}
		return
	}
	if len(found) != alike {
		t.Errorf("%s: %d records where there should be %d: %v", n["deed"], len(found), alike, n)
		return
	}
	if diffs := n.differences(&found[place]); diffs != nil {
		t.Errorf("%s: %s\n%v", n["deed"], strings.Join(diffs, "; "), &found[place])
	}
}

// signalLine is the form of a signal's line, in the kernel's log and in ours: a
// name has no byte of its own that could be taken for a part of the form.
var signalLine = regexp.MustCompile(`^Signal :: \([^()\[\]"]* \d+\) --\[\d+\]--> \([^()\[\]"]* \d+\)`)

// ourMessage takes what is ours out of a line of the log.
var ourMessage = regexp.MustCompile(`^[^:]*:\d\d:\d\d guest (?:kern\.info kernel: \[ *[\d.]+\] |daemon\.info sigtrail\[\d+\]: )(.*)$`)

// checkNothingForged looks at what hostile names have come to on the way to
// people: no byte of them may move a cursor, end a line or begin one.
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
				t.Errorf("not of the line's form: %q", line)
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
		t.Error("the hostile names are not in what watch shows")
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
