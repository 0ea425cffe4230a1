// SPDX-License-Identifier: GPL-2.0

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

// responder ends processes as the rules of the configuration ask. It is for
// the daemon's main goroutine, but for event and its counts.
type responder struct {
	recorder *recorder
	proc     procfs.Root
	dial     func() (module, error)
	ksig     string // path
	after    uint64 // records up to this number tell of what was before: nothing is done about it

	now  atomic.Pointer[response] // nil: no rules are followed
	made string                   // the configuration that it was made of

	kills, dropped, heldBack atomic.Uint64
}

// open begins with the rules of the recorder's configuration. info is the kernel
// part's state at the daemon's start.
func (p *responder) open(r *recorder, o options, info event.Info) {
	p.recorder, p.proc, p.dial, p.ksig, p.after = r, o.proc, o.module, o.ksig, info.SeqLast
	p.use(r.cfg)
}

// use puts the rules of a configuration into force, in place of those that are.
func (p *responder) use(cfg *config.Config) {
	made := fmt.Sprintf("%#v %#v", cfg.Respond, cfg.Rules)
	if s := p.now.Load(); made == p.made && (s == nil || !s.wanting) {
		return
	}
	p.close()
	p.made = made
	if cfg.Respond.Enabled && len(cfg.Rules) > 0 {
		p.now.Store(p.start(cfg))
	}
}

// close ends what goes on: waits are broken off, triggers deleted.
func (p *responder) close() {
	if s := p.now.Swap(nil); s != nil {
		s.close()
	}
}

// event takes a record of the kernel part.
func (p *responder) event(e *event.Event) {
	if s := p.now.Load(); s != nil {
		s.event(e)
	}
}

// response follows one set of rules.
type response struct {
	*responder
	rules   []*rule
	pool    *respond.Pool
	module  module // nil: no rule needs it, or it is not there
	wanting bool   // a trigger could not be made, which may be tried again
	gone    int    // pid of whom it was last said to have ended before; hearSignals' alone
	cancel  context.CancelFunc
	ended   sync.WaitGroup

	mu       sync.Mutex       // protects what follows, and the counts of rules
	triggers map[uint32]*rule // by id, of those that were taken
	full     time.Time        // when it was said that the queue is full
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
			s.wanting = true
			s.recorder.say("Rules with a symbol do nothing: %v", err)
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

// event follows the rules for signals, and has the pool know what the kernel
// knows of its kills.
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

// act queues a kill, unless it is one too many.
func (s *response) act(r *rule, k respond.Kill) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.pool.Has(&k) {
		return
	}
	if r.hourly.Full(now) {
		s.heldBack.Add(1)
		if !r.held {
			r.held = true
			s.recorder.say("Held back :: rule %s has ended %d processes within an hour, its max_per_hour", r.Name, r.MaxPerHour)
		}
		return
	}
	switch err := s.pool.Add(k); {
	case err == nil:
		r.hourly.Count(now)
		r.held = false
	case errors.Is(err, respond.ErrFull):
		s.dropped.Add(1)
		if now.Sub(s.full) > time.Minute {
			s.full = now
			s.recorder.say("Held back :: a kill by rule %s, as the queue is full; others are counted", r.Name)
		}
	}
}

// report tells of a case, in the log and in the trail.
func (s *response) report(c event.Case) {
	s.recorder.say("Kill :: %v; rule %s", &c, c.Rule)
	n := c.Note()
	if info, err := s.recorder.kernel.Info(); err == nil {
		n.Time = info.ClockLocal
		n.Wall = info.Wall(n.Time)
	}
	s.recorder.note(n)
	s.kills.Add(1)
}
