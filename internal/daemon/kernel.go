// SPDX-License-Identifier: GPL-2.0

package daemon

import (
	"sigtrail/internal/config"
	"sigtrail/internal/event"
	"sigtrail/internal/genl"
	"sigtrail/internal/link"
)

// kernel is the kernel part, as the daemon uses it.
type kernel interface {
	event.Source
	Info() (event.Info, error)
	Malformed() uint64

	Join() error // listen, before the first Dump
	Claim() error
	Set(config.Switches) error
	Close() error // ends Receive, gives the claim back
}

// kernelLink takes the kernel's switches as a configuration has them.
type kernelLink struct{ *link.Link }

func dial() (kernel, error) {
	l, err := link.Dial()
	if err != nil {
		return nil, err
	}
	return kernelLink{l}, nil
}

func (l kernelLink) Malformed() uint64 { return l.Source.Malformed.Load() }

func (l kernelLink) Set(s config.Switches) error {
	return l.Link.Set(genl.Switches{
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
