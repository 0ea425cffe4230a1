// SPDX-License-Identifier: GPL-2.0

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

// module is the trigger module, as the daemon uses it: kernel.Triggers, or what
// stands for it in a test.
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

// listen has the triggers of the rules made, and their notices heard: by
// netlink, or by real-time signal.
func (s *response) listen(ctx context.Context, cfg config.Respond) error {
	m, err := s.dial()
	if err != nil {
		return err
	}
	if cfg.Transport == config.RTSig {
		err = s.hearSignals(ctx, cfg.RTSig)
	} else {
		err = m.Join()
	}
	var there []event.Trigger
	if err == nil {
		there, err = m.List()
	}
	if err != nil {
		m.Close()
		return err
	}
	s.module = m
	if cfg.Transport == config.Netlink {
		s.run(s.hearNotices)
	}
	for _, r := range s.rules {
		if r.triggered() {
			there = s.addTrigger(r, there)
		}
	}
	return nil
}

// addTrigger makes a rule's trigger, or takes over one that is there, as a
// daemon leaves it behind that was killed. It returns the others.
func (s *response) addTrigger(r *rule, there []event.Trigger) []event.Trigger {
	var t event.Trigger
	var err error
	i := slices.IndexFunc(there, func(t event.Trigger) bool { return t.Spec() == r.trigger() })
	if i >= 0 {
		t = there[i]
		there = slices.Delete(there, i, i+1)
	} else if t, err = s.module.Add(r.trigger()); err != nil {
		s.wanting = true
		s.recorder.say("Rule %s does nothing: %v", r.Name, err)
		return there
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.triggers[t.ID] = r
	return there
}

func (s *response) delTriggers() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.triggers {
		s.module.Del(id) // gone already, if it fails
	}
}

// hearNotices hears what the module multicasts, until it is closed.
func (s *response) hearNotices() {
	for {
		notices, err := s.module.Next()
		// What had no room was of a storm, and there is more of that.
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

// hearSignals hears what the module sends by real-time signal, until ctx is
// done. The process alone comes with it: the rule is the first that has a
// trigger for its name.
func (s *response) hearSignals(ctx context.Context, sig int) error {
	ready := make(chan error)
	s.run(func() { receiveRTSig(ctx, sig, s.ksig, ready, s.noticeBySignal) })
	return <-ready
}

func (s *response) noticeBySignal(pid int) {
	p, err := s.proc.Stat(pid)
	if err != nil {
		reason := "it had ended before its name, and so its rule, was known"
		if !procfs.Gone(err) {
			reason = err.Error()
		}
		// Others of the same process are on their way, whoever ended it.
		if pid != s.gone && !s.pool.HasPID(pid) {
			s.gone = pid
			s.recorder.say("Kill :: %d: nothing sent: %s", pid, reason)
		}
		return
	}
	i := slices.IndexFunc(s.rules, func(r *rule) bool { return r.triggered() && r.TargetName == p.Name })
	if i >= 0 {
		s.act(s.rules[i], s.rules[i].found(&p))
	}
}
