// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/vm"
)

// withoutDaemon stops the daemon, so that init does not start it again in this boot. No
// file of the disk changes: a reset may follow.
const withoutDaemon = `cp /usr/sbin/sigtrail /tmp/sigtrail.away
	mount -o bind /bin/busybox /usr/sbin/sigtrail
	kill -9 $(pidof sigtrail)
	while pidof sigtrail; do usleep 10000; done`

// TestClaims claims the log in all ways, with capture and without: a claim ends with
// its socket, and with its process, and with nothing else.
func TestClaims(t *testing.T) {
	g := boot(t, vm.Config{})
	g.run(withoutDaemon)
	g.run("nlplay claim")
	checkClaims(t, g)
	g.run(`echo 0 >/proc/sys/kernel/sigtrail/enable
		nlplay claim
		echo 1 >/proc/sys/kernel/sigtrail/enable`)
	checkClaims(t, g)
	g.run("until umount /usr/sbin/sigtrail 2>/dev/null; do usleep 10000; done") // busy while init starts it again
	g.expectLog(`sigtrail\[\d+\]: .*started`)
	checkLeaks(t, g)
}

// checkClaims fails the test unless each claim in the ring has one end, by the process
// that had it, before the next one begins. The ring may be full of them.
func checkClaims(t *testing.T, g *guest) {
	t.Helper()
	claims := parseTrail(t, g.run("/tmp/sigtrail.away watch --once --json")).pick(func(e *event.Event) bool {
		return e.Kind == event.KindClaim || e.Kind == event.KindClaimEnd
	})
	if len(claims) > 0 && claims[0].Kind == event.KindClaimEnd {
		claims = claims[1:]
	}
	if len(claims) < 10 || len(claims)%2 != 0 {
		t.Fatalf("%d records of claims and their ends", len(claims))
	}
	for i := 0; i < len(claims); i += 2 {
		begin, end := claims[i], claims[i+1]
		if begin.Kind != event.KindClaim || end.Kind != event.KindClaimEnd || begin.ParentName == "" ||
			end.SenderPID != begin.SenderPID || end.SenderName != begin.SenderName || end.SenderUID != begin.SenderUID {
			t.Errorf("a claim and its end: %v, %v", &begin, &end)
		}
	}
}

// TestSwitchRecords changes switches by sysctl and over netlink, by boot parameters and
// to the value that they have: each change has one record, of the process that made it,
// also while capture is off.
func TestSwitchRecords(t *testing.T) {
	g := boot(t, vm.Config{Append: "sigtrail.printk_rate=300 sigtrail.sigalrm=1"})
	g.run(`exec 2>/dev/null
		cd /proc/sys/kernel/sigtrail
		for change in printk_rate=300 printk_rate=50 sigchld=1 sigchld=1 sigchld=2 printk=never printk=off printk=auto sigalrm=0 enable=0 kthread=1 enable=1 enable=1; do
			echo ${change#*=} >${change%%=*}
		done; :`)
	g.run("printf '[kernel]\nprintk_rate = 60\n' >>/etc/sigtrail.ini; kill -HUP $(pidof sigtrail)")
	g.expectLog(`configuration reloaded`)

	var got []string
	for _, e := range g.trail().pick(func(e *event.Event) bool { return e.Kind == event.KindSwitch }) {
		got = append(got, e.SenderName+" "+e.Text+" "+e.ParentName)
	}
	want := []string{
		"sh printk_rate=50 command-port", "sh sigchld=1 command-port", "sh printk=off command-port",
		"sh printk=auto command-port", "sh sigalrm=0 command-port", "sh enable=0 command-port",
		"sh kthread=1 command-port", "sh enable=1 command-port", "sigtrail printk_rate=60 init",
	}
	if !slices.Equal(got, want) {
		t.Errorf("records of switches:\n%q, want\n%q", got, want)
	}
}

// TestSwitchRights changes switches by sysctl with the capability that the family's
// commands need, and without it. Only root can open the files: a handler cannot ask who
// has opened one that a privileged program writes to.
func TestSwitchRights(t *testing.T) {
	g := boot(t, vm.Config{})
	for _, name := range []string{"NET_ADMIN", "SYS_ADMIN"} {
		g.run(`for set in bounding effective permitted inheritable ambient; do
				printf '"%%s": [ "CAP_%[1]s" ]\n' $set
			done >/tmp/%[1]s`, name)
	}
	for _, c := range []struct {
		how     string
		allowed bool
	}{
		{"sh -c", true},
		{"confine /tmp/SYS_ADMIN sh -c", false},
		{"confine /tmp/NET_ADMIN sh -c", true},
		{"su -s /bin/sh nobody -c", false},
		{"confine --user 65534 /tmp/NET_ADMIN sh -c", false},
	} {
		for _, s := range []struct{ name, before, after string }{
			{"enable", "1", "0"}, {"printk", "auto", "off"}, {"printk_rate", "200", "7"}, {"sigchld", "0", "1"},
		} {
			want := s.before
			if c.allowed {
				want = s.after
			}
			g.run("%s 'echo %s >/proc/sys/kernel/sigtrail/%s' 2>/dev/null; :", c.how, s.after, s.name)
			if got := g.run("cat /proc/sys/kernel/sigtrail/%s", s.name); got != want+"\n" {
				t.Errorf("%s: %s is %q, want %q", c.how, s.name, got, want)
			}
			g.run("echo %s >/proc/sys/kernel/sigtrail/%s", s.before, s.name)
		}
	}
}

// TestForeignListener has a listener in another network namespace, and no other one:
// it gets nothing, so it can miss nothing.
func TestForeignListener(t *testing.T) {
	g := boot(t, vm.Config{})
	g.run(withoutDaemon)
	g.run("nlplay foreign sigplay storm 10000")
	if out := g.run("/tmp/sigtrail.away info --json"); !strings.Contains(out, `"relay_skipped":0,`) {
		t.Errorf("records are skipped: %s", out)
	}
}
