// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// jailPID returns the PID of the daemon's ujail, 0 without one. The ujail is our
// parent, has our name, and forwards signals to us: see build_envp() and
// jail_handle_signal() in procd's jail/jail.c.
func jailPID() int {
	if parent := os.Getppid(); parent != 1 && os.Getenv("container") == "ujail" {
		return parent
	}
	return 0
}

// endWithJail makes the kernel send us SIGTERM when our ujail, if there is one, ends.
// For procd the service has ended then, and it starts another daemon, which would
// find the trail locked. ujail itself does this only since August 2026.
func endWithJail() (undo func()) {
	jail := jailPID()
	if jail == 0 {
		return func() {}
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // the setting belongs to the thread
		unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGTERM), 0, 0, 0)
		if os.Getppid() != jail { // the ujail has already ended
			unix.Kill(os.Getpid(), unix.SIGTERM)
		}
		<-stop
	}()
	return func() {
		close(stop)
		<-done
	}
}
