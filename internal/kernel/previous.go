// SPDX-License-Identifier: GPL-2.0-only

package kernel

import (
	"io"

	"github.com/vishvananda/netlink/nl"

	"sigtrail/internal/event"
)

// hasPrevious reports whether the kernel part knows the black box. Before version 2 it
// refuses the attributes and the command.
func (c *Client) hasPrevious() bool { return c.Version() >= 2 }

// Previous starts a dump of the records that outlived the last reset
// (SIGTRAIL_CMD_EVENTS_GET with SIGTRAIL_ATTR_PREVIOUS). Their numbers are in order, with
// gaps where records were damaged. Their wall time is by the clocks of their own boot.
// Without such records the dump is empty.
func (c *Client) Previous() (Batches, error) {
	if !c.hasPrevious() {
		return empty{}, nil
	}
	info, err := c.Info()
	if err != nil {
		return nil, err
	}
	s, err := c.conn.Dump(CMD_EVENTS_GET, nl.NewRtAttr(event.ATTR_PREVIOUS, flag(true)))
	if err != nil {
		return nil, failed("dump of the boot before", err)
	}
	return &ring{client: c, stream: s, clocks: &info.Previous}, nil
}

// FreePrevious has the kernel free the memory of these records
// (SIGTRAIL_CMD_PREVIOUS_FREE).
func (c *Client) FreePrevious() error {
	if !c.hasPrevious() {
		return nil
	}
	return failed("free of the boot before", c.conn.Do(CMD_PREVIOUS_FREE))
}

// empty is a dump without records.
type empty struct{}

func (empty) Next() ([]event.Event, error) { return nil, io.EOF }
func (empty) Close() error                 { return nil }
