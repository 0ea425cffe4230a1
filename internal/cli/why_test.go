// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
	"sigtrail/test/golden"
)

// noon is when the commands of these tests run, an hour after the boot began.
const noon = wall + 7*86400e9

func atNoon() time.Time { return time.Unix(0, noon) }

// httpd is a boot in which a service has a crash loop, and another one is killed.
func httpd() event.Trail {
	const boot = noon - 3600e9
	t := event.Trail{BootID: "0d3d0c4f-3f2a-4c56-9c49-2f1c7b1e7a11"}
	for _, e := range []event.Event{
		{Time: 10e9, Signal: 1, Flags: event.FlagCaught, SenderPID: 1, SenderName: "procd", TargetPID: 400, TargetName: "slowd"},
		{Time: 600e9, Kind: event.KindExit, TargetPID: 900, TargetName: "uhttpd", TargetService: "uhttpd", ExitStatus: 256, RunTime: 200e6, Flags: event.FlagOfInit},
		{Time: 605e9, Kind: event.KindExit, TargetPID: 905, TargetName: "uhttpd", TargetService: "uhttpd", ExitStatus: 256, RunTime: 190e6, Flags: event.FlagOfInit},
		{Time: 611e9, Kind: event.KindExit, TargetPID: 911, TargetName: "uhttpd", TargetService: "uhttpd", ExitStatus: 256, RunTime: 310e6, Flags: event.FlagOfInit},
		{Time: 3000e9, Signal: 15, Flags: event.FlagDefault | event.FlagFatal, SenderPID: 1200, SenderName: "killall", ParentPID: 1190, ParentName: "sh",
			TargetPID: 400, TargetName: "slowd"},
		{Time: 3000.1e9, Kind: event.KindExit, TargetPID: 400, TargetName: "slowd", ExitStatus: 15, RunTime: 2990e9, SinceFirst: 100e6, SinceLast: 100e6,
			Flags: event.FlagOfInit},
	} {
		e.Seq, e.Wall = uint64(len(t.Events)+1), boot+int64(e.Time)
		t.Events = append(t.Events, e)
	}
	return t
}

func askWhy(trail *event.Trail, list []keptTrail, input string, args ...string) (out string, err error) {
	var b bytes.Buffer
	a := &app{in: strings.NewReader(input), out: &b, now: atNoon, running: noTrail, proc: procfs.Root("testdata/proc"), dial: noKernel,
		kept: func(...string) ([]keptTrail, error) { return list, nil }}
	if trail != nil {
		a.running = stored(trail)
	}
	err = a.run(args)
	return b.String(), err
}

func TestWhy(t *testing.T) {
	trail := httpd()
	for name, args := range map[string][]string{
		"why":          {},
		"why-json":     {"--json"},
		"why-name":     {"slowd"},
		"why-loop":     {"uhttpd", "--count", "2"},
		"why-since":    {"slowd", "--since", "1d"},
		"why-pid-json": {"911", "--json"},
	} {
		out, err := askWhy(&trail, kept, "", append([]string{"why"}, args...)...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		golden.Check(t, name+".golden", []byte(out))
	}
}

// What is not recorded is said, with exit code 1.
func TestWhyUnknown(t *testing.T) {
	trail := httpd()
	same := trail
	same.Number = 4
	for _, c := range []struct {
		trail *event.Trail
		kept  []keptTrail
		word  string
		want  string
	}{
		{&trail, kept, "httpd", "no end of httpd is recorded, and no signal to it, in this boot from its start and 3 kept shutdowns\n" +
			"similar names that are recorded: uhttpd"},
		{&trail, []keptTrail{fakeKept{trail: same}}, "zzz", "no end of zzz is recorded, and no signal to it, in this boot from its start"},
		{nil, kept, "httpd", "no end of httpd is recorded, and no signal to it, in 3 kept shutdowns"},
		{nil, kept, "", "no trail of this boot in /tmp/sigtrail: the service writes it (service sigtrail start)"},
		{nil, nil, "slowd", "no trail of this boot in /tmp/sigtrail: the service writes it (service sigtrail start)"},
	} {
		args := []string{"why"}
		if c.word != "" {
			args = append(args, c.word)
		}
		out, err := askWhy(c.trail, c.kept, "", args...)
		if err == nil || err.Error() != c.want || exitCode(err) != exitFailure || out != "" {
			t.Errorf("%s: %v and %q, want %s", c.word, err, out, c.want)
		}
	}
}

// A trail that cannot be read is reported, and does not hide the others.
func TestWhyDamaged(t *testing.T) {
	trail := httpd()
	out, err := askWhy(&trail, []keptTrail{fakeKept{err: errors.New("shutdown-9.sig: damaged")}, kept[0]}, "", "why", "slowd")
	if err == nil || err.Error() != "shutdown-9.sig: damaged" || !strings.Contains(out, "shutdown 3") || !strings.Contains(out, "killall") {
		t.Errorf("%v, %s", err, out)
	}
	a := &app{now: atNoon, dial: noKernel, kept: func(...string) ([]keptTrail, error) { return nil, nil },
		running: func(string, func(event.Event) error, func(event.Loss) error) (string, int, error) {
			return "", 0, fs.ErrPermission
		}}
	if err := a.run([]string{"why"}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("%v", err)
	}
}

// What the trail does not have is read from the kernel's ring.
func TestWhyRing(t *testing.T) {
	for name, running := range map[string]reader{"no trail": noTrail, "a trail that ends": stored(&event.Trail{Events: records1to10[:2]})} {
		var b bytes.Buffer
		a := &app{out: &b, now: atNoon, running: running, proc: procfs.Root("testdata/proc"),
			dial: func() (kernelPart, error) { return newKernel(), nil }, kept: func(...string) ([]keptTrail, error) { return nil, nil }}
		err := a.run([]string{"why", "legacyd"})
		if want := "legacyd 564 was killed by SIGTERM that (killall 883) < (sh 645) < ... sent\n"; err != nil || !strings.HasPrefix(b.String(), want) {
			t.Errorf("%s: %v, %s; want %s", name, err, b.String(), want)
		}
	}
}

func TestWhyUsage(t *testing.T) {
	trail := httpd()
	for _, c := range []struct{ args, want string }{
		{"why a b", `unexpected argument "b": only one name is allowed; see: sigtrail why --help`},
		{"why a --since yesterday", `--since yesterday: allowed are times ago such as 30m, 12h or 7d, and dates such as 2026-11-26 or "2026-11-26 04:00"; see: sigtrail why --help`},
		{"why a --count 0", "--count 0: allowed are numbers from 1 to 10000; see: sigtrail why --help"},
	} {
		if _, err := askWhy(&trail, nil, "", strings.Fields(c.args)...); err == nil || err.Error() != c.want || exitCode(err) != exitUsage {
			t.Errorf("%s: %v, want %s", c.args, err, c.want)
		}
	}
}

func TestInstant(t *testing.T) {
	for s, want := range map[string]int64{
		"": 0, "90m": noon - 5400e9, "2d": noon - 2*86400e9, "2026-11-26": 1795651200e9, "2026-11-26 04:00": 1795665600e9,
		"2026-11-26 04:00:01": 1795665601e9, "2026-11-26T04:00:01Z": 1795665601e9,
	} {
		if got, err := instant(s, atNoon()); got != want || err != nil {
			t.Errorf("%s: %d, %v, want %d", s, got, err, want)
		}
	}
}

func TestRPCDWhy(t *testing.T) {
	trail := httpd()
	for input, args := range map[string][]string{
		`{}`: {"why", "--json"}, `{"name":"uhttpd","count":2,"since":"3h"}`: {"why", "uhttpd", "--json", "--count=2", "--since=3h"}, `{"name":"--json"}`: nil,
	} {
		object, err := askWhy(&trail, kept, input, "rpcd", "call", "why")
		if args == nil {
			if want := `{"error":"no end of --json is recorded`; !strings.HasPrefix(object, want) || err == nil {
				t.Errorf("%s: %v, %s; want %s", input, err, object, want)
			}
			continue
		}
		if want, _ := askWhy(&trail, kept, "", args...); object != want || err != nil {
			t.Errorf("%s: %v, %s; want what %q prints: %s", input, err, object, args, want)
		}
	}
	if _, err := askWhy(&trail, nil, `{"count":101}`, "rpcd", "call", "why"); err == nil || err.Error() != "count = 101: allowed are numbers from 1 to 100; see: sigtrail rpcd --help" {
		t.Errorf("%v", err)
	}
}
