// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"context"
	"errors"
	"slices"

	"sigtrail/internal/config"
	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/internal/procfs"
)

// module is the trigger module: kernel.Triggers, or a fake in a test.
type module interface {
	List() ([]event.Trigger, error)
	Add(event.Trigger) (event.Trigger, error)
	Del(id uint32) (event.Trigger, error)

	Join() error // before the first Add
	Next() ([]event.Notice, error)
	Close() error // ends Next
}

func dialModule() (module, error) {
	t, err := kernel.DialTriggers()
	if err != nil {
		return nil, err
	}
	return t, nil
}

// listen adds the triggers of the rules, and starts to receive their notices, by
// netlink or by real-time signal.
func (s *response) listen(ctx context.Context, cfg config.Respond) error {
	m, err := s.dial()
	if err != nil {
		return err
	}
	if cfg.Transport == config.RTSig {
		err = s.receiveSignals(ctx, cfg.RTSig)
	} else {
		err = m.Join()
	}
	var existing []event.Trigger
	if err == nil {
		existing, err = m.List()
	}
	if err != nil {
		m.Close()
		return err
	}
	s.module = m
	if cfg.Transport == config.Netlink {
		s.run(s.receiveNotices)
	}
	for _, r := range s.rules {
		if r.triggered() {
			existing = s.addTrigger(r, existing)
		}
	}
	return nil
}

// addTrigger adds a rule's trigger, or takes over an existing one: a daemon that was
// killed leaves its triggers. It returns the other existing ones.
func (s *response) addTrigger(r *rule, existing []event.Trigger) []event.Trigger {
	var t event.Trigger
	var err error
	i := slices.IndexFunc(existing, func(t event.Trigger) bool { return t.Spec() == r.trigger() })
	if i >= 0 {
		t = existing[i]
		existing = slices.Delete(existing, i, i+1)
	} else if t, err = s.module.Add(r.trigger()); err != nil {
		s.incomplete = true
		s.recorder.logf("Rule %s is inactive: %v", r.Name, err)
		return existing
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.triggers[t.ID] = r
	return existing
}

func (s *response) delTriggers() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.triggers {
		s.module.Del(id) // an error means that it is already deleted, or may not be
	}
}

// receiveNotices receives the module's multicasts until it is closed.
func (s *response) receiveNotices() {
	for {
		notices, err := s.module.Next()
		// After an overrun more notices of the same kind follow.
		if err != nil && !errors.Is(err, kernel.ErrOverrun) {
			return
		}
		for i := range notices {
			s.notice(&notices[i])
		}
	}
}

func (s *response) notice(n *event.Notice) {
	s.mu.Lock()
	r := s.triggers[n.ID]
	s.mu.Unlock()
	if r != nil {
		s.act(r, r.noticed(n))
	}
}

// receiveSignals receives the module's real-time signals until ctx is done. A signal
// carries only the PID: the rule is the first one with a trigger for the process's
// name.
func (s *response) receiveSignals(ctx context.Context, sig int) error {
	ready := make(chan error)
	s.run(func() { receiveRTSig(ctx, sig, s.ksig, ready, s.noticeBySignal) })
	return <-ready
}

func (s *response) noticeBySignal(pid int) {
	p, err := s.proc.Stat(pid)
	if err != nil {
		reason := "it ended before its name could be read"
		if !procfs.Gone(err) {
			reason = err.Error()
		}
		// More signals for the same process may follow. One line is enough.
		if pid != s.lastGone && !s.pool.HasPID(pid) {
			s.lastGone = pid
			s.recorder.logf("Kill :: %d: no signal sent: %s", pid, reason)
		}
		return
	}
	i := slices.IndexFunc(s.rules, func(r *rule) bool { return r.triggered() && r.TargetName == p.Name })
	if i >= 0 {
		s.act(s.rules[i], s.rules[i].found(&p))
	}
}
