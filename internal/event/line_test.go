// SPDX-License-Identifier: GPL-2.0-only

package event

import "testing"

func TestProcess(t *testing.T) {
	for _, name := range []string{"procd", "", " ", "a b ", ") 1 (x", "\xff\x00\n[\\\"", "fifteen bytes !"} {
		for _, pid := range []uint32{0, 1, 4294967295} {
			line := string(AppendProcess(nil, name, pid))
			gotName, gotPID, rest, ok := CutProcess(line + " (and 2) more")
			if gotName != name || gotPID != pid || rest != " (and 2) more" || !ok {
				t.Errorf("%q is cut into %q, %d, %q, %v", line, gotName, gotPID, rest, ok)
			}
		}
	}
	for _, s := range []string{"", "(", "()", "(procd)", "procd 1)", "(procd 1", "(procd )", "( )", "(procd -1)", "(procd +1)", "(procd 01)",
		"(procd 4294967296)", "(procd 1x)", `(\x41 1)`, `(\xFF 1)`, `(\x 1)`, "(\xff 1)", "(a(b 1)", "(sixteen bytes !! 1)", " (procd 1)"} {
		if name, pid, _, ok := CutProcess(s); ok {
			t.Errorf("%q is taken for %q, %d", s, name, pid)
		}
	}
}

func TestAppendServices(t *testing.T) {
	for _, c := range []struct{ sender, senderService, target, targetService, want string }{
		{"sh", "", "sh", "", ""},
		{"sh", "cron", "sh", "", "; by service cron"},
		{"sh", "cron", "sh", "httpd", "; service httpd, by service cron"},
		{"sh", "httpd", "sh", "httpd", "; service httpd"},
		{"sh", "httpd", "httpd", "httpd", "; by service httpd"},
		{"httpd", "httpd", "httpd", "httpd", ""},
		{"cron", "cron", "httpd", "httpd", ""},
		{"cron", "cron.service", "httpd", "httpd/other", "; service httpd/other"},
		{"procd", "", "systemd-journal", "systemd-journald.service", ""},
		{"procd", "", "systemd", "systemd-journald.service", "; service systemd-journald.service"},
		{"procd", "", "a", "b\n\\x2d", `; service b\x0a\x2d`},
	} {
		e := Event{SenderName: c.sender, SenderService: c.senderService, TargetName: c.target, TargetService: c.targetService}
		if got := string(e.AppendServices(nil, "; ")); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

// What the kernel prints of an exit has no flags, so a forgotten signal is not known of it.
// The kernel's mark of the OOM killer says something of a process that SIGKILL ended.
func TestExitsSayWhatIsKnown(t *testing.T) {
	for want, e := range map[string]Event{
		"(a 5) exited 1 by itself, 0.312 s after its start":                                 {ExitStatus: 1 << 8, RunTime: 312e6},
		"(a 5) exited 2, 0.312 s after its start":                                           {ExitStatus: 2 << 8, RunTime: 312e6, Origin: OriginConsole},
		"(a 5) exited 3, 0.312 s after its start":                                           {ExitStatus: 3 << 8, RunTime: 312e6, Origin: OriginDmesg},
		"(a 5) exited 4 by itself, 0.312 s after its start":                                 {ExitStatus: 4 << 8, RunTime: 312e6, Origin: OriginBox},
		"(a 5) exited 5, 0.312 s after its start, signals to it may be unknown":             {ExitStatus: 5 << 8, RunTime: 312e6, Flags: FlagForgotten},
		"(a 5) killed by SIGKILL (out of memory), 0.000005 s after its first signal to end": {ExitStatus: 9, SinceFirst: 5e3, Flags: FlagOOM},
		"(a 5) killed by SIGTERM, 0.000005 s after its first signal to end":                 {ExitStatus: 15, SinceFirst: 5e3, Flags: FlagOOM},
	} {
		e.Kind, e.TargetPID, e.TargetName = KindExit, 5, "a"
		if got := e.String(); got != "Exit :: "+want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
