// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"sigtrail/internal/event"
	"sigtrail/internal/found"
	"sigtrail/internal/procfs"
)

const (
	// How many look-ups there are at once. They are earned again at two a second.
	findBurst = 20
	findEvery = time.Second / 2

	// A look-up that takes longer is told to hang.
	findHangs = 10 * time.Second

	// How long a look-up stands for others of the same subject.
	findAgain = findBurst * findEvery
)

// finder looks in proc for what the kernel does not record: the command lines of a sender
// and its ancestors, who may have asked init to end a service, the file in which a fault
// occurred, and what no kill of the OOM killer frees. It writes notes on what it finds.
//
// It has one goroutine of its own: reading proc may block on a process that hangs in the
// kernel, and recording must continue. What comes meanwhile is left out.
type finder struct {
	recorder *recorder
	proc     procfs.Root
	queue    chan event.Event
	closed   atomic.Bool
	current  atomic.Pointer[lookUp] // nil: none

	// Used by event, which the recorder calls with its lock.
	budget budget
	recent [findBurst]struct {
		subject
		at time.Time
	}
	next  int     // of recent, which to replace
	stuck *lookUp // the last one that was told to hang
}

// lookUp is a look-up that runs.
type lookUp struct {
	record uint64 // its number
	began  time.Time
}

// subject is what a look-up is about: the sender, the target of init or of a fault, or memory.
type subject struct {
	sender, parent, target, signal uint32
	name                           string
	ancestors                      event.Ancestors
	pc                             uint64
	memory                         bool
}

// subjectOf returns what to look up about a record; ok is false for nothing: only signals
// that ask to end, faults, and ends by the OOM killer are worth it, and in a shutdown init asks
// all to end.
func subjectOf(e *event.Event) (s subject, ok bool) {
	if !mayHaveSubject(e) {
		return s, false
	}
	if e.Kind == event.KindExit {
		return subject{memory: true}, e.Flags&event.FlagOOM != 0
	}
	if e.Flags&event.FlagFault != 0 {
		return subject{target: e.TargetPID, signal: e.Signal, pc: e.FaultPC}, true
	}
	if !e.AsksToEnd() || e.FromKernel() || e.Flags&event.FlagBySigtrail != 0 || e.SenderPID == e.TargetPID {
		return s, false
	}
	s = subject{sender: e.SenderPID, signal: e.Signal}
	if e.SenderPID == 1 {
		// procd sends SIGKILL where SIGTERM has not ended a service.
		if e.Signal == uint32(unix.SIGKILL) {
			return s, false
		}
		s.target = e.TargetPID
	} else {
		s.name, s.parent, s.ancestors = e.SenderName, e.ParentPID, e.Ancestors
	}
	return s, true
}

// mayHaveSubject reports whether subjectOf may find one. It runs for each record, and costs
// less; most have none.
func mayHaveSubject(e *event.Event) bool {
	return e.Flags&event.FlagShutdown == 0 && (e.Kind == event.KindSignal && (e.Outcome.Taken() || ignoredInit(e)) || e.Kind == event.KindExit)
}

// ignoredInit reports whether a process ignores a signal of init. procd then sends SIGKILL, when
// who had asked it may have ended.
func ignoredInit(e *event.Event) bool { return e.Outcome == event.Ignored && e.SenderPID == 1 }

func newFinder(r *recorder, proc procfs.Root) *finder {
	return &finder{recorder: r, proc: proc, queue: make(chan event.Event, findBurst),
		budget: budget{cost: findEvery, burst: findBurst * findEvery}}
}

// start starts the finder's goroutine; close ends it.
func (f *finder) start() {
	go func() {
		for e := range f.queue {
			if !f.closed.Load() {
				f.current.Store(&lookUp{e.Seq, time.Now()})
				f.lookUp(&e)
				f.current.Store(nil)
			}
		}
	}()
}

// close makes the finder find nothing more. It does not wait for a look-up, which may hang.
// It and event are for one goroutine at a time.
func (f *finder) close() {
	f.closed.Store(true)
	close(f.queue)
}

// event takes a record. It does not block.
func (f *finder) event(e *event.Event) {
	if !mayHaveSubject(e) || f == nil || f.closed.Load() {
		return
	}
	s, ok := subjectOf(e)
	if !ok {
		return
	}
	now := time.Now()
	for i := range f.recent {
		if r := &f.recent[i]; r.subject == s && now.Sub(r.at) < findAgain {
			return
		}
	}
	if l := f.current.Load(); l != nil && l != f.stuck && now.Sub(l.began) > findHangs {
		f.stuck = l
		f.recorder.log.line(fmt.Appendf(nil, "the look-up for record %d hangs in /proc: nothing more is found until it ends", l.record))
	}
	if len(f.queue) < cap(f.queue) && f.budget.take(now, leavesHalf(e)) {
		f.queue <- *e
		r := &f.recent[f.next]
		r.subject, r.at = s, now
		f.next = (f.next + 1) % len(f.recent)
	}
}

// lookUp looks up what is to be found about a record, and writes a note on it.
func (f *finder) lookUp(e *event.Event) {
	l := look{proc: f.proc, kernel: f.recorder.kernel, record: e}
	n := found.Note{Seq: e.Seq}
	switch {
	case e.Kind == event.KindExit:
		n.Shmem, n.Total = l.memory()
	case e.Flags&event.FlagFault != 0:
		n.PC = e.FaultPC
		n.File, n.Offset = l.fault()
	case e.SenderPID != 1:
		n.Sender, n.More = l.sender()
	default:
		n.Asker, n.More = l.asker()
	}
	if n.File == "" && n.Total == 0 && n.Sender == nil && n.Asker == nil {
		return
	}
	at := l.info.ClockLocal + uint64(time.Since(l.asked))
	f.recorder.found(e, event.Event{Kind: event.KindNote, Flags: e.Flags & event.FlagShare, Time: at, Wall: l.info.Wall(at),
		Text: string(n.Append(nil))})
}

// look is a look at the processes that a record has.
type look struct {
	proc   procfs.Root
	kernel kernelPart // asked for its clocks, when they are needed: processes may end meanwhile
	record *event.Event

	asked time.Time // when it was asked; zero: not yet
	info  event.Info
	until time.Duration // when the record was made, since boot; before boot: unknown
}

// before reports whether a process was started before the record was made. Another one has
// only the id of the one that the record is about.
func (l *look) before(p *procfs.Process) bool {
	l.ask()
	return p.Start <= l.until
}

// ask asks the kernel for its clocks, once.
func (l *look) ask() {
	if !l.asked.IsZero() {
		return
	}
	var err error
	l.info, err = l.kernel.Info()
	l.asked = time.Now()
	l.until = time.Duration(l.info.ClockBoottime - l.info.ClockLocal + l.record.Time)
	if err != nil || l.info.Shutdown {
		l.until = -1
	}
}

// memory returns what tmpfs and shared memory hold, and all memory, in KiB; 0: unknown, or
// they hold less than a quarter.
func (l *look) memory() (shmem, total uint64) {
	shmem, total, err := l.proc.Memory()
	if l.ask(); err != nil || l.until < 0 || shmem < total/4 {
		return 0, 0
	}
	return shmem, total
}

// sender returns the sender and its ancestors but for init, if it finds a command line that
// tells more than the name. more: not all ancestors are recorded.
func (l *look) sender() (chain []found.Process, more bool) {
	e := l.record
	var a ancestry
	add := func(name string, pid uint32) {
		if pid <= 1 {
			return
		}
		p, err := l.proc.Command(int(pid))
		if err != nil || p.Name != name || !l.before(&p) { // or it runs another program by now
			p = procfs.Process{Name: name}
		}
		a.add(pid, &p)
	}
	add(e.SenderName, e.SenderPID)
	add(e.ParentName, e.ParentPID)
	for name, pid := range e.Ancestors.All() {
		add(name, pid)
	}
	if slices.ContainsFunc(a.chain, tellsMore) {
		return a.chain, !e.Whole()
	}
	return nil, false
}

// tellsMore reports whether a command line tells more than the name: that of a login shell,
// "-ash" or "/bin/ash --login", does not.
func tellsMore(p found.Process) bool {
	program, args, _ := strings.Cut(p.Command, " ")
	name := strings.TrimPrefix(path.Base(program), "-")
	return p.Command != "" && (name != p.Name || args != "" && args != "--login" && args != "-l")
}

// ancestry is a process and its ancestors.
type ancestry struct {
	chain  []found.Process
	forked bool // the last one has not called exec(2) since its fork(2)
}

func (a *ancestry) add(pid uint32, p *procfs.Process) {
	command := strings.Join(p.Args, " ")
	if n := len(a.chain); n > 0 && a.forked && a.chain[n-1].Command == command {
		a.chain[n-1].Command = "" // a shell has forked, and it may run a builtin: the line is its parent's
	}
	a.chain = append(a.chain, found.Process{PID: pid, Name: p.Name[:min(len(p.Name), event.NameMax)], Command: command})
	a.forked = p.Forked
}

// fault returns the file that a fault's program counter is in, and the offset in it.
func (l *look) fault() (file string, offset uint64) {
	e := l.record
	p, file, offset, err := l.proc.Mapped(int(e.TargetPID), e.FaultPC)
	if err != nil || p.Name != e.TargetName || !l.before(&p) {
		return "", 0
	}
	return file, offset
}
