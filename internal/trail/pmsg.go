// SPDX-License-Identifier: GPL-2.0

package trail

import (
	"bytes"
	"fmt"
	"os"
)

// pmsg is pstore's device for user space, /dev/pmsg0 (fs/pstore/pmsg.c): what is
// written to it outlives the reset, as the file pmsg-ramoops-0. It is a device, so
// that it can stay open.
type pmsg struct {
	file *os.File
	head []byte // names boot and clocks
	due  int    // bytes until it is told again
	buf  []byte
}

// The device's memory is a ring, of 4 KiB at the least: a header that was told
// once might be overwritten.
const pmsgHeadEvery = 2 << 10

func openPmsg(name string, head []byte) (*pmsg, error) {
	// Appending matters for a test's plain file alone.
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, fmt.Errorf("pmsg: %w", err)
	}
	return &pmsg{file: file, head: head}, nil
}

// write writes whole lines by one write(2), so that nobody writes between them.
func (p *pmsg) write(lines []byte) error {
	p.buf = p.buf[:0]
	for len(lines) > 0 {
		end := bytes.IndexByte(lines, '\n') + 1
		if p.due -= end; p.due < 0 {
			p.buf = append(p.buf, p.head...)
			p.due = pmsgHeadEvery - end
		}
		p.buf = append(p.buf, lines[:end]...)
		lines = lines[end:]
	}
	if _, err := p.file.Write(p.buf); err != nil {
		return fmt.Errorf("pmsg: %w", err)
	}
	return nil
}
