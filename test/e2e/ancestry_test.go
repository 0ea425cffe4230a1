// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/vm"
)

// recordedAncestors are a sender's parent and those beyond, at most.
const recordedAncestors = 4

var ancestryNote = regexp.MustCompile(`^(\w+) signal=(\d+) sender=(\d+)(?: count=(\d+))? line=(.*)$`)

// TestAncestry sends signals in lines of processes, and compares parent and ancestors of the
// records with what the processes said of themselves. One repeats a signal while its grandparent ends.
func TestAncestry(t *testing.T) {
	g := boot(t, vm.Config{})
	initName := strings.TrimSpace(g.run("cat /proc/1/comm"))
	notes := lines(g.run("ancestry"))
	// The console's shell is a child of init, which has started it.
	g.typed("kill -CONT $$; echo shell $$ $PPID")
	shell, err := g.Console.Expect(commandLimit, `shell (\d+) 1\s`)
	if err != nil {
		t.Fatal(err)
	}
	tr := g.trail()
	if len(notes) != 5 {
		t.Fatalf("notes: %q", notes)
	}
	for _, note := range notes {
		m := ancestryNote.FindStringSubmatch(note)
		if m == nil {
			t.Fatalf("not a note: %q", note)
		}
		checkAncestry(t, tr, m[1], number(t, m[2]), number(t, m[3]), m[4], m[5], initName)
	}
	checkAncestry(t, tr, "shell", 18, number(t, shell[1]), "", "1:", initName)
}

// checkAncestry finds the record of a sender, or the records of a count of signals; in its
// line, init has no name.
func checkAncestry(t *testing.T, tr trail, scenario string, signal, sender int64, count, line, initName string) {
	t.Helper()
	found := tr.pick(func(e *event.Event) bool {
		return e.Kind == event.KindSignal && int64(e.Signal) == signal && int64(e.SenderPID) == sender
	})
	var parent string
	var pid uint64
	var ancestors event.Ancestors
	for i, process := range strings.Split(line, ",")[:min(recordedAncestors, strings.Count(line, ",")+1)] {
		id, name, _ := strings.Cut(process, ":")
		n, err := strconv.ParseUint(id, 10, 32)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if name == "" {
			name = initName
		}
		if i == 0 {
			parent, pid = name, n
		} else {
			ancestors = ancestors.With(name, uint32(n))
		}
	}
	if count != "" {
		checkCount(t, found, uint32(pid), ancestors, uint64(number(t, count)))
		return
	}
	if len(found) != 1 {
		t.Errorf("%s: %d records", scenario, len(found))
		return
	}
	e := &found[0]
	if e.ParentName != parent || uint64(e.ParentPID) != pid || e.Ancestors != ancestors || e.Flags&event.FlagReparented != 0 != (scenario == "orphan") {
		t.Errorf("%s: parent %s %d, ancestors %s, flags %v; want %s %d, %s", scenario, e.ParentName, e.ParentPID, e.Ancestors, e.Flags, parent, pid, ancestors)
	}
}

// checkCount counts the signals of a sender with a line: its beginning is enough.
func checkCount(t *testing.T, found []event.Event, parent uint32, ancestors event.Ancestors, want uint64) {
	t.Helper()
	var got uint64
	for i := range found {
		if e := &found[i]; e.ParentPID == parent && strings.HasPrefix(string(e.Ancestors), string(ancestors)) {
			got += e.Signals()
		}
	}
	if got != want {
		t.Errorf("%d signals with parent %d and ancestors %s, want %d: %v", got, parent, ancestors, want, found)
	}
}
