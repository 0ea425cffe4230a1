// SPDX-License-Identifier: GPL-2.0-only

package event

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// differing are the signals whose numbers differ between architectures, from Go's
// table for this one.
var differing = map[string]syscall.Signal{
	"SIGBUS": syscall.SIGBUS, "SIGUSR1": syscall.SIGUSR1, "SIGUSR2": syscall.SIGUSR2, "SIGCHLD": syscall.SIGCHLD,
	"SIGCONT": syscall.SIGCONT, "SIGSTOP": syscall.SIGSTOP, "SIGTSTP": syscall.SIGTSTP, "SIGTTIN": syscall.SIGTTIN,
	"SIGTTOU": syscall.SIGTTOU, "SIGURG": syscall.SIGURG, "SIGXCPU": syscall.SIGXCPU, "SIGXFSZ": syscall.SIGXFSZ,
	"SIGVTALRM": syscall.SIGVTALRM, "SIGPROF": syscall.SIGPROF, "SIGWINCH": syscall.SIGWINCH, "SIGIO": syscall.SIGIO,
	"SIGPWR": syscall.SIGPWR, "SIGSYS": syscall.SIGSYS,
}

func TestSignals(t *testing.T) {
	for n := uint32(1); n <= rtMax; n++ {
		for _, s := range []string{SignalName(n), strings.ToLower(SignalName(n)[3:]), fmt.Sprint(n)} {
			if got, err := ParseSignal(s); err != nil || got != n {
				t.Errorf("ParseSignal(%q) = %d, %v, want %d", s, got, err, n)
			}
		}
	}
	for name, number := range differing {
		if got := SignalName(uint32(number)); got != name {
			t.Errorf("SignalName(%d) = %s, want %s", number, got, name)
		}
	}
	for s, want := range map[string]uint32{"SIGTERM": 15, "kill": 9, "SIGRTMIN": 34, "RTMIN+3": 37, "SIGRTMAX-1": rtMax - 1,
		"SIGRTMAX": rtMax, "IOT": 6, "CLD": uint32(syscall.SIGCHLD), "SIG32": 32} {
		if got, err := ParseSignal(s); err != nil || got != want {
			t.Errorf("ParseSignal(%q) = %d, %v, want %d", s, got, err, want)
		}
	}
	for _, bad := range []string{"", "SIG", "0", "-1", "1000", "SIGFOO", "RTMIN3", "RTMIN-1", "RTMAX+1", "RTMIN+", "RTMINX"} {
		if n, err := ParseSignal(bad); err == nil {
			t.Errorf("ParseSignal(%q) = %d, want an error", bad, n)
		}
	}
}

func TestFilter(t *testing.T) {
	term := &samples[0] // killall 883 to legacyd 564
	oom := &samples[2]  // the kernel to hog 77
	exit := &samples[6] // legacyd 564
	mark := &samples[9] // sh 123
	survivor := &Event{Kind: KindSurvivor, TargetPID: 600, TargetName: "dd"}
	changed := &Event{Kind: KindSwitch, SenderPID: 601, SenderName: "echo", Text: "enable=0"}
	oops := &Event{Kind: KindOops, Flags: FlagKernel}
	for _, c := range []struct {
		sender, target, signal string
		pass                   []*Event
	}{
		{pass: []*Event{term, oom, exit, mark, survivor, changed, oops}},
		{sender: "killall", pass: []*Event{term}},
		{sender: "883,kernel", pass: []*Event{term, oom, oops}},
		{sender: "0", pass: []*Event{oom, oops}},
		{sender: "!killall", pass: []*Event{oom, exit, mark, survivor, changed, oops}},
		{sender: "killall,!883"},
		{target: "legacyd", pass: []*Event{term, exit}},
		{target: "!564", pass: []*Event{oom, mark, survivor, changed, oops}},
		{target: "600", pass: []*Event{survivor}},
		{sender: "echo", pass: []*Event{changed}},
		{signal: "TERM", pass: []*Event{term}},
		{signal: "9,sigterm", pass: []*Event{term, oom}},
		{signal: "!WINCH,!TERM", pass: []*Event{oom, exit, mark, survivor, changed, oops}},
		{sender: "killall", target: "!legacyd"},
		{sender: "kill all,sh", pass: []*Event{mark}},
		{sender: `kil\x6call , start-stop-daemon`, pass: []*Event{term}},
	} {
		var f Filter
		var errs [3]error
		f.Sender, errs[0] = ParseProcesses(c.sender)
		f.Target, errs[1] = ParseProcesses(c.target)
		f.Signal, errs[2] = ParseSignals(c.signal)
		if errs != [3]error{} {
			t.Errorf("%q %q %q: %v", c.sender, c.target, c.signal, errs)
		}
		for _, e := range []*Event{term, oom, exit, mark, survivor, changed, oops} {
			want := false
			for _, p := range c.pass {
				want = want || p == e
			}
			if got := f.Match(e); got != want {
				t.Errorf("sender %q, target %q, signal %q: %v for %v", c.sender, c.target, c.signal, got, e)
			}
		}
		summary := &Event{Kind: KindSummary, Signal: 10, SenderPID: 7, SenderName: "flooder", TargetPID: 8, TargetName: "victim"}
		if !f.Match(summary) { // what else it counts is unknown
			t.Errorf("sender %q, target %q, signal %q: a summary does not pass", c.sender, c.target, c.signal)
		}
	}
	services := &Event{SenderService: "cron", TargetService: "dnsmasq/cfg01411c"}
	unit := &Event{Kind: KindExit, TargetService: "user@1000.service/dnsmasq.service"}
	for list, pass := range map[string][2]bool{
		"":                                   {true, true},
		"dnsmasq":                            {true, false},
		"dnsmasq/cfg01411c":                  {true, false},
		"dns":                                {},
		"dnsmasq/cfg01411":                   {},
		"cron,other":                         {true, false},
		"!cron":                              {false, true},
		"dnsmasq,!cron":                      {},
		"user@1000":                          {false, true},
		"user@1000.service":                  {false, true},
		"user@1000.service/dnsmasq":          {false, true},
		"user@1000.service/dnsmasq.service ": {false, true},
	} {
		s, err := ParseServices(list)
		f := Filter{Service: s}
		if got := [2]bool{f.Match(services), f.Match(unit)}; got != pass || err != nil || f.Match(term) != (list == "" || list == "!cron") {
			t.Errorf("services %q: %v, %v", list, got, err)
		}
	}
	long, _ := ParseProcesses("start-stop-daemon")
	if f := (Filter{Target: long}); !f.Match(&Event{TargetName: "start-stop-daem"}) {
		t.Error("a long name is not cut to NameMax bytes")
	}
	for _, bad := range []string{",", "a,", "!", `a\b`} {
		if _, err := ParseProcesses(bad); err == nil {
			t.Errorf("no error for %q", bad)
		}
		if _, err := ParseSignals(bad); err == nil {
			t.Errorf("no error for %q", bad)
		}
	}
}
