// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
	"sigtrail/test/golden"
)

// scene makes a directory like /proc from testdata/stall/NAME.ps.
func scene(t *testing.T, dir, name string) procfs.Root {
	t.Helper()
	b, err := os.ReadFile("testdata/stall/" + name + ".ps")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		if line[0] != '#' {
			addProcess(t, dir, line)
		}
	}
	return procfs.Root(dir)
}

// addProcess adds a process to a directory like /proc: PID, parent, state, seconds after
// boot, wait channel, name, arguments. "&" after the state means that it has not called
// exec since its fork. Bytes other than printable ASCII are written as
// \xNN.
func addProcess(t *testing.T, dir, line string) {
	t.Helper()
	unescape := func(s string) string {
		s, err := event.Unescape(s)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	f := strings.Fields(line)
	flags := 0
	if f[0] == "2" || f[1] == "2" {
		flags = 0x200000
	}
	state, forked := strings.CutSuffix(f[2], "&")
	if forked {
		flags |= 0x40
	}
	for file, content := range map[string]string{
		"stat": fmt.Sprintf("%s (%s) %s %s 0 0 0 -1 %d 0 0 0 0 0 0 0 0 20 0 1 0 %s00 0 0\n",
			f[0], unescape(f[5]), state, f[1], flags, f[3]),
		"comm":    unescape(f[5]) + "\n",
		"status":  "Uid:\t0\t0\t0\t0\n",
		"wchan":   f[4],
		"cmdline": unescape(strings.Join(f[6:], "\x00")) + "\x00",
	} {
		path := filepath.Join(dir, f[0], file)
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(content), 0o644))
	}
}

// TestStallScenes reports each scene 100 s after boot, 30 s after the shutdown began.
func TestStallScenes(t *testing.T) {
	scenes, err := filepath.Glob("testdata/stall/*.ps")
	if err != nil || len(scenes) < 9 {
		t.Fatalf("%q, %v", scenes, err)
	}
	for _, path := range scenes {
		name := strings.TrimSuffix(filepath.Base(path), ".ps")
		s := snapshot{quiet: 10 * time.Second, now: 100 * time.Second, began: 70 * time.Second, self: 600, jail: 599}
		s.processes, s.err = scene(t, t.TempDir(), name).Processes()
		golden.Check(t, filepath.Join("stall", name+".golden"), []byte(strings.Join(s.report().Lines(), "\n")+"\n"))
	}
}
