// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// oomScoreAdj puts a process among the last that the OOM killer chooses: it counts as
// having 90 % of the memory less than it has. See oom_badness() in mm/oom_kill.c.
const oomScoreAdj = "-900"

// outliveOOM makes the daemon and its ujail, if there is one, outlive others when memory runs
// out: on a small router the daemon is one of the largest processes, and what it knows is
// needed then. That takes CAP_SYS_RESOURCE, which it gives up afterwards.
func outliveOOM() (failed, right error) { return adjustOOM(oomScoreAdj, unix.CAP_SYS_RESOURCE) }

// adjustOOM does that with a score and the capability that lower scores need. It gives up the
// right also if the rest has failed; right says why it could not.
func adjustOOM(score string, capability int) (failed, right error) {
	own, err := os.ReadFile("/proc/self/oom_score_adj")
	if err == nil && strings.TrimSpace(string(own)) == score { // before giveUp started it again
		return nil, nil
	}
	pids := []int{os.Getpid()}
	if jail := jailPID(); jail != 0 {
		pids = append(pids, jail)
	}
	for _, pid := range pids {
		if failed == nil { // the kernel checks the right at the write, not at the open
			failed = os.WriteFile(fmt.Sprintf("/proc/%d/oom_score_adj", pid), []byte(score), 0)
		}
	}
	return failed, giveUp(capability)
}

// giveUp starts the program again, as the same process without a capability, if it has that:
// each thread has rights of its own, and to change those of all of them the Go runtime sends
// signals, which would be recorded. It is for no_new_privs: else root would get the right back.
func giveUp(capability int) error {
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	if err := unix.Capget(&head, &sets[0]); err != nil {
		return err
	}
	s, bit := &sets[capability/32], uint32(1)<<(capability%32)
	bound, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
	if s.Permitted&bit == 0 || bound == 0 || err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	s.Effective &^= bit
	s.Permitted &^= bit
	s.Inheritable &^= bit
	runtime.LockOSThread() // exec(2) keeps the rights of this thread
	defer runtime.UnlockOSThread()
	if err := unix.Capset(&head, &sets[0]); err != nil {
		return err
	}
	return os.NewSyscallError("exec "+program, syscall.Exec(program, os.Args, os.Environ()))
}
