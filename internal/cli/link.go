// SPDX-License-Identifier: GPL-2.0

package cli

import (
	"errors"

	"sigtrail/internal/genl"
	"sigtrail/internal/wire"
)

// link is the kernel part at the end of two sockets: one listens, the other one
// asks.
type link struct {
	wire.Source
	live, ring *genl.Conn
}

func dial() (kernel, error) {
	live, err := genl.Dial()
	if err != nil {
		return nil, err
	}
	ring, err := genl.Dial()
	if err != nil {
		live.Close()
		return nil, err
	}
	l := &link{live: live, ring: ring}
	l.Source.Live, l.Source.Ring = live, ring
	return l, nil
}

func (l *link) Version() uint32 { return l.ring.Version() }
func (l *link) Join() error     { return l.live.Join() }
func (l *link) Close() error    { return errors.Join(l.live.Close(), l.ring.Close()) }

func (l *link) Mark(text string, shutdown bool) error { return l.ring.Mark(text, shutdown) }
