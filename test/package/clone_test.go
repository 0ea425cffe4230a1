// SPDX-License-Identifier: GPL-2.0-only

// Package pkg tests the feed, the .ipk, and the script that adds sigtrail to an
// OpenWrt tree.
package pkg

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const top = "../.."

// run runs a command in dir, with env added, and returns what it printed.
func run(t *testing.T, dir string, env []string, name string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	c := exec.Command(name, args...)
	c.Dir, c.Stdout, c.Stderr = dir, &out, &errs
	// Without the variables of the make that runs the tests.
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "MAKE") && !strings.HasPrefix(v, "MFLAGS=") {
			c.Env = append(c.Env, v)
		}
	}
	c.Env = append(c.Env, env...)
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

// must runs a command that must succeed, and returns its output.
func must(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	out, errs, code := run(t, dir, env, name, args...)
	if code != 0 {
		t.Fatalf("%s %q: exit code %d\n%s%s", name, args, code, out, errs)
	}
	return out
}

// clone commits the working tree, with its changes, to a new repository in dir. The
// commit always has the same time.
func clone(t *testing.T, dir string) {
	t.Helper()
	list := must(t, top, nil, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	for _, name := range strings.Split(strings.TrimRight(list, "\x00"), "\x00") {
		from, to := filepath.Join(top, name), filepath.Join(dir, name)
		info, err := os.Lstat(from)
		if os.IsNotExist(err) { // removed, and not committed yet
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		write(t, to, string(b), info.Mode().Perm())
	}
	commit(t, dir)
}

const committed = 1763785512 // 2025-11-22 04:25:12 UTC

func commit(t *testing.T, dir string) {
	t.Helper()
	env := []string{"GIT_AUTHOR_DATE=1763785512 +0000", "GIT_COMMITTER_DATE=1763785512 +0000", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@t", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@t"}
	must(t, dir, env, "git", "init", "-q")
	must(t, dir, env, "git", "add", "-A")
	must(t, dir, env, "git", "commit", "-qm", "x")
}

func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
