// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/vm"
)

// TestServices: log, trail and watch name the services of sender and target, by the cgroups
// that the guest's init makes as procd does.
func TestServices(t *testing.T) {
	g := boot(t, vm.Config{})
	g.logAll()

	// cron ends an instance of a service, and a shell that is in no group ends httpd.
	g.run(`in=/usr/libexec/in-service
		$in web/second sleep 1000 &
		until grep -q web/second /proc/$!/cgroup && grep -q sleep /proc/$!/comm; do usleep 10000; done
		$in cron sh -c "echo \$\$ >/tmp/sender; kill $!; echo $! >/tmp/target"
		wait $!; [ $? = 143 ]`)
	g.expectLog(`Signal :: \(sh \d+\) --\[15\]--> \(sleep \d+\) SIGTERM delivered, .*; service web/second, by service cron\n`)
	g.expectLog(`Exit :: \(sleep \d+\) killed by SIGTERM, .*; service web/second\n`)
	httpd := strings.TrimSpace(g.run("pidof httpd"))
	g.run("kill " + httpd)
	g.expectLog(`Signal :: \(sh \d+\) --\[15\]--> \(httpd ` + httpd + `\) SIGTERM delivered, [^;]*; [^;]*uid 0\n`)

	// A group that the daemon has never seen, because the daemon is stopped, and that has gone
	// before it looks.
	g.run(`daemon=$(pidof sigtrail)
		group=/sys/fs/cgroup/services/brief
		kill -STOP $daemon
		/usr/libexec/in-service brief sleep 1000 &
		until grep -q brief /proc/$!/cgroup && grep -q sleep /proc/$!/comm; do usleep 10000; done
		kill -KILL $!
		echo $! >/tmp/brief
		wait $!
		rmdir $group/instance1 $group
		# Another one has its name and place in between, but not its id.
		/usr/libexec/in-service other true
		kill -CONT $daemon`)
	g.settle()

	// The groups of init's own services stay known when they have gone.
	pid := func(file string) uint32 { return uint32(number(t, strings.TrimSpace(g.run("cat %s", file)))) }
	sender, target, brief := pid("/tmp/sender"), pid("/tmp/target"), pid("/tmp/brief")
	found := make(map[string]int)
	for _, e := range g.trail().events {
		of := e.TargetService + "<" + e.SenderService
		switch {
		case e.TargetPID == target && e.Kind == event.KindSignal && e.SenderPID == sender:
			found["sent "+of]++
		case e.TargetPID == target && e.Kind == event.KindExit:
			found["exit "+of]++
		case e.TargetPID == brief && e.TargetName == "sleep":
			if e.TargetCgroup <= 1 {
				t.Errorf("the group of the brief service is not recorded: %+v", e)
			}
			found["brief "+of]++
		case e.TargetName == "httpd":
			found["httpd "+of]++
		}
	}
	for _, want := range []string{"sent web/second<cron", "exit web/second<", "brief <", "httpd httpd<"} {
		if found[want] == 0 {
			t.Errorf("no %q among %v", want, found)
		}
	}
	if found["brief <"] < 2 || len(found) != 4 {
		t.Errorf("other services, too: %v", found)
	}

	// watch finds them by itself, and takes those that have gone from the trail.
	g.run("rmdir /sys/fs/cgroup/services/web/second")
	watched := lines(g.run("sigtrail watch --once --service web,httpd"))
	counts := make(map[string]int)
	for _, line := range watched[1:] {
		for _, service := range []string{"sleep ", "httpd "} {
			if strings.Contains(line, service) {
				counts[service]++
			}
		}
	}
	if counts["sleep "] < 2 || counts["httpd "] < 2 || counts["sleep "]+counts["httpd "] != len(watched)-1 {
		t.Errorf("watch shows\n%s", strings.Join(watched, "\n"))
	}
	if out := g.run("sigtrail boot --service web"); !strings.Contains(out, "; service web/second\n") || strings.Contains(out, "httpd") {
		t.Errorf("boot shows\n%s", out)
	}
}
