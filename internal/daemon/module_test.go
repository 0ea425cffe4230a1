// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
)

// fakeModule has triggers in memory, and notices of the test.
type fakeModule struct {
	mu      sync.Mutex
	list    []event.Trigger
	next    uint32
	did     []string
	notices chan event.Notice
	closed  chan struct{}
}

func newModule(there ...event.Trigger) *fakeModule {
	return &fakeModule{list: there, next: 100, notices: make(chan event.Notice, 1000), closed: make(chan struct{})}
}

func (m *fakeModule) note(format string, args ...any) {
	m.did = append(m.did, fmt.Sprintf(format, args...))
}

func (m *fakeModule) Join() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.note("join")
	return nil
}

func (m *fakeModule) List() ([]event.Trigger, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]event.Trigger(nil), m.list...), nil
}

func (m *fakeModule) Add(t event.Trigger) (event.Trigger, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t.Symbol == "nowhere" {
		return t, errors.New("no such function")
	}
	m.next++
	t.ID = m.next
	m.list = append(m.list, t)
	m.note("add %d %s", t.ID, t.Symbol)
	return t, nil
}

func (m *fakeModule) Del(id uint32) (event.Trigger, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.note("del %d", id)
	return event.Trigger{}, nil
}

func (m *fakeModule) Next() ([]event.Notice, error) {
	select {
	case <-m.closed:
		return nil, os.ErrClosed
	case n := <-m.notices:
		if n.ID == 0 {
			return nil, kernel.ErrOverrun
		}
		return []event.Notice{n}, nil
	}
}

func (m *fakeModule) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.note("close")
	close(m.closed)
	return nil
}

// done returns the requests to the module.
func (m *fakeModule) done() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(m.did, ", ")
}
