// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/vm"
)

// group is a cgroup in which a process has little memory.
const group = "/sys/fs/cgroup/services/toy/instance1"

// TestEnds ends processes without a signal by another one, with each value of the switch
// exits, and compares the records with what the processes noted of themselves.
func TestEnds(t *testing.T) {
	g := boot(t, vm.Config{})
	ids := numbers(t, strings.Fields(g.run(`mkdir -p %[1]s
		for group in / /services/ /services/toy/; do echo +memory >/sys/fs/cgroup$group/cgroup.subtree_control; done
		echo 8M >%[1]s/memory.max
		stat -c %%i /sys/fs/cgroup %[1]s`, group)))
	if ids[0] != 1 {
		t.Errorf("the root cgroup has the id %d", ids[0])
	}
	checkMoved(t, g, uint64(ids[1]))
	for _, exits := range []string{"services", "signalled", "all"} {
		g.run("echo %s >/proc/sys/kernel/sigtrail/exits", exits)
		notes := lines(g.run("ends /tmp/ends.notes %s; cat /tmp/ends.notes", group))
		if len(notes) != 7 {
			t.Fatalf("notes: %q", notes)
		}
		tr := g.trail()
		for _, note := range notes {
			checkEndNote(t, tr, exits, note, uint64(ids[1]))
		}
	}
	if got := g.run("sigtrail info --json"); !strings.Contains(got, `"exits":"all"`) {
		t.Errorf("info: %s", got)
	}
	g.run("! echo none 2>/dev/null >/proc/sys/kernel/sigtrail/exits")
	var texts []string
	for _, e := range g.trail().pick(func(e *event.Event) bool { return e.Kind == event.KindSwitch }) {
		texts = append(texts, e.Text)
	}
	if want := []string{"exits=signalled", "exits=all"}; !slices.Equal(texts, want) { // the first one is the default
		t.Errorf("switches: %q, want %q", texts, want)
	}
	checkLeaks(t, g)
}

// checkMoved moves a process to a cgroup during signals that repeat: each is counted with the
// cgroup that the process had.
func checkMoved(t *testing.T, g *guest, moved uint64) {
	const signals = 20
	pid := number(t, strings.TrimSpace(g.run(`pid=$(crowd 1)
		send() { i=0; while [ $i -lt %d ]; do kill -TERM $pid; i=$((i + 1)); done; }
		send; echo $pid >%s/cgroup.procs; send; echo $pid`, signals, group)))
	sent, senders := map[uint64]uint64{}, map[uint64]bool{}
	for _, e := range g.trail().pick(func(e *event.Event) bool { return e.Kind == event.KindSignal && int64(e.TargetPID) == pid }) {
		sent[e.TargetCgroup] += e.Signals()
		senders[e.SenderCgroup] = true
	}
	if len(sent) != 2 || sent[1] != signals || sent[moved] != signals || len(senders) != 1 || !senders[1] {
		t.Errorf("signals by the target's cgroup: %v, want %d each with 1 and %d; senders in %v", sent, signals, moved, senders)
	}
}

var endNote = regexp.MustCompile(`^end scenario=(\w+) pid=(\d+) status=(\d+) signal=(\d+) min_ms=(\d+) max_ms=(\d+)$`)

func checkEndNote(t *testing.T, tr trail, exits, note string, services uint64) {
	t.Helper()
	m := endNote.FindStringSubmatch(note)
	if m == nil {
		t.Fatalf("not a note: %q", note)
	}
	name, n := m[1], numbers(t, m[2:])
	pid, status, signal, least, most := n[0], n[1], n[2], n[3], n[4]
	flags, group := event.FlagOfInit, services
	switch name {
	case "child":
		flags = 0
	case "init_oom":
		flags |= event.FlagOOM
	case "init_nobody":
		flags |= event.FlagShare
	case "init_exits7":
		group = 1
	}
	want := 0
	if signal != 0 || exits == "all" || exits == "services" && flags&event.FlagOfInit != 0 {
		want = 1
	}
	found := tr.pick(func(e *event.Event) bool { return e.Kind == event.KindExit && int64(e.TargetPID) == pid })
	if len(found) != want {
		t.Errorf("%s, exits %s: %d records, want %d: %v", name, exits, len(found), want, found)
		return
	}
	if want == 0 {
		return
	}
	e := &found[0]
	if int64(e.ExitStatus) != status || e.Flags != flags || e.TargetCgroup != group || e.ByItself() != (signal == 0) {
		t.Errorf("%s, exits %s: status %#x, flags %v, cgroup %d; want %#x, %v, %d: %v", name, exits, e.ExitStatus, e.Flags, e.TargetCgroup,
			status, flags, group, e)
	}
	// Both clocks' ms are rounded.
	if run := int64(e.RunTime / 1e6); run < max(least-1, 1) || run > most+2 || e.RunTime%1e6 != 0 {
		t.Errorf("%s: it ran %d ns; the guest saw %d to %d ms", name, e.RunTime, least, most)
	}
}
