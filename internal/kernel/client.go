// SPDX-License-Identifier: GPL-2.0-only

package kernel

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/vishvananda/netlink/nl"

	"sigtrail/internal/event"
	"sigtrail/internal/genl"
)

// Client is a connection to the kernel part. Next is for one goroutine; requests
// may come from any, also while Next waits.
type Client struct {
	conn *genl.Conn
	live *genl.Stream // nil before Join
	read []event.Event

	malformed atomic.Uint64
	clocks    event.Info // for the wall time of events; for the goroutine of Next and Ring
	taken     time.Time  // when it was
}

// Dial connects. It needs no rights; the requests do. It returns ErrNoKernel where
// there is no kernel part.
func Dial() (*Client, error) {
	conn, err := dial(FAMILY_NAME, ErrNoKernel)
	if err != nil {
		return nil, err
	}
	return &Client{conn: conn}, nil
}

// Version returns the version of the kernel's family.
func (c *Client) Version() uint32 { return c.conn.Version() }

// Info asks for the kernel part's state (SIGTRAIL_CMD_INFO_GET).
func (c *Client) Info() (event.Info, error) {
	msg, err := c.conn.Ask(CMD_INFO_GET)
	if err != nil {
		return event.Info{}, failed("info", err)
	}
	i, err := decodeInfo(msg)
	return i, failed("info", err)
}

// Set sets switches (SIGTRAIL_CMD_SET).
func (c *Client) Set(s event.Switches) error {
	attrs := encode(event.SwitchFields, &s)
	if len(attrs) == 0 {
		return nil
	}
	return failed("set", c.conn.Do(CMD_SET, attrs...))
}

// Claim takes over the log (SIGTRAIL_CMD_CLAIM), until Close: in its mode "auto"
// the kernel prints no more.
func (c *Client) Claim() error { return failed("claim", c.conn.Do(CMD_CLAIM)) }

// Mark adds a record with a text (SIGTRAIL_CMD_MARK) of less than event.TEXT_LEN
// bytes, none of them NUL. If shutdown is true, shutdown begins here for the kernel.
func (c *Client) Mark(text string, shutdown bool) error {
	if len(text) >= event.TEXT_LEN {
		return fmt.Errorf("mark of %d bytes: %d are allowed", len(text), event.TEXT_LEN-1)
	}
	attrs := []*nl.RtAttr{nl.NewRtAttr(event.ATTR_TEXT, nl.ZeroTerminated(text))}
	if shutdown {
		attrs = append(attrs, nl.NewRtAttr(event.ATTR_SHUTDOWN, flag(true)))
	}
	return failed("mark", c.conn.Do(CMD_MARK, attrs...))
}

// Join makes this a listener: Next gives what is recorded from now on.
func (c *Client) Join() (err error) {
	c.live, err = c.conn.Listen(MCGRP_EVENTS)
	return failed("join", err)
}

// Next waits for the next records, and returns them in the order in which they
// came. They are valid until the next call. ErrOverrun says that records were lost,
// some time before this call; after Close it fails with os.ErrClosed.
func (c *Client) Next() ([]event.Event, error) {
	messages, err := c.live.Next()
	if err != nil {
		return nil, failed("receive", err)
	}
	c.read = c.decode(c.read[:0], messages)
	return c.read, nil
}

// Ring starts a dump of the ring (SIGTRAIL_CMD_EVENTS_GET), from a number on. It
// ends at what is the newest number now.
func (c *Client) Ring(from uint64) (Batches, error) {
	s, err := c.conn.Dump(CMD_EVENTS_GET, nl.NewRtAttr(event.ATTR_FROM_SEQ, nl.Uint64Attr(from)))
	if err != nil {
		return nil, failed("dump of events", err)
	}
	return &ring{client: c, stream: s}, nil
}

// ring is a dump of the ring under way.
type ring struct {
	client *Client
	stream *genl.Stream
	read   []event.Event
}

func (r *ring) Next() ([]event.Event, error) {
	messages, err := r.stream.Next()
	if err != nil {
		return nil, failed("dump of events", err)
	}
	r.read = r.client.decode(r.read[:0], messages)
	return r.read, nil
}

func (r *ring) Close() error { return r.stream.Close() }

// Malformed returns how many records and whole messages could not be decoded.
func (c *Client) Malformed() uint64 { return c.malformed.Load() }

// Close closes all, and ends a Next that waits. A claim is given back.
func (c *Client) Close() error {
	err := c.conn.Close()
	if c.live != nil {
		err = errors.Join(err, c.live.Close())
	}
	return err
}

// decode appends the records of messages, with their wall time.
func (c *Client) decode(list []event.Event, messages [][]byte) []event.Event {
	c.refresh()
	for _, msg := range messages {
		var malformed int
		start := len(list)
		list, malformed = decodeEvents(list, msg)
		c.malformed.Add(uint64(malformed))
		for i := range list[start:] {
			e := &list[start+i]
			e.Wall = c.clocks.Wall(e.Time)
		}
	}
	return list
}

// A router's clock drifts less than a microsecond in this time, and when it is
// set, no more than this much of the trail has the wall time before.
const clocksAge = time.Second

// refresh takes the clocks anew if they are too old. If that fails, those that
// there are must do: an event is worth more than its wall time.
func (c *Client) refresh() {
	if now := time.Now(); c.taken.IsZero() || now.Sub(c.taken) > clocksAge {
		if i, err := c.Info(); err == nil {
			c.clocks, c.taken = i, now
		}
	}
}
