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

// Client is a connection to the kernel part. Next, and what Ring returns, are for one
// goroutine. Any goroutine may make other requests, even while Next waits.
type Client struct {
	conn   family
	live   *genl.Stream // nil before Join
	read   []event.Event
	before memory // for the goroutine of Next

	malformed atomic.Uint64
	clocks    event.Info // for the wall time of events; for the goroutine of Next and Ring
	taken     time.Time  // the time of clocks
}

// family is a genl.Conn, or a fake in a test.
type family interface {
	Version() uint32
	Do(cmd uint8, attrs ...*nl.RtAttr) error
	Ask(cmd uint8, attrs ...*nl.RtAttr) ([]byte, error)
	Dump(cmd uint8, attrs ...*nl.RtAttr) (*genl.Stream, error)
	Listen(group string) (*genl.Stream, error)
	Close() error
}

// Dial connects. It needs no rights; the requests do. It returns ErrNoKernel if the
// kernel lacks the kernel part.
func Dial() (*Client, error) {
	conn, err := dial(FAMILY_NAME, ErrNoKernel)
	if err != nil {
		return nil, err
	}
	return &Client{conn: conn}, nil
}

// Version returns the version of the kernel's family.
func (c *Client) Version() uint32 { return c.conn.Version() }

// Info returns the kernel part's state (SIGTRAIL_CMD_INFO_GET).
func (c *Client) Info() (event.Info, error) {
	msg, err := c.conn.Ask(CMD_INFO_GET)
	if err != nil {
		return event.Info{}, failed("info", err)
	}
	i, err := decodeInfo(msg)
	return i, failed("info", err)
}

// Set sets switches (SIGTRAIL_CMD_SET), but those that an older kernel part does not have.
func (c *Client) Set(s event.Switches) error {
	if c.Version() < 4 {
		s.Exits = nil
	}
	attrs := encode(event.SwitchFields, &s)
	if len(attrs) == 0 {
		return nil
	}
	return failed("set", c.conn.Do(CMD_SET, attrs...))
}

// Claim claims the log (SIGTRAIL_CMD_CLAIM) until Close: meanwhile the kernel does not
// print, if its mode is "auto". The black box gets the boot's id.
func (c *Client) Claim(bootID string) error {
	var attrs []*nl.RtAttr
	if c.hasPrevious() {
		attrs = append(attrs, nl.NewRtAttr(event.ATTR_BOOT_ID, nl.ZeroTerminated(bootID)))
	}
	return failed("claim", c.conn.Do(CMD_CLAIM, attrs...))
}

// Mark adds a mark (SIGTRAIL_CMD_MARK). The text has less than event.TEXT_LEN bytes, and
// no NUL. If shutdown is true, a shutdown begins with this record.
func (c *Client) Mark(text string, shutdown bool) error {
	if len(text) >= event.TEXT_LEN {
		return fmt.Errorf("mark of %d bytes: at most %d are allowed", len(text), event.TEXT_LEN-1)
	}
	attrs := []*nl.RtAttr{nl.NewRtAttr(event.ATTR_TEXT, nl.ZeroTerminated(text))}
	if shutdown {
		attrs = append(attrs, nl.NewRtAttr(event.ATTR_SHUTDOWN, flag(true)))
	}
	return failed("mark", c.conn.Do(CMD_MARK, attrs...))
}

// Join starts listening: Next returns the records from now on.
func (c *Client) Join() (err error) {
	c.live, err = c.conn.Listen(MCGRP_EVENTS)
	return failed("join", err)
}

// Next waits for the next records and returns them in the order of their arrival. They
// are valid until the next call. ErrOverrun means that records were lost at some time
// before this call. After Close it returns os.ErrClosed.
func (c *Client) Next() ([]event.Event, error) {
	messages, err := c.live.Next()
	if err != nil {
		return nil, failed("receive", err)
	}
	c.refresh()
	c.read = c.decode(c.read[:0], messages, &c.clocks, &c.before)
	return c.read, nil
}

// Ring starts a dump of the ring (SIGTRAIL_CMD_EVENTS_GET), from a number on up to the
// newest number now.
func (c *Client) Ring(from uint64) (Batches, error) {
	s, err := c.conn.Dump(CMD_EVENTS_GET, nl.NewRtAttr(event.ATTR_FROM_SEQ, nl.Uint64Attr(from)))
	if err != nil {
		return nil, failed("dump of events", err)
	}
	return &ring{client: c, stream: s}, nil
}

// stream is a genl.Stream, or a fake in a test.
type stream interface {
	Next() ([][]byte, error)
	Close() error
}

// ring is a running dump of the ring.
type ring struct {
	client *Client
	stream stream
	clocks clocks // nil: those of this boot
	read   []event.Event
	before memory
}

func (r *ring) Next() ([]event.Event, error) {
	messages, err := r.stream.Next()
	if err != nil {
		return nil, failed("dump of events", err)
	}
	of := r.clocks
	if of == nil {
		r.client.refresh()
		of = &r.client.clocks
	}
	r.read = r.client.decode(r.read[:0], messages, of, &r.before)
	return r.read, nil
}

func (r *ring) Close() error { return r.stream.Close() }

// Malformed returns how many records and whole messages could not be decoded.
func (c *Client) Malformed() uint64 { return c.malformed.Load() }

// Close closes all sockets, and ends a waiting Next and a claim.
func (c *Client) Close() error {
	err := c.conn.Close()
	if c.live != nil {
		err = errors.Join(err, c.live.Close())
	}
	return err
}

// clocks are those of a boot.
type clocks interface{ Wall(local uint64) int64 }

// decode appends the records of messages, with their wall time by a boot's clocks. Each
// reader has its own memory: a dump of the boot before is read beside the live records.
func (c *Client) decode(list []event.Event, messages [][]byte, of clocks, before *memory) []event.Event {
	for _, msg := range messages {
		var malformed int
		start := len(list)
		list, malformed = decodeEvents(list, msg, before)
		c.malformed.Add(uint64(malformed))
		for i := range list[start:] {
			e := &list[start+i]
			e.Wall = of.Wall(e.Time)
		}
	}
	return list
}

const (
	// How long the clocks are used. Where the time daemon slews the clock, by at most 500 ppm,
	// wall times are up to 5 ms old: less than what package frame takes for a step.
	clocksAge = 10 * time.Second

	// The clock was set, or the machine has slept, if it and the monotonic one differ by more.
	clocksDrift = time.Millisecond
)

// refresh reads the clocks again if they are too old, or the clock was set. If that fails, it
// keeps the old ones for as long again: an event matters more than its wall time.
func (c *Client) refresh() {
	now := time.Now()
	if c.taken.IsZero() || outdated(now.Sub(c.taken), time.Duration(now.UnixNano()-c.taken.UnixNano())) {
		if i, err := c.Info(); err == nil {
			c.clocks = i
		}
		c.taken = now
	}
}

// outdated reports whether clocks are, after a time by the monotonic clock and by the wall's.
func outdated(age, wall time.Duration) bool {
	return age > clocksAge || (wall-age).Abs() > clocksDrift
}
