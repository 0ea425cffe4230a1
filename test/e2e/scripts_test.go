// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/vm"
)

// told is a script as a report has it.
type told struct {
	TargetName string      `json:"target_name"`
	Begin      event.Nanos `json:"begin"`
	RunTime    event.Nanos `json:"run_time"`
	ExitTime   event.Nanos `json:"exit_time"`
	ExitStatus *int        `json:"exit_status"`
}

// installNoting installs scripts that note their beginnings and ends in the kernel's log,
// whose clock is that of the records.
func (g *guest) installNoting(scripts ...string) {
	g.t.Helper()
	for _, s := range scripts {
		name, script, _ := strings.Cut(s, " ")
		g.installScript(name, fmt.Sprintf(`echo "noted begin %s" >/dev/kmsg
%s
echo "noted end %[1]s" >/dev/kmsg
exit $status`, name, script))
	}
}

// checkNoted compares the scripts of a report with what they noted: each began after the
// one before had noted its end, and before it noted its beginning.
func (g *guest) checkNoted(console []byte, list []told, statuses map[string]int) {
	g.t.Helper()
	noted := make(map[string]event.Nanos)
	for _, m := range regexp.MustCompile(`\[ *(\d+)\.(\d{6})\] noted (begin \w+|end \w+)`).FindAllSubmatch(console, -1) {
		noted[string(m[3])] = event.Nanos(number(g.t, string(m[1]))*1e9 + number(g.t, string(m[2]))*1e3)
	}
	last, found := event.Nanos(0), 0
	for _, s := range list {
		want, ours := statuses[s.TargetName]
		if !ours {
			continue
		}
		found++
		begin, end := noted["begin "+s.TargetName], noted["end "+s.TargetName]
		switch {
		case s.ExitStatus == nil || *s.ExitStatus != want:
			g.t.Errorf("%s ended otherwise than with %d: %+v", s.TargetName, want, s)
		case begin == 0, s.Begin > begin, s.Begin+1e6 < last, s.ExitTime < end, s.RunTime < end-min(begin, end):
			g.t.Errorf("%s noted %d to %d after %d: %+v", s.TargetName, begin, end, last, s)
		}
		last = max(end, begin)
	}
	if found != len(statuses) {
		g.t.Errorf("%d of %d scripts: %+v", found, len(statuses), list)
	}
}

// TestScripts: a boot and a shutdown are broken down by the scripts that init runs, as they
// noted it themselves. One hangs until it is ended after 15 s.
func TestScripts(t *testing.T) {
	g := boot(t, vm.Config{})
	g.installNoting("S90first sleep 1", "S91long sleep 3", "S92fails status=3",
		"K20quick usleep 100000", "K25left ((while :; do sleep 1000; done) &) >/dev/null 2>&1", "K30hang sleep 600", "K40fails status=1")
	if err := g.Reset(); err != nil {
		t.Fatal(err)
	}
	g.awaitBoot()
	g.expectConsole(`noted end S92fails`)
	g.settle()

	var report struct{ Scripts []told }
	if out := g.run("sigtrail boot --json --for 3600"); json.Unmarshal([]byte(out), &report) != nil {
		t.Fatalf("no JSON: %s", out)
	}
	g.checkNoted(g.Console.Bytes(), report.Scripts, map[string]int{"S90first": 0, "S91long": 0, "S92fails": 3 << 8})
	out := g.run("sigtrail boot --for 3600")
	if !regexp.MustCompile(`Init scripts in the first 3600\.000 s: 3 with a recorded run time, together at most \d+\.\d{3} s; one that still ran at \d+\.\d{3} s may be missing\n.*\n +\d+\.\d{3} +3\.\d{3}  S91long \d+ +exited 0 by itself\n`).MatchString(out) {
		t.Errorf("the boot's report:\n%s", out)
	}
	t.Logf("%s", out)
	for _, c := range report.Scripts { // one ends later than what is asked for
		if c.TargetName == "S91long" {
			out = g.run(fmt.Sprint("sigtrail boot --for ", uint64(c.Begin/1e9+1)))
		}
	}
	if !regexp.MustCompile(` 3\.\d{3}  S91long \d+ +exited 0 by itself\n`).MatchString(out) || strings.Contains(out, "S92fails") {
		t.Errorf("the report of a part of it:\n%s", out)
	}

	g.typed("reboot")
	e := g.awaitVerdict()
	g.checkNoted(g.Console.Bytes(), e.Scripts, map[string]int{"K20quick": 0, "K25left": 0, "K30hang": 15, "K40fails": 1 << 8})
	out = g.run("sigtrail last")
	if !regexp.MustCompile(`stop script K30hang \d+ ran for 15\.\d{3} s, killed by SIGTERM \(TERM by rc-queue \d+\)\n`).MatchString(out) ||
		!regexp.MustCompile(`slowest: K30hang \d+ 15\.\d{3} s, `).MatchString(out) ||
		!regexp.MustCompile(`Init scripts: 8 with a recorded run time, together at most (\d+\.\d{3}) s of \d+\.\d{3} s\n.*\n +\d+\.\d{3} +15\.\d{3}  K30hang \d+ +killed by SIGTERM +TERM by rc-queue`).MatchString(out) {
		t.Errorf("the shutdown's report:\n%s", out)
	}
	t.Logf("%s", out)

	// Another one takes longer than in the shutdown before.
	g.installNoting("K20quick sleep 3", "K30hang usleep 100000")
	g.typed("reboot")
	g.awaitVerdict()
	out = g.run("sigtrail last --all")
	if !regexp.MustCompile(`\n  1 +3 .*slower: [^;]*K20quick \+[23]\.\d s`).MatchString(out) || !regexp.MustCompile(`\n  1 +3 .*faster: [^;]*K30hang -1\d\.\d s`).MatchString(out) {
		t.Errorf("the list:\n%s", out)
	}
	t.Logf("%s", out)
}
