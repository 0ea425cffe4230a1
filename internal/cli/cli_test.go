// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"sigtrail/internal/config"
	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/internal/procfs"
	"sigtrail/internal/trail"
	"sigtrail/test/golden"
	"sigtrail/test/ring"
)

// wall is 2025-11-22 04:25:12 UTC.
const wall = 1763785512e9

// lastSignal is the highest signal number, which depends on the architecture.
var lastSignal, _ = event.ParseSignal("RTMAX")

// records1to10 are the fake kernel's records, without 6 to 8.
var records1to10 = []event.Event{
	{Seq: 1, Time: 3204512000, Signal: 15, Flags: event.FlagDefault | event.FlagFatal, SenderPID: 883, SenderName: "killall",
		ParentPID: 645, ParentName: "sh", TargetPID: 564, TargetTID: 564, TargetName: "legacyd"},
	{Seq: 2, Time: 13204512000, Wall: 13e9, Signal: 15, Outcome: event.Ignored, SenderPID: 883, SenderUID: 1000,
		SenderName: "killall", TargetPID: 560, TargetName: "stub\x1b[2Jborn"},
	{Seq: 3, Wall: wall, Signal: 9, Code: 128, Flags: event.FlagKernel | event.FlagFatal, ContextPID: 80, ContextName: "dd",
		TargetPID: 77, TargetName: "hog"},
	{Seq: 4, Wall: wall + 1000, Kind: event.KindExit, ExitStatus: 15, SinceFirst: 1204512345, SinceLast: 1204512345,
		TargetPID: 564, TargetName: "legacyd"},
	{Seq: 5, Wall: wall + 2000, Kind: event.KindMark, SenderPID: 123, SenderName: "sh", Text: "before (update)"},
	{Seq: 9, Wall: wall + 3000, Kind: event.KindReboot, SenderPID: 1290, SenderName: "reboot",
		RebootCode: event.RebootRestart, Text: "arg"},
	{Seq: 10, Wall: wall + 4000, Signal: 17, Outcome: event.AlreadyPending, Scope: event.ScopeThread, SenderPID: 99999,
		SenderName: "fifteen-bytes-x", TargetPID: 1, TargetTID: 7, TargetName: "procd"},
}

// fakeKernel has records1to10, up to the mark in the ring, and the rest live.
type fakeKernel struct {
	info     event.Info
	previous []event.Event
	broken   error // of a dump of previous
	live     bool  // the live records were sent, and are in the ring
	block    bool  // wait for Close after the last record; else fail
	closed   chan struct{}
	once     sync.Once
	marks    []string
}

func (k *fakeKernel) Next() ([]event.Event, error) {
	if !k.live {
		k.live = true
		return records1to10[5:], nil
	}
	if k.block {
		<-k.closed
		return nil, fmt.Errorf("receive: %w", os.ErrClosed)
	}
	return nil, errors.New("no more records")
}

func (k *fakeKernel) Ring(from uint64) (kernel.Batches, error) {
	if !k.live {
		return ring.From(records1to10[:5], from, nil), nil
	}
	return ring.From(records1to10, from, nil), nil
}

func (k *fakeKernel) Previous() (kernel.Batches, error) {
	return ring.From(k.previous, 0, nil), k.broken
}

func (k *fakeKernel) Info() (event.Info, error) { return k.info, nil }
func (k *fakeKernel) Version() uint32           { return 1 }
func (k *fakeKernel) Join() error               { return nil }
func (k *fakeKernel) Close() error              { k.once.Do(func() { close(k.closed) }); return nil }

func (k *fakeKernel) Mark(text string, shutdown bool) error {
	k.marks = append(k.marks, fmt.Sprint(text, shutdown))
	return nil
}

func newKernel() *fakeKernel {
	return &fakeKernel{closed: make(chan struct{}), info: event.Info{RingSize: 4096, SeqFirst: 1, SeqLast: 5, Enable: true,
		Signals: event.CountOf(100000), SignalsSkipped: event.CountOf(0),
		RelaySkipped: 1, RelayFailed: 2, HeldBack: 3, ExitForgotten: 4, LeftOutSIGCHLD: 5, LeftOutSIGALRM: 6,
		LeftOutSIGURG: 7, LeftOutKthread: 8, LeftOutOwn: 9, Printk: event.PrintkAuto, PrintkRate: 200, SIGURG: true,
		ClaimPID: 812, ClaimName: "sigtrail"}}
}

func neverStop() <-chan os.Signal { return nil }

// stored returns a reader of a trail.
func stored(t *event.Trail) reader {
	return func(_ string, onEvent func(event.Event) error, onLoss func(event.Loss) error) (string, int, error) {
		for _, l := range t.Losses {
			if err := onLoss(l); err != nil {
				return t.BootID, int(t.Malformed), err
			}
		}
		for _, e := range t.Events {
			if err := onEvent(e); err != nil {
				return t.BootID, int(t.Malformed), err
			}
		}
		return t.BootID, int(t.Malformed), nil
	}
}

func noTrail(string, func(event.Event) error, func(event.Loss) error) (string, int, error) {
	return "", 0, fs.ErrNotExist
}

// run runs one command line against k.
func run(t *testing.T, k *fakeKernel, args ...string) (out string, err error) {
	t.Helper()
	var b bytes.Buffer
	a := &app{out: &b, version: "1.0", proc: procfs.Root("testdata/proc"), dial: func() (kernelPart, error) { return k, nil },
		running: noTrail, stop: neverStop}
	err = a.run(args)
	return b.String(), err
}

func TestWatch(t *testing.T) {
	for name, args := range map[string][]string{
		"watch":          {"--count", "2"},
		"watch-backlog":  {"--backlog", "--count=7"},
		"watch-json":     {"--json", "--backlog", "--count", "7"},
		"watch-filtered": {"--backlog", "--count", "3", "--sender", "killall,kernel", "--signal", "!TERM"},
	} {
		out, err := run(t, newKernel(), append([]string{"watch"}, args...)...)
		if err != nil && name != "watch-filtered" {
			t.Errorf("%s: %v", name, err)
		}
		golden.Check(t, name+".golden", []byte(out))
	}
}

// A summary passes each filter, as it may have what is looked for, but is not counted as it.
func TestWatchCounts(t *testing.T) {
	var b bytes.Buffer
	w := watcher{out: &b, count: 1}
	w.filter.Signal, _ = event.ParseSignals("TERM")
	summary := event.Event{Seq: 2, Time: 6e9, TimeLast: 7.25e9, Kind: event.KindSummary, Signal: 15, SenderPID: 120, SenderUID: 65534,
		SenderName: "flooder", TargetPID: 130, TargetName: "victim", Count: 5120}
	many := event.Event{Seq: 3, Time: 8e9, TimeLast: 9e9, Signal: 15, SenderPID: 120, SenderUID: 65534, SenderName: "flooder",
		TargetPID: 120, TargetName: "flooder", Count: 48211}
	for i, e := range []event.Event{summary, many} {
		if enough, err := w.step(&kernel.Step{Event: e}); enough != (i == 1) || err != nil {
			t.Errorf("record %d: %v, %v", i, enough, err)
		}
	}
	w.flush()
	golden.Check(t, "watch-counts.golden", b.Bytes())
}

func TestWatchJSONIsTrail(t *testing.T) {
	out, _ := run(t, newKernel(), "watch", "--json", "--backlog")
	var seqs []string
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		e, l, err := event.DecodeJSON([]byte(line))
		if err != nil {
			t.Errorf("%v in %s", err, line)
		}
		seqs = append(seqs, fmt.Sprint(max(e.Seq, l.To)))
	}
	if got := strings.Join(seqs, " "); got != "1 2 3 4 5 8 9 10" {
		t.Errorf("numbers %s", got)
	}
}

func TestWatchStops(t *testing.T) {
	k := newKernel()
	k.block = true
	stop := make(chan os.Signal, 1)
	var b bytes.Buffer
	a := &app{out: &b, dial: func() (kernelPart, error) { return k, nil }, running: noTrail, stop: func() <-chan os.Signal { return stop }}
	stop <- syscall.SIGINT
	if err := a.run([]string{"watch", "--backlog"}); err != nil {
		t.Errorf("told to stop: %v", err)
	}
}

// A watch ends without an error when the reader closes the pipe.
func TestWatchClosedOutput(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	a := &app{out: w, dial: func() (kernelPart, error) { return newKernel(), nil }, running: noTrail, stop: neverStop}
	if err := a.run([]string{"watch", "--backlog"}); err != nil {
		t.Errorf("closed pipe: %v", err)
	}
}

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
