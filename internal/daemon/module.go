// SPDX-License-Identifier: GPL-2.0

package daemon

import (
	"encoding/binary"
	"errors"

	"sigtrail/internal/event"
	"sigtrail/internal/genl"
	"sigtrail/internal/wire"
)

// module is the trigger module, as the daemon uses it.
type module interface {
	List() ([]event.Trigger, error)
	Add(event.Trigger) (event.Trigger, error)
	Del(id uint32) (event.Trigger, error)

	Join() error                        // listen, before the first Add
	Receive(f func(event.Notice)) error // waits for notices, and calls f for each
	Close() error                       // ends Receive
}

// moduleLink is the module at the end of two sockets: one listens, the other
// one asks.
type moduleLink struct {
	wire.Triggers
	live, ask *genl.Conn
}

func dialModule() (module, error) {
	live, err := genl.DialTriggers()
	if err != nil {
		return nil, err
	}
	ask, err := genl.DialTriggers()
	if err != nil {
		live.Close()
		return nil, err
	}
	return &moduleLink{wire.Triggers{Conn: ask}, live, ask}, nil
}

func (l *moduleLink) Join() error { return l.live.Join() }

func (l *moduleLink) Receive(f func(event.Notice)) error {
	return l.live.Receive(func(msg []byte) {
		if n, err := wire.Notice(msg, binary.NativeEndian); err == nil {
			f(n)
		}
	})
}

func (l *moduleLink) Close() error { return errors.Join(l.live.Close(), l.ask.Close()) }
