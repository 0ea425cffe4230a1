// SPDX-License-Identifier: GPL-2.0-only

package why

import (
	"sigtrail/internal/event"
	"sigtrail/internal/found"
)

const (
	bus, ill, fpe = 7, 4, 8

	reparented = event.FlagReparented
)

var (
	reload   = party{"reload.sh", 99}
	sigtrail = party{"sigtrail", 64}
	ujail    = party{"ujail", 63}
)

// from gives the sender of the last event ancestors beyond its parent; none: they are not recorded.
func (y *story) from(ancestors ...party) *story {
	e := &y.events[len(y.events)-1]
	e.Ancestors = ""
	for _, p := range ancestors {
		e.Ancestors = e.Ancestors.With(p.name, p.pid)
	}
	return y
}

// at makes the last event a fault.
func (y *story) at(address, pc uint64) *story {
	e := &y.events[len(y.events)-1]
	e.Flags, e.FaultAddress, e.FaultPC = e.Flags|event.FlagFault, address, pc
	return y
}

// had says how much memory the process had that ended.
func (y *story) had(kib uint64) *story {
	y.events[len(y.events)-1].PeakRSS = kib
	return y
}

// find adds a note on what was found about the record so many before the newest one.
func (y *story) find(back uint64, n found.Note) *story {
	n.Seq = y.seq - back
	last := &y.events[len(y.events)-1]
	y.events = append(y.events, event.Event{Kind: event.KindNote, Time: last.Time + ms, Text: string(n.Append(nil))})
	return y
}

func command(p party, line string) found.Process {
	return found.Process{PID: p.pid, Name: p.name, Command: line}
}

var (
	byScript  = found.Note{Sender: []found.Process{command(killall, "killall dnsmasq"), command(reload, "/bin/sh /etc/reload.sh"), command(crond, "crond -f")}}
	inDnsmasq = found.Note{File: "/usr/sbin/dnsmasq", PC: 0x10434, Offset: 0x434}
)

// jailDies is the end of the daemon's ujail for want of memory, and then of the daemon.
func jailDies(first ...func(*story)) *story {
	y := alive()
	for _, do := range first {
		do(y)
	}
	return y.
		sig(hour+2*ms, ujail, procd, sigtrail, term, caught).of("sigtrail", "sigtrail").
		exit(hour+2*ms+1000, ujail, kill, 50*mins, event.FlagOOM).of("sigtrail", "").had(40000).
		exit(hour+90*ms, sigtrail, 0, 50*mins, 0).took(88*ms, 88*ms).of("sigtrail", "")
}

// facts are stories of what only newer kernel parts record, and of what the daemon finds.
var facts = []tale{
	{"chain", "dnsmasq", alive().
		sig(hour, killall, reload, dnsmasq, term, fatal).from(crond, procd).exit(hour+ms, dnsmasq, term, 50*mins, 0),
		"dnsmasq 901 was killed by SIGTERM that (killall 120) < (reload.sh 99) < (crond 80) sent"},
	{"chain with commands", "dnsmasq", alive().
		sig(hour, killall, reload, dnsmasq, term, fatal).from(crond, procd).of("dnsmasq", "cron").exit(hour+ms, dnsmasq, term, 50*mins, 0).find(1, byScript),
		`dnsmasq 901 was killed by SIGTERM that (killall 120) "killall dnsmasq" < (reload.sh 99) < (crond 80) (service cron) sent`},
	{"one of several targets", "dnsmasq", alive().
		sig(hour, killall, reload, party{"dnsmasq", 900}, term, fatal).from(crond, procd).sig(hour+1000, killall, reload, dnsmasq, term, fatal).from(crond, procd).
		exit(hour+ms, dnsmasq, term, 50*mins, 0).find(2, byScript).exit(hour+ms, party{"dnsmasq", 900}, term, 50*mins, 0).
		sig(hour+s, killall, reload, party{"dnsmasq", 902}, term, fatal).from(crond, procd).exit(hour+2*s, party{"dnsmasq", 902}, term, 50*mins, 0).
		sig(hour+20*s, killall, reload, party{"dnsmasq", 903}, term, fatal).from(crond, procd).exit(hour+21*s, party{"dnsmasq", 903}, term, 50*mins, 0),
		"dnsmasq 903 was killed by SIGTERM that (killall 120) < (reload.sh 99) < (crond 80) sent"},
	{"asked, and stopped by force", "dnsmasq", alive().
		sig(hour, procd, nobody, dnsmasq, term, 0).outcome(event.Ignored, 0).find(0, found.Note{Asker: []found.Process{command(party{"dnsmasq", 300}, "")}}).
		sig(hour+5*s, procd, nobody, dnsmasq, kill, fatal).exit(hour+5*s+2*ms, dnsmasq, kill, mins, 0).took(2*ms, 2*ms),
		"dnsmasq 901 was killed by SIGKILL that (procd 1) sent, 5.000 s after SIGTERM, which it ignored"},
	{"longer chain", "dnsmasq", alive().
		sig(hour, killall, reload, dnsmasq, term, fatal).from(sh, party{"login", 70}, party{"ash", 60}).find(0,
		found.Note{Sender: []found.Process{command(killall, ""), command(reload, `sh -c "x\n"`), command(sh, "")}}).exit(hour+ms, dnsmasq, term, 50*mins, 0),
		"dnsmasq 901 was killed by SIGTERM that (killall 120) < (reload.sh 99) < (sh 99) < (login 70) < (ash 60) < ... sent"},
	{"note of another process", "dnsmasq", alive().
		sig(hour, killall, reload, dnsmasq, term, fatal).exit(hour+ms, dnsmasq, term, 50*mins, 0).find(1, found.Note{Sender: []found.Process{command(sh, "sh -i")}}),
		"dnsmasq 901 was killed by SIGTERM that (killall 120) < (reload.sh 99) sent"},
	{"perhaps asked", "dnsmasq", alive().
		sig(hour, procd, nobody, dnsmasq, term, caught).sig(hour, procd, nobody, party{"ubusd", 50}, hup, caught).exit(hour+20*ms, dnsmasq, 0, 50*mins, 0).took(20*ms, 20*ms).
		find(2, found.Note{Asker: []found.Process{command(party{"dnsmasq", 300}, "/bin/sh /etc/rc.common /etc/init.d/dnsmasq restart"), command(party{"10-wan", 299}, "")}}),
		"dnsmasq 901 exited 0, 0.020 s after SIGTERM that (procd 1) sent"},
	{"re-parented", "dnsmasq", alive().
		sig(hour, killall, procd, dnsmasq, term, fatal|reparented).exit(hour+ms, dnsmasq, term, 50*mins, 0).find(1, byScript),
		`dnsmasq 901 was killed by SIGTERM that (killall 120) "killall dnsmasq" sent, which was re-parented to (procd 1)`},
	{"re-parented, and of its own", "dnsmasq", alive().
		sig(hour, dnsmasq, procd, dnsmasq, abrt, fatal|reparented).exit(hour+ms, dnsmasq, abrt, 50*mins, 0),
		"dnsmasq 901 crashed by SIGABRT: it aborted itself"},
	{"re-parented to another", "dnsmasq", alive().
		sig(hour, sh, party{"tini", 70}, dnsmasq, hup, caught|reparented).sig(hour, killall, party{"tini", 70}, dnsmasq, term, fatal|reparented).from(party{"screen", 60}, procd).
		exit(hour+ms, dnsmasq, term, 50*mins, 0),
		"dnsmasq 901 was killed by SIGTERM that (killall 120) sent, which was re-parented to (tini 70) < (screen 60)"},
	{"the same script each night", "dnsmasq", alive().
		sig(10*hour, killall, reload, dnsmasq, term, fatal).from(crond, procd).exit(10*hour+ms, dnsmasq, term, 5*hour, 0).
		sig(34*hour, party{"killall", 920}, party{"reload.sh", 919}, party{"dnsmasq", 921}, term, fatal).from(crond, procd).
		exit(34*hour+ms, party{"dnsmasq", 921}, term, 24*hour-5*s, 0),
		"dnsmasq 921 was killed by SIGTERM that (killall 920) < (reload.sh 919) < (crond 80) sent"},
	{"segv at", "dnsmasq", alive().
		kernel(hour, dnsmasq, dnsmasq, segv, 1, fatal).at(0, 0x10434).exit(hour+ms, dnsmasq, segv|0x80, 50*mins, 0),
		"dnsmasq 901 crashed by SIGSEGV (core dumped) at address 0x0: nothing is mapped there; pc 0x10434"},
	{"segv at, in a file", "dnsmasq", alive().
		kernel(hour, dnsmasq, dnsmasq, segv, 2, fatal).at(0x10000, 0x10434).find(0, inDnsmasq).exit(hour+ms, dnsmasq, segv, 50*ms, 0),
		"dnsmasq 901 crashed by SIGSEGV at address 0x10000: the mapping does not permit the access; pc 0x10434, offset 0x434 of /usr/sbin/dnsmasq, 0.050 s after its start"},
	{"segv at, in a library", "dnsmasq", alive().
		kernel(hour, dnsmasq, dnsmasq, segv, 99, fatal).at(1<<64-1, 0x7f00fedcba98).find(0, found.Note{File: "/lib/libc.so", PC: 0x7f00fedcba98, Offset: 0x2ba98}).
		exit(hour+ms, dnsmasq, segv, 50*mins, 0),
		"dnsmasq 901 crashed by SIGSEGV at address 0xffffffffffffffff; pc 0x7f00fedcba98, offset 0x2ba98 of /lib/libc.so"},
	{"segv again, after a handler", "dnsmasq", alive().
		kernel(hour, dnsmasq, dnsmasq, segv, 1, caught).at(8, 0x10434).kernel(hour+ms, dnsmasq, dnsmasq, segv, 1, fatal).at(8, 0x10434).
		exit(hour+2*ms, dnsmasq, segv, 50*mins, 0).find(2, inDnsmasq),
		"dnsmasq 901 crashed by SIGSEGV at address 0x8: nothing is mapped there; pc 0x10434, offset 0x434 of /usr/sbin/dnsmasq"},
	{"bus", "dnsmasq", alive().
		kernel(hour, dnsmasq, dnsmasq, bus, 2, fatal).at(0x20000, 0x10434).exit(hour+ms, dnsmasq, bus, 50*mins, 0),
		"dnsmasq 901 crashed by SIGBUS at address 0x20000: no memory is there, as in a file that was cut short; pc 0x10434"},
	{"division by zero", "dnsmasq", alive().
		kernel(hour, dnsmasq, dnsmasq, fpe, 1, fatal).at(0x10434, 0x10434).find(0, inDnsmasq).exit(hour+ms, dnsmasq, fpe, 50*mins, 0),
		"dnsmasq 901 crashed by SIGFPE: an integer was divided by zero; pc 0x10434, offset 0x434 of /usr/sbin/dnsmasq"},
	{"a handler that exits", "dnsmasq", alive().
		kernel(hour-s, dnsmasq, dnsmasq, ill, 1, caught).at(0x10430, 0x10430).
		kernel(hour, dnsmasq, dnsmasq, segv, 1, caught).at(8, 0x10434).find(0, inDnsmasq).exit(hour+ms, dnsmasq, exited(3), 50*mins, 0).took(0, ms),
		"dnsmasq 901 exited 3, 0.001 s after SIGSEGV at address 0x8: nothing is mapped there; pc 0x10434, offset 0x434 of /usr/sbin/dnsmasq"},
	{"many faults", "dnsmasq", alive().
		kernel(hour, dnsmasq, dnsmasq, segv, 1, caught).at(8, 0x10434).outcome(event.Delivered, 3).exit(hour+s+ms, dnsmasq, exited(3), 50*mins, 0).took(0, ms),
		"dnsmasq 901 exited 3, 0.001 s after SIGSEGV at address 0x8: nothing is mapped there; pc 0x10434"},
	{"crash loop", "dnsmasq", alive().
		kernel(hour, dnsmasq, dnsmasq, segv, 1, fatal).at(0, 0x10434).find(0, inDnsmasq).exit(hour+ms, dnsmasq, segv, 300*ms, 0).
		kernel(hour+5*s, party{"dnsmasq", 911}, party{"dnsmasq", 911}, segv, 1, fatal).at(0, 0x20434).find(0, found.Note{File: "/usr/sbin/dnsmasq", PC: 0x20434, Offset: 0x434}).
		exit(hour+5*s+ms, party{"dnsmasq", 911}, segv, 300*ms, 0).
		kernel(hour+10*s, party{"dnsmasq", 912}, party{"dnsmasq", 912}, segv, 1, fatal).at(0, 0x10434).find(0, inDnsmasq).
		exit(hour+10*s+ms, party{"dnsmasq", 912}, segv, 300*ms, 0),
		"dnsmasq 912 crashed by SIGSEGV at address 0x0: nothing is mapped there; pc 0x10434, offset 0x434 of /usr/sbin/dnsmasq, 0.300 s after its start"},
	{"oom with memory", "dnsmasq", alive().
		kernel(hour, party{"tail", 98}, dnsmasq, kill, 128, fatal).exit(hour+ms, dnsmasq, kill, 50*mins, event.FlagOOM).had(152344),
		"dnsmasq 901 was killed by the OOM killer: its peak memory was at least 148.7 MiB; (tail 98) asked for memory"},
	{"oom twice", "dnsmasq", alive().
		kernel(hour, dnsmasq, dnsmasq, kill, 128, fatal).exit(hour+ms, dnsmasq, kill, 50*mins, event.FlagOOM).had(152344).
		kernel(2*hour, party{"tail", 98}, party{"dnsmasq", 902}, kill, 128, fatal).exit(2*hour+ms, party{"dnsmasq", 902}, kill, 50*mins, event.FlagOOM).had(999),
		"dnsmasq 902 was killed by the OOM killer: its peak memory was at least 999 KiB; (tail 98) asked for memory"},
	{"oom, memory full of files", "dnsmasq", alive().
		kernel(hour, sigtrail, dnsmasq, kill, 128, fatal).exit(hour+ms, dnsmasq, kill, 50*mins, event.FlagOOM).had(1130).
		kernel(hour+s, sigtrail, party{"dnsmasq", 902}, kill, 128, fatal).exit(hour+s+ms, party{"dnsmasq", 902}, kill, 50*mins, event.FlagOOM).had(999).
		find(2, found.Note{Shmem: 98304, Total: 106701}).
		kernel(hour+2*s, sigtrail, party{"dnsmasq", 903}, kill, 128, fatal).exit(hour+2*s+ms, party{"dnsmasq", 903}, kill, 50*mins, event.FlagOOM).had(999).
		kernel(hour+mins, sigtrail, party{"dnsmasq", 904}, kill, 128, fatal).exit(hour+mins+ms, party{"dnsmasq", 904}, kill, 50*mins, event.FlagOOM).had(999),
		"dnsmasq 904 was killed by the OOM killer: its peak memory was at least 999 KiB; (sigtrail 64) asked for memory"},
	{"oom, records lost", "sigtrail", alive().lose(120).
		exit(hour+ms, sigtrail, kill, 50*mins, event.FlagOOM).had(20480).of("sigtrail", "").
		exit(2*hour, party{"sigtrail", 70}, 0, 50*mins, 0),
		"sigtrail 70 exited 0 by itself"},
	{"the daemon's jail is the victim", "sigtrail", jailDies(func(y *story) { y.kernel(hour, party{"cat", 98}, ujail, kill, 128, fatal).of("sigtrail", "") }),
		"sigtrail 64 exited 0, 0.088 s after SIGTERM that (ujail 63) sent, which the OOM killer had chosen"},
	{"the daemon's jail is the victim, its signal lost", "sigtrail", jailDies(func(y *story) { y.lose(3) }),
		"sigtrail 64 exited 0, 0.088 s after SIGTERM that (ujail 63) sent, which the OOM killer had chosen"},
}
