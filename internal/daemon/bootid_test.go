// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"os"
	"testing"

	"sigtrail/internal/procfs"
	"sigtrail/internal/trail"
)

// A console whose level hides the line shows nothing by its absence.
func TestLeaveBootID(t *testing.T) {
	dir := t.TempDir()
	must(t, os.MkdirAll(dir+"/sys/kernel", 0o755))
	kmsg := dir + "/kmsg"
	for _, c := range []struct {
		levels string
		kmsg   bool
		want   bool
	}{{"7\t4\t1\t7\n", true, true}, {"8\t4\t1\t7\n", true, true}, {"6\t4\t1\t7\n", true, false}, {"", true, false}, {"7\t4\t1\t7\n", false, false}} {
		must(t, os.WriteFile(dir+"/sys/kernel/printk", []byte(c.levels), 0o644))
		os.Remove(kmsg)
		if c.kmsg {
			must(t, os.WriteFile(kmsg, nil, 0o644))
		}
		trail := t.TempDir()
		for range 2 { // the second daemon of a boot leaves no other line, at whatever level
			if got := leaveBootID(kmsg, procfs.Root(dir), trail, bootID); got != c.want {
				t.Errorf("levels %q, kmsg %v: %v, want %v", c.levels, c.kmsg, got, c.want)
			}
			if c.kmsg && string(readFile(t, kmsg)) != "<6>sigtrail: boot "+bootID+"\n" {
				t.Errorf("left %q", readFile(t, kmsg))
			}
			if c.kmsg {
				must(t, os.WriteFile(dir+"/sys/kernel/printk", []byte("1\t4\t1\t7\n"), 0o644))
			}
		}
	}
}

// A file that another boot, or a full tmpfs, has left is no line of this boot.
func TestLeaveBootIDAgain(t *testing.T) {
	dir := t.TempDir()
	must(t, os.MkdirAll(dir+"/sys/kernel", 0o755))
	must(t, os.WriteFile(dir+"/sys/kernel/printk", []byte("7\t4\t1\t7\n"), 0o644))
	for _, text := range []string{"", "other" + bootID[5:], bootID[:9]} {
		must(t, os.WriteFile(dir+"/kmsg", nil, 0o644))
		must(t, os.WriteFile(bootLinePath(dir), []byte(text), 0o644))
		if !leaveBootID(dir+"/kmsg", procfs.Root(dir), dir, bootID) || len(readFile(t, dir+"/kmsg")) == 0 {
			t.Errorf("%q: no line", text)
		}
	}
}

// The trail of a shutdown says that the line was left.
func TestBootLineInTrail(t *testing.T) {
	m, k := newKeepingMachine(t, true), newKernel(9)
	must(t, os.WriteFile(m.dir+"/kmsg", nil, 0o600))
	must(t, os.WriteFile(m.dir+"/proc/sys/kernel/printk", []byte("7\t4\t1\t7\n"), 0o600))
	m.start(k)
	m.log.expect("started")
	k.make(goingDown(1), true)
	m.expectKept("1")
	if list, _, _ := trail.List(m.dir + "/flash"); !list[0].Header.BootLine {
		t.Errorf("%+v", list[0].Header)
	}
}
