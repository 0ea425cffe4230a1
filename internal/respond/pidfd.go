// SPDX-License-Identifier: GPL-2.0-only

package respond

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// pidfd is a descriptor of pidfd_open(2). It becomes readable when the process
// has exited, reaped or not. Go's poller waits for it, so a wait needs no thread.
type pidfd struct {
	pid     int
	file    *os.File
	raw     syscall.RawConn
	refusal string // of pidfd_send_signal; "": not refused
}

// hold holds a process by a pidfd, or by its PID where pidfds are refused. The error
// wraps ESRCH or ENOENT if no process has this PID, EINVAL or ENOENT if it is a
// thread's id.
func (k *Killer) hold(pid int) (process, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	switch err {
	case nil:
		return newPidfd(pid, fd)
	case unix.ENOSYS, unix.EPERM:
		return holdByPID(k.Proc, pid, refusedCall("pidfd_open", err))
	}
	return nil, os.NewSyscallError("pidfd_open", err)
}

// refusedCall says who refuses a call for pidfds. Linux has both calls since 5.3, and
// pidfd_open knows no EPERM.
func refusedCall(call string, err error) string {
	who := "a sandbox refuses "
	if err == unix.ENOSYS {
		who = "a sandbox, or Linux before 5.3, refuses "
	}
	return fmt.Sprintf("%s%s (%v)", who, call, err)
}

func newPidfd(pid, fd int) (*pidfd, error) {
	// The poller takes only non-blocking descriptors. PIDFD_NONBLOCK would need
	// Linux 5.10.
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	p := &pidfd{pid: pid, file: os.NewFile(uintptr(fd), "pidfd")}
	var err error
	if p.raw, err = p.file.SyscallConn(); err == nil {
		err = p.file.SetReadDeadline(time.Time{})
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *pidfd) close() { p.file.Close() }

func (p *pidfd) ended() (ended bool) {
	p.raw.Control(func(fd uintptr) { ended = readable(fd) })
	return ended
}

func (p *pidfd) noPidfd() string {
	if p.refusal == "" {
		return ""
	}
	return p.refusal + ": signalled by its PID"
}

func (p *pidfd) send(sig uint32) (at time.Time, err error) {
	failed := p.raw.Control(func(fd uintptr) {
		at = time.Now() // as late as possible: the measurement starts here
		err = unix.PidfdSendSignal(int(fd), unix.Signal(sig), nil, 0)
		if err != unix.EPERM && err != unix.ENOSYS {
			return
		}
		// EPERM is also the lack of rights: only a process that may signal itself
		// and is refused shows a sandbox.
		if refused := trySend(); refused == unix.EPERM || refused == unix.ENOSYS {
			p.refusal = refusedCall("pidfd_send_signal", refused)
			at, err = time.Now(), unix.ESRCH
			if !readable(fd) { // see byPID: the PID is still its own
				err = unix.Kill(p.pid, unix.Signal(sig))
			}
		}
	})
	if failed != nil {
		err = failed
	}
	return at, err
}

// trySend sends this process no signal (see kill(2), signal 0) through a pidfd.
func trySend() error {
	fd, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.PidfdSendSignal(fd, 0, nil, 0)
}

func (p *pidfd) wait(ctx context.Context, start time.Time, timeout time.Duration) (took time.Duration, err error) {
	p.file.SetReadDeadline(time.Now().Add(timeout))
	stop := context.AfterFunc(ctx, func() { p.file.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	first := true
	err = p.raw.Read(func(fd uintptr) bool {
		took = time.Since(start) // as early as possible
		ended := readable(fd)
		// Later the poller has seen the end. At first it may have come during
		// the look: it was not seen before that.
		if ended && first {
			took = time.Since(start)
		}
		first = false
		return ended
	})
	if err == nil {
		return took, nil
	}
	took = time.Since(start)
	switch {
	case p.ended(): // just now
		return took, nil
	case ctx.Err() != nil:
		return took, ctx.Err()
	}
	return took, err
}

func readable(fd uintptr) bool {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(fds, 0)
		if err != unix.EINTR {
			return err == nil && n == 1
		}
	}
}
