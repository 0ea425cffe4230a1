// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"regexp"
	"strings"
	"testing"

	"sigtrail/test/vm"
)

// kunitSuites are the suites in kernel-patches/files/kernel/sigtrail/tests.
var kunitSuites = []string{
	"sigtrail_exit", "sigtrail_fault", "sigtrail_leave_out", "sigtrail_message", "sigtrail_name", "sigtrail_print",
	"sigtrail_ring", "sigtrail_sender", "sigtrail_survivor", "sigtrail_switch",
}

var (
	printkStamp = regexp.MustCompile(`(?m)^\[ *\d+\.\d+\] `)
	kunitResult = regexp.MustCompile(`^( *)(ok|not ok) \d+ (?:- )?(\S+)`) // 5.15 has the dash
)

// TestKUnit boots a kernel that runs its suites, and reports each case as a subtest.
func TestKUnit(t *testing.T) {
	g := boot(t, vm.Config{Append: "kunit.enable=1 kunit.autorun=1 kunit.filter_glob=sigtrail_*"})
	console := printkStamp.ReplaceAllString(strings.ReplaceAll(string(g.Console.Bytes()), "\r", ""), "")
	suites := map[string]int{}
	var said []string // lines since the last result: the reason of a failure
	cases := 0
	for _, line := range lines(console) {
		m := kunitResult.FindStringSubmatch(line)
		if m == nil {
			said = append(said, line)
			continue
		}
		if m[1] == "" {
			suites[m[3]] = cases
			cases = 0
			continue
		}
		cases++
		t.Run(m[3], func(t *testing.T) {
			if m[2] != "ok" {
				t.Error(strings.Join(said[max(0, len(said)-10):], ""))
			}
		})
		said = nil
	}
	for _, name := range kunitSuites {
		if suites[name] == 0 {
			t.Errorf("suite %s did not run", name)
		}
	}
}
