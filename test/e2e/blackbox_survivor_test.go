// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/blackbox"
	"sigtrail/test/vm"
)

// stuckScript freezes the second disk's file system, and starts a process that waits for
// it, which SIGKILL does not end. It runs once before, so that it does not wait for the
// first disk, from which it is read.
const stuckScript = `mount -t ext4 /dev/vdb /mnt
printf '#!/bin/sh\n: >/mnt/file\n' >/usr/sbin/stuck
chmod +x /usr/sbin/stuck
stuck
fsfreeze --freeze /mnt
stuck >/dev/null 2>&1 </dev/null &
until grep -q '^State:.D' /proc/$!/status; do usleep 10000; done
cat /proc/$!/wchan`

// TestBlackBoxSurvivor reboots while a process outlives SIGKILL: memory and report name it,
// and where it waits in the kernel.
func TestBlackBoxSurvivor(t *testing.T) {
	disk := filepath.Join(t.TempDir(), "spare.img")
	if out, err := exec.Command("/sbin/mke2fs", "-q", "-t", "ext4", disk, "16M").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	b := bootBoxed(t, vm.Config{Spare: disk})
	wait := strings.TrimSpace(b.run("%s", stuckScript))
	ev := b.endBy("reboot")
	b.check(ev, 0)
	checkEnd(t, ev, blackbox.Reboot, "init", "")
	var survivors []blackbox.Record
	for _, r := range ev.box.Records {
		switch {
		case r.Kind == blackbox.Reboot && r.Value>>16 != 1:
			t.Errorf("%d survivors counted", r.Value>>16)
		case r.Kind == blackbox.Survivor:
			survivors = append(survivors, r)
		}
	}
	if len(survivors) != 1 || wait == "0" || survivors[0].TargetName != "stuck" || survivors[0].Signal != 'D' || survivors[0].Wait != wait ||
		survivors[0].Flags&uint16(event.FlagKillPending) == 0 {
		t.Errorf("one that waits in %s is expected: %+v", wait, survivors)
	}
	b.checkLast(ev)
	want := regexp.MustCompile(`1 process outlived SIGKILL: stuck \d+ by \d+\.\d{3} s, in uninterruptible sleep \(D\) in ` + regexp.QuoteMeta(wait) + "\r?\n")
	if out := b.run("sigtrail last"); !want.MatchString(out) {
		t.Errorf("sigtrail last does not say that stuck waits in %s:\n%s", wait, out)
	}
}
