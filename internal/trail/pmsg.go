// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"fmt"
	"os"
)

// PmsgDevice is pstore's device for user space (fs/pstore/pmsg.c).
const PmsgDevice = "/dev/pmsg0"

// pmsg is PmsgDevice, opened. What is written to it survives a warm reset, as the file pmsg-ramoops-0. As a device it
// can stay open: it does not block a remount.
type pmsg struct {
	file *os.File
	head []byte // a header with the boot id and the clocks
	due  int    // bytes until the next header
	buf  []byte
}

// The device's memory is a ring of at least 4 KiB, so a single header might be
// overwritten.
const pmsgHeadEvery = 2 << 10

func openPmsg(name string, head []byte) (*pmsg, error) {
	// O_APPEND matters only for the plain file of a test.
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, fmt.Errorf("pmsg: %w", err)
	}
	return &pmsg{file: file, head: head}, nil
}

// write writes frames by one write(2), so that no other process writes between them.
func (p *pmsg) write(list []piece) error {
	p.buf = p.buf[:0]
	for i := range list {
		size := len(list[i].bytes)
		if p.due -= size; p.due < 0 {
			p.buf = append(p.buf, p.head...)
			p.due = pmsgHeadEvery - size
		}
		p.buf = append(p.buf, list[i].bytes...)
	}
	if _, err := p.file.Write(p.buf); err != nil {
		return fmt.Errorf("pmsg: %w", err)
	}
	return nil
}
