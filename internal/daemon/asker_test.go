// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"os"
	"slices"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
)

// byInit is a record of procd that ends a service.
func byInit(service string) event.Event {
	return event.Event{Seq: 1, Time: recordTime, Signal: 15, SenderPID: 1, SenderTID: 1, SenderName: "procd",
		TargetPID: 8, TargetTID: 8, TargetName: "uhttpd", TargetService: service}
}

func TestAsker(t *testing.T) {
	const hotplug = "299 298 S 97 do_wait 10-httpd /bin/sh /etc/hotplug.d/iface/10-httpd"
	const restart = "300 299 S 98 do_wait httpd /bin/sh /etc/rc.common /etc/init.d/httpd restart"
	const of = `(httpd 300) "/bin/sh /etc/rc.common /etc/init.d/httpd restart" < (10-httpd 299) "/bin/sh /etc/hotplug.d/iface/10-httpd" < ...`
	const ubus = "301 300 S 98 x ubus ubus call service delete {\\x20\"name\":\\x20\"httpd\"\\x20}"
	for _, c := range []struct {
		name, service string
		processes     []string
		want          string
	}{
		{"its script", "httpd/instance1", []string{hotplug, restart, "1 0 S 0 x procd /sbin/procd"}, of},
		{"in ubus", "httpd", []string{ubus, hotplug, restart}, `(ubus 301) "ubus call service delete { \x22name\x22: \x22httpd\x22 }" < ` + of},
		{"by its process's name", "", []string{"300 1 S 98 x uhttpd /bin/sh /etc/rc.common /etc/init.d/uhttpd stop"}, `(uhttpd 300) "/bin/sh /etc/rc.common /etc/init.d/uhttpd stop"`},
		{"service", "httpd", []string{"300 1 S 98 x service /bin/sh /sbin/service httpd restart"}, `(service 300) "/bin/sh /sbin/service httpd restart"`},
		{"child of init", "httpd", []string{strings.Replace(restart, "300 299", "300 1", 1), "1 0 S 0 x procd /sbin/procd"}, `(httpd 300) "/bin/sh /etc/rc.common /etc/init.d/httpd restart"`},
		{"rpcd", "httpd", []string{"300 1 S 98 x ubus ubus call rc init {\"name\":\"httpd\",\"action\":\"restart\"}"},
			`(ubus 300) "ubus call rc init {\x22name\x22:\x22httpd\x22,\x22action\x22:\x22restart\x22}"`},
		{"long", "httpd", []string{"309 308 S 98 x httpd /etc/init.d/httpd stop", "308 307 S 9 x sh", "307 306 S 9 x sh", "306 305 S 9 x sh", "305 304 S 9 x sh", "304 1 S 9 x sh"},
			`(httpd 309) "/etc/init.d/httpd stop" < (sh 308) < (sh 307) < (sh 306) < (sh 305) < ...`},
		{"one that ends it, before one that may not", "httpd", []string{"300 1 S 97 x httpd /etc/init.d/httpd stop", "301 1 S 98 x httpd /etc/init.d/httpd start"},
			`(httpd 300) "/etc/init.d/httpd stop"`},
		{"a start can end an instance", "httpd", []string{"301 1 S 98 x httpd /etc/init.d/httpd start"}, `(httpd 301) "/etc/init.d/httpd start"`},
		{"not an action of rc.common", "httpd", []string{"301 1 S 98 x httpd /etc/init.d/httpd configtest"}, ""},
		{"another service", "httpd", []string{strings.ReplaceAll(ubus, "httpd", "httpd2"), strings.ReplaceAll(restart, "httpd", "dnsmasq")}, ""},
		{"asks for nothing", "httpd", []string{"300 1 S 98 x httpd /bin/sh /etc/rc.common /etc/init.d/httpd running", "301 1 S 98 x ubus ubus call service list {\"name\":\"httpd\"}",
			"302 1 S 98 x sh vi /etc/init.d/httpd", "303 1 S 98 x httpd httpd", "304 1 S& 98 x httpd /bin/sh /etc/rc.common /etc/init.d/httpd restart", "305 1 S 98 x ubus ubus call"}, ""},
		{"after the record", "httpd", []string{strings.Replace(restart, "S 98", "S 101", 1)}, ""},
		{"its parent after the record", "httpd", []string{restart, strings.Replace(hotplug, "S 97", "S 101", 1)}, `(httpd 300) "/bin/sh /etc/rc.common /etc/init.d/httpd restart" < ...`},
		{"the target itself", "httpd", []string{"8 1 S 98 x httpd /bin/sh /etc/rc.common /etc/init.d/httpd restart"}, ""},
	} {
		proc := t.TempDir() + "/proc"
		must(t, os.Mkdir(proc, 0o755))
		for _, p := range c.processes {
			addProcess(t, proc, p)
		}
		want := c.want
		if want != "" {
			want = "perhaps asked by " + want
		}
		if got := lookAt(t, proc, byInit(c.service)); got != want {
			t.Errorf("%s: %q, want %q", c.name, got, want)
		}
	}

	// procd kills what its SIGTERM has not ended: who asked for that is in the note on that.
	kill := byInit("httpd")
	kill.Signal = 9
	proc := t.TempDir() + "/proc"
	addProcess(t, proc, "300 1 S 98 x httpd /etc/init.d/httpd start")
	if got := lookAt(t, proc, kill); got != "" {
		t.Errorf("KILL: %q", got)
	}

	// Not of another user, nor long after the record.
	for _, name := range []string{"user", "old"} {
		proc, e := t.TempDir()+"/proc", byInit("httpd")
		addProcess(t, proc, strings.Replace(restart, "S 98", "S 70", 1))
		if name == "user" {
			must(t, os.WriteFile(proc+"/300/status", []byte("Uid:\t99\t99\t99\t99\n"), 0o644))
		} else {
			e.Time -= askedFor
		}
		if got := lookAt(t, proc, e); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestMayAsk(t *testing.T) {
	for _, c := range []struct {
		name, args string
		want       asks
	}{
		{"httpd", "/bin/sh /etc/rc.common /etc/init.d/httpd reload", asksToEnd},
		{"sh", "sh /etc/init.d/httpd stop", asksToEnd},
		{"httpd", "/bin/sh /etc/rc.common /etc/init.d/httpd", asksNothing},
		{"httpd", "/bin/sh /etc/rc.common /etc/init.d/httpd enabled", asksNothing},
		{"S50httpd", "/bin/sh /etc/rc.common /etc/rc.d/S50httpd boot", asksNothing},
		{"service", "/bin/sh /sbin/service httpd status", asksNothing},
		{"service", "/bin/sh /sbin/service", asksNothing},
		{"sh", "", asksNothing},
		{"ubus", "ubus -t 5 call service signal {\"signal\":15,\"name\":\"httpd\"}", asksToEnd},
		{"ubus", "ubus call service set {\"name\":\"httpd\",\"instances\":{", asksToStart},
		{"ubus", "ubus call service delete {\"name\":\"http\"}", asksNothing},
		{"ubus", "ubus call service delete {\"instance\":\"httpd\"}", asksNothing},
		{"ubus", "ubus call system reboot {\"name\":\"httpd\"}", asksNothing},
	} {
		p := procfs.Process{PID: 5, Name: c.name, Args: strings.Fields(c.args)}
		if got := mayAsk(&p, "httpd"); got != c.want {
			t.Errorf("%s %q: %v", c.name, c.args, got)
		}
		if got := namedLikeAsker(c.name, "httpd"); c.want != asksNothing && !got {
			t.Errorf("%s is not looked at", c.name)
		}
	}
	if !namedLikeAsker("a-long-name-tha", "a-long-name-that-is-cut") || slices.ContainsFunc([]string{"dnsmasq", "", "ubusd"}, func(n string) bool { return namedLikeAsker(n, "httpd") }) {
		t.Error("names")
	}
}
