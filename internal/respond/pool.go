// SPDX-License-Identifier: GPL-2.0

package respond

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"time"

	"sigtrail/internal/event"
)

var (
	// ErrFull means that the queue had no room.
	ErrFull = errors.New("the queue is full")

	// errDouble means that the process is queued or being ended already, or
	// was just now.
	errDouble = errors.New("that process is being ended already")
)

const (
	// The kernel's records come in batches, within a tick of 10 ms.
	recordLimit = time.Second

	// Of so many processes that have ended it is known that they have: what
	// they did before may still be on its way.
	recentLimit = 64
)

// Pool does kills with a number of workers, each of which waits for one process
// at a time, and a bounded queue before them.
type Pool struct {
	do      func(context.Context, Kill) event.Case
	workers int
	records bool
	report  func(event.Case)
	queue   chan *job

	mu     sync.Mutex // protects what follows, and each job's witness
	busy   []*job     // queued, or with a worker
	recent []Kill     // of processes that have ended, the oldest first
}

// job is a kill that was accepted.
type job struct {
	kill     Kill
	witness  Witness
	recorded chan struct{} // closed when the witness knows all
}

// NewPool makes a pool. report gets each case, from several goroutines. If
// records is true, the kernel part's records come by way of Event, and are
// waited for.
func NewPool(k *Killer, workers, queue int, records bool, report func(event.Case)) *Pool {
	return &Pool{do: k.Do, workers: workers, records: records, report: report, queue: make(chan *job, queue)}
}

// Has reports whether a process is queued or being ended, or was just now.
func (p *Pool) Has(k *Kill) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.has(k)
}

func (p *Pool) has(k *Kill) bool {
	for _, j := range p.busy {
		if j.kill.same(k) {
			return true
		}
	}
	for i := range p.recent {
		if p.recent[i].PID == k.PID && p.recent[i].Start == k.Start {
			return true
		}
	}
	return false
}

// HasPID reports whether a process of that id is queued or being ended, or is among
// the last that were, whoever it is.
func (p *Pool) HasPID(pid int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.busy, func(j *job) bool { return j.kill.PID == pid }) ||
		slices.ContainsFunc(p.recent, func(k Kill) bool { return k.PID == pid })
}

// Add queues a kill. It never waits. The error is ErrFull or errDouble.
func (p *Pool) Add(k Kill) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.has(&k) {
		return errDouble
	}
	j := &job{kill: k, recorded: make(chan struct{}),
		witness: Witness{Sender: uint32(os.Getpid()), Target: uint32(k.PID)}}
	select {
	case p.queue <- j:
		p.busy = append(p.busy, j)
		return nil
	default:
		return ErrFull
	}
}

// same reports whether two kills may be of the same process: where the start is
// not known, the id decides.
func (k *Kill) same(other *Kill) bool {
	return k.PID == other.PID && (k.Start == other.Start || k.Start == 0 || other.Start == 0)
}

// Event takes a record of the kernel part.
func (p *Pool) Event(e *event.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, j := range p.busy {
		if !j.witness.done && j.witness.See(e) {
			close(j.recorded)
		}
	}
}

// Run does what is queued until ctx is done. Then it breaks off the waits for
// processes that have been signalled, signals no other, and returns.
func (p *Pool) Run(ctx context.Context) {
	var workers sync.WaitGroup
	for range p.workers {
		workers.Add(1)
		go func() {
			defer workers.Done()
			p.work(ctx)
		}()
	}
	workers.Wait()
}

func (p *Pool) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case j := <-p.queue:
			if ctx.Err() == nil { // both may be ready
				p.one(ctx, j)
			}
		}
	}
}

func (p *Pool) one(ctx context.Context, j *job) {
	c := p.do(ctx, j.kill)
	if p.records && c.Sent() && c.Ended() {
		late := time.NewTimer(recordLimit)
		select {
		case <-j.recorded:
		case <-late.C:
		case <-ctx.Done():
		}
		late.Stop()
	}
	p.mu.Lock()
	j.witness.Tell(&c)
	p.busy = slices.DeleteFunc(p.busy, func(other *job) bool { return other == j })
	if c.Ended() && j.kill.Start != 0 { // without a start it may be any
		p.recent = append(p.recent[max(0, len(p.recent)-recentLimit+1):], j.kill)
	}
	p.mu.Unlock()
	p.report(c)
}
