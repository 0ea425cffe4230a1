// SPDX-License-Identifier: GPL-2.0

package daemon

import (
	"errors"

	"sigtrail/internal/config"
	"sigtrail/internal/genl"
	"sigtrail/internal/wire"
)

// link is the kernel part at the end of two sockets: one listens, the other one
// asks and holds the claim.
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

func (l *link) Malformed() uint64 { return l.Source.Malformed.Load() }
func (l *link) Join() error       { return l.live.Join() }
func (l *link) Claim() error      { return l.ring.Claim() }

func (l *link) Set(s config.Switches) error {
	return l.ring.Set(genl.Switches{
		Printk: unsigned(s.Printk), PrintkRate: unsigned(s.PrintkRate),
		SIGCHLD: s.SIGCHLD, SIGALRM: s.SIGALRM, SIGURG: s.SIGURG, Kthread: s.Kthread,
	})
}

func unsigned(p *int) *uint32 {
	if p == nil {
		return nil
	}
	v := uint32(*p)
	return &v
}

func (l *link) Close() error { return errors.Join(l.live.Close(), l.ring.Close()) }
