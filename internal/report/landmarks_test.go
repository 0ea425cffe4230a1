// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sigtrail/internal/event"
)

// parseTrail makes a trail of short descriptions, one event each: "SECONDS WHAT".
// WHAT is ask, mark, reboot:CALLER, SENDER>SIGNAL>PID, or exit:PID; "!" at the end
// means that the event is from the console.
func parseTrail(pid uint32, words ...string) *event.Trail {
	t := &event.Trail{DaemonPID: pid, BootID: bootID}
	for i, word := range words {
		at, what, _ := strings.Cut(word, " ")
		e := event.Event{Seq: uint64(i + 1), Flags: event.FlagShutdown, Origin: event.OriginFlash}
		seconds := 0.0
		fmt.Sscan(at, &seconds)
		e.Time = 10e9 + uint64(seconds*1e9)
		if what, _ = strings.CutSuffix(what, "!"); strings.HasSuffix(word, "!") {
			e.Seq, e.Flags, e.Origin = 0, 0, event.OriginConsole
		}
		kind, rest, _ := strings.Cut(what, ":")
		switch kind {
		case "ask":
			e.Signal, e.SenderPID, e.SenderName, e.TargetPID = sigterm, 700, "reboot", 1
		case "mark":
			e.Kind, e.SenderPID, e.SenderName = event.KindMark, 701, "sigtrail"
		case "reboot":
			e.Kind, e.SenderName, e.RebootCode = event.KindReboot, rest, event.RebootRestart
			e.SenderPID, e.ParentPID, e.ParentName = 900, 1, "procd"
		case "exit":
			e.Kind = event.KindExit
			fmt.Sscan(rest, &e.TargetPID)
		default:
			parts := strings.Split(what, ">")
			fmt.Sscan(parts[0], &e.SenderPID)
			fmt.Sscan(parts[1], &e.Signal)
			fmt.Sscan(parts[2], &e.TargetPID)
			e.TargetName = fmt.Sprint("p", e.TargetPID)
		}
		t.Events = append(t.Events, e)
	}
	return t
}

// summary returns way and phases, as "ubus stop scripts 5 | TERM to all 1".
func summary(s *Shutdown) string {
	var list []string
	for _, p := range s.Phases {
		list = append(list, fmt.Sprintf("%s %v", p.Name, float64(p.End-p.Begin)/1e9))
	}
	return s.Way.String() + " " + strings.Join(list, " | ")
}

func TestCourse(t *testing.T) {
	for name, c := range map[string]struct {
		trail *event.Trail
		want  string
	}{
		"the kill-all is the one that reaches the daemon, not that of two instances": {
			parseTrail(50, "0 ask", "1 1>15>60", "1.001 1>15>61", "5 1>15>40", "5.001 1>15>50", "6 1>9>50!", "8 reboot:procd!"),
			"signal stop scripts 5 | TERM to all 1 | KILL to all 2"},
		"the last kill-all, where the daemon is not known": {
			parseTrail(0, "0 ask!", "1 1>15>60!", "1.001 1>15>61!", "5 1>15>40!", "5.001 1>15>50!", "6 1>9>50!", "8 reboot:procd!"),
			"signal stop scripts 5 | TERM to all 1 | KILL to all 2"},
		"process ids start again: kill(-1) goes by age": {
			parseTrail(50, "0 mark", "5 1>15>32000", "5.001 1>15>50", "5.002 1>15>40", "6 1>9>32000!", "8 reboot:procd!"),
			"ubus stop scripts 5 | TERM to all 1 | KILL to all 2"},
		"a slow console delays the kill-all": {
			parseTrail(50, "0 mark", "5 1>15>40", "5.09 1>15>45", "5.18 1>15>50", "6.2 1>9>40!", "8 reboot:procd!"),
			"ubus stop scripts 5 | TERM to all 1.2 | KILL to all 1.8"},
		"procd kills one service before": {
			parseTrail(50, "0 ask", "1 1>15>60", "6 1>9>60", "7 1>15>40", "7.001 1>15>50", "8 1>9>50!", "10 reboot:procd!"),
			"signal stop scripts 7 | TERM to all 1 | KILL to all 2"},
		"the daemon has died: what is followed by KILL counts": {
			parseTrail(50, "0 ask", "5 1>15>40", "5.001 1>15>41", "6 1>9>41!", "8 reboot:procd!"),
			"signal stop scripts 5 | TERM to all 1 | KILL to all 2"},
		"two instances of a service are no kill-all": {
			parseTrail(50, "0 ask", "5 1>15>40", "5.001 1>15>41"),
			"signal stop scripts 5.001"},
		"without SIGTERM in the trail": {
			parseTrail(0, "5 1>9>40!", "5.001 1>9>41!", "7 reboot:procd!"),
			"unknown KILL to all 2"},
		"without SIGTERM, but with its beginning": {
			parseTrail(50, "0 ask", "5 1>9>40!", "5.001 1>9>50!", "7 reboot:procd!"),
			"signal before KILL to all 5 | KILL to all 2"},
		"the shell's reboot -f during a shutdown": {
			parseTrail(50, "0 ask", "5 1>15>60", "9 reboot:reboot!"),
			"signal stop scripts 9"},
		"reboot -f":                  {parseTrail(50, "9 reboot:reboot!"), "forced "},
		"reboot -f, which flash has": {parseTrail(50, "9 reboot:reboot"), "forced "},
		"only init's reboot(2)":      {parseTrail(50, "9 reboot:procd!"), "unknown "},
		"nothing":                    {parseTrail(50), "none "},
		"only a stop script":         {parseTrail(50, "0 mark", "3 1>15>60"), "ubus stop scripts 3"},
		"the beginning is missing":   {parseTrail(50, "0 1>15>60", "3 1>15>61"), "unknown stop scripts 3"},
		"a mark, then a request": {
			parseTrail(50, "0 mark", "5 ask", "6 1>15>50", "6.001 1>15>60", "7 1>9>50!", "9 reboot:procd!"),
			"ubus stop scripts 6 | TERM to all 1 | KILL to all 2"},
		"no script, no signal": {
			parseTrail(50, "5 1>15>40", "5.001 1>15>50", "6 1>9>50!", "8 reboot:procd!"),
			"ubus TERM to all 1 | KILL to all 2"},
	} {
		if got := summary(Analyse(c.trail)); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, c.want)
		}
	}
}

// The way is unknown where the beginning may be lost.
func TestLostBeginning(t *testing.T) {
	tr := parseTrail(50, "0 mark", "5 1>15>40", "5.001 1>15>50", "6 1>9>50!", "8 reboot:procd!")
	for i := range tr.Events {
		if tr.Events[i].Seq != 0 {
			tr.Events[i].Seq += 100
		}
	}
	for _, c := range []struct {
		losses []event.Loss
		want   Way
	}{
		{nil, WayUbus},
		{[]event.Loss{{From: 10, To: 20}}, WayUbus},
		{[]event.Loss{{From: 90, To: 100}}, WayUnknown},
	} {
		tr.Losses = c.losses
		if got := Analyse(tr).Way; got != c.want {
			t.Errorf("%v: %v, want %v", c.losses, got, c.want)
		}
	}
}

func TestProcessIDReused(t *testing.T) {
	tr := parseTrail(50, "0 ask", "1 7>15>60", "1.1 exit:60", "1.2 7>15>60", "2 7>9>60", "3 exit:60", "4 7>15>60")
	tr.Events[3].Outcome = event.Dying // to the zombie
	tr.Events[4].TargetName = "later"
	var got []string
	for _, p := range Analyse(tr).Processes {
		got = append(got, fmt.Sprint(p.Name, " ", len(p.Signals), p.Exit != nil, p.Took, p.NeededKill))
	}
	want := []string{"p60 2 true 100000000 false", "later 1 true 1000000000 false", "p60 1 false 0 false"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestStalls(t *testing.T) {
	s := named(t, "stalled")
	var got []string
	for i := range s.Stalls {
		at := &s.Stalls[i]
		got = append(got, fmt.Sprint(at.Begin/1e6, at.End/1e6, at.Quiet/1e9, at.Open, at.Waiters, len(at.Lines)))
	}
	want := []string{"40500 95100 40 false [{812 S95foo} {813 sleep}] 4", "96020 108300 10 false [{910 K30hang}] 1"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if blame := s.longest().Blame; !strings.HasPrefix(blame, "start script S95foo") {
		t.Errorf("the watch reported: %q", blame)
	}

	// The same lines from the console change nothing. Without a further event
	// the stall stays open.
	tr := parseTrail(50, "0 ask")
	for range 2 {
		for _, line := range []string{"no signal, exit or mark for 10 s of shutdown; init still waits for:", "(a\\x28b 7) state S", "(c) d"} {
			tr.Events = append(tr.Events, event.Event{Kind: event.KindNote, Time: 20e9, Text: "Stall :: " + line})
		}
	}
	if got := fmt.Sprint(Analyse(tr).Stalls); got != "[{false 10000000000 20000000000 true 10000000000 [(a\\x28b 7) state S (c) d]  [{7 a(b}] false}]" {
		t.Errorf("got %s", got)
	}
}

// stalled adds a report by the stall watch, at so many seconds.
func stalled(tr *event.Trail, at float64, lines ...string) {
	for _, line := range lines {
		tr.Events = append(tr.Events, event.Event{Kind: event.KindNote, Time: 10e9 + uint64(at*1e9), Text: "Stall :: " + line})
	}
}

// A stop script that procd ended after its 15 s, between two reports: a report that
// names nothing takes no blame away, and the script is the slowest.
func TestStoppedScript(t *testing.T) {
	const hang = "stop script K30hang (pid 900) has not returned for "
	tr := parseTrail(50, "0 ask", "1 1>15>60", "6 1>9>60", "6.1 exit:60")
	stalled(tr, 11.1, "no signal, exit or mark for 5 s of shutdown; init still waits for:", hang+"9 s; procd ends it after 15 s by SIGTERM, 10 s later by SIGKILL",
		"(K30hang 900) state S, do_wait, for 9 s, child of (procd 1): /bin/sh", "(sleep 901) state S")
	stalled(tr, 16.2, "no signal, exit or mark for 10 s of shutdown; no init script has run for so long, and nothing so old hangs in the kernel", "3 processes: sleep")
	tr.Events = append(tr.Events, parseTrail(50, "17 1>15>900", "17.3 exit:900", "17.5 1>15>61", "19 exit:61").Events...)
	s := Analyse(tr)
	if got, want := s.slowest(), "slowest: K30hang 900 15 s, p60 60 5.100 s, p61 61 1.500 s"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := s.stalled(), "stalled for 10.900 s: "+hang+"9 s; procd ends it after 15 s by SIGTERM, 10 s later by SIGKILL"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// Without an exit it is a bound, and so is a script's age at its last report.
	tr = parseTrail(50, "0 ask", "1 1>15>60", "1.1 exit:60")
	stalled(tr, 7, "no signal, exit or mark for 5 s of shutdown; init still waits for:", hang+"5 s")
	stalled(tr, 12, "no signal, exit or mark for 10 s of shutdown; init still waits for:", hang+"10 s")
	if got, want := Analyse(tr).slowest(), "slowest: K30hang 900 >10 s, p60 60 0.100 s"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A program that was to ask for a shutdown hangs before that.
func TestEarlyStall(t *testing.T) {
	report := func(tr *event.Trail, at float64, seconds int) {
		stalled(tr, at, fmt.Sprintf("no shutdown has begun %d s after a program was started to ask for it:", seconds),
			fmt.Sprintf("(reboot 696) state D, folio_wait_bit_common, for %d s, child of (ash 116): reboot", seconds))
	}
	hang := func(more ...string) *event.Trail {
		tr := parseTrail(50)
		tr.ClockLocal, tr.ClockRealtime, tr.Pstore, tr.Reset = 10e9, wall, event.PstoreFound, event.ResetWarm
		report(tr, 15, 5)
		tr.Events = append(tr.Events, event.Event{Seq: 1, Time: 30e9, Signal: 1, SenderPID: 7, TargetPID: 8})
		report(tr, 20, 10)
		report(tr, 20, 10) // from the console
		tr.Events = append(tr.Events, parseTrail(50, more...).Events...)
		return tr
	}
	const who = "(reboot 696) state D, folio_wait_bit_common, for 10 s, child of (ash 116): reboot"
	for _, c := range []struct {
		tr   *event.Trail
		want string
	}{
		{hang(), "no orderly shutdown: no request to init, no kill-all and no reboot(2) recorded\n" +
			"a program was started to ask for one at 2026-11-22 02:35:44 UTC, and had not done so 10.000 s later: " + who + "\n" +
			"warm reset, RAM survived, as after a panic, a watchdog or the reset button\n" +
			"last kernel line"},
		{hang("30 ask"), "reboot requested by (reboot 700), at 2026-11-22 02:36:04 UTC, with SIGTERM to init\n" +
			"stalled for at least 10.000 s before it began: " + who + "\n" +
			"ends with the daemon's last line, the rest is missing: pstore has no line of the console; see docs/pstore.md"},
	} {
		got := Analyse(c.tr).verdict("")
		for _, want := range strings.Split(c.want, "\n") {
			if !strings.Contains("\n"+got, "\n"+want) && !strings.HasPrefix(want, "last kernel line") {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		}
	}
	// A second hang, after the first program has ended.
	tr := hang()
	stalled(tr, 21, "no shutdown has begun, and the program that was to ask for it has ended")
	if s := Analyse(tr); len(s.Stalls) != 0 || strings.Contains(s.verdict(""), "program") {
		t.Errorf("%+v\n%s", s.Stalls, s.verdict(""))
	}
	report(tr, 50, 5)
	s := Analyse(tr)
	if len(s.Stalls) != 1 || s.Stalls[0].Begin != 55e9 || !s.Stalls[0].Open || !s.Stalls[0].Early {
		t.Errorf("%+v", s.Stalls)
	}
	if text := string(s.AppendText(nil, nil)); !strings.Contains(text, "\nStalled before a shutdown began, for at least 5.000 s, until the trail ends\n  (reboot 696) state D") {
		t.Error(text)
	}
	if json := string(s.AppendJSON(nil, nil)); !strings.Contains(json, `"duration":"5000000000","open":true,"early":true,"lines":[`) {
		t.Error(json)
	}
	if svg := string(Analyse(hang("30 ask", "31 1>15>60", "32 reboot:procd")).AppendSVG(nil)); strings.Contains(svg, `class="sb"`) {
		t.Error("the chart has a stall before its beginning")
	}
}

// A reboot over ubus that a start script blocked: procd has only logged it.
func TestBlockedUbus(t *testing.T) {
	tr := parseTrail(50, "10 mark")
	tr.Events[0].Text = event.LoggedMark + "Thu Nov 26 04:14:56 2026"
	tr.ClockLocal, tr.ClockRealtime, tr.Pstore, tr.Reset = 10e9, wall, event.PstoreFound, event.ResetWarm
	tr.Sources = []event.Source{{Name: "console-ramoops-0", Boot: event.BelongsSame, Merged: true}} // its lines are those of the daemon
	stalled(tr, 15, "no signal, exit or mark for 5 s of shutdown; init still waits for:",
		"start script S95foo (pid 812) still runs in the foreground: no stop script starts before it ends", "(S95foo 812) state S")
	want := `shutdown requested over ubus (as LuCI does), noticed at 2026-11-22 02:35:44 UTC; init logged it: Thu Nov 26 04:14:56 2026; requester unknown
took at least 5.000 s: before stop scripts at least 5.000 s
no signal was recorded: unknown which processes were signalled
slowest: S95foo 812 >5.000 s
stalled for 5.000 s: start script S95foo (pid 812) still runs in the foreground: no stop script starts before it ends
ends before reboot(2): the machine may have been reset during the shutdown (a watchdog, by hand), or its last lines are missing
`
	if got := Analyse(tr).verdict(""); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// The same from the console alone.
	tr.Events[0].Seq, tr.Events[0].Origin = 0, event.OriginConsole
	if s := Analyse(tr); s.Way != WayUbus {
		t.Errorf("from the console: %v", s.Way)
	}
}

// A call of reboot(2) that does not come through.
func TestHangInReboot(t *testing.T) {
	tr := parseTrail(50, "0 reboot:reboot")
	tr.Events[0].ParentPID = 140
	stalled(tr, 5, "no signal, exit or mark for 5 s of shutdown; init still waits for:", "(reboot 811) state D, device_shutdown, for 5 s")
	if got, want := Analyse(tr).ended(), "ends with reboot(2): restart; processes still ran 5.000 s later"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestCompare(t *testing.T) {
	before := Analyse(parseTrail(50, "0 ask", "1 1>15>60", "1.2 exit:60", "2 1>15>61", "5 1>15>50", "6 1>9>50!", "8 reboot:procd!"))
	now := Analyse(parseTrail(50, "0 ask", "1 1>15>60", "3.5 exit:60", "4 1>15>61", "7 1>15>50", "7.001 1>15>61", "8 1>9>50!", "8.001 1>9>61!", "10 reboot:procd!"))
	for _, c := range []struct {
		before, now *Shutdown
		want        string
	}{
		{before, before, ""},
		{nil, now, ""},
		{before, now, "duration +2.0 s; newly needed KILL: p61; slower: p60 +2.3 s"},
		{now, before, "duration -2.0 s; no longer needed KILL: p61; faster: p60 -2.3 s"},
		{Analyse(parseTrail(50, "9 reboot:reboot!")), now, ""},
		{Analyse(parseTrail(50, "0 ask", "1 1>15>60")), now, ""},
		{named(t, "console"), named(t, "reboot"), ""}, // the console knows less
	} {
		if got := strings.Join(compare(c.before, c.now), "; "); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
	list := []*Shutdown{now, named(t, "panic"), named(t, "forced"), before}
	if Earlier(list, 0) != before || Earlier(list, 3) != nil {
		t.Error("the one to compare to is the last one that went the same way")
	}
}

// Before a sysupgrade, init stops each service by a signal of its own, which the kernel
// does not take for a shutdown.
func TestServicesStopped(t *testing.T) {
	for name, c := range map[string]struct {
		jail  uint32
		words []string
		want  int
	}{
		"all services":      {0, []string{"0 1>15>40", "0.001 1>15>50", "0.002 1>15>60"}, 0},
		"in a jail":         {49, []string{"0 1>15>40", "0.001 1>15>49", "0.002 49>15>50", "0.003 1>15>60"}, 0},
		"another before":    {0, []string{"0 1>15>30", "5 1>15>40", "5.001 1>15>50", "5.002 1>15>60"}, 1},
		"the daemon alone":  {0, []string{"0 1>15>50"}, none},
		"two services":      {0, []string{"0 1>15>40", "0.001 1>15>50"}, none},
		"not the daemon":    {0, []string{"0 1>15>40", "0.001 1>15>41", "0.002 1>15>60"}, none},
		"by another sender": {0, []string{"0 7>15>40", "0.001 7>15>50", "0.002 7>15>60"}, none},
		"one by one":        {0, []string{"0 1>15>40", "1 1>15>50", "2 1>15>60"}, none},
	} {
		tr := parseTrail(50, c.words...)
		for i := range tr.Events {
			tr.Events[i].Flags = 0
		}
		if got := ServicesStopped(tr.Events, 50, c.jail); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
		tr.JailPID = c.jail
		s := Analyse(tr)
		if stopped := s.Way == WayServices; stopped != (c.want != none) || stopped && s.Begin != tr.Events[c.want].Time {
			t.Errorf("%s: %v from %d", name, s.Way, s.Begin)
		}
	}
	// A kill-all.
	tr := parseTrail(50, "0 1>15>40", "0.001 1>15>50", "0.002 1>15>60")
	if got := ServicesStopped(tr.Events, 50, 0); got != none {
		t.Errorf("a kill-all: %d", got)
	}
	for i := range tr.Events {
		tr.Events[i].Flags = 0
	}
	want := "init stopped all services, 10.000 s after boot, as before a sysupgrade; what came then was not recorded\n"
	if got := Analyse(tr).verdict(""); !strings.HasPrefix(got, want) {
		t.Errorf("got %s", got)
	}
}
