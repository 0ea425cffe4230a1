// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"encoding/base64"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/internal/frame"
	"sigtrail/test/vm"
)

// header returns the header of a shutdown's file.
func (g *guest) header(number int) event.Trail {
	g.t.Helper()
	encoded := strings.ReplaceAll(g.run("base64 /etc/sigtrail/shutdown-%d.sig", number), "\n", "")
	file, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		g.t.Fatal(err)
	}
	f, _ := frame.NewScanner(file).Next()
	head, err := event.DecodeHeader(f.Payload)
	if err != nil {
		g.t.Fatal(err)
	}
	return head
}

var resident = regexp.MustCompile(`VmRSS:\s*(\d+) kB`)

// TestLastShutdown reboots three times, and finds each shutdown after the reset,
// from its first signal to its last. Before the first one nothing is on flash.
func TestLastShutdown(t *testing.T) {
	g := boot(t, vm.Config{})
	g.expectLog(`Last shutdown :: no record`)
	if out := g.run("ls -d /etc/sigtrail 2>&1 || true"); !strings.Contains(out, "No such file") {
		t.Errorf("flash was written before the first shutdown: %s", out)
	}
	for number := 1; number <= 3; number++ {
		before := strings.TrimSpace(g.run("cat /proc/sys/kernel/random/boot_id"))
		g.typed("reboot")
		e := g.awaitVerdict()
		if e.Number != number || e.Lines.Flash == 0 || e.Lines.Pmsg == 0 || e.Lines.Console == 0 || e.Lines.Lost+e.Lines.Cut != 0 {
			t.Errorf("shutdown %d: %+v", number, e)
		}
		g.checkKept(g.shutdownPrinted())
		now := strings.TrimSpace(g.run("cat /proc/sys/kernel/random/boot_id"))
		if h := g.header(number); h.BootID != before || h.MergedBy != now || h.Reset != event.ResetWarm || h.Pstore != event.PstoreFound {
			t.Errorf("shutdown %d of boot %s, found by %s: %+v", number, before, now, h)
		}
		g.settle()
		if out := g.run("sigtrail info"); !strings.Contains(out, "flash_writes 1, shutdown_dropped 0") {
			t.Errorf("info says:\n%s", out)
		}
		m := resident.FindStringSubmatch(g.run("cat /proc/$(pidof sigtrail)/status"))
		if m == nil {
			t.Fatal("/proc/PID/status has no VmRSS")
		}
		if kib, err := strconv.Atoi(m[1]); err != nil || kib > 8<<10 {
			t.Errorf("the daemon's memory: %s KiB", m[1])
		}
	}
	if out := g.run("ls /etc/sigtrail"); out != "shutdown-1.sig\nshutdown-2.sig\nshutdown-3.sig\n" {
		t.Errorf("kept files: %s", out)
	}
}
