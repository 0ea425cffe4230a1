// SPDX-License-Identifier: GPL-2.0-only

// Package service tests the procd init script: BusyBox ash runs it with a fake of
// OpenWrt's shell libraries and the real command line. Its calls of procd, its log
// lines and its files are compared with golden files.
package service

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"sigtrail/internal/cli"
	"sigtrail/internal/config"
	"sigtrail/internal/event"
	"sigtrail/test/golden"
)

const (
	initScript    = "../../files/sigtrail.init"
	shippedConfig = "../../files/sigtrail.config"
	cases         = "testdata/cases"
	program       = "usr/sbin/sigtrail"
	iniFile       = "var/etc/sigtrail.ini"
	oldINI        = "# from an earlier start\n"
)

// TestMain also runs this binary as the program that the init script calls.
func TestMain(m *testing.M) {
	if os.Getenv("SIGTRAIL_TEST_MAIN") != "" {
		os.Exit(cli.Run(os.Args[1:], os.Stdout, os.Stderr, "", func(string) error { return errors.New("started") }))
	}
	os.Exit(m.Run())
}

// install makes the program below root, as a shell script.
func install(t *testing.T, root, script string) {
	t.Helper()
	path := filepath.Join(root, program)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// run runs an action of the init script, with all its paths below root, and returns
// its output and exit code.
func run(t *testing.T, root, action, uci string, running bool) string {
	t.Helper()
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal("busybox is missing, whose ash runs init scripts on a router: apt-get install busybox")
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

// installReal installs the real program.
func installReal(t *testing.T, root string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	install(t, root, "SIGTRAIL_TEST_MAIN=1 exec '"+self+"' \"$@\"")
}

// start runs the init script's start with a UCI file, and returns its output and
// files. If the service is running, it already has an INI file.
func start(t *testing.T, root, uci string, running bool) string {
	t.Helper()
	installReal(t, root)
	if running {
		ini := filepath.Join(root, iniFile)
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
		if file == program {
			continue
		}
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
		{name: "bytes"},
		{name: "forged"},
		{name: "misspelt"},
		{name: "rules"},
		{name: "rules-reload", uci: cases + "/rules.uci", running: true},
		{name: "wrong-rules"},
		{name: "malformed"},
		{name: "missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.uci == "" {
				test.uci = filepath.Join(cases, test.name+".uci")
			}
			got := start(t, t.TempDir(), test.uci, test.running)

			golden.Check(t, filepath.Join("cases", test.name+".golden"), []byte(got))
		})
	}
}

// uci starts the service with a UCI file of that content, and returns its
// configuration, nil if that is refused, and start's result.
func uci(t *testing.T, content string) (*config.Config, string) {
	t.Helper()
	root := t.TempDir()
	path := filepath.Join(root, "x.uci")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	seen := start(t, root, path, false)
	c, err := config.Load(filepath.Join(root, iniFile))
	if started := strings.Contains(seen, "procd_open_instance"); started != (err == nil) {
		t.Fatalf("%v, but the output is\n%s", err, seen)
	}
	return c, seen
}

// The shipped file has the defaults: it and an empty file start the same service.
// The kernel's switches are compared in package config.
func TestShippedConfigIsTheDefault(t *testing.T) {
	b, err := os.ReadFile(shippedConfig)
	if err != nil {
		t.Fatal(err)
	}
	shipped, seen := uci(t, string(b))
	if shipped == nil {
		t.Fatalf("refused:\n%s", seen)
	}
	shipped.Kernel = event.Switches{}
	if defaults, _ := uci(t, ""); !reflect.DeepEqual(shipped, defaults) || !reflect.DeepEqual(defaults, config.Default()) {
		t.Errorf("with the shipped configuration:\n%+v\nwith an empty one:\n%+v", shipped, defaults)
	}
}

// A value is passed on byte by byte, or refused with the option's name; it never
// sets another option.
func TestHostileValues(t *testing.T) {
	parts := []string{"a", "\n", "\"", "'", "`", "#", " #", ";", "%(size)s", "\\", " ", "\t", "\r", "[log]", "level = debug", "$(id)"}
	for _, first := range parts {
		for _, second := range parts {
			v := first + second + first
			c, seen := uci(t, "config rule 'x'\n\toption target_name '"+strings.ReplaceAll(v, "'", `'\''`)+
				"'\n\tlist signal 'TERM'\n\tlist signal 'HUP'\n")
			if c == nil {
				if strings.Count(seen, "logger") != 1 || !strings.Contains(seen, "/etc/config/sigtrail: rule x.target_name = ") {
					t.Errorf("%q is refused with\n%s", v, seen)
				}
				continue
			}
			want := config.Default()
			want.Rules = c.Rules
			if len(c.Rules) != 1 || c.Rules[0].TargetName != v || !c.Rules[0].Signal.Has(1) || !reflect.DeepEqual(c, want) {
				t.Errorf("%q is read as %+v", v, c)
			}
		}
	}
}

// All booleans of OpenWrt are accepted.
func TestBooleans(t *testing.T) {
	for word, want := range map[string]bool{
		"1": true, "on": true, "true": true, "yes": true, "enabled": true,
		"0": false, "off": false, "false": false, "no": false, "disabled": false,
	} {
		c, seen := uci(t, "config sigtrail 'kernel'\n\toption sigchld '"+word+"'\n")
		if c == nil || *c.Kernel.SIGCHLD != want {
			t.Errorf("%s: %+v, output\n%s", word, c, seen)
		}
		if c, seen := uci(t, "config sigtrail 'service'\n\toption enabled '"+word+"'\n"); (c != nil) != want {
			t.Errorf("service.enabled %s: output\n%s", word, seen)
		}
	}
}

// If the check itself fails, as with a program of another architecture, the
// unchecked configuration is not used.
func TestNoChecker(t *testing.T) {
	for script, want := range map[string]string{
		"echo 'Illegal instruction'; exit 132": "Illegal instruction",
		"exit 1":                               "/usr/sbin/sigtrail daemon --check failed",
	} {
		root := t.TempDir()
		install(t, root, script)
		got := run(t, root, "start", shippedConfig, true)
		want := "logger '-s' '-t' 'sigtrail' '-p' 'daemon.err' '/etc/config/sigtrail: " + want + "'\nprocd_running 'sigtrail'\nexit 1\n"
		if !strings.HasSuffix(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", script, got, want)
		}
	}
}

// "stop" stops the daemon.
func TestStop(t *testing.T) {
	got := run(t, t.TempDir(), "stop", shippedConfig, true)
	if want := "enable 'S13' 'K01'\nprocd_kill 'sigtrail'\nexit 0\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// "restart" stops the daemon and starts it, unless the configuration is wrong: then
// the daemon keeps running.
func TestRestart(t *testing.T) {
	root := t.TempDir()
	installReal(t, root)
	got := run(t, root, "restart", shippedConfig, true)
	stopped, started := strings.Index(got, "procd_kill 'sigtrail'\n"), strings.Index(got, "procd_open_instance\n")
	if stopped < 0 || started < stopped || !strings.HasSuffix(got, "\nexit 0\n") {
		t.Errorf("with the shipped configuration:\n%s", got)
	}
	got = run(t, root, "restart", cases+"/wrong.uci", true)
	if strings.Contains(got, "procd_kill") || !strings.Contains(got, "/etc/config/sigtrail: log.level = ") || !strings.HasSuffix(got, "\nexit 1\n") {
		t.Errorf("with a wrong configuration:\n%s", got)
	}
}

// Only rules with a trigger need CAP_SYS_ADMIN. If the rights change, the daemon is
// stopped and started: a reload sends only a signal.
func TestRights(t *testing.T) {
	const (
		rule     = "config rule 'x'\n\toption target_name 'toy'\n\toption symbol 'write'\n"
		disabled = "config sigtrail 'respond'\n\toption enabled 'off'\n"
		signal   = "config rule 'x'\n\toption target_name 'toy'\n\toption signal 'HUP'\n"
		trigger  = "# Rights: sigtrail-trigger\n"
	)
	for _, c := range []struct {
		uci, before, rights string
		running, again      bool
	}{
		{uci: rule, rights: "sigtrail-trigger"},
		{uci: rule + disabled, rights: "sigtrail"},
		{uci: signal, rights: "sigtrail"},
		{uci: signal, before: trigger, rights: "sigtrail"},
		{uci: signal, running: true, rights: "sigtrail"},
		{uci: rule, running: true, rights: "sigtrail-trigger", again: true},
		{uci: rule, running: true, before: trigger, rights: "sigtrail-trigger"},
		{uci: signal, running: true, before: trigger, rights: "sigtrail", again: true},
	} {
		root := t.TempDir()
		installReal(t, root)
		if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(root, iniFile)), 0o755),
			os.WriteFile(filepath.Join(root, iniFile), []byte(oldINI+c.before), 0o600),
			os.WriteFile(filepath.Join(root, "x.uci"), []byte(c.uci), 0o600)); err != nil {
			t.Fatal(err)
		}
		got := run(t, root, "start", filepath.Join(root, "x.uci"), c.running)
		if strings.Count(got, "procd_set_param 'capabilities' '/etc/capabilities/"+c.rights+".json'\n") != 1 || strings.Count(got, "procd_set_param 'capabilities'") != 1 ||
			!strings.HasSuffix(got, "\nexit 0\n") {
			t.Errorf("%+v: not with the rights %s:\n%s", c, c.rights, got)
		}
		// Without an instance procd stops the service.
		stopped := strings.Index(got, "procd_close_service") < strings.Index(got, "procd_open_instance")
		if stopped != c.again {
			t.Errorf("%+v: stopped first: %v\n%s", c, stopped, got)
		}
	}
}

// "shutdown" leaves a mark, and does not stop the daemon. On a kernel without
// sigtrail it prints one line.
func TestShutdown(t *testing.T) {
	for _, c := range []struct{ program, want string }{
		{`echo "$# words: $*"`, "3 words: mark --shutdown stop scripts begin\nexit 0\n"},
		{"echo 'sigtrail: no kernel part' >&2; exit 3", "sigtrail: no kernel part\nexit 3\n"},
	} {
		root := t.TempDir()
		install(t, root, c.program)
		if got, want := run(t, root, "shutdown", shippedConfig, true), "enable 'S13' 'K01'\n"+c.want; got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.program, got, want)
		}
	}
}
