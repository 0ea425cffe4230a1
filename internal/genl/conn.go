// SPDX-License-Identifier: GPL-2.0-only

// Package genl asks a generic netlink family, dumps it, and listens to it, by
// way of github.com/vishvananda/netlink. It carries messages and does not know
// what is in them.
package genl

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// The kernel answers within the send; this is for one that does not.
const answerTime = 5 * time.Second

// Conn is a socket for requests to one family. It is safe for any goroutine; one
// request is done at a time.
type Conn struct {
	family  *netlink.GenlFamily
	socket  *nl.NetlinkSocket
	handles map[int]*nl.SocketHandle // socket, as package nl wants it

	mu     sync.Mutex // keeps Close and a request apart: package nl uses the descriptor's number
	closed bool
}

// Dial opens a socket to the family of that name. It needs no rights; a family's
// commands may. The error wraps unix.ENOENT if the kernel has no such family.
func Dial(family string) (*Conn, error) {
	f, err := netlink.GenlFamilyGet(family)
	if err != nil {
		return nil, fmt.Errorf("look up family %s: %w", family, err)
	}
	s, err := nl.Subscribe(unix.NETLINK_GENERIC)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	limit := unix.NsecToTimeval(int64(answerTime))
	s.SetSendTimeout(&limit)
	s.SetReceiveTimeout(&limit)
	s.SetExtAck(true) // younger than the socket; without it errors come without words
	return &Conn{family: f, socket: s,
		handles: map[int]*nl.SocketHandle{unix.NETLINK_GENERIC: {Socket: s}}}, nil
}

// Version returns the version of the kernel's family.
func (c *Conn) Version() uint32 { return c.family.Version }

// Do sends a command that is answered by its acknowledgement alone. The error
// wraps the kernel's unix.Errno, with the kernel's words where it has some.
func (c *Conn) Do(cmd uint8, attrs ...*nl.RtAttr) error {
	_, err := c.execute(cmd, unix.NLM_F_ACK, attrs)
	return err
}

// Ask sends a command that is answered by one message, and returns that: struct
// genlmsghdr, then attributes. Errors are as Do has them.
func (c *Conn) Ask(cmd uint8, attrs ...*nl.RtAttr) ([]byte, error) {
	answers, err := c.execute(cmd, 0, attrs)
	if err == nil && len(answers) == 0 {
		err = errors.New("no answer")
	}
	if err != nil {
		return nil, err
	}
	return answers[0], nil
}

func (c *Conn) execute(cmd uint8, flags int, attrs []*nl.RtAttr) ([][]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, os.ErrClosed
	}
	req := c.request(cmd, flags, attrs)
	req.Sockets = c.handles
	return req.Execute(unix.NETLINK_GENERIC, c.family.ID)
}

func (c *Conn) request(cmd uint8, flags int, attrs []*nl.RtAttr) *nl.NetlinkRequest {
	req := nl.NewNetlinkRequest(int(c.family.ID), flags)
	req.AddData(header{cmd, uint8(c.family.Version)})
	for _, a := range attrs {
		req.AddData(a)
	}
	return req
}

// header is struct genlmsghdr: command, version, and two reserved bytes that are 0.
// nl.Genlmsg reads these two from behind its own two bytes, whatever stands there:
// kernels from 6.1 on refuse the message (genl_header_check() in
// net/netlink/genetlink.c).
type header [nl.SizeofGenlmsg]byte

// Len is nl.NetlinkRequestData.
func (h header) Len() int { return len(h) }

// Serialize is nl.NetlinkRequestData.
func (h header) Serialize() []byte { return h[:] }

// Dump starts a dump: the stream gives its messages, then io.EOF. It has a socket
// of its own, so that requests can be made meanwhile.
func (c *Conn) Dump(cmd uint8, attrs ...*nl.RtAttr) (*Stream, error) {
	s, err := c.stream(func(socket *nl.NetlinkSocket) error {
		return socket.Send(c.request(cmd, unix.NLM_F_DUMP, attrs))
	})
	if err != nil {
		return nil, err
	}
	s.answer = answerTime
	return s, nil
}

// Listen joins a multicast group: the stream gives what is sent to it from now
// on. The queue is made 1 MiB large, if that may be, so that a burst fits in. The
// error wraps unix.ENOENT if the family has no such group.
func (c *Conn) Listen(group string) (*Stream, error) {
	for _, g := range c.family.Groups {
		if g.Name == group {
			return c.stream(func(socket *nl.NetlinkSocket) error { return join(socket, g.ID) })
		}
	}
	return nil, fmt.Errorf("family %s, group %s: %w", c.family.Name, group, unix.ENOENT)
}

const queueSize = 1 << 20

// join adds a group by its number: those of families may be above 32, which the
// bit mask of bind(2), and so nl.Subscribe, has no place for.
func join(socket *nl.NetlinkSocket, group uint32) error {
	// The first needs CAP_NET_ADMIN, and exceeds net.core.rmem_max.
	if socket.SetReceiveBufferSize(queueSize, true) != nil {
		socket.SetReceiveBufferSize(queueSize, false)
	}
	return unix.SetsockoptInt(socket.GetFd(), unix.SOL_NETLINK, unix.NETLINK_ADD_MEMBERSHIP, int(group))
}

// Close closes the socket for requests; streams have their own.
func (c *Conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return os.ErrClosed
	}
	c.closed = true
	c.socket.Close()
	return nil
}
