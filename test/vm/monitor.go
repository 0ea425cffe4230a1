// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// monitor is a client of QEMU's machine protocol (QMP).
type monitor struct {
	mu     sync.Mutex
	conn   monitorConn
	dec    *json.Decoder
	events []string // since the last command
}

type monitorConn interface {
	io.ReadWriter
	SetReadDeadline(time.Time) error
}

func newMonitor(conn monitorConn) *monitor {
	return &monitor{conn: conn, dec: json.NewDecoder(conn)}
}

// execute runs a command; its arguments may be nil. The first call also negotiates the
// protocol.
func (m *monitor) execute(command string, arguments any) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = nil
	for _, c := range []struct {
		Execute   string `json:"execute"`
		Arguments any    `json:"arguments,omitempty"`
	}{{"qmp_capabilities", nil}, {command, arguments}} {
		line, err := json.Marshal(c)
		if err == nil {
			_, err = m.conn.Write(append(line, '\n'))
		}
		if err != nil {
			return fmt.Errorf("QEMU's monitor, %s: %w", c.Execute, err)
		}
		if err := m.result(); err != nil && c.Execute == command {
			return fmt.Errorf("QEMU's monitor, %s: %w", command, err)
		}
	}
	return nil
}

// message is a reply to a command, an event, or the greeting.
type message struct {
	Return json.RawMessage
	Error  *struct{ Desc string }
	Event  string
}

// next reads a message, and keeps the event that it may be.
func (m *monitor) next() (got message, err error) {
	if err = m.dec.Decode(&got); err == nil && got.Event != "" {
		m.events = append(m.events, got.Event)
	}
	return got, err
}

// result reads a command's reply.
func (m *monitor) result() error {
	for {
		switch got, err := m.next(); {
		case err != nil:
			return err
		case got.Error != nil:
			return fmt.Errorf("%s", got.Error.Desc)
		case got.Return != nil:
			return nil
		}
	}
}

// await waits for an event after the last command.
func (m *monitor) await(event string, timeout time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.conn.SetReadDeadline(time.Now().Add(timeout))
	defer m.conn.SetReadDeadline(time.Time{})
	for !slices.Contains(m.events, event) {
		if _, err := m.next(); err != nil {
			return fmt.Errorf("QEMU's monitor, waiting for %s: %w", event, err)
		}
	}
	return nil
}
