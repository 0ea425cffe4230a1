// SPDX-License-Identifier: GPL-2.0

// Package service tests the procd init script: BusyBox ash runs it against a
// stand-in for OpenWrt's shell libraries, and what it asks of procd, logs and
// writes is compared with golden files.
package service

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigtrail/test/golden"
)

const (
	initScript    = "../../files/sigtrail.init"
	shippedConfig = "../../files/sigtrail.config"
	cases         = "testdata/cases"
	oldINI        = "# what an earlier start wrote\n"
)

// run runs an action of the init script, with the paths that it uses below root,
// and returns what it prints and its exit code.
func run(t *testing.T, root, action, uci string, running bool) string {
	t.Helper()
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal("busybox is missing, and its ash is what runs init scripts on a router: apt-get install busybox")
	}
	flag := "0"
	if running {
		flag = "1"
	}
	cmd := exec.Command(busybox, "ash", "testdata/rc.common", initScript, uci, root, flag, action)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return strings.ReplaceAll(fmt.Sprintf("%sexit %d\n", out, cmd.ProcessState.ExitCode()), root, "")
}

// start runs the init script's start on a UCI file and describes all that can
// be seen of it. Where the service runs already, its INI file is there, too.
func start(t *testing.T, uci string, running bool) string {
	t.Helper()
	root := t.TempDir()
	if running {
		ini := filepath.Join(root, "var/etc/sigtrail.ini")
		if err := os.MkdirAll(filepath.Dir(ini), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(ini, []byte(oldINI), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	var seen strings.Builder
	seen.WriteString(run(t, root, "start", uci, running))
	for _, file := range files(t, root) {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&seen, "\n--- /%s\n%s", file, strings.ReplaceAll(string(text), root, ""))
	}
	return seen.String()
}

func files(t *testing.T, root string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestStart(t *testing.T) {
	for _, test := range []struct {
		name    string
		uci     string
		running bool
	}{
		{name: "shipped", uci: shippedConfig},
		{name: "shipped-reload", uci: shippedConfig, running: true},
		{name: "disabled"},
		{name: "chosen"},
		{name: "sparse"},
		{name: "wrong"},
		{name: "paths"},
		{name: "edges"},
		{name: "edges-reload", uci: cases + "/edges.uci", running: true},
		{name: "misspelt"},
		{name: "rules"},
		{name: "wrong-rules"},
		{name: "malformed"},
		{name: "missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.uci == "" {
				test.uci = filepath.Join(cases, test.name+".uci")
			}
			got := start(t, test.uci, test.running)

			golden.Check(t, filepath.Join("cases", test.name+".golden"), []byte(got))
		})
	}
}

// The comments of the shipped file promise that it shows the defaults: it and
// an empty one have to start the same service.
func TestShippedConfigIsTheDefault(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.uci")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	shipped, defaults := start(t, shippedConfig, false), start(t, empty, false)
	if shipped != defaults {
		t.Errorf("with the shipped configuration:\n%s\nwith an empty one:\n%s", shipped, defaults)
	}
}

// Whoever stops the service by hand means the daemon.
func TestStop(t *testing.T) {
	got := run(t, t.TempDir(), "stop", shippedConfig, true)
	if want := "enable 'S13' 'K01'\nprocd_kill 'sigtrail'\nexit 0\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A shutdown is marked, and the daemon stays; on a kernel without sigtrail there
// is one line about it, and nothing to wait for.
func TestShutdown(t *testing.T) {
	for _, c := range []struct{ program, want string }{
		{`echo "$# words: $*"`, "3 words: mark --shutdown stop scripts begin\nexit 0\n"},
		{"echo 'sigtrail: no kernel part' >&2; exit 3", "sigtrail: no kernel part\nexit 3\n"},
	} {
		root := t.TempDir()
		program := filepath.Join(root, "usr/sbin/sigtrail")
		if err := os.MkdirAll(filepath.Dir(program), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(program, []byte("#!/bin/sh\n"+c.program+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		if got, want := run(t, root, "shutdown", shippedConfig, true), "enable 'S13' 'K01'\n"+c.want; got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.program, got, want)
		}
	}
}
