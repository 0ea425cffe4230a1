// SPDX-License-Identifier: GPL-2.0-only

package genl

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// The maximum size of a datagram: the kernel makes multicasts of NLMSG_GOODSIZE and
// dumps of up to 32 KiB (netlink_dump() in net/netlink/af_netlink.c).
const datagramSize = 32 << 10

// ErrOverrun means that messages were dropped because the socket's queue was full:
// ENOBUFS, see netlink(7).
var ErrOverrun error = unix.ENOBUFS

// Stream is a socket that receives messages of a family. Next is for one goroutine;
// Close may be called by another one.
//
// It does not use nl.NetlinkSocket.Receive, which allocates a buffer of 64 KiB for each
// datagram, and reports an overrun too early: see read. Nor unix.Recvmsg, which allocates
// memory for each datagram, and has Go's scheduler watch each call: on a small router that
// takes longer than to read a record, and reading a multicast never blocks. In a dump the call
// makes the next datagram, and may wait for the family's locks: there the scheduler watches.
type Stream struct {
	family uint16
	file   *os.File // registered with the runtime's poller
	raw    syscall.RawConn
	buf    []byte
	msg    unix.Msghdr // of buf and from
	part   unix.Iovec
	from   unix.RawSockaddrNetlink
	take   func(fd uintptr) bool // s.receive: made once, as is all that it returns
	size   int                   // of the datagram that receive took
	failed error                 // why it took none; unix.EAGAIN: there is none
	found  [][]byte              // messages of the last datagram
	full   bool                  // the queue has overflowed, and is not yet empty
	answer time.Duration         // timeout for the next datagram of a dump; 0: none, it is a multicast
	end    error                 // result of a dump; nil: not yet
	closed atomic.Bool
}

// stream opens a socket, calls prepare, and duplicates the descriptor: package nl does
// not export the file that it waits on.
func (c *Conn) stream(prepare func(*nl.NetlinkSocket) error) (*Stream, error) {
	socket, err := nl.Subscribe(unix.NETLINK_GENERIC)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	defer socket.Close()
	if err := prepare(socket); err != nil {
		return nil, err
	}
	fd, err := unix.FcntlInt(uintptr(socket.GetFd()), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	return newStream(c.family.ID, fd)
}

// newStream returns a stream of a socket, which it closes on failure, too.
func newStream(family uint16, fd int) (s *Stream, err error) {
	s = &Stream{family: family, file: os.NewFile(uintptr(fd), "netlink"), buf: make([]byte, datagramSize)}
	if s.raw, err = s.file.SyscallConn(); err != nil {
		s.file.Close()
		return nil, fmt.Errorf("socket: %w", err)
	}
	s.take = s.receive
	s.part.Base = &s.buf[0]
	s.part.SetLen(len(s.buf))
	s.msg.Iov, s.msg.Name = &s.part, (*byte)(unsafe.Pointer(&s.from))
	s.msg.SetIovlen(1)
	return s, nil
}

// receive takes a datagram from the queue. It reports whether read has to wait no longer.
func (s *Stream) receive(fd uintptr) bool {
	s.msg.Namelen, s.from, s.failed = unix.SizeofSockaddrNetlink, unix.RawSockaddrNetlink{}, nil
	var n uintptr
	var errno syscall.Errno
	if s.answer > 0 {
		n, _, errno = unix.Syscall(unix.SYS_RECVMSG, fd, uintptr(unsafe.Pointer(&s.msg)), unix.MSG_DONTWAIT)
	} else {
		n, _, errno = unix.RawSyscall(unix.SYS_RECVMSG, fd, uintptr(unsafe.Pointer(&s.msg)), unix.MSG_DONTWAIT)
	}
	if errno != 0 {
		s.failed = errno
	}
	s.size = int(n)
	return errno != unix.EAGAIN || s.full
}

// Next waits for the next datagram and returns its messages, each from struct
// genlmsghdr on. They are valid until the next call. The error wraps ErrOverrun if
// messages were lost before this call, io.EOF at the end of a dump, a unix.Errno if
// the kernel refused the dump, and os.ErrClosed after Close.
func (s *Stream) Next() ([][]byte, error) {
	for s.end == nil {
		b, err := s.read()
		if err != nil {
			return nil, err
		}
		if s.found, err = s.split(b, s.found[:0]); err != nil || len(s.found) > 0 {
			return s.found, err
		}
	}
	return nil, s.end
}

// split appends the payloads of a datagram's messages that are of the family, and takes the
// end of a dump. syscall.ParseNetlinkMessage would allocate memory for each datagram.
func (s *Stream) split(b []byte, found [][]byte) ([][]byte, error) {
	for len(b) >= unix.SizeofNlMsghdr {
		n := int(binary.NativeEndian.Uint32(b)) // struct nlmsghdr begins with its length and type
		if n < unix.SizeofNlMsghdr || n > len(b) {
			return nil, unix.EINVAL
		}
		switch data := b[unix.SizeofNlMsghdr:n]; binary.NativeEndian.Uint16(b[4:]) {
		case s.family:
			found = append(found, data)
		case unix.NLMSG_DONE, unix.NLMSG_ERROR:
			s.end = result(data)
		}
		b = b[min((n+unix.NLMSG_ALIGNTO-1)&^(unix.NLMSG_ALIGNTO-1), len(b)):]
	}
	return found, nil
}

// result returns the error of the message that ends a dump.
func result(b []byte) error {
	if len(b) < 4 {
		return io.EOF
	}
	if code := int32(binary.NativeEndian.Uint32(b)); code < 0 {
		return unix.Errno(-code)
	}
	return io.EOF
}

// read returns the next datagram from the kernel. A datagram that is too large for the
// buffer is lost, and reported as an overrun.
//
// An overrun is reported only when the queue is empty. Until then the kernel drops
// messages without another error (netlink_overrun() and netlink_rcv_wake() in
// net/netlink/af_netlink.c). A caller that reads the lost records earlier would miss
// these.
func (s *Stream) read() ([]byte, error) {
	if s.answer > 0 {
		s.file.SetReadDeadline(time.Now().Add(s.answer))
	}
	for {
		err := s.raw.Read(s.take)
		switch {
		case s.closed.Load(): // raw.Read has another error for this
			return nil, os.ErrClosed
		case err != nil:
			return nil, err
		case s.failed == unix.EINTR:
		case s.failed == unix.EAGAIN:
			s.full = false
			return nil, ErrOverrun
		case s.failed == ErrOverrun, s.failed == nil && s.msg.Flags&unix.MSG_TRUNC != 0:
			s.full = true
		case s.failed != nil:
			return nil, s.failed
		case s.from.Family == unix.AF_NETLINK && s.from.Pid == 0: // else it is from a process
			return s.buf[:s.size], nil
		}
	}
}

// Close closes the socket and ends a waiting Next.
func (s *Stream) Close() error {
	s.closed.Store(true)
	return s.file.Close()
}
