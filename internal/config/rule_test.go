// SPDX-License-Identifier: GPL-2.0-only

package config

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestBadRule(t *testing.T) {
	for option, want := range map[string]string{
		"target_name = sixteen-bytes-xx": "is a process name of at most 15 bytes",
		"symbol = a b":                   "is a kernel function or a syscall, at most 127 letters, digits, _ and .",
		"offset = 1048577":               "are numbers from 0 to 1048576 (bytes)",
		"skip = 1000000001":              "are numbers from 0 to 1000000000 (hits)",
		"per = thread":                   "are process, name",
		"rate = 0":                       "are numbers from 1 to 10000 (notices a second)",
		"send = FOO":                     "is the name or number of a signal",
		"send = none":                    "is the name or number of a signal",
		"timeout = 0":                    "are numbers from 1 to 3600 (seconds)",
		"escalate = FOO":                 "is the name or number of a signal, or none",
		"dry_run = perhaps":              "are 0, 1, no, yes, off, on, false, true, disabled, enabled",
		"max_per_hour = 3601":            "are numbers from 1 to 3600 (processes)",
	} {
		content := "[rule a]\n" + option + "\n"
		for _, needed := range []string{"target_name = toy\n", "symbol = write\n"} {
			if name, _, _ := strings.Cut(needed, " "); !strings.HasPrefix(option, name) {
				content += needed
			}
		}
		want = "F: rule a." + option + ": allowed " + want
		if got, err := load(t, content); err == nil || err.Error() != want {
			t.Errorf("got  %v, %v\nwant %s", got, err, want)
		}
	}
	_, err := load(t, "[rule a]\ntarget_name = toy\nsignal = FOO\nafter = 3\n")
	want := "F: rule a.signal = FOO: allowed are names and numbers of signals, separated by commas, not \"FOO\"\n" +
		"F: rule a.after: unknown option; allowed are target_name, symbol, offset, skip, per, rate, signal, send, timeout, escalate, dry_run, max_per_hour"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestManyRules(t *testing.T) {
	var b strings.Builder
	for i := range 33 {
		fmt.Fprintf(&b, "[rule r%d]\ntarget_name = toy\nsignal = SIGHUP\n", i)
		c, err := load(t, b.String())
		if i < 32 && (err != nil || len(c.Rules) != i+1) || i == 32 && (err == nil || err.Error() != "F: rule r32: too many; at most 32 rules are allowed") {
			t.Fatalf("rule %d: %v", i, err)
		}
	}
}

// Old names of options are read, but not beside the new ones.
func TestOldNames(t *testing.T) {
	const rule = "[rule a]\ntarget_name = toy\nsignal = HUP\n"
	c, err := load(t, "[respond]\nenable = no\n"+rule+"limit = 2\n")
	if err != nil || c.Respond.Enabled || c.Rules[0].Timeout != 2*time.Second {
		t.Errorf("got %+v, %v", c, err)
	}
	_, err = load(t, "[respond]\nenabled = no\nenable = no\n"+rule+"limit = 2\ntimeout = 2\n")
	want := "F: respond.enable: given twice, as enabled and by its old name enable\n" +
		"F: rule a.timeout: given twice, as timeout and by its old name limit"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	_, err = load(t, rule+"limit = 0\n")
	if want := "F: rule a.limit = 0: allowed are numbers from 1 to 3600 (seconds)"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
