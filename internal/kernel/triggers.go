// SPDX-License-Identifier: GPL-2.0-only

package kernel

import (
	"errors"
	"io"

	"github.com/vishvananda/netlink/nl"

	"sigtrail/internal/event"
	"sigtrail/internal/genl"
)

// Triggers is a connection to the trigger module. Next is for one goroutine. Any
// goroutine may make requests, even while Next waits.
type Triggers struct {
	conn *genl.Conn
	live *genl.Stream // nil before Join
}

// DialTriggers connects. It needs no rights; the requests do. It returns
// ErrNoModule if the trigger module is not loaded.
func DialTriggers() (*Triggers, error) {
	conn, err := dial(TRIGGER_FAMILY_NAME, ErrNoModule)
	if err != nil {
		return nil, err
	}
	return &Triggers{conn: conn}, nil
}

// Add adds the trigger of a Spec (SIGTRAIL_TRIGGER_CMD_ADD), and returns the kernel's
// version of it.
func (t *Triggers) Add(spec event.Trigger) (event.Trigger, error) {
	return t.ask("add trigger", TRIGGER_CMD_ADD, encode(event.TriggerSpec, &spec)...)
}

// Del deletes a trigger (SIGTRAIL_TRIGGER_CMD_DEL), and returns it with its counters. The
// error wraps ENOENT if there is no trigger of that id.
func (t *Triggers) Del(id uint32) (event.Trigger, error) {
	return t.ask("delete trigger", TRIGGER_CMD_DEL, nl.NewRtAttr(event.TRIGGER_ATTR_ID, nl.Uint32Attr(id)))
}

func (t *Triggers) ask(op string, cmd uint8, attrs ...*nl.RtAttr) (event.Trigger, error) {
	msg, err := t.conn.Ask(cmd, attrs...)
	if err != nil {
		return event.Trigger{}, failed(op, err)
	}
	tr, err := decodeTrigger(msg)
	return tr, failed(op, err)
}

// List returns all triggers (SIGTRAIL_TRIGGER_CMD_GET).
func (t *Triggers) List() ([]event.Trigger, error) {
	s, err := t.conn.Dump(TRIGGER_CMD_GET)
	if err != nil {
		return nil, failed("dump of triggers", err)
	}
	defer s.Close()
	var list []event.Trigger
	for {
		messages, err := s.Next()
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return nil, failed("dump of triggers", err)
		}
		for _, msg := range messages {
			if tr, err := decodeTrigger(msg); err == nil {
				list = append(list, tr)
			}
		}
	}
}

// Join starts listening: Next returns the notices from now on.
func (t *Triggers) Join() (err error) {
	t.live, err = t.conn.Listen(TRIGGER_MCGRP_TRIGGERS)
	return failed("join", err)
}

// Next waits for the next notices. Errors are as for Client.Next.
func (t *Triggers) Next() ([]event.Notice, error) {
	messages, err := t.live.Next()
	if err != nil {
		return nil, failed("receive", err)
	}
	var list []event.Notice
	for _, msg := range messages {
		if n, err := decodeNotice(msg); err == nil {
			list = append(list, n)
		}
	}
	return list, nil
}

// Close closes all sockets and ends a waiting Next.
func (t *Triggers) Close() error {
	err := t.conn.Close()
	if t.live != nil {
		err = errors.Join(err, t.live.Close())
	}
	return err
}
