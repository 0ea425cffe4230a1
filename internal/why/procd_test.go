// SPDX-License-Identifier: GPL-2.0-only

package why

import (
	"testing"

	"sigtrail/internal/event"
	"sigtrail/internal/found"
	"sigtrail/test/golden"
)

// aside puts the process of the last event into init's own cgroup, with its scripts.
func (y *story) aside() *story {
	y.events[len(y.events)-1].TargetCgroup = event.RootCgroup
	return y
}

// grouped puts it into a service's.
func (y *story) grouped(service string) *story {
	y.of(service, "").events[len(y.events)-1].TargetCgroup = 200
	return y
}

// booted is what a boot of procd begins with: its preinit, coldplug, start scripts.
func booted() *story {
	y := alive().sig(4*s, party{"init", 1}, nobody, party{"procd", 70}, kill, fatal).exit(4*s+ms, party{"procd", 70}, kill, s, 0).aside()
	for i := range uint32(4) {
		y.exit(5*s+uint64(i)*300*ms, party{"ln", 80 + i}, 0, 50*ms, 0).aside()
	}
	return y.exit(6*s, party{"kmodloader", 90}, exited(255), 400*ms, 0).aside().
		exit(7*s, party{"sh", 91}, exited(1), s, 0).aside().exit(8*s, party{"sh", 92}, 0, s, 0).aside().exit(9*s, party{"sh", 93}, 0, s, 0).aside().
		exit(10*s, party{"S10system", 94}, 0, s, 0).aside()
}

// running is the script that procd calls after each start.
func (y *story) running(at uint64, name string, pid, code uint32) *story {
	return y.exit(at, party{name, pid}, exited(code), 600*ms, 0).aside()
}

// looping is a service that fails right after each start.
func looping(y *story) *story {
	for i := range uint64(3) {
		at := 60*s + i*6*s
		y.exit(at, party{"loopd", uint32(600 + 2*i)}, exited(1), 200*ms, 0).grouped("loopd").running(at+s, "loopd", uint32(601+2*i), 1)
	}
	return y
}

// killedInJail is the daemon, killed in its jail, and started again.
func killedInJail() *story {
	ash := party{"ash", 59}
	return booted().running(27*s, "sigtrail", 341, 0).
		sig(41*s, ash, procd, party{"sigtrail", 357}, kill, fatal).grouped("sigtrail").
		exit(41*s+5*ms, party{"sigtrail", 357}, kill, 18*s, 0).took(5*ms, 5*ms).grouped("sigtrail").
		exit(41*s+23*ms, party{"sigtrail", 340}, exited(137), 19*s, 0).grouped("sigtrail").
		running(44*s, "sigtrail", 596, 0).
		sig(47*s, procd, nobody, party{"sigtrail", 595}, term, caught).grouped("sigtrail").sig(47*s+ms, party{"sigtrail", 595}, procd, party{"sigtrail", 598}, term, caught).grouped("sigtrail").
		exit(47*s+80*ms, party{"sigtrail", 598}, 0, 4*s, 0).took(79*ms, 79*ms).grouped("sigtrail").
		exit(47*s+90*ms, party{"sigtrail", 595}, 0, 5*s, 0).took(90*ms, 90*ms).grouped("sigtrail")
}

func restarted() *story {
	httpd := party{"httpd", 456}
	return booted().running(38*s, "httpd", 457, 0).
		sig(50*s, procd, nobody, httpd, term, fatal).grouped("httpd").
		find(0, found.Note{Asker: []found.Process{command(party{"httpd", 700}, "/bin/sh /etc/rc.common /etc/init.d/httpd restart")}}).
		exit(50*s+5*ms, httpd, term, 30*s, 0).grouped("httpd").running(52*s, "httpd", 739, 0)
}

var ofProcd = []tale{
	{"a service and its scripts", "httpd", restarted(),
		"httpd 456 was killed by SIGTERM that (procd 1) sent"},
	{"its init script failed", "sigtrail", killedInJail().running(67*s, "sigtrail", 902, 1),
		"sigtrail 595 exited 0, 0.090 s after SIGTERM that (procd 1) sent"},
	{"a script alone", "system", booted().exit(60*s, dnsmasq, term, 5*s, 0).grouped("dnsmasq").running(65*s, "system", 500, 1).running(70*s, "system", 501, 0),
		"system 501 exited 0 by itself, 0.600 s after its start"},
	{"unrelated scripts", "sh", restarted(),
		"sh 93 exited 0 by itself, 1.000 s after its start"},
	{"a script by its id", "739", restarted(),
		"httpd 739 exited 0 by itself, 0.600 s after its start"},
	{"a loop beside its scripts", "loopd", looping(booted()),
		"loopd 604 exited 1 by itself, 0.200 s after its start"},
	{"without cgroups", "httpd", booted().exit(40*s, party{"httpd", 456}, exited(1), 2*s, 0).exit(45*s, party{"httpd", 460}, exited(1), 2*s, 0),
		"httpd 460 exited 1 by itself, 2.000 s after its start"},
	{"a jail by its id", "340", killedInJail(),
		"sigtrail 340 exited 137 by itself, 19 s after its start"},
	{"a jail alone", "ntpd", booted().exit(mins, party{"ntpd", 700}, exited(139), 40*s, 0).grouped("ntpd"),
		"ntpd 700 exited 139 by itself, 40 s after its start"},
	{"a status that says another signal", "ntpd", booted().sig(mins, killall, sh, party{"ntpd", 701}, kill, fatal).grouped("ntpd").
		exit(mins+ms, party{"ntpd", 701}, kill, 40*s, 0).grouped("ntpd").exit(mins+20*ms, party{"ntpd", 700}, exited(143), 41*s, 0).grouped("ntpd"),
		"ntpd 700 exited 143 by itself, 41 s after its start"},
}

// The list of a router with procd, and that of one whose clock is not set.
func TestServices(t *testing.T) {
	text := ""
	for _, unset := range []bool{false, true} {
		y := looping(killedInJail()).exit(90*s, party{"rpcd", 800}, exited(3), 40*s, 0).grouped("rpcd").
			exit(91*s, party{"cron", 801}, 0, 40*s, 0).grouped("cron").exit(99*s, party{"cron", 802}, 0, 5*s, 0).grouped("cron").exit(100*s, party{"cron", 803}, 0, 40*s, 0).grouped("cron").
			sig(100*s, procd, nobody, dnsmasq, term, fatal).grouped("dnsmasq").exit(100*s+ms, dnsmasq, term, 50*s, 0).grouped("dnsmasq").
			kernel(101*s, party{"uhttpd", 804}, party{"uhttpd", 804}, segv, 1, fatal).grouped("uhttpd").exit(101*s+ms, party{"uhttpd", 804}, segv, 50*s, 0).grouped("uhttpd")
		if unset {
			for i := range y.events {
				y.events[i].Wall = int64(y.events[i].Time)
			}
		}
		a := Answers(Query{}, []*Boot{y.boot(Query{})}, 0, 0)
		text += string(a.AppendText(nil, 10)) + "\n" + string(a.AppendJSON(nil, 10)) + "\n\n"
	}
	golden.Check(t, "services.golden", []byte(text))
}
