// SPDX-License-Identifier: GPL-2.0-only

// Package genl sends requests to a generic netlink family, dumps from it, and listens
// to it, using github.com/vishvananda/netlink. It does not interpret the messages.
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

// A normal kernel answers within the send. This is the timeout for one that does not.
const answerTime = 5 * time.Second

// Conn is a socket for requests to one family. Several goroutines may use it; one
// request is done at a time.
type Conn struct {
	family  *netlink.GenlFamily
	socket  *nl.NetlinkSocket
	handles map[int]*nl.SocketHandle // socket, in the form that package nl needs

	mu     sync.Mutex // Close waits for a request: package nl uses the number of the descriptor
	closed bool
}

// Dial opens a socket to a family. It needs no rights; the family's commands may. The
// error wraps unix.ENOENT if the kernel has no such family.
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
	s.SetExtAck(true) // since Linux 4.12; older kernels return errors without text
	return &Conn{family: f, socket: s,
		handles: map[int]*nl.SocketHandle{unix.NETLINK_GENERIC: {Socket: s}}}, nil
}

// Version returns the version of the kernel's family.
func (c *Conn) Version() uint32 { return c.family.Version }

// Do sends a command and waits for its acknowledgement. The error wraps the kernel's
// unix.Errno, with the kernel's text if there is one.
func (c *Conn) Do(cmd uint8, attrs ...*nl.RtAttr) error {
	_, err := c.execute(cmd, unix.NLM_F_ACK, attrs)
	return err
}

// Ask sends a command and returns its answer, which is one message: struct genlmsghdr,
// then attributes. Errors are as for Do.
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
// nl.Genlmsg takes these two from the memory after its own two bytes. If they are not 0,
// kernels since 6.1 refuse the message (genl_header_check() in
// net/netlink/genetlink.c).
type header [nl.SizeofGenlmsg]byte

// Len is nl.NetlinkRequestData.
func (h header) Len() int { return len(h) }

// Serialize is nl.NetlinkRequestData.
func (h header) Serialize() []byte { return h[:] }

// Dump starts a dump: the stream returns its messages, then io.EOF. It has its own
// socket, so requests can be made meanwhile.
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

// Listen joins a multicast group: the stream returns the messages from now on. The
// queue has 1 MiB, if that is permitted, so that a burst fits. The error wraps
// unix.ENOENT if the family has no such group.
func (c *Conn) Listen(group string) (*Stream, error) {
	for _, g := range c.family.Groups {
		if g.Name == group {
			return c.stream(func(socket *nl.NetlinkSocket) error { return join(socket, g.ID) })
		}
	}
	return nil, fmt.Errorf("family %s, group %s: %w", c.family.Name, group, unix.ENOENT)
}

const queueSize = 1 << 20

// join joins a group by its number. It may be above 32, and does not fit into the bit
// mask of bind(2), so nl.Subscribe cannot be used.
func join(socket *nl.NetlinkSocket, group uint32) error {
	// The first call may exceed net.core.rmem_max, and needs CAP_NET_ADMIN.
	if socket.SetReceiveBufferSize(queueSize, true) != nil {
		socket.SetReceiveBufferSize(queueSize, false)
	}
	return unix.SetsockoptInt(socket.GetFd(), unix.SOL_NETLINK, unix.NETLINK_ADD_MEMBERSHIP, int(group))
}

// Close closes the socket for requests. Streams stay open.
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
