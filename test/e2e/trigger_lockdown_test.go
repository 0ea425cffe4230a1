// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"sigtrail/test/vm"
)

// TestLockdown locks the kernel down while there are triggers. They stay, and can be
// deleted, but none is added. It needs a kernel with lockdown: make test-lockdown.
func TestLockdown(t *testing.T) {
	const says = "the kernel is locked down, and does not allow this probe: see kernel_lockdown(7)"
	g := boot(t, vm.Config{})
	g.script("mount -t securityfs securityfs /sys/kernel/security; load unchecked_offset=1")
	first := g.addTrigger("write toy")
	second := g.addTrigger("vfs_write toy offset=8")

	g.run("echo integrity >/sys/kernel/security/lockdown")
	g.refuses([]refusal{{"vfs_read toy offset=8", says}})
	if out, code, _ := g.Run(commandLimit, "echo 0 >/sys/kernel/debug/sigtrail_trigger/ksig_task"); code == 0 || !strings.Contains(out, "Operation not permitted") {
		t.Errorf("in debugfs: exit code %d, %q", code, out)
	}
	third := g.addTrigger("vfs_read toy")

	g.run("echo confidentiality >/sys/kernel/security/lockdown")
	g.refuses([]refusal{{"vfs_fsync toy", says}, {"vfs_fsync toy offset=8", says}})
	out, code, err := g.Run(commandLimit, "sigtrail trigger add vfs_fsync toy")
	if err != nil || code != 4 || out != "sigtrail: "+says+"\n" {
		t.Errorf("sigtrail trigger add: exit code %d, %q, %v", code, out, err)
	}
	for _, m := range []message{first, second, third} {
		g.delTrigger(m)
	}
	if list := g.script("nlplay trigger list; unload"); list != "" {
		t.Errorf("not deleted:\n%s", list)
	}
}
