// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// monitor is a client of QEMU's machine protocol (QMP).
type monitor struct {
	mu  sync.Mutex
	w   io.Writer
	dec *json.Decoder
}

func newMonitor(rw io.ReadWriter) *monitor {
	return &monitor{w: rw, dec: json.NewDecoder(rw)}
}

// execute runs a command without arguments. The first call also negotiates the
// protocol.
func (m *monitor) execute(command string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range []string{"qmp_capabilities", command} {
		if _, err := fmt.Fprintf(m.w, "{\"execute\": %q}\n", c); err != nil {
			return fmt.Errorf("QEMU's monitor, %s: %w", c, err)
		}
		if err := m.result(); err != nil && c == command {
			return fmt.Errorf("QEMU's monitor, %s: %w", c, err)
		}
	}
	return nil
}

// result skips the greeting and events, and reads a command's reply.
func (m *monitor) result() error {
	for {
		var reply struct {
			Return json.RawMessage
			Error  *struct{ Desc string }
		}
		switch err := m.dec.Decode(&reply); {
		case err != nil:
			return err
		case reply.Error != nil:
			return fmt.Errorf("%s", reply.Error.Desc)
		case reply.Return != nil:
			return nil
		}
	}
}
