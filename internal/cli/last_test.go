// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/golden"
)

// down is a shutdown of three processes. One of them takes long ns.
func down(number int, long uint64) event.Trail {
	by := func(e event.Event) event.Event {
		e.Flags |= event.FlagShutdown
		e.Origin = event.OriginFlash
		if e.Kind == event.KindSignal && e.SenderPID == 0 {
			e.SenderPID, e.SenderName = 1, "procd"
		}
		return e
	}
	t := event.Trail{Number: number, BootID: "2f1c7b1e-3f2a-4c56-9c49-0d3d0c4f7a11", DaemonPID: 300, ClockLocal: 10e9, ClockRealtime: wall}
	for i, e := range []event.Event{
		{Time: 10e9, Signal: 15, SenderPID: 700, SenderName: "reboot", SenderService: "cron", ParentPID: 116, ParentName: "ash", TargetPID: 1, TargetName: "procd"},
		{Time: 11e9, Signal: 15, TargetPID: 400, TargetName: "slowd", TargetService: "slowd.service"},
		{Time: 11e9 + long, Kind: event.KindExit, TargetPID: 400, TargetName: "slowd", SinceFirst: long, SinceLast: long},
		{Time: 15e9, Signal: 15, TargetPID: 300, TargetName: "sigtrail"},
		{Time: 15.001e9, Signal: 15, Outcome: event.Ignored, TargetPID: 440, TargetName: "stubbornd", TargetService: "stub/two"},
		{Time: 16e9, Signal: 9, TargetPID: 300, TargetName: "sigtrail"},
		{Time: 16.001e9, Signal: 9, TargetPID: 440, TargetName: "stubbornd"},
		{Time: 18e9, Kind: event.KindReboot, SenderPID: 800, SenderName: "procd", ParentPID: 1, ParentName: "procd", RebootCode: event.RebootRestart},
	} {
		e.Seq = uint64(i + 1)
		t.Events = append(t.Events, by(e))
	}
	return t
}

// fakeKept is a keptTrail.
type fakeKept struct {
	trail     event.Trail
	malformed int
	err       error
}

func (k fakeKept) Load() (*event.Trail, int, error) {
	k.trail.Malformed = uint64(k.malformed)
	return &k.trail, k.malformed, k.err
}

var kept = []keptTrail{
	fakeKept{trail: down(3, 3e9), malformed: 2},
	fakeKept{trail: event.Trail{Number: 2, Reset: event.ResetCold, Pstore: event.PstoreEmpty}},
	fakeKept{trail: down(1, 1e9)},
}

// runTrails runs one command line, with trails only in the directory dir.
func runTrails(dir string, list []keptTrail, failure error, args ...string) (out string, err error) {
	var b bytes.Buffer
	a := &app{out: &b, now: atNoon}
	a.kept = func(dirs ...string) ([]keptTrail, error) {
		if dir != "" && !slices.Contains(dirs, dir) {
			return nil, failure
		}
		return list, failure
	}
	a.running = func(d string, onEvent func(event.Event) error, onLoss func(event.Loss) error) (string, int, error) {
		if d != dir {
			return "", 0, fs.ErrNotExist
		}
		t := down(0, 3e9)
		t.Losses = []event.Loss{{From: 100, To: 101}}
		return stored(&t)(d, onEvent, onLoss)
	}
	err = a.run(args)
	return b.String(), err
}

func TestLast(t *testing.T) {
	for name, args := range map[string][]string{
		"last":            {"last", "--dir", "/kept"},
		"last-2":          {"last", "2"},
		"last-all":        {"last", "--all"},
		"last-all-json":   {"last", "--all", "--json"},
		"last-trail":      {"last", "--trail", "3"},
		"last-trail-json": {"last", "--trail", "--json", "3"},
		"last-json":       {"last", "1", "--json"},
		"boot":            {"boot", "--dir", "/kept"},
		"boot-json":       {"boot", "--dir", "/kept", "--json", "--for", "12"},
		"last-service":    {"last", "--service", "slowd,stub/two"},
		"last-none":       {"last", "--service", "slow"},
		"last-stub-json":  {"last", "--trail", "--json", "--service", "!cron,slowd"},
		"boot-service":    {"boot", "--dir", "/kept", "--service", "stub"},
		"boot-stub-trail": {"boot", "--dir", "/kept", "--trail", "--service", "stub"},
		"boot-stub-json":  {"boot", "--dir", "/kept", "--json", "--service", "stub"},
		"boot-trail":      {"boot", "--dir", "/kept", "--trail", "--for", "12"},
	} {
		dir := ""
		if slices.Contains(args, "/kept") {
			dir = "/kept"
		}
		out, err := runTrails(dir, kept, nil, args...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if slices.Contains(args, "--json") && !slices.Contains(args, "--trail") && !json.Valid([]byte(out)) {
			t.Errorf("%s is not valid: %s", name, out)
		}
		golden.Check(t, name+".golden", []byte(out))
	}
}

func TestPlot(t *testing.T) {
	stdout, err := runTrails("", kept, nil, "last", "--plot", "-")
	if err != nil || !strings.HasPrefix(stdout, "<svg ") || !strings.HasSuffix(stdout, "</svg>\n") {
		t.Errorf("%v: %s", err, stdout)
	}
	path := filepath.Join(t.TempDir(), "last.svg")
	out, err := runTrails("", kept, nil, "last", "--plot", path)
	file, _ := os.ReadFile(path)
	if err != nil || out != "" || string(file) != stdout {
		t.Errorf("%v, %q, and %d bytes, want %d", err, out, len(file), len(stdout))
	}
	if out, err := runTrails("/kept", nil, nil, "boot", "--dir", "/kept", "--plot", "-"); err != nil || !strings.Contains(out, ">Boot</title>") {
		t.Errorf("%v: %s", err, out)
	}
}

// Where the trails are is what the service's configuration says.
func TestPlace(t *testing.T) {
	dir := t.TempDir()
	ini := filepath.Join(dir, "ini")
	write := func(text string) {
		if err := os.WriteFile(ini, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	defer func(old []string) { configs = old }(configs)
	for _, c := range []struct {
		ini, dir string
		args     []string
	}{
		{"", "/etc/sigtrail", nil},
		{"", "/tmp/sigtrail", nil},
		{"[shutdown]\ndir = /overlay/s\n", "/overlay/s", nil},
		{"[shutdown]\ndir = none\n[trail]\ndir = /var/t\n", "/var/t", nil},
		{"[shutdown]\ndir = /overlay/s\n", "/usb", []string{"--dir", "/usb"}},
		{"[shutdown]\ndir = /overlay/s\n", "/overlay/s", []string{"--config", ini}},
	} {
		write(c.ini)
		for _, configs = range [][]string{{dir + "/missing", ini}, {ini, dir + "/missing"}} {
			if out, err := runTrails(c.dir, kept, nil, append([]string{"last"}, c.args...)...); err != nil || out == "" {
				t.Errorf("%q %q: %v", c.ini, c.args, err)
			}
		}
	}
	write("[trail]\ndir = here\n")
	if _, err := runTrails("", kept, nil, "last", "--config", ini); err == nil || exitCode(err) != exitUsage {
		t.Errorf("a bad configuration: %v", err)
	}
	configs = nil
	if out, err := runTrails("/tmp/sigtrail", nil, nil, "boot"); err != nil || out == "" {
		t.Errorf("without a configuration: %v", err)
	}
}

func TestLastRefuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		line string
	}{
		{[]string{"last", "0"}, 2, `"0" is not N: use 1 for the last shutdown, 2 for the one before; see: sigtrail last --help`},
		{[]string{"last", "x"}, 2, `"x" is not N: use 1 for the last shutdown, 2 for the one before; see: sigtrail last --help`},
		{[]string{"last", "1", "2"}, 2, `unexpected argument "2": only one N is allowed; see: sigtrail last --help`},
		{[]string{"last", "1", "--all"}, 2, "--all and N exclude each other; see: sigtrail last --help"},
		{[]string{"last", "--trail", "--all"}, 2, "--all and --trail exclude each other; see: sigtrail last --help"},
		{[]string{"last", "--service", "cron", "--all"}, 2, "--all and --service exclude each other; see: sigtrail last --help"},
		{[]string{"last", "--service", "cron,"}, 2, "--service cron,: empty item in the list; see: sigtrail last --help"},
		{[]string{"last", "--plot", "x", "--json"}, 2,
			"--plot excludes --all, --trail and --json; see: sigtrail last --help"},
		{[]string{"boot", "--for", "0"}, 2, "--for 0: allowed are numbers from 1 to 86400; see: sigtrail boot --help"},
		{[]string{"boot", "now"}, 2, "unexpected argument now; see: sigtrail boot --help"},
		{[]string{"last", "--dir", "/none"}, 1, "no shutdown is kept in /none: the service keeps those that begin while it runs " +
			"(service sigtrail enable; service sigtrail start)"},
		{[]string{"last", "9", "--dir", "/kept"}, 1,
			"no shutdown 9 in /kept: the oldest is 3; see: sigtrail last --all"},
		{[]string{"boot", "--dir", "/none"}, 1, "no trail of this boot in /none: the service writes it (service sigtrail start)"},
		{[]string{"last", "--dir", "/kept", "--plot", "/none/x.svg"}, 1, "open /none/x.svg: no such file or directory"},
	} {
		_, err := runTrails("/kept", kept, nil, c.args...)
		if err == nil || exitCode(err) != c.code || err.Error() != c.line {
			t.Errorf("%q:\ngot  %v (%d)\nwant %s (%d)", c.args, err, exitCode(err), c.line, c.code)
		}
	}
	broken := errors.New("trails of shutdowns: input/output error")
	if _, err := runTrails("", nil, broken, "last"); err != broken {
		t.Errorf("only an error: %v", err)
	}
	if out, err := runTrails("", kept, broken, "last"); err != nil || out == "" {
		t.Errorf("trails and an error: %v", err)
	}
	out, err := runTrails("", append([]keptTrail{fakeKept{err: broken}}, kept...), nil, "last", "--all")
	if !errors.Is(err, broken) || strings.Count(out, "\n") != 4 || !strings.Contains(out, "\n  2       3  ") {
		t.Errorf("one that cannot be loaded: %v\n%s", err, out)
	}
}
