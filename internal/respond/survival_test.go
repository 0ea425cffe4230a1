// SPDX-License-Identifier: GPL-2.0-only

package respond

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"sigtrail/internal/procfs"
)

func TestSurvival(t *testing.T) {
	const term, kill = 15, 9
	for _, c := range []struct {
		state, wait, status string
		sig                 uint32
		want                string
	}{
		{"S", "pipe_read", "SigCgt:\t0000000000004000\n", term, "it sleeps in pipe_read (state S), it catches SIGTERM"},
		{"S", "0", "SigIgn:\t0000000000004000\n", term, "it sleeps (state S), it ignores SIGTERM"},
		{"D", "rpc_wait_bit_killable", "", term, "it is in uninterruptible sleep in rpc_wait_bit_killable (state D)"},
		{"D", "kernel_clone", "", term, "it waits for its vfork child in kernel_clone (state D)"},
		{"D", "__refrigerator", "", kill, "it is frozen by a cgroup in __refrigerator (state D)"},
		{"S", "do_freezer_trap", "", term, "it is frozen by a cgroup in do_freezer_trap (state S)"},
		{"S", "0", "NSpid:\t77\t1\n", term,
			"it sleeps (state S), it is the init of a PID namespace without a handler for SIGTERM: the kernel drops the signal"},
		{"S", "0", "NSpid:\t77\t1\n", kill, "it sleeps (state S)"},
		{"S", "0", "NSpid:\t77\t1\n", uint32(syscall.SIGSTOP), "it sleeps (state S)"},
		{"S", "0", "NSpid:\t77\t1\nSigCgt:\t0000000000004000\n", term, "it sleeps (state S), it catches SIGTERM"},
		{"S", "0", "NSpid:\t77\t12\n", term, "it sleeps (state S)"},
		{"S", "0", "NSpid:\t1\n", term, "it sleeps (state S)"},
	} {
		dir := t.TempDir()
		for name, content := range map[string]string{
			"stat":   "77 (x) " + c.state + " 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 5 0\n",
			"wchan":  c.wait,
			"status": c.status,
		} {
			path := filepath.Join(dir, "77", name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := survival(procfs.Root(dir), 77, c.sig); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", fmt.Sprint(c), got, c.want)
		}
	}
}
