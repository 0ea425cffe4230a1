// SPDX-License-Identifier: GPL-2.0

// Package genl talks to the kernel's generic netlink families "sigtrail" and
// "sigtrailtrigger": family look-up, group membership, requests and dumps. It
// carries messages, package wire knows what is in them.
//
// Use one Conn for live events and another one for requests and dumps: their
// answers then do not queue behind events, nor are lost when events overflow
// the socket.
package genl

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"sigtrail/internal/uapi"
)

var (
	// ErrNoKernel means that the running kernel does not know the family, or
	// not in this network namespace: it lives in the initial one only.
	ErrNoKernel = errors.New("kernel has no sigtrail: boot one built with CONFIG_SIGTRAIL (see kernel-patches/)")

	// ErrNoRights means that the kernel answered EPERM.
	ErrNoRights = errors.New("needs CAP_NET_ADMIN in the initial network namespace: run as root")

	// ErrOverrun means that events were dropped, as this socket had no room
	// for them: see ENOBUFS in netlink(7). The ring may still have them.
	ErrOverrun error = syscall.ENOBUFS

	// ErrClosed means that the Conn was closed.
	ErrClosed = os.ErrClosed
)

// OpError is a failed operation on a Conn.
type OpError struct {
	Op      string // as "receive", or a command's name
	Err     error  // ErrOverrun, ErrClosed, another syscall.Errno, ...
	Message string // the kernel's explanation (extended ack), often empty
}

func (e *OpError) Error() string {
	s := "netlink " + e.Op + ": " + e.Err.Error()
	if e.Message != "" {
		s += ": " + e.Message
	}
	return s
}

// Unwrap returns e.Err.
func (e *OpError) Unwrap() error { return e.Err }

// Dial opens a socket to the family. It needs no rights; the commands do.
func Dial() (*Conn, error) {
	c, err := dial(uapi.FAMILY_NAME)
	if err != nil {
		return nil, err
	}
	c.group = uapi.MCGRP_EVENTS
	return c, nil
}

// Join makes c a listener: Receive gives what is multicast from now on, and
// nothing else is to be done with c. The queue is made 1 MiB large, if that may
// be, so that a burst fits in.
func (c *Conn) Join() error {
	group, ok := c.family.groups[c.group]
	if !ok {
		return fmt.Errorf("the kernel's family has no group %s: %w", c.group, ErrNoKernel)
	}
	return c.join(group)
}

// Version returns the version of the kernel's family.
func (c *Conn) Version() uint32 { return c.family.version }
