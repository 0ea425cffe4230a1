// SPDX-License-Identifier: GPL-2.0-only

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

	// errDuplicate means that the process is already queued, is being ended, or
	// has just ended.
	errDuplicate = errors.New("the process is already being ended")
)

const (
	// How long to wait for the kernel's records of a kill. They come in
	// batches, normally within a tick of 10 ms.
	recordTimeout = time.Second

	// How many ended processes are remembered: records and notices about them
	// may still arrive.
	maxRecent = 64
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
	recent []Kill     // of ended processes, the oldest first
}

// job is a kill that was accepted.
type job struct {
	kill     Kill
	witness  Witness
	recorded chan struct{} // closed when the witness is complete
}

// NewPool makes a pool. report is called with each case, by several goroutines.
// If records is true, the caller passes the kernel's records to Event, and each
// case waits for its records.
func NewPool(k *Killer, workers, queue int, records bool, report func(event.Case)) *Pool {
	return &Pool{do: k.Do, workers: workers, records: records, report: report, queue: make(chan *job, queue)}
}

// Has reports whether a process is queued, is being ended, or has just ended.
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

// HasPID is Has by PID alone.
func (p *Pool) HasPID(pid int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.busy, func(j *job) bool { return j.kill.PID == pid }) ||
		slices.ContainsFunc(p.recent, func(k Kill) bool { return k.PID == pid })
}

// Add queues a kill. It never waits. The error is ErrFull or errDuplicate.
func (p *Pool) Add(k Kill) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.has(&k) {
		return errDuplicate
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

// same reports whether two kills may be of the same process. If a start is not
// known, the PID decides.
func (k *Kill) same(other *Kill) bool {
	return k.PID == other.PID && (k.Start == other.Start || k.Start == 0 || other.Start == 0)
}

// Event takes a record of the kernel.
func (p *Pool) Event(e *event.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, j := range p.busy {
		if !j.witness.done && j.witness.Observe(e) {
			close(j.recorded)
		}
	}
}

// Run does the queued kills until ctx is done. Then it stops waiting, sends no
// more signals, and returns.
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
		late := time.NewTimer(recordTimeout)
		select {
		case <-j.recorded:
		case <-late.C:
		case <-ctx.Done():
		}
		late.Stop()
	}
	p.mu.Lock()
	j.witness.Fill(&c)
	p.busy = slices.DeleteFunc(p.busy, func(other *job) bool { return other == j })
	if c.Ended() && j.kill.Start != 0 { // without a start the PID may be another process
		p.recent = append(p.recent[max(0, len(p.recent)-maxRecent+1):], j.kill)
	}
	p.mu.Unlock()
	p.report(c)
}
