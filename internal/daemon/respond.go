// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sigtrail/internal/config"
	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
	"sigtrail/internal/respond"
)

// responder applies the rules of the configuration: it ends processes. It is for the
// daemon's main goroutine, except for event and the counters.
type responder struct {
	recorder *recorder
	proc     procfs.Root
	dial     func() (module, error)
	ksig     string // path
	after    uint64 // records up to this number are from before the start: no rule applies to them

	current atomic.Pointer[response] // nil: no rules
	applied string                   // the configuration of current

	kills, dropped, heldBack atomic.Uint64
}

// open applies the rules of the recorder's configuration. info is the kernel's state
// at the daemon's start.
func (p *responder) open(r *recorder, o options, info event.Info) {
	p.recorder, p.proc, p.dial, p.ksig, p.after = r, o.proc, o.module, o.ksig, info.SeqLast
	p.use(r.cfg)
}

// use replaces the current rules by those of a configuration.
func (p *responder) use(cfg *config.Config) {
	wanted := fmt.Sprintf("%#v %#v", cfg.Respond, cfg.Rules)
	if s := p.current.Load(); wanted == p.applied && (s == nil || !s.incomplete) {
		return
	}
	p.close()
	p.applied = wanted
	if cfg.Respond.Enabled && len(cfg.Rules) > 0 {
		p.current.Store(p.start(cfg))
	}
}

// close stops all waits and deletes the triggers.
func (p *responder) close() {
	if s := p.current.Swap(nil); s != nil {
		s.close()
	}
}

// event takes a record of the kernel.
func (p *responder) event(e *event.Event) {
	if s := p.current.Load(); s != nil {
		s.event(e)
	}
}

// response applies one set of rules.
type response struct {
	*responder
	rules      []*rule
	pool       *respond.Pool
	module     module // nil: no rule needs it, or it is not loaded
	incomplete bool   // a trigger could not be added; a reload tries again
	lastGone   int    // PID of the process that was last logged as already ended; for receiveSignals
	cancel     context.CancelFunc
	ended      sync.WaitGroup

	mu       sync.Mutex       // protects the fields below, and the counters of rules
	triggers map[uint32]*rule // by the trigger's id
	full     time.Time        // when the full queue was last logged
}

func (p *responder) start(cfg *config.Config) *response {
	s := &response{responder: p, triggers: make(map[uint32]*rule)}
	killer := &respond.Killer{Proc: p.proc, Jail: jailPID(), Protect: cfg.Respond.Protect}
	s.pool = respond.NewPool(killer, cfg.Respond.Workers, cfg.Respond.Queue, true, s.report)
	var ctx context.Context
	ctx, s.cancel = context.WithCancel(context.Background())
	s.run(func() { s.pool.Run(ctx) })
	for _, c := range cfg.Rules {
		s.rules = append(s.rules, newRule(c))
	}
	if slices.ContainsFunc(s.rules, (*rule).triggered) {
		if err := s.listen(ctx, cfg.Respond); err != nil {
			s.incomplete = true
			s.recorder.logf("Rules with a symbol are inactive: %v", err)
		}
	}
	return s
}

// run runs f as part of the response.
func (s *response) run(f func()) {
	s.ended.Add(1)
	go func() {
		defer s.ended.Done()
		f()
	}()
}

func (s *response) close() {
	s.cancel()
	if s.module != nil {
		s.delTriggers()
		s.module.Close()
	}
	s.ended.Wait()
}

// event applies the rules for signals, and passes the record to the pool.
func (s *response) event(e *event.Event) {
	s.pool.Event(e)
	if e.Seq <= s.after {
		return
	}
	for _, r := range s.rules {
		if r.matches(e) {
			s.act(r, r.signalled(e))
		}
	}
}

// act queues a kill, if the rule's limit and the queue allow it.
func (s *response) act(r *rule, k respond.Kill) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.pool.Has(&k) {
		return
	}
	if r.hourly.Full(now) {
		s.heldBack.Add(1)
		if !r.heldLogged {
			r.heldLogged = true
			s.recorder.logf("Held back :: rule %s: limit of %d kills per hour reached (max_per_hour)", r.Name, r.MaxPerHour)
		}
		return
	}
	switch err := s.pool.Add(k); {
	case err == nil:
		r.hourly.Count(now)
		r.heldLogged = false
	case errors.Is(err, respond.ErrFull):
		s.dropped.Add(1)
		if now.Sub(s.full) > time.Minute {
			s.full = now
			s.recorder.logf("Kill dropped :: rule %s: the queue is full (respond.queue); further ones are only counted", r.Name)
		}
	}
}

// report writes a case to the log and to the trail.
func (s *response) report(c event.Case) {
	s.recorder.logf("Kill :: %v; rule %s", &c, c.Rule)
	n := c.Note()
	if info, err := s.recorder.kernel.Info(); err == nil {
		n.Time = info.ClockLocal
		n.Wall = info.Wall(n.Time)
	}
	s.recorder.note(n)
	s.kills.Add(1)
}
