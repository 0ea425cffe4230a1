// SPDX-License-Identifier: GPL-2.0

package genl

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// A message is not larger: the kernel makes multicasts of NLMSG_GOODSIZE
	// and dumps of up to 32 KiB (netlink_dump() in net/netlink/af_netlink.c).
	messageSize = 32 << 10

	queueSize = 1 << 20

	// The kernel answers within the send; this is for one that does not.
	answerTime = 5 * time.Second

	// include/uapi/linux/netlink.h and include/linux/socket.h, which package
	// syscall does not have.
	solNetlink = 270
	optCapAck  = 10
	optExtAck  = 11
)

// Conn is one generic netlink socket. A goroutine may wait in Receive while
// another one calls Close; requests may come from any, one is done at a time.
type Conn struct {
	family family
	group  string   // that Join joins
	file   *os.File // registered with the runtime's poller
	raw    syscall.RawConn
	port   uint32
	buf    []byte
	full   bool // the queue has overflowed, and is not read to its end yet
	closed atomic.Bool

	mu  sync.Mutex // holds requests apart: protects seq, out, and buf and full in them
	seq uint32
	out []byte
}

func dial(name string) (*Conn, error) {
	c, err := open()
	if err != nil {
		return nil, err
	}
	if c.family, err = c.lookUp(name); err != nil {
		c.file.Close()
		return nil, err
	}
	return c, nil
}

// open opens a socket to the controller.
func open() (*Conn, error) {
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK,
		syscall.NETLINK_GENERIC)
	if errors.Is(err, syscall.EPROTONOSUPPORT) || errors.Is(err, syscall.EAFNOSUPPORT) {
		return nil, ErrNoKernel // without netlink, or without the generic one
	}
	if err != nil {
		return nil, &OpError{Op: "socket", Err: err}
	}
	c := &Conn{family: controller, file: os.NewFile(uintptr(fd), "netlink"), buf: make([]byte, messageSize)}
	if c.port, err = bind(fd); err != nil {
		c.file.Close()
		return nil, &OpError{Op: "bind", Err: err}
	}
	if c.raw, err = c.file.SyscallConn(); err != nil {
		c.file.Close()
		return nil, &OpError{Op: "socket", Err: err}
	}
	return c, nil
}

func bind(fd int) (port uint32, err error) {
	if err := syscall.Bind(fd, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return 0, err
	}
	// Errors shall come with words, and without the request's copy. Both are
	// younger than the socket; without them there are only error numbers.
	syscall.SetsockoptInt(fd, solNetlink, optExtAck, 1)
	syscall.SetsockoptInt(fd, solNetlink, optCapAck, 1)
	addr, err := syscall.Getsockname(fd)
	if err != nil {
		return 0, err
	}
	return addr.(*syscall.SockaddrNetlink).Pid, nil
}

// join adds a group by its number: those of families may be above 32, which the
// bit mask of bind(2) has no place for.
func (c *Conn) join(group uint32) error {
	var failed error
	err := c.raw.Control(func(fd uintptr) {
		// The first needs CAP_NET_ADMIN, and passes over net.core.rmem_max.
		if syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUFFORCE, queueSize) != nil {
			syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, queueSize)
		}
		failed = syscall.SetsockoptInt(int(fd), solNetlink, syscall.NETLINK_ADD_MEMBERSHIP, int(group))
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return c.failed("join", err, "")
	}
	return nil
}

// Receive waits for one datagram and calls f for each message in it, generic
// netlink header first. f must not keep the bytes. Close ends the waiting with
// ErrClosed; ErrOverrun says that events were lost, some time before this call.
func (c *Conn) Receive(f func(msg []byte)) error {
	b, err := c.read()
	if err != nil {
		return c.failed("receive", err, "")
	}
	for len(b) > 0 {
		var m message
		if m, b, err = cut(b); err != nil {
			return c.failed("receive", err, "")
		}
		if m.typ == c.family.id {
			f(m.payload)
		}
	}
	return nil
}

// read returns the next datagram from the kernel. One that does not fit is
// lost, and reported like all that had no room.
//
// An overflow is reported when all that was queued before has been read. Until
// then the kernel drops what comes, and says so no second time (netlink_overrun()
// and netlink_rcv_wake() in net/netlink/af_netlink.c): who looked sooner for what
// was missed would miss that.
func (c *Conn) read() ([]byte, error) {
	for {
		var n, flags int
		var from syscall.Sockaddr
		var failed error
		err := c.raw.Read(func(fd uintptr) bool {
			n, _, flags, from, failed = syscall.Recvmsg(int(fd), c.buf, nil, 0)
			return failed != syscall.EAGAIN || c.full
		})
		switch addr, ok := from.(*syscall.SockaddrNetlink); {
		case err != nil:
			return nil, err
		case failed == syscall.EINTR:
		case failed == syscall.EAGAIN:
			c.full = false
			return nil, ErrOverrun
		case failed == ErrOverrun, flags&syscall.MSG_TRUNC != 0:
			c.full = true
		case failed != nil:
			return nil, failed
		case ok && addr.Pid == 0: // from a process otherwise: none of ours
			return c.buf[:n], nil
		}
	}
}

func (c *Conn) write(b []byte) error {
	var failed error
	err := c.raw.Write(func(fd uintptr) bool {
		failed = syscall.Sendto(int(fd), b, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK})
		return failed != syscall.EAGAIN && failed != syscall.EINTR
	})
	if err == nil {
		err = failed
	}
	return err
}

// failed returns the error of an operation: EPERM has its own, as has all that
// comes of closing.
func (c *Conn) failed(op string, err error, message string) error {
	switch {
	case err == syscall.EPERM:
		return ErrNoRights
	case c.closed.Load():
		err = ErrClosed
	}
	return &OpError{op, err, message}
}

// Close closes the socket, and ends a Receive that waits. A claim made by c is
// given back.
func (c *Conn) Close() error {
	if c.closed.Swap(true) {
		return &OpError{Op: "close", Err: ErrClosed}
	}
	return c.file.Close()
}
