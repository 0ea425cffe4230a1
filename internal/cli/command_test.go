// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
)

var optionPattern = regexp.MustCompile(`--?[a-z][a-z-]*\b`)

// faults returns the faults in the help of a command of the table.
func faults(table []*command, c *command) (list []string) {
	complain := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	names := func(c *command) (names []string) {
		options, _ := c.setup()
		for _, o := range options {
			names = append(names, strings.Split(o.names, ", ")...)
		}
		return names
	}
	help := string(c.help())
	defined := names(c)
	for _, name := range defined {
		if !optionPattern.MatchString(name) || !slices.Contains(optionPattern.FindAllString(help, -1), name) {
			complain("%s is not in the help", name)
		}
	}
	for _, line := range strings.Split(help, "\n") {
		if len(line) > 80 {
			complain("wider than 80 columns: %s", line)
		}
		allowed := defined
		for i, word := range strings.Fields(line) {
			// Another command's options are allowed after its name.
			for _, other := range table {
				if i > 0 && word == other.name && strings.Fields(line)[i-1] == "sigtrail" {
					allowed = names(other)
				}
			}
			if option := optionPattern.FindString(word); strings.HasPrefix(strings.TrimLeft(word, "[("), "-") && option != "" &&
				!slices.Contains(allowed, option) {
				complain("%s is not defined: %s", option, line)
			}
		}
	}
	return list
}

func TestCommands(t *testing.T) {
	for _, c := range commands {
		for _, fault := range faults(commands, c) {
			t.Errorf("%s: %s", c.name, fault)
		}
		if !strings.Contains(string(listing()), "\n  "+fmt.Sprintf("%-7s  ", c.name)+c.summary+"\n") {
			t.Errorf("%s is not in the list", c.name)
		}
		for _, args := range [][]string{{c.name, "--help"}, {c.name, "x", "-h"}, {"help", c.name}} {
			if out, err := run(t, newKernel(), args...); err != nil || out != string(c.help()) {
				t.Errorf("%q: %v, %q", args, err, out)
			}
		}
	}
	for _, line := range strings.Split(string(listing()), "\n") {
		if len(line) > 80 {
			t.Errorf("wider than 80 columns: %s", line)
		}
	}
}

func TestFaults(t *testing.T) {
	var v view
	c := &command{name: "toy", usage: "[--json]", about: "See sigtrail watch --count and sigtrail watch --json.\n",
		more: "--plot, -q " + strings.Repeat("x", 80) + "\n",
		setup: func() ([]option, action) {
			return []option{{"--json", "", "as JSON", on(&v.json)}, {"--X", "", "shouted", on(&v.all)}}, nil
		}}
	got := strings.Join(faults(commands, c), "\n")
	want := "--X is not in the help\nwider than 80 columns: " + strings.TrimSpace(c.more) +
		"\n--plot is not defined: " + strings.TrimSpace(c.more) + "\n-q is not defined: " + strings.TrimSpace(c.more)
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestOptions(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"watch --what", "unknown option --what; see: sigtrail watch --help"},
		{"watch --json -what=3", "unknown option -what; see: sigtrail watch --help"},
		{"watch --json ---x", "unknown option ---x; see: sigtrail watch --help"},
		{"watch procd", "unexpected argument procd; see: sigtrail watch --help"},
		{"watch -- --json", "unexpected argument --json; see: sigtrail watch --help"},
		{"watch --count", "--count needs an argument; see: sigtrail watch --help"},
		{"watch --count abc", "--count abc: allowed are numbers from 0 to 4294967295; see: sigtrail watch --help"},
		{"watch -count=-1", "--count -1: allowed are numbers from 0 to 4294967295; see: sigtrail watch --help"},
		{"boot --for 86401", "--for 86401: allowed are numbers from 1 to 86400; see: sigtrail boot --help"},
		{"boot --json=maybe", "--json maybe: allowed are true and false; see: sigtrail boot --help"},
		{"kill --after x", "--after x: allowed are times such as 5s or 500ms; see: sigtrail kill --help"},
	} {
		if _, err := run(t, newKernel(), strings.Fields(c.args)...); err == nil || err.Error() != c.want || exitCode(err) != exitUsage {
			t.Errorf("%s:\ngot  %v\nwant %s", c.args, err, c.want)
		}
	}
	if out, err := run(t, newKernel(), "watch", "--json=false", "--once", "-count", "0x1"); err != nil || strings.Count(out, "\n") != 2 {
		t.Errorf("%v: %s", err, out)
	}
}

// Only what holds whole trails takes time for memory, and GOGC goes first.
func TestMemory(t *testing.T) {
	a := &app{out: io.Discard, now: atNoon, proc: "testdata/proc",
		dial: func() (kernelPart, error) { return nil, kernel.ErrNoKernel },
		stop: func() <-chan os.Signal { return nil },
		kept: func(...string) ([]keptTrail, error) { return nil, nil },
		running: func(string, func(event.Event) error, func(event.Loss) error) (string, int, error) {
			return "", 0, fs.ErrNotExist
		},
	}
	for _, c := range []struct {
		command, env string
		want         int
	}{{"boot", "", 20}, {"last", "", 20}, {"why", "", 20}, {"watch", "", 100}, {"last", "100", 100}} {
		t.Setenv("GOGC", c.env)
		before := debug.SetGCPercent(100)
		a.run([]string{c.command})
		if got := debug.SetGCPercent(before); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}
