// SPDX-License-Identifier: GPL-2.0

// Package link is the kernel part at the end of two sockets: what comes on one is
// decoded, and the other one asks.
package link

import (
	"errors"

	"sigtrail/internal/genl"
	"sigtrail/internal/wire"
)

// Link is a connection to the kernel part, whose events and ring are Source's.
type Link struct {
	wire.Source
	live, ring *genl.Conn
}

// Dial connects. It returns genl.ErrNoKernel where there is no kernel part.
func Dial() (*Link, error) {
	live, err := genl.Dial()
	if err != nil {
		return nil, err
	}
	ring, err := genl.Dial()
	if err != nil {
		live.Close()
		return nil, err
	}
	l := &Link{live: live, ring: ring}
	l.Source.Live, l.Source.Ring = live, ring
	return l, nil
}

// Version returns the version of the kernel's family.
func (l *Link) Version() uint32 { return l.ring.Version() }

// Join makes the events come.
func (l *Link) Join() error { return l.live.Join() }

// Claim has the kernel leave the log to this process, until Close.
func (l *Link) Claim() error { return l.ring.Claim() }

// Mark puts a mark into the ring.
func (l *Link) Mark(text string, shutdown bool) error { return l.ring.Mark(text, shutdown) }

// Set sets the kernel's switches.
func (l *Link) Set(s genl.Switches) error { return l.ring.Set(s) }

// Close closes both sockets.
func (l *Link) Close() error { return errors.Join(l.live.Close(), l.ring.Close()) }
