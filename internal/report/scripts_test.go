// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sigtrail/internal/event"
)

// ran returns the exit of a child of init, at so many seconds after 10, which had run for so
// many.
func ran(at float64, name string, pid uint32, took float64, status uint32) event.Event {
	return event.Event{Seq: uint64(at * 1e3), Kind: event.KindExit, Time: 10e9 + uint64(at*1e9), TargetPID: pid, TargetName: name, RunTime: uint64(took*1e3+0.5) * 1e6,
		ExitStatus: status, Flags: event.FlagShutdown | event.FlagOfInit, Origin: event.OriginFlash}
}

// scriptLines returns the report's lines about scripts, each without what it is padded with.
func scriptLines(b []byte) string {
	_, text, _ := strings.Cut(string(b), "\nInit scripts")
	_, text, _ = strings.Cut(text, ": ")
	text, _, _ = strings.Cut(text, "\n\n")
	list := strings.Split(strings.TrimSpace(text), "\n")
	for i := range list {
		list[i] = strings.Join(strings.Fields(list[i]), " ")
	}
	return strings.Join(list, "\n")
}

// What a script leaves in the background has its name, and becomes a child of init.
func TestScriptsAreTold(t *testing.T) {
	const head = "AT (s) TOOK (s) SCRIPT END SIGNALS\n"
	ask, all := parseTrail(50, "0 ask").Events[0], parseTrail(50, "8 1>15>40", "8.001 1>15>50", "9 1>9>40!", "11 reboot:procd!").Events
	sent := func(at float64, signal uint32, name string, pid uint32) event.Event {
		e := parseTrail(50, fmt.Sprint(at, " 1>", signal, ">", pid)).Events[0]
		e.TargetName, e.SenderName, e.Seq = name, "procd", uint64(at*1e3)
		return e
	}
	by := func(at float64, name string, pid uint32, e event.Event) event.Event {
		e.Time, e.Seq, e.ParentName, e.ParentPID, e.TargetPID, e.TargetName = 10e9+uint64(at*1e9), uint64(at*1e3), name, pid, 300, "dnsmasq"
		return e
	}
	handled := ran(6, "K15a", 105, .4, 1<<8)
	handled.SinceFirst, handled.SinceLast = .1e9, .1e9
	printed := ran(6.1, "K30c", 103, 0, 15)
	printed.Origin, printed.Seq, printed.Flags = event.OriginConsole, 0, 0
	subshell := ran(6.1, "K30c", 103, .3, 15)
	subshell.Flags &^= event.FlagOfInit
	service, user := ran(6, "K99evil", 120, 4.8, 0), ran(7, "K99worse", 121, .8, 0)
	service.TargetCgroup = 4711
	user.Flags |= event.FlagShare
	stall := func(at float64, line string) event.Event {
		var tr event.Trail
		stalled(&tr, at, line)
		return tr.Events[0]
	}
	for name, c := range map[string]struct {
		events []event.Event
		want   string
	}{
		"one after another": {[]event.Event{ran(1, "K10a", 100, .5, 0), ran(2, "K20b", 101, .9, 1<<8)},
			"2 with a recorded run time, together at most 1.400 s of 8.000 s; the ends of others may be missing\n" + head +
				"1.100 0.900 K20b 101 exited 1 by itself\n0.500 0.500 K10a 100 exited 0 by itself"},
		"more than five": {[]event.Event{ran(1, "K10a", 100, .5, 0), ran(2, "K11a", 101, .9, 0), ran(3, "K12a", 102, .1, 0), ran(4, "K13a", 103, .2, 0),
			ran(5, "K14a", 104, .3, 0), ran(6, "K15a", 105, .4, 0), ran(7, "K16a", 106, .05, 0)},
			"7 with a recorded run time, together at most 2.450 s of 8.000 s; the ends of others may be missing\n" + head +
				"1.100 0.900 K11a 101 exited 0 by itself\n0.500 0.500 K10a 100 exited 0 by itself\n5.600 0.400 K15a 105 exited 0 by itself\n" +
				"4.700 0.300 K14a 104 exited 0 by itself\n3.800 0.200 K13a 103 exited 0 by itself\nand 2 others, together at most 0.150 s"},
		"what they leave behind": {[]event.Event{ran(1, "K10a", 100, .5, 0), ran(4, "K20b", 110, 1, 0), ran(5, "K10a", 101, 4.3, 0), ran(6, "K20b", 111, 1.5, 15)},
			"2 with a recorded run time, together at most 1.500 s of 8.000 s; the ends of others may be missing\n" + head +
				"3.000 1.000 K20b 110 exited 0 by itself\n0.500 0.500 K10a 100 exited 0 by itself"},
		"only what one leaves behind": {[]event.Event{ran(4, "K20b", 110, 1, 0), ran(5, "K10a", 101, 4.3, 0)},
			"1 with a recorded run time, together at most 1.000 s of 8.000 s; the ends of others may be missing\n" + head + "3.000 1.000 K20b 110 exited 0 by itself"},
		"two with the same first bytes": {[]event.Event{ran(1, "K10averylongnam", 100, .5, 0), ran(2, "K10averylongnam", 101, .9, 0)},
			"2 with a recorded run time, together at most 1.400 s of 8.000 s; the ends of others may be missing\n" + head +
				"1.100 0.900 K10averylongnam 101 exited 0 by itself\n0.500 0.500 K10averylongnam 100 exited 0 by itself"},
		"init ends one": {[]event.Event{sent(6, 15, "K10a", 100), sent(7, 9, "K10a", 100), ran(7.001, "K10a", 100, 6.5, 9)},
			"1 with a recorded run time, together at most 6.500 s of 8.000 s; unknown how long others ran: no end without a signal is recorded\n" + head +
				"0.501 6.500 K10a 100 killed by SIGKILL TERM by procd 1, KILL +1.000"},
		"init ends one that is not among the slowest": {[]event.Event{ran(1, "K10a", 100, .5, 0), ran(2, "K11a", 101, .9, 0), ran(3, "K12a", 102, .8, 0), ran(4, "K13a", 103, .7, 0),
			ran(5, "K14a", 104, .6, 0), sent(5.9, 15, "K15a", 105), handled, ran(7, "K16a", 106, .05, 0)},
			"7 with a recorded run time, together at most 3.950 s of 8.000 s; the ends of others may be missing\n" + head +
				"1.100 0.900 K11a 101 exited 0 by itself\n2.200 0.800 K12a 102 exited 0 by itself\n3.300 0.700 K13a 103 exited 0 by itself\n" +
				"4.400 0.600 K14a 104 exited 0 by itself\n0.500 0.500 K10a 100 exited 0 by itself\n5.600 0.400 K15a 105 exited 1 TERM by procd 1\n" +
				"and 1 other, at most 0.050 s"},
		"a start script still runs": {[]event.Event{ran(5, "S95foo", 90, 12, 0), ran(6, "K10a", 100, .5, 0)},
			"2 with a recorded run time, together at most 5.500 s of 8.000 s; the ends of others may be missing\n" + head +
				"before 5.000 S95foo 90 exited 0 by itself\n5.500 0.500 K10a 100 exited 0 by itself"},
		"no end": {[]event.Event{ran(1, "K10a", 100, .5, 0), by(2, "K20b", 101, ask), sent(6, 15, "K30c", 103)},
			"1 with a recorded run time, together at most 0.500 s of 8.000 s; the ends of others may be missing\n" + head +
				"0.500 0.500 K10a 100 exited 0 by itself\n- - K20b 101 not seen last seen at 2.000 s, as the parent of reboot 700\n" +
				"- - K30c 103 not seen TERM by procd 1; last seen at 6.000 s"},
		"no end, but the report of a stall": {[]event.Event{ran(1, "K10a", 100, .5, 0), stall(7, "stop script K20b (pid 101) has not returned for 5 s")},
			"1 with a recorded run time, together at most 0.500 s of 8.000 s; the ends of others may be missing\n" + head +
				"2 >5 K20b 101 not seen last seen at 7.000 s, in the report of a stall\n0.500 0.500 K10a 100 exited 0 by itself"},
		"an end without its run time": {[]event.Event{ran(1, "K10a", 100, .5, 0), sent(6, 15, "K30c", 103), printed, ran(7, "K40d", 104, .5, 0)},
			"2 with a recorded run time, together at most 1.000 s of 8.000 s; the ends of others may be missing\n" + head +
				"0.500 0.500 K10a 100 exited 0 by itself\n6.500 0.500 K40d 104 exited 0 by itself\n- - K30c 103 killed by SIGTERM TERM by procd 1"},
		"the end of a subshell": {[]event.Event{ran(1, "K10a", 100, .5, 0), sent(6, 15, "K30c", 103), subshell},
			"1 with a recorded run time, together at most 0.500 s of 8.000 s; the ends of others may be missing\n" + head +
				"0.500 0.500 K10a 100 exited 0 by itself\n- - K30c 103 not seen last seen at 6.000 s"},
		"the program that a script becomes": {[]event.Event{ran(1, "K10a", 100, .5, 0), by(2, "K20b", 101, ask), ran(4, "sleep", 101, 2.5, 0)},
			"2 with a recorded run time, together at most 3.000 s of 8.000 s; the ends of others may be missing\n" + head +
				"1.500 2.500 K20b 101 exited 0 by itself\n0.500 0.500 K10a 100 exited 0 by itself"},
		"what a script leaves behind, and sends a signal": {[]event.Event{ran(4, "K20b", 110, 1, 0), by(4.5, "K15z", 109, ask), ran(5, "K15z", 109, 1.5, 0)},
			"1 with a recorded run time, together at most 1.000 s of 8.000 s; the ends of others may be missing\n" + head +
				"3.000 1.000 K20b 110 exited 0 by itself\n- - K15z 109 not seen last seen at 4.500 s, as the parent of reboot 700"},
		"what a script before it leaves behind": {[]event.Event{ran(4, "K20b", 110, 1, 0), ran(5, "K15z", 109, 1.5, 0), ran(6, "K30c", 111, .5, 0)},
			"2 with a recorded run time, together at most 1.500 s of 8.000 s; the ends of others may be missing\n" + head +
				"3.000 1.000 K20b 110 exited 0 by itself\n5.500 0.500 K30c 111 exited 0 by itself"},
		"a service and a user with such a name": {[]event.Event{ran(1, "K10a", 100, .5, 0), service, user},
			"1 with a recorded run time, together at most 0.500 s of 8.000 s; the ends of others may be missing\n" + head + "0.500 0.500 K10a 100 exited 0 by itself"},
		"no end of any": {[]event.Event{by(2, "K20b", 101, ask)},
			"unknown how long each ran: no run time of one is recorded\n" + head + "- - K20b 101 not seen last seen at 2.000 s, as the parent of reboot 700"},
		"one begins before the shutdown is known to have begun": {[]event.Event{ran(.5, "K01a", 100, 1.2, 0), ran(2, "K20b", 101, .9, 0)},
			"2 with a recorded run time, together at most 1.400 s of 8.000 s; the ends of others may be missing\n" + head +
				"before 1.200 K01a 100 exited 0 by itself\n1.100 0.900 K20b 101 exited 0 by itself"},
		"all the time, rounded up": {[]event.Event{ran(4, "K10a", 100, 4.001, 0), ran(8, "K20b", 101, 4.001, 0)},
			"2 with a recorded run time, together at most 8.000 s of 8.000 s; the ends of others may be missing\n" + head +
				"0.000 4.001 K10a 100 exited 0 by itself\n3.999 4.001 K20b 101 exited 0 by itself"},
		"nothing": {nil, "unknown how long each ran: no run time of one is recorded"},
	} {
		tr := &event.Trail{DaemonPID: 50, BootID: bootID, Events: append(append([]event.Event{ask}, c.events...), all...), Cut: 1}
		if got := scriptLines(Analyse(tr).AppendText(nil, nil)); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, c.want)
		}
	}
}

// The verdict names the script that made the shutdown long, and no other.
func TestLongScript(t *testing.T) {
	for want, e := range map[string]event.Event{
		"stop script K30hang 900 ran for 5.000 s, exited 0 by itself":                               ran(5.1, "K30hang", 900, 5, 0),
		"start script S95foo 90 ran for 12.000 s, 5.100 s of it in the shutdown, killed by SIGSEGV": ran(5.1, "S95foo", 90, 12, 11),
		"": ran(5.1, "K30hang", 900, 3.9, 0),
	} {
		tr := parseTrail(50, "0 ask", "8 1>15>40", "8.001 1>15>50", "9 1>9>40!", "11 reboot:procd!")
		tr.Events = append(tr.Events[:1:1], append([]event.Event{e}, tr.Events[1:]...)...)
		if got := Analyse(tr).longScript(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A script is slower or faster by at least a second, and by half.
func TestScriptsChanged(t *testing.T) {
	shutdown := func(took ...float64) *Shutdown {
		tr := parseTrail(50, "0 ask", "38 1>15>40", "38.001 1>15>50", "39 1>9>40!", "41 reboot:procd!")
		for i, s := range took {
			tr.Events = append(tr.Events, ran(9*float64(i+1), fmt.Sprint("K1", i, "a"), uint32(100+i), s, 0))
		}
		slices.SortStableFunc(tr.Events, func(a, b event.Event) int { return cmp.Compare(a.Time, b.Time) })
		return Analyse(tr)
	}
	crosswise := shutdown(4, 1)
	for i, name := range [...]string{"K10averylongnam", "K10averylongnam"} {
		crosswise.Scripts[i].Name = name
	}
	turned := shutdown(1, 4)
	turned.Scripts[0].Name, turned.Scripts[1].Name = "K10averylongnam", "K10averylongnam"
	if got := compare(crosswise, turned); got != nil {
		t.Errorf("two that share their first bytes: %v", got)
	}
	early := func(at, took float64) *Shutdown {
		s := shutdown(1)
		e := ran(at, "S95foo", 90, took, 0)
		s.Scripts = scripts([]event.Event{e}, stops(s.Begin), nil)
		return s
	}
	if got := compare(early(2, 30), early(9, 30)); got != nil {
		t.Errorf("a start script that ran as long: %v", got)
	}
	before := shutdown(4, .5, 2, 3)
	if got := strings.Join(compare(before, shutdown(5.5, 1.4, 3.2, 1.9)), "; "); got != "slower: K12a +1.2 s; faster: K13a -1.1 s" {
		t.Errorf("got %s", got)
	}
	if got := compare(before, shutdown(4.9)); got != nil {
		t.Errorf("with one of them alone: %v", got)
	}
}

// A start script that hangs ends later than what is reported of the boot. A record of another
// CPU comes too late.
func TestHangingStartScript(t *testing.T) {
	kill := parseTrail(50, "100 1>15>90").Events[0]
	kill.TargetName, kill.SenderName, kill.Seq = "S95hang", "procd", 100e3
	tr := &event.Trail{Events: []event.Event{ran(1, "S10a", 80, .5, 0), kill, ran(110.3, "sleep", 89, 1, 0), ran(9.9, "S94foo", 88, 1, 0),
		ran(140, "S95hang", 90, 130, 15), ran(145, "S96late", 92, 5, 0)}}
	tr.Events[0].Seq = 1
	text := string(AnalyseBoot(tr, 120e9, 700e9).AppendText(nil))
	const want = "3 with a recorded run time, together at most 131.500 s; one that still ran at 700.000 s may be missing\n" +
		"AT (s) TOOK (s) SCRIPT END SIGNALS\n20.000 130.000 S95hang 90 killed by SIGTERM TERM by procd 1\n" +
		"18.900 1.000 S94foo 88 exited 0 by itself\n10.500 0.500 S10a 80 exited 0 by itself"
	if got := scriptLines([]byte(text)); got != want {
		t.Errorf("got %s", got)
	}
	if !strings.Contains(text, "110.000     40.000  S95hang 90              killed by SIGTERM   TERM by procd 1") {
		t.Errorf("got %s", text)
	}
}
