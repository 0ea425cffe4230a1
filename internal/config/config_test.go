// SPDX-License-Identifier: GPL-2.0

package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"sigtrail/internal/event"
)

func isSignal(s string) bool { return strings.HasPrefix(s, "SIG") || s == "15" }

func load(t *testing.T, content string) (*Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sigtrail.ini")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path, isSignal)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) || e.File != path {
			t.Errorf("%#v is no *Error of %s", err, path)
		}
		return nil, errors.New(strings.ReplaceAll(err.Error(), path, "F"))
	}
	return c, nil
}

func TestDefaults(t *testing.T) {
	c, err := load(t, "# nothing\n[log]\n")
	if err != nil || !reflect.DeepEqual(c, Default()) {
		t.Errorf("got %+v, %v", c, err)
	}
	if c.Log.Facility != 3 || c.Log.Level != 6 {
		t.Errorf("facility %d, level %d, want 3, 6", c.Log.Facility, c.Log.Level)
	}
}

func TestAllKeys(t *testing.T) {
	c, err := load(t, `; made by the init script
[log]
syslog = none
facility = local7
level=debug
exclude = SIGWINCH, 15

[trail]
dir = /var/run/sigtrail # inline
size = 64
[shutdown]
dir = none
keep = 3
size = 16
stall = 0
[kernel]
printk = always
printk_rate = 100
sigchld = 1
sigalrm = 0
sigurg = yes
kthread = no
[respond]
enable = no
transport = rtsig
rtsig = 45
workers = 2
queue = 9
protect = init, my daemon
[rule third-write]
target_name = toy
symbol = write
offset = 0
skip = 2
per = name
rate = 1000
send = 15
limit = 2
escalate = SIGKILL
dry_run = yes
max_per_hour = 3600
[rule crash]
target_name = web (1)
signal = SIGSEGV,SIGBUS
escalate = none
`)
	if err != nil {
		t.Fatal(err)
	}
	yes, no, mode, rate := true, false, event.PrintkAlways, uint32(100)
	want := new(Config)
	want.Log.Facility, want.Log.Level, want.Log.Exclude = 23, 7, []string{"SIGWINCH", "15"}
	want.Trail.Dir, want.Trail.Size = "/var/run/sigtrail", 64
	want.Shutdown.Keep, want.Shutdown.Size = 3, 16
	want.Kernel.Printk, want.Kernel.PrintkRate = &mode, &rate
	want.Kernel.SIGCHLD, want.Kernel.SIGALRM, want.Kernel.SIGURG, want.Kernel.Kthread = &yes, &no, &yes, &no
	want.Respond = Respond{Transport: RTSig, RTSig: 45, Workers: 2, Queue: 9, Protect: []string{"init", "my daemon"}}
	want.Rules = []Rule{
		{Name: "third-write", TargetName: "toy", Symbol: "write", Skip: 2, Per: 1, Rate: 1000, Send: "15", Limit: 2,
			Escalate: "SIGKILL", DryRun: true, MaxPerHour: 3600},
		{Name: "crash", TargetName: "web (1)", Rate: 100, Signal: []string{"SIGSEGV", "SIGBUS"}, Send: "TERM", Limit: 5, MaxPerHour: 10},
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v, want %+v", c, want)
	}
}

func TestQuoted(t *testing.T) {
	c, err := load(t, "[ log ] ; ours\nsyslog=\"/tmp/a #1;b\"\t# quoted\nlevel = \"info\"\n[trail]\ndir = /tmp/x#y\n")
	if err != nil || c.Log.Syslog != "/tmp/a #1;b" || c.Log.Level != 6 || c.Trail.Dir != "/tmp/x#y" {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestBad(t *testing.T) {
	for _, c := range []struct{ content, want string }{
		{"[log]\n\n[kernel]\n# x\n\n\nprintk = sometimes\n", "F:7: printk = sometimes: allowed are off, auto, always"},
		{"[kernel]\nprintk_rate = 0", "F:2: printk_rate = 0: allowed are numbers from 1 to 10000 (lines per second)"},
		{"[kernel]\nsigchld = maybe", "F:2: sigchld = maybe: allowed are yes, no, 1, 0"},
		{"[log]\nexclude = SIGHUP,FOO", "F:2: exclude = SIGHUP,FOO: allowed are names and numbers of signals, separated by commas"},
		{"[log]\nlevel = 6", "F:2: level = 6: allowed are emerg, alert, crit, err, warning, notice, info, debug"},
		{"[log]\nsyslog = dev/log", "F:2: syslog = dev/log: allowed is an absolute path, or none, of 90 bytes at the most"},
		{"[trail]\ndir =", "F:2: dir = : allowed is an absolute path, of 90 bytes at the most"},
		{"[trail]\nsize = 1MB\n", "F:2: size = 1MB: allowed are numbers from 16 to 65536 (KiB)"},
		{"[trail]\nsize = 64\nsize = 1\n", "F:3: size = 1: allowed are numbers from 16 to 65536 (KiB)"},
		{"[shutdown]\ndir = x\n", "F:2: dir = x: allowed is an absolute path, or none, of 90 bytes at the most"},
		{"[shutdown]\nkeep = 65\n", "F:2: keep = 65: allowed are numbers from 1 to 64 (shutdowns)"},
		{"[shutdown]\nsize = 8\n", "F:2: size = 8: allowed are numbers from 16 to 4096 (KiB)"},
		{"[shutdown]\nstall = -1\n", "F:2: stall = -1: allowed are numbers from 0 to 3600 (seconds, 0 for never)"},
		{"[log]\n\nsylog = x\n", "F:3: sylog: no such key; allowed in [log] are syslog, facility, level, exclude"},
		{"\n[kernal]\n", "F:2: [kernal]: no such section; allowed are [log], [trail], [shutdown], [kernel], [respond], [rule NAME]"},
		{"size = 64\n", "F:1: size: stands in no section; allowed are [log], [trail], [shutdown], [kernel], [respond], [rule NAME]"},
		{"[log]\nlevel\n", `F:2: malformed: level; allowed are [section], key = value, and comments after "#"`},
		{"[log]\nsyslog = \"/dev/log # x\n", `F:2: malformed: "syslog = \"/dev/log # x"; allowed are [section], key = value, and comments after "#"`},
		{"[log]\nsyslog = \"/dev\" /log\n", `F:2: malformed: "syslog = \"/dev\" /log"; allowed are [section], key = value, and comments after "#"`},
		{"[log\nlevel=info\n", `F:1: malformed: [log; allowed are [section], key = value, and comments after "#"`},
		{"[log]\nlevel: info\n", `F:2: malformed: level: info; allowed are [section], key = value, and comments after "#"`},
		{"[log]\n= x\n", `F:2: malformed: = x; allowed are [section], key = value, and comments after "#"`},
		{"[log]\nlevel = \x1b[2J\xff\n", `F:2: level = "\x1b[2J\xff": allowed are emerg, alert, crit, err, warning, notice, info, debug`},
		{"[respond]\ntransport = ubus", "F:2: transport = ubus: allowed are netlink, rtsig"},
		{"[respond]\nrtsig = 33", "F:2: rtsig = 33: allowed are numbers from 34 to 64 (real-time signals)"},
		{"[respond]\nworkers = 0", "F:2: workers = 0: allowed are numbers from 1 to 64"},
		{"[respond]\nenable = on", "F:2: enable = on: allowed are yes, no, 1, 0"},
		{"[respond]\nprotect = a,,b", "F:2: protect = a,,b: allowed are names of processes, of 15 bytes at the most, separated by commas"},
		{"[rule]\n", "F:1: [rule]: no such section; allowed are [log], [trail], [shutdown], [kernel], [respond], [rule NAME]"},
		{"[rule a b]\n", "F:1: [rule a b]: allowed are names of 32 letters, digits, - and _ at the most"},
		{"[rule a]\nsymbol = write\n", "F:1: [rule a]: target_name is missing: the process that it is for"},
		{"[rule a]\ntarget_name = toy\n", "F:1: [rule a]: symbol or signal is missing: the event that it is for"},
		{"[rule a]\ntarget_name = sixteen-bytes-xx\n", "F:2: target_name = sixteen-bytes-xx: allowed is the name of a process, of 15 bytes at the most"},
		{"[rule a]\nsymbol = a b\n", "F:2: symbol = a b: allowed is a function of the kernel, or a syscall, of 127 letters, digits, _ and . at the most"},
		{"[rule a]\nsignal = SIGHUP,FOO\n", "F:2: signal = SIGHUP,FOO: allowed are names and numbers of signals, separated by commas"},
		{"[rule a]\nsend = FOO\n", "F:2: send = FOO: allowed is the name or number of a signal"},
		{"[rule a]\nescalate = FOO\n", "F:2: escalate = FOO: allowed is the name or number of a signal, or none"},
		{"[rule a]\nlimit = 0\n", "F:2: limit = 0: allowed are numbers from 1 to 3600 (seconds)"},
		{"[rule a]\nper = thread\n", "F:2: per = thread: allowed are process, name"},
		{"[rule a]\nafter = 3\n", "F:2: after: no such key; allowed in [rule a] are target_name, symbol, offset, skip, per, rate, signal, send, limit, escalate, dry_run, max_per_hour"},
		{"[rule a]\ntarget_name = toy\nsymbol = write\nsignal = SIGHUP\n", "F:4: [rule a]: symbol and signal exclude each other: it is for one event"},
		{"[rule a]\ntarget_name = toy\nsignal = SIGHUP\nskip = 1\n", "F:4: [rule a]: skip is for a rule with a symbol"},
		{"[rule a]\nsignal = SIGHUP\ntarget_name = logd\n", "F:3: [rule a]: logd is protected by protect of [respond]"},
		{"[rule a]\nsignal = SIGHUP\ntarget_name = toy\n[respond]\nprotect = toy\n", "F:3: [rule a]: toy is protected by protect of [respond]"},
		{"[rule a]\nsignal = SIGHUP\ntarget_name = toy\n[log]\n[rule a]\nlimit = 3\n", "F:5: [rule a]: stands there twice; a rule has a name of its own"},
		{strings.Repeat("#", 70000), "F: larger than 65536 bytes"},
	} {
		got, err := load(t, c.content)
		if err == nil || err.Error() != c.want {
			t.Errorf("%.40q:\ngot  %v, %v\nwant %s", c.content, got, err, c.want)
		}
	}
}

func TestManyRules(t *testing.T) {
	var b strings.Builder
	for i := range 33 {
		fmt.Fprintf(&b, "[rule r%d]\ntarget_name = toy\nsignal = SIGHUP\n", i)
		c, err := load(t, b.String())
		if i < 32 && (err != nil || len(c.Rules) != i+1) || i == 32 && (err == nil || err.Error() != "F:97: [rule r32]: 32 rules are allowed") {
			t.Fatalf("rule %d: %v", i, err)
		}
	}
}

func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	_, err := Load(dir+"/none.ini", isSignal)
	if want := dir + "/none.ini: no such file; name one with --config, an empty one means all defaults"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err := Load(dir, isSignal); err == nil || err.Error() != dir+": is a directory" {
		t.Errorf("a directory: %v", err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("[log]\nlevel=info\n[trail]\nsize = \"64\" # KiB\n")
	f.Add("[kernel]\nprintk = \"auto\n")
	f.Add("[rule a]\ntarget_name = x\nsignal = SIGHUP\n[rule a.b]\n[rule a]")
	path := filepath.Join(f.TempDir(), "x.ini")
	f.Fuzz(func(t *testing.T, content string) {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path, isSignal); err != nil && strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("an error of more than one line: %q", err)
		}
	})
}
