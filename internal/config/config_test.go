// SPDX-License-Identifier: GPL-2.0-only

package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"sigtrail/internal/event"
)

// load loads a file with the content. Each line of the error must be an *Error; in
// these the file's path is replaced by F.
func load(t *testing.T, content string) (*Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sigtrail.ini")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) || e.File != path {
			t.Errorf("%#v is not an *Error of %s", err, path)
		}
		return nil, errors.New(strings.ReplaceAll(err.Error(), path, "F"))
	}
	return c, nil
}

func signalList(t *testing.T, s string) event.Signals {
	t.Helper()
	list, err := event.ParseSignals(s)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestDefaults(t *testing.T) {
	c, err := load(t, "# nothing\n[log]\n[kernel]\n")
	if err != nil || !reflect.DeepEqual(c, Default()) {
		t.Errorf("got %+v, %v", c, err)
	}
	if c.Log.Facility != 3 || c.Log.Level != 6 || c.Shutdown.Stall != 5*time.Second || c.Kernel != (event.Switches{}) {
		t.Errorf("facility %d, level %d, stall %v, kernel %v; want 3, 6, 5s, nothing", c.Log.Facility, c.Log.Level, c.Shutdown.Stall, c.Kernel)
	}
	if want := []string{"procd", "ubusd", "netifd", "logd", "dropbear"}; !reflect.DeepEqual(c.Respond.Protect, want) {
		t.Errorf("protected are %q, want %q", c.Respond.Protect, want)
	}
}

func TestAllOptions(t *testing.T) {
	c, err := load(t, `; made by the init script
[log]
syslog = none
facility = local7
level=debug
exclude = SIGWINCH, 15
rate = 7

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
sigalrm = off
sigurg = yes
kthread = disabled
exits = all
[rule third-write]
target_name = toy
symbol = write
offset = 4
skip = 1000000000
per = name
rate = 1000
send = 15
timeout = 2
escalate = SIGKILL
dry_run = true
max_per_hour = 3600
[respond]
enabled = no
transport = rtsig
rtsig = 45
workers = 2
queue = 9
protect = init, my daemon
[rule crash]
target_name = web (1)
signal = SIGSEGV,bus
escalate = none
[shutdown]
keep = 5
`)
	if err != nil {
		t.Fatal(err)
	}
	yes, no, mode, rate, exits := true, false, event.PrintkAlways, uint32(100), event.ExitsAll
	want := new(Config)
	want.Log.Facility, want.Log.Level, want.Log.Exclude = 23, 7, signalList(t, "WINCH,TERM")
	want.Log.Rate = 7
	want.Trail.Dir, want.Trail.Size = "/var/run/sigtrail", 64
	want.Shutdown.Keep, want.Shutdown.Size = 5, 16
	want.Kernel.Printk, want.Kernel.PrintkRate = &mode, &rate
	want.Kernel.SIGCHLD, want.Kernel.SIGALRM, want.Kernel.SIGURG, want.Kernel.Kthread = &yes, &no, &yes, &no
	want.Kernel.Exits = &exits
	want.Respond = Respond{Transport: RTSig, RTSig: 45, Workers: 2, Queue: 9, Protect: []string{"init", "my daemon"}}
	want.Rules = []Rule{
		{Name: "third-write", TargetName: "toy", Symbol: "write", Offset: 4, Skip: 1e9, Per: event.PerName, Rate: 1000, Send: 15,
			Timeout: 2 * time.Second, Escalate: 9, DryRun: true, MaxPerHour: 3600},
		{Name: "crash", TargetName: "web (1)", Rate: 100, Signal: signalList(t, "SEGV,BUS"), Send: 15, Timeout: 5 * time.Second, MaxPerHour: 10},
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v, want %+v", c, want)
	}
}

// Values are read byte by byte, without the library's escapes.
func TestBytes(t *testing.T) {
	for in, want := range map[string]string{
		`/tmp/x#y;z`:             "/tmp/x#y;z",
		`/tmp/x # comment`:       "/tmp/x",
		`"/tmp/a #1;b"` + "\t#x": "/tmp/a #1;b",
		`"/tmp/ x\"`:             `/tmp/ x\`,
		`/tmp/x\`:                `/tmp/x\`,
		`/tmp/%(size)s$size`:     "/tmp/%(size)s$size",
		"/tmp/\xff\xfe":          "/tmp/\xff\xfe",
		`/tmp/a=b:c`:             "/tmp/a=b:c",
	} {
		c, err := load(t, "[ trail ] # ours\nsize = 64\ndir = "+in+"\n[log]\nlevel = err\n")
		if err != nil || c.Trail.Dir != want || c.Log.Level != 3 {
			t.Errorf("%q: got %+v, %v", in, c, err)
		}
	}
}

const (
	malformed = `; allowed are [section], option = value, and comments after "#"`
	sectional = "allowed are [log], [trail], [shutdown], [kernel], [respond], [rule NAME]"
	special   = "allowed are values without quotes and control characters"
)

func TestBad(t *testing.T) {
	for _, c := range []struct{ content, want string }{
		{"[log]\n\n[kernel]\n# x\n\n\nprintk = sometimes\n", "F: kernel.printk = sometimes: allowed are off, auto, always"},
		{"[kernel]\nprintk_rate = 0", "F: kernel.printk_rate = 0: allowed are numbers from 1 to 10000 (lines a second)"},
		{"[kernel]\nprintk_rate = 0100", "F: kernel.printk_rate = 0100: allowed are numbers from 1 to 10000 (lines a second)"},
		{"[kernel]\nprintk_rate = 99999999999999999999", "F: kernel.printk_rate = 99999999999999999999: allowed are numbers from 1 to 10000 (lines a second)"},
		{"[kernel]\nsigchld = maybe", "F: kernel.sigchld = maybe: allowed are 0, 1, no, yes, off, on, false, true, disabled, enabled"},
		{"[log]\nexclude = SIGHUP,FOO", "F: log.exclude = SIGHUP,FOO: allowed are names and numbers of signals, separated by commas, not \"FOO\""},
		{"[log]\nexclude = !TERM", "F: log.exclude = !TERM: allowed are names and numbers of signals, separated by commas, not \"!TERM\""},
		{"[log]\nlevel = 6", "F: log.level = 6: allowed are emerg, alert, crit, err, warning, notice, info, debug"},
		{"[log]\nfacility =", "F: log.facility = : allowed are kern, user, mail, daemon, auth, syslog, lpr, news, uucp, cron, authpriv, ftp, local0, local1, local2, local3, local4, local5, local6, local7"},
		{"[log]\nsyslog = dev/log", "F: log.syslog = dev/log: allowed is a plain absolute path of at most 90 bytes, or none"},
		{"[log]\nrate = -1", "F: log.rate = -1: allowed are numbers from 0 to 10000 (lines a second, 0 for no limit)"},
		{"[trail]\ndir =", "F: trail.dir = : allowed is a plain absolute path of at most 90 bytes"},
		{"[trail]\ndir = none", "F: trail.dir = none: allowed is a plain absolute path of at most 90 bytes"},
		{"[trail]\nsize = 1MB\n", "F: trail.size = 1MB: allowed are numbers from 16 to 65536 (KiB)"},
		{"[trail]\nsize = 64\nsize = 1\n", "F: trail.size: given twice"},
		{"[trail]\nsize = 64\nsize = 64\n", "F: trail.size: given twice"},
		{"[trail]\nsize = 1\n[trail]\nsize = 64\n", "F: trail.size = 1: allowed are numbers from 16 to 65536 (KiB)"},
		{"[shutdown]\ndir = x\n", "F: shutdown.dir = x: allowed is a plain absolute path of at most 90 bytes, or none"},
		{"[shutdown]\nkeep = 65\n", "F: shutdown.keep = 65: allowed are numbers from 1 to 64 (shutdowns)"},
		{"[shutdown]\nsize = 8\n", "F: shutdown.size = 8: allowed are numbers from 16 to 4096 (KiB)"},
		{"[shutdown]\nstall = -1\n", "F: shutdown.stall = -1: allowed are numbers from 0 to 3600 (seconds, 0 for never)"},
		{"[log]\n\nsylog = x\n", "F: log.sylog: unknown option; allowed are syslog, facility, level, exclude, rate"},
		{"[log]\n- = x\n", "F: log.#1: unknown option; allowed are syslog, facility, level, exclude, rate"},
		{"\n[kernal]\nprintk = off\n", "F: kernal: unknown section; " + sectional},
		{"[DEFAULT]\nlevel = info\n", "F: DEFAULT: unknown section; " + sectional},
		{"[service]\nenabled = 1\n", "F: service.enabled = 1: allowed only in /etc/config/sigtrail, for the init script"},
		{"[service]\nenabled = x\n", "F: service.enabled = x: allowed are 0, 1, no, yes, off, on, false, true, disabled, enabled"},
		{"[service]\nenabeld = 0\n", "F: service.enabeld: unknown option; allowed are enabled"},
		{"size = 64\n", "F: size: not in a section; " + sectional},
		{"[log]\nlevel\n", "F: malformed: key-value delimiter not found: level" + malformed},
		{"[log\nlevel=info\n", "F: malformed: unclosed section: [log" + malformed},
		{"[log]\nlevel: info\n", "F: malformed: key-value delimiter not found: level: info" + malformed},
		{"[log]\n= x\n", "F: malformed: empty key name: = x" + malformed},
		{"[]\n", "F: malformed: empty section name" + malformed},
		{"[log]\nlevel = \x1b[2J\xff\n", `F: log.level = "\x1b[2J\xff": ` + special},
		{"[log]\nlevel = info\t# x\n", `F: log.level = "info\t# x": ` + special},
		{"[log]\nsyslog = \"/dev\" /log\" # x\n", `F: log.syslog = "/dev\" /log": ` + special},
		{"[log]\nsyslog = '/dev #'\n", `F: log.syslog = '/dev: ` + special},
		// An open quote reaches to the next one, or to the end.
		{"[log]\nsyslog = \"/dev/log\nlevel = \"info\"\n", `F: log.syslog = "/dev/log\nlevel = \"info": ` + special},
		{"[log]\nsyslog = `/dev/log\nlevel = `info\n", "F: log.syslog = \"/dev/log\\nlevel = \": " + special},
		{"[log]\nsyslog = \"/x\n", `F: malformed: "missing closing key quote from \"\\\"/x\\n\" to \"\""` + malformed},
		{"\xff\xfe[\x00l\x00", "F: not a text file: it has a NUL byte"},
		{"\x7fELF\x01\x02\n", `F: malformed: "key-value delimiter not found: \x7fELF\x01\x02"` + malformed},
		{"[respond]\ntransport = ubus", "F: respond.transport = ubus: allowed are netlink, rtsig"},
		{"[respond]\nrtsig = 33", "F: respond.rtsig = 33: allowed are numbers from 34 to 64 (real-time signals)"},
		{"[respond]\nworkers = 0", "F: respond.workers = 0: allowed are numbers from 1 to 64 (processes)"},
		{"[respond]\nqueue = 0x10", "F: respond.queue = 0x10: allowed are numbers from 1 to 1024 (processes)"},
		{"[respond]\nenabled = maybe", "F: respond.enabled = maybe: allowed are 0, 1, no, yes, off, on, false, true, disabled, enabled"},
		{"[respond]\nprotect = a,,b", "F: respond.protect = a,,b: allowed are process names of at most 15 bytes, separated by commas, not \"\""},
		{"[rule]\n", "F: rule: unknown section; " + sectional},
		{"[rule a b]\nsignal = HUP\ntarget_name = x\n", "F: rule a b: allowed are names of at most 32 letters, digits, _ and -"},
		{"[rule a]\nsymbol = write\n", "F: rule a: target_name is missing: the name of the process to end"},
		{"[rule a]\ntarget_name = toy\n", "F: rule a: symbol or signal is missing: the event on which the process is ended"},
		{"[rule a]\ntarget_name = toy\nsignal =\n", "F: rule a: symbol or signal is missing: the event on which the process is ended"},
		{"[rule a]\ntarget_name = toy\nsymbol = write\nsignal = SIGHUP\n", "F: rule a: symbol and signal exclude each other; use two rules"},
		{"[rule a]\ntarget_name = toy\nsignal = SIGHUP\nskip = 1\n", "F: rule a.skip: allowed only in a rule with symbol"},
		{"[rule a]\nsignal = SIGHUP\ntarget_name = logd\n", "F: rule a.target_name = logd: protected by respond.protect"},
		{"[rule a]\nsignal = SIGHUP\ntarget_name = toy\n[respond]\nprotect = toy\n", "F: rule a.target_name = toy: protected by respond.protect"},
		{"[rule a]\nsignal = SIGHUP\ntarget_name = toy\n[log]\n[rule a]\nsignal = SIGHUP\ntarget_name = toy\n", "F: rule a: given twice; the names of rules must differ"},
		{strings.Repeat("#", 70000), "F: larger than 65536 bytes"},
	} {
		got, err := load(t, c.content)
		if err == nil || err.Error() != c.want {
			t.Errorf("%.40q:\ngot  %v, %v\nwant %s", c.content, got, err, c.want)
		}
	}
}

// The signals depend on the architecture.
func TestSignalByArchitecture(t *testing.T) {
	for _, name := range []string{"STKFLT", "EMT"} {
		_, known := event.ParseSignal(name)
		_, err := load(t, "[log]\nexclude = "+name+"\n")
		if (known == nil) != (err == nil) {
			t.Errorf("%s: package event says %v, Load says %v", name, known, err)
		}
	}
}

// Every error has its own line, up to a limit.
func TestAllErrors(t *testing.T) {
	_, err := load(t, "x = 1\n[log]\nlevel = loud\nlevle = err\n[rule a]\ntimeout = 0\n[trail]\nsize = 1\n[none]\n")
	want := "F: x: not in a section; " + sectional + `
F: log.level = loud: allowed are emerg, alert, crit, err, warning, notice, info, debug
F: log.levle: unknown option; allowed are syslog, facility, level, exclude, rate
F: trail.size = 1: allowed are numbers from 16 to 65536 (KiB)
F: none: unknown section; ` + sectional + `
F: rule a.timeout = 0: allowed are numbers from 1 to 3600 (seconds)
F: rule a: target_name is missing: the name of the process to end
F: rule a: symbol or signal is missing: the event on which the process is ended`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	var b strings.Builder
	for i := range 60 {
		fmt.Fprintf(&b, "[none%d]\n", i)
	}
	_, err = load(t, b.String())
	if lines := strings.Split(fmt.Sprint(err), "\n"); len(lines) != 51 || lines[50] != "F: 10 more options are wrong" {
		t.Errorf("%d lines, the last is %s", len(lines), lines[len(lines)-1])
	}
}

func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	_, err := Load(dir + "/none.ini")
	if want := dir + "/none.ini: no such file; name one with --config (an empty file means the defaults)"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err := Load(dir); err == nil || err.Error() != dir+": is a directory" {
		t.Errorf("a directory: %v", err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("[log]\nlevel=info\n[trail]\nsize = \"64\" # KiB\n")
	f.Add("[kernel]\nprintk = \"auto\n")
	f.Add("[rule a]\ntarget_name = x\nsignal = SIGHUP\n[rule a.b]\n[rule a]")
	f.Add("\"\"\"a\"\"\" = '''\n`x` = `\n- = %(x)s \\\n[DEFAULT]\nx\n")
	path := filepath.Join(f.TempDir(), "x.ini")
	f.Fuzz(func(t *testing.T, content string) {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path)
		if err == nil {
			return
		}
		for _, line := range strings.Split(err.Error(), "\n") {
			if !strings.HasPrefix(line, path+": ") || strings.ContainsAny(line, "\r\x1b") {
				t.Errorf("unexpected line: %q", line)
			}
		}
	})
}
