// SPDX-License-Identifier: GPL-2.0-only

package why

import (
	"slices"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/golden"
)

const (
	start = 1795608000e9 // ns since 1970: 2026-11-25 12:00:00 UTC, when the boot began

	s    = uint64(1e9)
	ms   = uint64(1e6)
	mins = 60 * s
	hour = 60 * mins
)

const (
	hup, segv, usr1, pipe, term, abrt, kill = 1, 11, 10, 13, 15, 6, 9

	caught  = event.FlagCaught
	fatal   = event.FlagDefault | event.FlagFatal
	ofInit  = event.FlagOfInit
	down    = event.FlagShutdown
	fromKrn = event.FlagKernel
)

// story builds a trail.
type story struct {
	events []event.Event
	seq    uint64
}

func tell() *story { return &story{} }

func (y *story) add(at uint64, e event.Event) *story {
	y.seq++
	e.Seq, e.Time, e.Wall = y.seq, at, start+int64(at)
	y.events = append(y.events, e)
	return y
}

// lose loses records.
func (y *story) lose(n uint64) *story {
	y.seq += n
	return y
}

type party struct {
	name string
	pid  uint32
}

var (
	procd   = party{"procd", 1}
	dnsmasq = party{"dnsmasq", 901}
	killall = party{"killall", 120}
	sh      = party{"sh", 99}
	crond   = party{"crond", 80}
	nobody  = party{}
)

func (y *story) sig(at uint64, from, parent, to party, n uint32, flags event.Flags) *story {
	return y.add(at, signal(from, parent, to, n, flags))
}

// signal is one by a process whose parent is a child of init, see from.
func signal(from, parent, to party, n uint32, flags event.Flags) event.Event {
	e := event.Event{Signal: n, Flags: flags, SenderPID: from.pid, SenderName: from.name, ParentPID: parent.pid, ParentName: parent.name,
		TargetPID: to.pid, TargetTID: to.pid, TargetName: to.name}
	if parent.pid > 1 {
		e.Ancestors = e.Ancestors.With(procd.name, procd.pid)
	}
	return e
}

// kernel is a signal of the kernel, in the context of a process.
func (y *story) kernel(at uint64, in, to party, n uint32, code int32, flags event.Flags) *story {
	return y.add(at, event.Event{Signal: n, Code: code, Flags: flags | fromKrn, ContextPID: in.pid, ContextName: in.name,
		TargetPID: to.pid, TargetName: to.name})
}

// exit is the end of a child of init that had run for a time.
func (y *story) exit(at uint64, p party, status uint32, ran uint64, flags event.Flags) *story {
	return y.add(at, event.Event{Kind: event.KindExit, TargetPID: p.pid, TargetName: p.name, ExitStatus: status, RunTime: ran, Flags: flags | ofInit})
}

// took says since when the last process had been asked to end.
func (y *story) took(first, last uint64) *story {
	e := &y.events[len(y.events)-1]
	e.SinceFirst, e.SinceLast = first, last
	return y
}

// printed makes the last event one that was read from what the kernel printed.
func (y *story) printed() *story {
	y.events[len(y.events)-1].Origin = event.OriginConsole
	return y
}

// of names the services of the last event.
func (y *story) of(target, sender string) *story {
	e := &y.events[len(y.events)-1]
	e.TargetService, e.SenderService = target, sender
	return y
}

func (y *story) outcome(o event.Outcome, count uint32) *story {
	e := &y.events[len(y.events)-1]
	e.Outcome, e.Count = o, count
	if count != 0 {
		e.TimeLast = e.Time + s
	}
	return y
}

// alive is a record that shows that the trail goes on from its beginning.
func alive() *story { return tell().sig(s, procd, nobody, party{"ubusd", 50}, hup, caught) }

func (y *story) boot(q Query) *Boot {
	b := Running(q)
	for i := range y.events {
		b.Add(&y.events[i])
	}
	return b
}

func exited(code uint32) uint32 { return code << 8 }

type tale struct {
	name, ask string
	story     *story
	first     string // line
}

var stories = []tale{
	{"exit 0", "dnsmasq", alive().exit(hour, dnsmasq, 0, 59*mins, 0),
		"dnsmasq 901 exited 0 by itself"},
	{"exit 2 at once", "dnsmasq", alive().exit(hour, dnsmasq, exited(2), 300*ms, 0),
		"dnsmasq 901 exited 2 by itself, 0.300 s after its start"},
	{"script from cron", "dnsmasq", alive().
		sig(hour, procd, nobody, dnsmasq, hup, caught).outcome(event.Delivered, 3).
		sig(2*hour, sh, crond, dnsmasq, usr1, caught).
		sig(3*hour, killall, sh, dnsmasq, term, fatal).of("dnsmasq", "cron").
		exit(3*hour+12*ms, dnsmasq, term, 3*hour-mins, 0).took(12*ms, 12*ms).of("dnsmasq", ""),
		"dnsmasq 901 was killed by SIGTERM that (killall 120) < (sh 99) (service cron) sent"},
	{"handled", "dnsmasq", alive().
		sig(hour, killall, sh, dnsmasq, term, caught).exit(hour+120*ms, dnsmasq, 0, mins, 0).took(120*ms, 120*ms),
		"dnsmasq 901 exited 0, 0.120 s after SIGTERM that (killall 120) < (sh 99) sent"},
	{"reload fails", "dnsmasq", alive().
		sig(hour, procd, nobody, dnsmasq, hup, caught).exit(hour+20*ms, dnsmasq, exited(1), mins*30, 0),
		"dnsmasq 901 exited 1, 0.020 s after SIGHUP that (procd 1) sent"},
	{"reload long before", "dnsmasq", alive().
		sig(hour, procd, nobody, dnsmasq, hup, caught).exit(2*hour, dnsmasq, exited(1), hour+mins, 0).took(0, hour),
		"dnsmasq 901 exited 1"},
	{"reload right before", "dnsmasq", alive().
		sig(hour, procd, nobody, dnsmasq, hup, caught).exit(hour+3*s, dnsmasq, exited(1), 5*s, 0).took(0, 3*s),
		"dnsmasq 901 exited 1, 5.000 s after its start"},
	{"slow to end", "dnsmasq", alive().
		sig(hour, killall, sh, dnsmasq, term, caught).exit(hour+15*mins, dnsmasq, exited(1), 50*mins, 0).took(15*mins, 15*mins),
		"dnsmasq 901 exited 1, 15 min after SIGTERM that (killall 120) < (sh 99) sent"},
	{"slow to end, the second signal is lost", "dnsmasq", alive().
		sig(hour, killall, sh, dnsmasq, term, caught).lose(1).exit(hour+15*mins, dnsmasq, exited(1), 50*mins, 0).took(15*mins, 20*ms),
		"dnsmasq 901 exited 1, 15 min after SIGTERM that (killall 120) < (sh 99) sent"},
	{"slow to end, the signal is lost", "dnsmasq", alive().lose(1).
		exit(hour, dnsmasq, exited(1), 50*mins, 0).took(15*mins, 15*mins),
		"dnsmasq 901 exited 1, 15 min after a signal of which the record is missing"},
	{"stop needs KILL", "dnsmasq", alive().
		sig(hour, procd, nobody, dnsmasq, term, 0).outcome(event.Ignored, 0).
		sig(hour+5*s, procd, nobody, dnsmasq, kill, fatal).exit(hour+5*s+2*ms, dnsmasq, kill, mins, 0).took(2*ms, 2*ms),
		"dnsmasq 901 was killed by SIGKILL that (procd 1) sent, 5.000 s after SIGTERM, which it ignored"},
	{"stop by two", "dnsmasq", alive().
		sig(hour, killall, sh, dnsmasq, term, caught).sig(hour+3*s, party{"killall", 125}, sh, dnsmasq, kill, fatal).
		exit(hour+3*s+ms, dnsmasq, kill, mins, 0),
		"dnsmasq 901 was killed by SIGKILL that (killall 125) < (sh 99) sent, 3.000 s after SIGTERM by (killall 120)"},
	{"segv", "dnsmasq", alive().
		kernel(hour, dnsmasq, dnsmasq, segv, 1, fatal).exit(hour+ms, dnsmasq, segv|0x80, 50*mins, 0),
		"dnsmasq 901 crashed by SIGSEGV (core dumped): nothing is mapped at the address"},
	{"segv by a person", "dnsmasq", alive().
		sig(hour, sh, crond, dnsmasq, segv, fatal).exit(hour+ms, dnsmasq, segv, 50*mins, 0),
		"dnsmasq 901 was killed by SIGSEGV that (sh 99) < (crond 80) sent"},
	{"abort", "dnsmasq", alive().
		sig(hour, dnsmasq, procd, dnsmasq, abrt, fatal).exit(hour+ms, dnsmasq, abrt, 50*mins, 0),
		"dnsmasq 901 crashed by SIGABRT: it aborted itself"},
	{"raised again", "dnsmasq", alive().
		sig(hour, procd, nobody, dnsmasq, term, caught).sig(hour+ms, dnsmasq, procd, dnsmasq, term, fatal).
		exit(hour+2*ms, dnsmasq, term, 50*mins, 0).took(2*ms, ms),
		"dnsmasq 901 was killed by SIGTERM that (procd 1) sent"},
	{"closed pipe", "dnsmasq", alive().
		sig(hour, dnsmasq, procd, dnsmasq, pipe, fatal).exit(hour+ms, dnsmasq, pipe, 50*mins, 0),
		"dnsmasq 901 was killed by SIGPIPE, as for a write to a closed pipe"},
	{"oom", "dnsmasq", alive().
		kernel(hour, party{"tail", 98}, dnsmasq, kill, 128, fatal).exit(hour+ms, dnsmasq, kill, 50*mins, event.FlagOOM),
		"dnsmasq 901 was killed by the OOM killer: (tail 98) asked for memory"},
	{"oom, signal lost", "dnsmasq", alive().
		exit(hour+ms, dnsmasq, kill, 50*mins, event.FlagOOM),
		"dnsmasq 901 was killed by the OOM killer"},
	{"a kernel without that flag", "dnsmasq", alive().
		kernel(hour, party{"tail", 98}, dnsmasq, kill, 128, fatal).exit(hour+ms, dnsmasq, kill, 50*mins, 0),
		"dnsmasq 901 was killed by SIGKILL of the kernel, in (tail 98)"},
	{"jailer of a pid namespace", "dnsmasq", alive().
		sig(hour, killall, sh, party{"ujail", 900}, kill, fatal).
		kernel(hour+ms, party{"ujail", 900}, dnsmasq, kill, 0, fatal).
		exit(hour+2*ms, dnsmasq, kill, 50*mins, 0).of("dnsmasq", "").
		exit(hour+3*ms, party{"ujail", 900}, kill, 50*mins, 0).of("dnsmasq", ""),
		"ujail 900 was killed by SIGKILL that (killall 120) < (sh 99) sent"},
	{"jailer, by its death signal", "901", alive().
		sig(hour, killall, sh, party{"ujail", 900}, kill, fatal).
		sig(hour+ms, party{"ujail", 900}, procd, dnsmasq, kill, fatal).
		exit(hour+2*ms, party{"ujail", 900}, kill, 50*mins, 0).
		exit(hour+3*ms, dnsmasq, kill, 50*mins, 0),
		"dnsmasq 901 was killed by SIGKILL that (ujail 900) sent, which was ended, too"},
	{"a jailer after its service", "900", alive().
		kernel(hour, dnsmasq, dnsmasq, segv, 2, fatal).exit(hour+ms, dnsmasq, segv, 50*mins, 0).of("dnsmasq", "").
		exit(hour+5*ms, party{"ujail", 900}, exited(139), 50*mins, 0).of("dnsmasq", ""),
		"ujail 900 exited 139 by itself"},
	{"reused pid", "901", alive().
		sig(hour, killall, sh, party{"sleep", 901}, term, fatal). // its end is lost
		sig(2*hour, procd, nobody, dnsmasq, hup, caught).
		exit(3*hour, dnsmasq, exited(3), 90*mins, 0),
		"dnsmasq 901 exited 3 by itself"},
	{"two with one pid", "901", alive().
		sig(hour, killall, sh, party{"sleep", 901}, term, fatal).exit(hour+ms, party{"sleep", 901}, term, mins, 0).
		exit(3*hour, dnsmasq, exited(3), 90*mins, 0),
		"dnsmasq 901 exited 3 by itself"},
	{"double fork", "dnsmasq", alive().
		exit(hour, party{"dnsmasq", 900}, 0, 50*ms, 0).
		sig(hour+mins, killall, sh, dnsmasq, term, fatal).exit(hour+mins+ms, dnsmasq, term, mins, 0),
		"dnsmasq 901 was killed by SIGTERM that (killall 120) < (sh 99) sent"},
	{"crash loop", "dnsmasq", alive().
		exit(hour, party{"dnsmasq", 911}, exited(1), 300*ms, 0).exit(hour+5*s, party{"dnsmasq", 912}, exited(1), 310*ms, 0).
		exit(hour+10*s, party{"dnsmasq", 913}, exited(1), 290*ms, 0).exit(hour+16*s, party{"dnsmasq", 914}, exited(1), 800*ms, 0),
		"dnsmasq 914 exited 1 by itself, 0.800 s after its start"},
	{"into the background", "dnsmasq", alive().
		exit(hour, party{"dnsmasq", 911}, 0, 30*ms, 0).exit(hour+5*s, party{"dnsmasq", 912}, 0, 31*ms, 0).
		exit(hour+10*s, party{"dnsmasq", 913}, 0, 29*ms, 0),
		"dnsmasq 913 exited 0 by itself, 0.029 s after its start"},
	{"every night", "dnsmasq", alive().
		sig(10*hour, killall, sh, dnsmasq, term, fatal).exit(10*hour+ms, dnsmasq, term, 5*hour, 0).
		sig(34*hour, party{"killall", 920}, sh, party{"dnsmasq", 921}, term, fatal).exit(34*hour+ms, party{"dnsmasq", 921}, term, 24*hour-5*s, 0),
		"dnsmasq 921 was killed by SIGTERM that (killall 920) < (sh 99) sent"},
	{"all kinds", "dnsmasq", alive().
		exit(hour, party{"dnsmasq", 911}, exited(1), mins*10, 0).exit(2*hour, party{"dnsmasq", 912}, exited(1), mins*30, 0).
		sig(3*hour, killall, sh, dnsmasq, term, caught).exit(3*hour+50*ms, dnsmasq, 0, 30*mins, 0),
		"dnsmasq 901 exited 0, 0.050 s after SIGTERM that (killall 120) < (sh 99) sent"},
	{"lost before", "dnsmasq", alive().lose(120).
		exit(hour, dnsmasq, exited(2), 300*ms, 0),
		"dnsmasq 901 exited 2 by itself, 0.300 s after its start"},
	{"lost before, of a kernel that knows no run time", "dnsmasq", alive().lose(120).
		exit(hour, dnsmasq, exited(2), 0, 0),
		"dnsmasq 901 exited 2"},
	{"forgotten", "dnsmasq", alive().
		exit(hour, dnsmasq, exited(2), 40*mins, event.FlagForgotten),
		"dnsmasq 901 exited 2"},
	{"the signal is lost", "dnsmasq", alive().lose(120).
		exit(hour, dnsmasq, exited(2), 40*mins, 0).took(20*ms, 10*ms),
		"dnsmasq 901 exited 2, 0.010 s after a signal of which the record is missing"},
	{"the signal was long ago", "dnsmasq", alive().lose(120).
		exit(hour, dnsmasq, exited(2), 40*mins, 0).took(0, 30*mins),
		"dnsmasq 901 exited 2"},
	{"a kernel that knows no run time", "dnsmasq", alive().
		exit(hour, dnsmasq, exited(2), 0, 0),
		"dnsmasq 901 exited 2"},
	{"printed", "dnsmasq", alive().
		exit(hour, dnsmasq, exited(2), 300*ms, 0).printed(),
		"dnsmasq 901 exited 2, 0.300 s after its start"},
	{"printed, lost before", "dnsmasq", alive().lose(120).
		exit(hour, dnsmasq, exited(2), 300*ms, 0).printed(),
		"dnsmasq 901 exited 2, 0.300 s after its start"},
	{"printed, the signal is lost", "dnsmasq", alive().
		exit(hour, dnsmasq, exited(2), 0, 0).took(5*s, 0).printed(),
		"dnsmasq 901 exited 2, 5.000 s after a signal of which the record is missing"},
	{"lost long before", "dnsmasq", alive().lose(120).
		sig(2*s, procd, nobody, dnsmasq, hup, caught).exit(hour, dnsmasq, exited(2), hour-s, 0),
		"dnsmasq 901 exited 2 by itself"},
	{"killed, lost", "dnsmasq", alive().lose(1).
		sig(2*s, procd, nobody, dnsmasq, hup, caught).exit(hour, dnsmasq, kill, hour-s, 0),
		"dnsmasq 901 was killed by SIGKILL; who sent it is not recorded"},
	{"lost before its start", "dnsmasq", alive().lose(1).
		sig(2*s, procd, nobody, dnsmasq, hup, caught).exit(hour, dnsmasq, kill, mins, 0),
		"dnsmasq 901 was killed by SIGKILL; who sent it is not recorded"},
	{"before the trail", "dnsmasq", tell().lose(4000).
		exit(hour, dnsmasq, kill, 30*mins, 0),
		"dnsmasq 901 was killed by SIGKILL; who sent it is not recorded"},
	{"capture off", "dnsmasq", alive().
		add(30*mins, event.Event{Kind: event.KindSwitch, Text: "enable=0", SenderPID: 99, SenderName: "sh"}).
		add(59*mins, event.Event{Kind: event.KindSwitch, Text: "enable=1", SenderPID: 99, SenderName: "sh"}).
		exit(hour, dnsmasq, kill, 50*mins, 0),
		"dnsmasq 901 was killed by SIGKILL; who sent it is not recorded"},
	{"only counted", "dnsmasq", alive().
		add(59*mins, event.Event{Kind: event.KindSummary, Signal: usr1, Count: 5120, SenderUID: 65534, SenderPID: 70}).
		exit(hour, dnsmasq, kill, 50*mins, event.FlagShare),
		"dnsmasq 901 was killed by SIGKILL; who sent it is not recorded"},
	{"only counted, and forgotten", "dnsmasq", alive().
		add(hour-s, event.Event{Kind: event.KindSummary, Signal: 18, Count: 5120, SenderUID: 65534, SenderPID: 70}).
		exit(hour, dnsmasq, exited(2), 50*mins, event.FlagForgotten),
		"dnsmasq 901 exited 2"},
	{"no end", "dnsmasq", alive().
		sig(hour, killall, sh, dnsmasq, kill, fatal).sig(2*hour, procd, nobody, party{"ubusd", 50}, hup, caught),
		"dnsmasq 901 was sent SIGKILL by (killall 120) < (sh 99); its end is not recorded"},
	{"not ended", "dnsmasq", alive().
		sig(hour, killall, sh, dnsmasq, term, caught),
		"no end of dnsmasq is recorded"},
	{"system goes down", "dnsmasq", alive().
		sig(hour, procd, nobody, dnsmasq, term, caught|down).exit(hour+20*ms, dnsmasq, 0, 50*mins, down).took(20*ms, 20*ms),
		"dnsmasq 901 went down with the system: exited 0, 0.020 s after SIGTERM that (procd 1) sent"},
	{"survivor", "dnsmasq", alive().
		sig(hour, procd, nobody, dnsmasq, kill, fatal|down).
		add(hour+s, event.Event{Kind: event.KindSurvivor, TargetPID: 901, TargetName: "dnsmasq", TargetTID: 901, State: 'D',
			Text: "percpu_rwsem_wait", Flags: event.FlagKillPending | down}),
		"dnsmasq 901 was still running at reboot(2): D in percpu_rwsem_wait; KILL pending"},
	{"many signals", "dnsmasq", alive().
		sig(hour, procd, nobody, dnsmasq, hup, caught).sig(hour, sh, crond, dnsmasq, usr1, caught).sig(hour, sh, crond, dnsmasq, 12, caught).
		sig(hour, sh, crond, dnsmasq, 18, event.FlagDefault).sig(hour, sh, crond, dnsmasq, 20, event.FlagDefault).
		sig(hour, sh, crond, dnsmasq, 28, 0).outcome(event.Ignored, 0).sig(hour, sh, crond, dnsmasq, 35, caught).sig(hour, sh, crond, dnsmasq, 36, caught).
		sig(hour, sh, crond, dnsmasq, 37, caught).outcome(event.Delivered, 48211).sig(hour+s, killall, sh, dnsmasq, term, 0).outcome(event.Ignored, 0).
		exit(2*hour, dnsmasq, exited(1), 90*mins, 0),
		"dnsmasq 901 exited 1 by itself"},
	{"hostile name", "\\x1b[2J", alive().exit(hour, party{"\x1b[2J", 5}, exited(1), hour/2, 0),
		`\x1b\x5b2J 5 exited 1 by itself`},
	{"a service and others of that name", "dns", alive().
		exit(hour, party{"dnsmasq", 7}, exited(1), mins*2, 0).of("dns/lan", "").exit(hour+s, party{"dns", 8}, 0, mins*2, 0).of("other", ""),
		"dnsmasq 7 exited 1 by itself"},
}

func TestStories(t *testing.T) {
	text, json := "", []byte(nil)
	for _, c := range slices.Concat(stories, facts, ofProcd, senders, faults) {
		b := c.story.boot(Ask(c.ask))
		a := Answers(Ask(c.ask), []*Boot{b}, 0, start+int64(40*hour))
		got := string(a.AppendText(nil, 10))
		if first, _, _ := strings.Cut(got, "\n"); first != c.first || !a.Known() {
			t.Errorf("%s: the first line is\n%s, want\n%s", c.name, first, c.first)
		}
		text += "== " + c.name + "\n" + got + "\n"
		json = append(a.AppendJSON(append(json, "== "+c.name+"\n"...), 10), '\n')
	}
	golden.Check(t, "stories.golden", []byte(text))
	golden.Check(t, "stories-json.golden", json)
}
