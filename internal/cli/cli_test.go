// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sigtrail/internal/config"
	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/internal/trail"
	"sigtrail/test/golden"
)

func TestInfo(t *testing.T) {
	defer func(old []string) { configs = old }(configs)
	configs = nil
	out, err := run(t, newKernel(), "info", "--dir", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "info-no-daemon.golden", []byte(out[:strings.Index(out, "daemon ")]+out[strings.Index(out, "\nhint"):]))

	dir, err := os.MkdirTemp("", "sigtrail") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	status := event.Status{PID: 812, Seq: 5, Records: 6, Logged: 7, Excluded: 8, Printed: 9, LogDropped: 10, TrailFailed: 11,
		Overruns: 12, Healed: 13, Lost: 14, MalformedEvents: 15, FlashWrites: 16, ShutdownDropped: 17, Kills: 18, KillsDropped: 19,
		KillsHeldBack: 20, LogHeldBack: 21}
	answer(t, dir, status)
	out, err = run(t, newKernel(), "info", "--dir", dir)
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "info.golden", []byte(out))
	out, err = run(t, newKernel(), "info", "--json", "--dir", dir)
	if err != nil || !json.Valid([]byte(out)) {
		t.Errorf("%v: %s", err, out)
	}
	golden.Check(t, "info-json.golden", []byte(out))

	// Of an older kernel part it is unknown how many signals there were.
	old := newKernel()
	old.info.Signals, old.info.SignalsSkipped = 0, 0
	for _, args := range [][]string{{"info"}, {"info", "--json"}} {
		if out, err := run(t, old, append(args, "--dir", dir)...); err != nil || strings.Contains(out, "signals") {
			t.Errorf("%v: %s", err, out)
		}
	}

	// Without --dir the directory is the service's, also over ubus.
	ini := filepath.Join(dir, "ini")
	if err := os.WriteFile(ini, []byte("[trail]\ndir = "+dir+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := run(t, newKernel(), "info", "--json", "--config", ini); err != nil || got != out {
		t.Errorf("%v: %s", err, got)
	}
	configs = []string{ini}
	if got, err := run(t, newKernel(), "info", "--json"); err != nil || got != out {
		t.Errorf("%v: %s", err, got)
	}
	if got, err := call(t, newKernel(), "{}", "call", "info"); err != nil || got != out {
		t.Errorf("%v: %s", err, got)
	}
}

// answer serves a status, as the daemon does.
func answer(t *testing.T, dir string, s event.Status) {
	l, err := net.Listen("unix", filepath.Join(dir, trail.Socket))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			json.NewEncoder(c).Encode(s)
			c.Close()
		}
	}()
}

func TestHint(t *testing.T) {
	r := overview{console: 7, kernel: event.Info{Printk: event.PrintkAuto}}
	if r.hint() != "" {
		t.Error("a hint at level 7, which prints KERN_INFO")
	}
	r.console = 6
	if r.hint() == "" {
		t.Error("no hint at level 6, which does not print KERN_INFO")
	}
	if r.kernel.Printk = event.PrintkOff; r.hint() != "" {
		t.Error("a hint, though the kernel prints no records")
	}
}

func TestMark(t *testing.T) {
	k := newKernel()
	for _, args := range [][]string{{"mark", "a b"}, {"mark", "--shutdown", "c"}, {"mark", "d", "--shutdown"}, {"mark", "--", "--e"}} {
		if _, err := run(t, k, args...); err != nil {
			t.Errorf("%q: %v", args, err)
		}
	}
	if got, want := strings.Join(k.marks, ","), "a bfalse,ctrue,dtrue,--efalse"; got != want {
		t.Errorf("marks %s, want %s", got, want)
	}
}

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		args []string
		dial error
		code int
		line string
	}{
		{[]string{"dance"}, nil, 2, `unknown command "dance"; see: sigtrail help`},
		{[]string{"help", "dance"}, nil, 2, `unknown command "dance"; see: sigtrail help`},
		{[]string{"watch", "--signal", "FOO"}, nil, 2,
			fmt.Sprintf(`--signal FOO: "FOO" is not a signal: use a name such as TERM, or a number from 1 to %d; see: sigtrail watch --help`, lastSignal)},
		{[]string{"watch", "--sender", "a,,b"}, nil, 2, `--sender a,,b: empty item in the list; see: sigtrail watch --help`},
		{[]string{"watch", "--sender", `a\b`}, nil, 2,
			`--sender a\b: a\b: a backslash is allowed only in \xNN, two hex digits; see: sigtrail watch --help`},
		{[]string{"mark"}, nil, 2, "needs one TEXT, in quotes if it has spaces; see: sigtrail mark --help"},
		{[]string{"mark", strings.Repeat("x", 64)}, nil, 2, "TEXT has 64 bytes, at most 63 are allowed; see: sigtrail mark --help"},
		{[]string{"daemon", "--config", "F"}, nil, 2, "F: kernel.printk = sometimes: allowed are off, auto, always"},
		{[]string{"info"}, kernel.ErrNoKernel, 3, "firmware lacks the sigtrail patch (CONFIG_SIGTRAIL): see docs/troubleshooting.md"},
		{[]string{"watch"}, kernel.ErrNoRights, 4, "needs CAP_NET_ADMIN in the initial network namespace: run as root"},
		{[]string{"mark", "x"}, fmt.Errorf("netlink mark: %w: no", syscall.EINVAL), 1, "netlink mark: invalid argument: no"},
	} {
		a := &app{out: &bytes.Buffer{}, dial: func() (kernelPart, error) { return nil, c.dial }, running: noTrail, stop: neverStop}
		a.daemon = func(path string) error {
			return &config.Error{File: path, What: "kernel.printk = sometimes", Text: "allowed are off, auto, always"}
		}
		err := a.run(c.args)
		if err == nil || exitCode(err) != c.code || err.Error() != c.line {
			t.Errorf("%q:\ngot  %v (%d)\nwant %s (%d)", c.args, err, exitCode(err), c.line, c.code)
		}
	}
}
