// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"os"
	"slices"
	"sync"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
)

// The longest interval: a user who comes to the console should not wait longer.
const maxStallInterval = 5 * time.Minute

// stallWatch reports what init may be waiting for when a shutdown makes no progress:
// some time after the last event, after twice that time, and so on until the next
// event. Before a shutdown it looks for one that hangs before it has begun: see early.
//
// It has its own goroutine: reading proc may block on a process that hangs in the
// kernel, and recording must continue.
type stallWatch struct {
	kernel kernelPart // asked for its clocks
	look   func() ([]procfs.Process, error)
	kmsg   string            // path; each line is written to it
	log    func(line string) // gets lines that cannot be written to kmsg
	note   func(event.Event) // gets each line for the trail; may be nil
	clock  func() time.Time
	timer  func(time.Duration) <-chan time.Time
	early  early

	// mu protects the fields below from the follower, a reload and the watch.
	mu     sync.Mutex
	after  time.Duration // 0: never
	begun  bool
	began  uint64        // ns of the kernel's local_clock()
	moved  uint64        // likewise, the last progress; exits without a signal leave it
	stops  bool          // the stop scripts have begun
	caller int           // PID of the process that called reboot(2); 0: none
	last   time.Time     // when the last event came
	due    time.Duration // after last, the next report

	wake, stop, done chan struct{}
}

// watchStall starts a watch; close ends it. info is the kernel's state: a shutdown may
// have begun before the daemon started.
func (r *recorder) watchStall(o options, info event.Info) *stallWatch {
	w := &stallWatch{
		kernel: r.kernel,
		look:   o.proc.Processes,
		kmsg:   o.kmsg,
		log:    func(line string) { r.logf("%s", line) },
		note:   r.shutdown.note,
		clock:  time.Now,
		timer:  time.After,
		early: early{
			proc: o.proc, logread: o.logread, store: r.shutdown.early,
			mark: func(logged string) error { return r.kernel.Mark(event.LoggedMark+logged, true) },
		},
	}
	w.start(r.cfg.Shutdown.Stall, info)
	return w
}

func (w *stallWatch) start(after time.Duration, info event.Info) {
	w.wake, w.stop, w.done = make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
	w.after, w.due = after, after
	if info.Shutdown {
		w.progress(info.ClockLocal, 0)
	} else {
		w.wakeUp()
	}
	go w.watch()
}

// set changes the time until the first report; 0: never.
func (w *stallWatch) set(after time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.after, w.due = after, after
	w.wakeUp()
}

// event takes an event. A signal that was dropped is not progress: a script that
// sends it again and again may be the reason of the stall. Nor is a summary: it is not
// known which of its signals were dropped.
//
// Exits without a signal can come again and again, too: of a service that crashes, and of
// what a script runs that hangs. They are progress of a script that init waits for, and of a
// process that ran at the last progress, which each ends only once.
func (w *stallWatch) event(e *event.Event) {
	if e.Kind == event.KindMark && e.Text == event.ShutdownMark || e.Kind == event.KindReboot {
		w.mu.Lock()
		if e.Kind == event.KindReboot {
			w.caller = int(e.SenderPID)
		} else {
			w.stops = true
		}
		w.mu.Unlock()
	}
	dropped := e.Kind == event.KindSummary || e.Kind == event.KindSignal && !e.Outcome.Taken()
	switch {
	case e.Flags&event.FlagShutdown == 0 || dropped:
	case e.Unsignalled() && e.ScriptEnded() == 0:
		w.progress(e.Time, e.Time-min(e.RunTime, e.Time))
	default:
		w.progress(e.Time, 0)
	}
}

// progress notes that the shutdown began or made progress, at a time of the kernel's
// local_clock(). since: only if the last progress is not before it; 0: always.
func (w *stallWatch) progress(at, since uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.begun && since > w.moved {
		return
	}
	if !w.begun || since == 0 {
		w.moved = at
	}
	if !w.begun {
		w.begun, w.began = true, at
		w.wakeUp()
	} else if w.due != w.after { // the running timer is too late
		w.wakeUp()
	}
	w.last, w.due = w.clock(), w.after
}

// wakeUp makes the watch check and set its timer again.
func (w *stallWatch) wakeUp() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *stallWatch) watch() {
	defer close(w.done)
	var timer <-chan time.Time
	for {
		select {
		case <-w.stop:
			return
		case <-w.wake:
		case <-timer:
		}
		timer = w.check()
	}
}

// check reports a stall if one is due. It returns a timer for the next check; nil:
// wait for wakeUp.
func (w *stallWatch) check() <-chan time.Time {
	w.mu.Lock()
	after, begun, due, last := w.after, w.begun, w.clock().Sub(w.last) >= w.due, w.last
	w.mu.Unlock()
	if after == 0 {
		return nil
	}
	if !begun {
		return w.timer(w.lookEarly(after))
	}
	if due {
		w.report(last)
	}
	w.mu.Lock()
	quiet := w.clock().Sub(w.last)
	for w.after > 0 && w.due <= quiet {
		w.due += min(w.due, maxStallInterval)
	}
	wait := w.due - quiet
	w.mu.Unlock()
	return w.timer(wait)
}

// report writes the report of a stall since last, unless it has ended meanwhile. It
// looks twice: what was started or has ended in between is not its cause.
func (w *stallWatch) report(last time.Time) {
	first, _ := w.look()
	info, err := w.kernel.Info()
	all, failed := w.look()

	w.mu.Lock()
	s := snapshot{quiet: w.clock().Sub(last), stops: w.stops, caller: w.caller, self: os.Getpid(), jail: jailPID(), processes: inBoth(first, all), err: failed}
	ended := w.last != last
	if err == nil { // else the report has no ages
		s.now = time.Duration(info.ClockBoottime)
		s.began = s.now - time.Duration(info.ClockLocal-w.began)
	}
	w.mu.Unlock()
	if ended {
		return
	}
	for _, line := range s.report().Lines() {
		w.say(info.ClockLocal, line)
	}
}

// say writes a line to the kernel's log and to the trail.
func (w *stallWatch) say(at uint64, line string) {
	w.print(line)
	if w.note != nil {
		w.note(event.Event{Kind: event.KindNote, Time: at, Text: line})
	}
}

func (w *stallWatch) print(line string) {
	if writeKmsg(w.kmsg, line) != nil {
		w.log(line)
	}
}

// inBoth returns the processes of the second list that are in the first, too. A PID
// that is used again is another process.
func inBoth(first, second []procfs.Process) []procfs.Process {
	start := make(map[int]time.Duration)
	for i := range first {
		start[first[i].PID] = first[i].Start
	}
	return slices.DeleteFunc(second, func(p procfs.Process) bool {
		began, ok := start[p.PID]
		return !ok || began != p.Start
	})
}

// close ends the watch.
func (w *stallWatch) close() {
	close(w.stop)
	<-w.done
}

// writeKmsg writes a line to the kernel's log with level error. So it reaches pstore,
// the system log and, at most console levels, the console. The kernel silently drops
// more than ten lines in five seconds from one open file (devkmsg_write() in
// kernel/printk/printk.c), so each line opens the file again. If user space may not
// write at all, the open fails.
func writeKmsg(path, line string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString("<3>" + line + "\n")
	return err
}
