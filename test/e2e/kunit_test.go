// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigtrail/test/vm"
)

// kunitSources are the files of the suites.
const kunitSources = "../../kernel-patches/files/kernel/sigtrail/tests/*_kunit.c"

var (
	printkStamp = regexp.MustCompile(`(?m)^\[ *\d+\.\d+\] `)
	kunitResult = regexp.MustCompile(`^( *)(ok|not ok) \d+ (?:- )?(\S+)`) // 5.15 has the dash
	kunitSuite  = regexp.MustCompile(`(?m)^\t\.name = "(\w+)",$`)
)

// kunitSuites returns the names of all suites, by their sources.
func kunitSuites(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob(kunitSources)
	if err != nil || len(files) == 0 {
		t.Fatalf("no %s: %v", kunitSources, err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		suites := kunitSuite.FindAllSubmatch(source, -1)
		if len(suites) == 0 {
			t.Errorf("%s has no suite", file)
		}
		for _, m := range suites {
			names = append(names, string(m[1]))
		}
	}
	return names
}

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
	for _, name := range kunitSuites(t) {
		if suites[name] == 0 {
			t.Errorf("suite %s did not run", name)
		}
	}
}
