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
		word, text          string
	}{
		{"S", "pipe_read", "SigCgt:\t0000000000004000\n", term, "catches", "it sleeps in pipe_read (state S), it catches SIGTERM"},
		{"S", "0", "SigIgn:\t0000000000004000\n", term, "ignores", "it ignores SIGTERM, it sleeps (state S)"},
		{"S", "0", "SigBlk:\t0000000000004000\n", term, "blocks", "it sleeps (state S), it blocks SIGTERM"},
		{"R", "0", "", term, "unknown", "it is in state R"},
		// proc shows D for TASK_KILLABLE, too.
		{"D", "rpc_wait_bit_killable", "", term, "uninterruptible_or_killable",
			"it sleeps in rpc_wait_bit_killable (state D), SIGTERM does not wake it, SIGKILL may"},
		{"D", "io_schedule", "SigPnd:\t0000000000000100\n", term, "uninterruptible", "it is in uninterruptible sleep in io_schedule (state D)"},
		{"D", "io_schedule", "SigPnd:\t0000000000000100\n", kill, "uninterruptible", "it is in uninterruptible sleep in io_schedule (state D)"},
		{"D", "0", "SigCgt:\t0000000000004000\n", term, "uninterruptible_or_killable",
			"it sleeps (state D), SIGTERM does not wake it, SIGKILL may, it catches SIGTERM"},
		{"D", "0", "SigIgn:\t0000000000004000\n", term, "ignores",
			"it ignores SIGTERM, it sleeps (state D), SIGTERM does not wake it, SIGKILL may"},
		{"D", "kernel_clone", "", term, "vfork", "it waits for its vfork child in kernel_clone (state D)"},
		{"D", "__refrigerator", "", kill, "frozen", "it is frozen by a cgroup in __refrigerator (state D)"},
		{"S", "do_freezer_trap", "", term, "frozen", "it is frozen by a cgroup in do_freezer_trap (state S)"},
		{"S", "get_signal", "SigCgt:\t0000000000004000\n", term, "frozen", "it is frozen by a cgroup in get_signal (state S), it catches SIGTERM"},
		{"T", "do_signal_stop", "", term, "stopped", "it is stopped (state T), SIGCONT continues it"},
		{"t", "ptrace_stop", "TracerPid:\t91\n", term, "traced", "it was stopped by tracer 90 (gdb) (state t)"},
		{"t", "ptrace_stop", "TracerPid:\t92\n", term, "traced", "it was stopped by a tracer (state t)"},
		{"t", "ptrace_stop", "TracerPid:\t0\n", term, "traced", "it was stopped by a tracer (state t)"},
		{"S", "0", "TracerPid:\t91\n", term, "traced", "it sleeps (state S), it is traced by tracer 90 (gdb)"},
		{"Z", "0", "", term, "main_thread_ended", "its main thread has ended, other threads have not (state Z)"},
		{"S", "0", "NSpid:\t77\t1\n", term, "namespace_init",
			"it is the init of a PID namespace without a handler for SIGTERM: the kernel drops the signal, it sleeps (state S)"},
		{"S", "0", "NSpid:\t77\t1\n", kill, "unknown", "it sleeps (state S)"},
		{"S", "0", "NSpid:\t77\t1\n", uint32(syscall.SIGSTOP), "unknown", "it sleeps (state S)"},
		{"S", "0", "NSpid:\t77\t1\nSigCgt:\t0000000000004000\n", term, "catches", "it sleeps (state S), it catches SIGTERM"},
		{"S", "0", "NSpid:\t77\t12\n", term, "unknown", "it sleeps (state S)"},
		{"S", "0", "NSpid:\t1\n", term, "unknown", "it sleeps (state S)"},
	} {
		dir := t.TempDir()
		for name, content := range map[string]string{
			"77/stat":   "77 (x) " + c.state + " 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 5 0\n",
			"77/wchan":  c.wait,
			"77/status": c.status,
			"90/stat":   "90 (gdb) S 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 2 0 5 0\n",
			"91/status": "Tgid:\t90\n",
		} {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if word, text := survival(procfs.Root(dir), 77, c.sig); word != c.word || text != c.text {
			t.Errorf("%s:\ngot  %s: %s\nwant %s: %s", fmt.Sprint(c), word, text, c.word, c.text)
		}
	}
}
