// SPDX-License-Identifier: GPL-2.0

package daemon

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// jailPID returns the process id of the ujail that confines us, 0 if none does.
// It is our parent, goes by our name, and hands on to us what signals it is sent:
// see build_envp() and jail_handle_signal() in procd's jail/jail.c.
func jailPID() int {
	if parent := os.Getppid(); parent != 1 && os.Getenv("container") == "ujail" {
		return parent
	}
	return 0
}

// endWithJail has us sent SIGTERM once the ujail, if there is one, is killed. The
// service has ended then as far as procd knows, and the one that it starts anew
// would find the trail locked. ujail sees to it since August 2026 only. What is
// returned undoes it.
func endWithJail() (undo func()) {
	jail := jailPID()
	if jail == 0 {
		return func() {}
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // the setting is the thread's, which ends with us
		unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGTERM), 0, 0, 0)
		if os.Getppid() != jail { // it was killed before
			unix.Kill(os.Getpid(), unix.SIGTERM)
		}
		<-stop
	}()
	return func() {
		close(stop)
		<-done
	}
}
