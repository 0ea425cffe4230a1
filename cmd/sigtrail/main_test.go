// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestMain also runs the test binary as sigtrail.
func TestMain(m *testing.M) {
	if os.Getenv("SIGTRAIL_TEST_MAIN") != "" {
		main()
	}
	os.Exit(m.Run())
}

func sigtrail(t *testing.T, args ...string) (output string, code int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, args...)
	c.Env = append(os.Environ(), "SIGTRAIL_TEST_MAIN=1")
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), c.ProcessState.ExitCode()
}

func TestCommands(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		out  string
	}{
		{"--version", 0, "sigtrail dev\n"},
		{"help", 0, "sigtrail shows which process sent which signal"},
		{"dance", 2, "sigtrail: unknown command \"dance\""},
		{"daemon --config /none/sigtrail.ini", 2, "sigtrail: /none/sigtrail.ini: no such file; "},
		{"daemon --help", 0, "usage: sigtrail daemon "},
	} {
		out, code := sigtrail(t, strings.Fields(c.args)...)
		if code != c.code || !strings.HasPrefix(out, c.out) {
			t.Errorf("sigtrail %s: exit code %d, %q; want %d, %q...", c.args, code, out, c.code, c.out)
		}
		if code != 0 && strings.Count(out, "\n") != 1 {
			t.Errorf("sigtrail %s: more than one line: %q", c.args, out)
		}
	}
}

// On a kernel without the patch, as is usual here, each command prints one line, exits
// with 3, and creates no file. A kernel with the patch is not reported as one without.
func TestUnpatchedKernel(t *testing.T) {
	dir := t.TempDir()
	config := dir + "/sigtrail.ini"
	if err := os.WriteFile(config, []byte("[trail]\ndir = "+dir+"/trail\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const lacks = "sigtrail: firmware lacks the sigtrail patch (CONFIG_SIGTRAIL): see docs/troubleshooting.md\n"
	if _, err := os.Stat("/proc/sys/kernel/sigtrail"); err == nil {
		if out, code := sigtrail(t, "info"); out == lacks {
			t.Errorf("sigtrail info, on a kernel with the patch: exit code %d, %q", code, out)
		}
		return
	}
	for _, args := range [][]string{{"daemon", "--config", config}, {"watch"}, {"info"}, {"mark", "x"}} {
		out, code := sigtrail(t, args...)
		if code != 3 || out != lacks {
			t.Errorf("sigtrail %q: exit code %d, %q", args, code, out)
		}
	}
	if _, err := os.Stat(dir + "/trail"); !os.IsNotExist(err) {
		t.Errorf("a trail was begun, %v", err)
	}
}
