// SPDX-License-Identifier: GPL-2.0-only

package respond

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

var errOldKernel = errors.New("kernel is too old: pidfds need Linux 5.3 or newer")

// pidfd is a descriptor of pidfd_open(2). It becomes readable when the process
// has exited, reaped or not. Go's poller waits for it, so a wait needs no thread.
type pidfd struct {
	file *os.File
	raw  syscall.RawConn
}

// hold opens a pidfd. The error wraps ESRCH if no process has this PID, EINVAL or
// ENOENT if it is a thread's id.
func hold(pid int) (process, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	switch err {
	case nil:
	case unix.ENOSYS:
		return nil, errOldKernel
	default:
		return nil, os.NewSyscallError("pidfd_open", err)
	}
	// The poller takes only non-blocking descriptors. PIDFD_NONBLOCK would need
	// Linux 5.10.
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	p := &pidfd{file: os.NewFile(uintptr(fd), "pidfd")}
	if p.raw, err = p.file.SyscallConn(); err == nil {
		err = p.file.SetReadDeadline(time.Time{})
	}
	if err != nil {
		p.close()
		return nil, errOldKernel
	}
	return p, nil
}

func (p *pidfd) close() { p.file.Close() }

func (p *pidfd) ended() (ended bool) {
	p.raw.Control(func(fd uintptr) { ended = readable(fd) })
	return ended
}

func (p *pidfd) send(sig uint32) (at time.Time, err error) {
	failed := p.raw.Control(func(fd uintptr) {
		at = time.Now() // as late as possible: the measurement starts here
		err = unix.PidfdSendSignal(int(fd), unix.Signal(sig), nil, 0)
	})
	if failed != nil {
		err = failed
	}
	return at, err
}

func (p *pidfd) wait(ctx context.Context, start time.Time, timeout time.Duration) (took time.Duration, err error) {
	p.file.SetReadDeadline(time.Now().Add(timeout))
	stop := context.AfterFunc(ctx, func() { p.file.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	err = p.raw.Read(func(fd uintptr) bool {
		took = time.Since(start) // as early as possible
		return readable(fd)
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
