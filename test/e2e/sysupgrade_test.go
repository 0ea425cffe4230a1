// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"sigtrail/test/vm"
)

// upgradingInit is the init of one boot, which ends as a sysupgrade of OpenWrt does:
// init ends each service by a signal of its own, the daemon too; a script of another
// name ends the rest and calls reboot(2).
const upgradingInit = `#!/bin/sh
ln -sf ../bin/busybox /sbin/init
/etc/init.d/rcS
sleep 1000 & one=$!
sleep 1001 & two=$!
/usr/bin/confine /etc/capabilities/sigtrail.json /usr/bin/env GODEBUG=asyncpreemptoff=1 /usr/sbin/sigtrail daemon & daemon=$!
until sigtrail info --json | grep -q '"claim_pid":[1-9]'; do usleep 10000; done
kill $one $two $daemon $(pidof syslogd)
wait $daemon
cat >/tmp/stage2 <<END
#!/bin/sh
kill $(pidof klogd)
sleep 1002 & kill -KILL \$!
reboot -f
END
chmod +x /tmp/stage2
/tmp/stage2
`

// TestSysupgrade reads the last shutdown after a sysupgrade: it ends the daemon before
// it ends the rest.
func TestSysupgrade(t *testing.T) {
	g := boot(t, vm.Config{})
	g.run("rm /sbin/init; cat >/sbin/init <<'EOF'\n%sEOF\nchmod +x /sbin/init; sync", upgradingInit)
	g.typed("reboot")
	g.expectConsole(vm.Booting)
	e := g.awaitVerdict()
	if e.Way != "sysupgrade" || e.Ending != "reboot" || e.RebootCode != "restart" || e.Lines.Flash != 0 || e.Lines.Pmsg < 4 || e.Lines.Console < 3 || e.Lines.Lost != 0 {
		t.Errorf("%+v", e)
	}
	var names []string
	for _, p := range e.Processes {
		names = append(names, p.TargetName)
	}
	for _, want := range []string{"sleep", "sigtrail", "syslogd", "klogd"} {
		if !strings.Contains(strings.Join(names, " "), want) {
			t.Errorf("%s is not among the signalled processes: %v", want, names)
		}
	}
	if out := g.run("sigtrail last"); !strings.Contains(out, "reboot for a sysupgrade, at 20") || !strings.Contains(out, "TERM to services") ||
		!strings.Contains(out, "TERM by init 1; the daemon, told to end") {
		t.Errorf("the report:\n%s", out)
	}
}
