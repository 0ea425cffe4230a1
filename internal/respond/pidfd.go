// SPDX-License-Identifier: GPL-2.0

package respond

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

var errOldKernel = errors.New("this kernel cannot wait for a process by pidfd: Linux 5.3 or newer is needed")

// pidfd holds a process by a descriptor of pidfd_open(2), which becomes
// readable when the process has exited, reaped or not. Go's poller waits on it,
// so a wait takes no thread.
type pidfd struct {
	file *os.File
	raw  syscall.RawConn
}

// hold opens a pidfd. The error wraps ESRCH if there is no process of this id,
// EINVAL or ENOENT if it is the id of a thread.
func hold(pid int) (process, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	switch err {
	case nil:
	case unix.ENOSYS:
		return nil, errOldKernel
	default:
		return nil, os.NewSyscallError("pidfd_open", err)
	}
	// PIDFD_NONBLOCK is younger than pidfds are. The poller takes what does
	// not block.
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
		at = time.Now() // last of all: it is what is measured
		err = unix.PidfdSendSignal(int(fd), unix.Signal(sig), nil, 0)
	})
	if failed != nil {
		err = failed
	}
	return at, err
}

func (p *pidfd) wait(ctx context.Context, start time.Time, limit time.Duration) (took time.Duration, err error) {
	p.file.SetReadDeadline(time.Now().Add(limit))
	stop := context.AfterFunc(ctx, func() { p.file.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	err = p.raw.Read(func(fd uintptr) bool {
		took = time.Since(start) // first of all, and no more than one look at a clock
		return readable(fd)
	})
	if err == nil {
		return took, nil
	}
	took = time.Since(start)
	switch {
	case p.ended(): // at the last moment
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
