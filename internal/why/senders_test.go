// SPDX-License-Identifier: GPL-2.0-only

package why

import "sigtrail/internal/found"

var byReload = found.Note{Asker: []found.Process{command(party{"dnsmasq", 300}, "/bin/sh /etc/rc.common /etc/init.d/dnsmasq reload")}}

// senders are stories of who sent a signal, and of who only looks like it.
var senders = []tale{
	{"init, asked by another a day before", "dnsmasq", alive().
		sig(hour, procd, nobody, dnsmasq, term, caught).find(0, byReload).
		sig(30*hour, procd, nobody, dnsmasq, term, caught).exit(30*hour+20*ms, dnsmasq, 0, 30*hour, 0).took(29*hour, 20*ms),
		"dnsmasq 901 exited 0, 0.020 s after SIGTERM that (procd 1) sent"},
	{"init, asked by another a day before, and a stop by force", "dnsmasq", alive().
		sig(hour, procd, nobody, dnsmasq, term, caught).find(0, byReload).
		sig(30*hour, procd, nobody, dnsmasq, term, caught).sig(30*hour+5*s, procd, nobody, dnsmasq, kill, fatal).
		exit(30*hour+5*s+ms, dnsmasq, kill, 30*hour, 0).took(29*hour, ms),
		"dnsmasq 901 was killed by SIGKILL that (procd 1) sent, 5.000 s after SIGTERM"},
	{"a late note on the signal before", "dnsmasq", alive().
		sig(hour, procd, nobody, dnsmasq, term, caught).sig(hour+20*s, procd, nobody, dnsmasq, term, caught).find(1, byReload).
		exit(hour+21*s, dnsmasq, 0, hour, 0).took(21*s, s),
		"dnsmasq 901 exited 0, 1.000 s after SIGTERM that (procd 1) sent"},
	{"asked once for two signals", "dnsmasq", alive().
		sig(hour, procd, nobody, dnsmasq, term, caught).sig(hour+s, procd, nobody, dnsmasq, term, caught).find(1, byReload).
		exit(hour+2*s, dnsmasq, 0, hour, 0).took(2*s, s),
		"dnsmasq 901 exited 0, 1.000 s after SIGTERM that (procd 1) sent"},
	{"another sender of the same id and name", "dnsmasq", alive().
		sig(hour, killall, reload, dnsmasq, term, caught).from(crond, procd).find(0, byScript).
		sig(30*hour, killall, sh, dnsmasq, term, caught).from(party{"login", 70}, procd).
		exit(30*hour+20*ms, dnsmasq, 0, 30*hour, 0).took(29*hour, 20*ms),
		"dnsmasq 901 exited 0, 0.020 s after SIGTERM that (killall 120) < (sh 99) < (login 70) sent"},
	{"the same sender, whose parent ended", "dnsmasq", alive().
		sig(hour, killall, reload, dnsmasq, hup, caught).from(crond, procd).sig(hour+s, killall, procd, dnsmasq, hup, caught|reparented).
		sig(hour+2*s, killall, procd, dnsmasq, hup, caught|reparented).exit(hour+2*s+ms, dnsmasq, exited(1), hour, 0).took(0, ms),
		"dnsmasq 901 exited 1, 0.001 s after SIGHUP that (killall 120) sent, which was re-parented to (procd 1)"},
	{"asked for the TERM, not for the KILL", "dnsmasq", alive().
		sig(hour, procd, nobody, dnsmasq, term, caught).find(0, byReload).
		sig(hour+5*s, procd, nobody, dnsmasq, kill, fatal).find(0, found.Note{Asker: []found.Process{command(party{"httpd", 301}, "")}}).
		exit(hour+5*s+ms, dnsmasq, kill, hour, 0).took(5*s, ms),
		"dnsmasq 901 was killed by SIGKILL that (procd 1) sent, 5.000 s after SIGTERM"},
	{"another shell of the same id, right after", "dnsmasq", alive().
		sig(hour, killall, reload, dnsmasq, term, caught).from(crond, procd).find(0, byScript).
		sig(hour+s, killall, party{"reload.sh", 119}, dnsmasq, term, caught).from(crond, procd).exit(hour+s+ms, dnsmasq, exited(1), hour, 0).took(s+ms, ms),
		"dnsmasq 901 exited 1, 0.001 s after SIGTERM that (killall 120) < (reload.sh 119) < (crond 80) sent"},
	{"asked by one of a long line", "dnsmasq", alive().
		sig(hour, procd, nobody, dnsmasq, term, fatal).find(0, found.Note{Asker: byReload.Asker, More: true}).exit(hour+ms, dnsmasq, term, 50*mins, 0),
		"dnsmasq 901 was killed by SIGTERM that (procd 1) sent"},
	{"commands of a long line", "dnsmasq", alive().
		sig(hour, killall, reload, party{"dnsmasq", 900}, term, fatal).from(sh, party{"login", 70}, party{"ash", 60}).find(0, found.Note{Sender: byScript.Sender[:2], More: true}).
		sig(hour+ms, killall, reload, dnsmasq, term, fatal).from(sh, party{"login", 70}, party{"ash", 60}).exit(hour+2*ms, dnsmasq, term, 50*mins, 0),
		`dnsmasq 901 was killed by SIGTERM that (killall 120) "killall dnsmasq" < (reload.sh 99) < (sh 99) < (login 70) < (ash 60) < ... sent`},
	{"an older kernel part, each night", "dnsmasq", alive().
		sig(10*hour, killall, sh, dnsmasq, term, fatal).from().exit(10*hour+ms, dnsmasq, term, 5*hour, 0).
		sig(34*hour, party{"killall", 920}, sh, dnsmasq, term, fatal).from().exit(34*hour+ms, dnsmasq, term, 24*hour-5*s, 0),
		"dnsmasq 901 was killed by SIGTERM that (killall 920) < (sh 99) < ... sent"},
	{"re-parented to another, twice", "dnsmasq", alive().
		sig(hour, killall, party{"tini", 70}, dnsmasq, term, fatal|reparented).from(procd).exit(hour+ms, dnsmasq, term, 50*mins, 0).
		sig(2*hour, party{"killall", 125}, party{"tini", 70}, dnsmasq, term, fatal|reparented).from(procd).exit(2*hour+ms, dnsmasq, term, 50*mins, 0),
		"dnsmasq 901 was killed by SIGTERM that (killall 125) sent, which was re-parented to (tini 70)"},
}
