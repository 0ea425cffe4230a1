// SPDX-License-Identifier: GPL-2.0

package cli

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"os"
	"sync"
	"syscall"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
)

// watch is "sigtrail watch".
func (a *app) watch(args []string) error {
	f := flag.NewFlagSet("watch", flag.ContinueOnError)
	sender := f.String("sender", "", "")
	target := f.String("target", "", "")
	signal := f.String("signal", "", "")
	backlog := f.Bool("backlog", false, "")
	once := f.Bool("once", false, "")
	count := f.Uint64("count", 0, "")
	asJSON := f.Bool("json", false, "")
	rest, helped, err := a.parse(f, args)
	if err != nil || helped {
		return err
	}
	if err := none(f, rest); err != nil {
		return err
	}
	w := &watcher{out: bufio.NewWriterSize(a.out, 16<<10), json: *asJSON, count: *count}
	if w.filter, err = parseFilter(*sender, *target, *signal); err != nil {
		return &usageError{"watch", "--" + err.Error()}
	}

	k, err := a.dial()
	if err != nil {
		return err
	}
	closeKernel := sync.OnceValue(k.Close)
	defer closeKernel()
	if err := k.Join(); err != nil {
		return err
	}
	info, err := k.Info()
	if err != nil {
		return err
	}
	tail := kernel.Tail{Source: k}
	tail.Last = info.SeqLast
	if (*backlog || *once) && info.SeqFirst > 0 {
		tail.Last = info.SeqFirst - 1
	}
	defer tail.Close()
	if !w.json {
		w.out.WriteString(columnHeader)
	}

	stopped := make(chan struct{})
	defer close(stopped)
	go func() { // ends with watch
		select {
		case <-a.stop:
			closeKernel()
		case <-stopped:
		}
	}()
	err = w.follow(&tail, *once)
	if flushed := w.out.Flush(); err == nil {
		err = flushed
	}
	if errors.Is(err, os.ErrClosed) || errors.Is(err, syscall.EPIPE) {
		return nil // told to stop, or nobody reads on
	}
	return err
}

// parseFilter reads the three lists; an error begins with the name of one.
func parseFilter(sender, target, signal string) (f event.Filter, err error) {
	if f.Sender, err = event.ParseProcesses(sender); err != nil {
		return f, fmt.Errorf("sender: %w", err)
	}
	if f.Target, err = event.ParseProcesses(target); err != nil {
		return f, fmt.Errorf("target: %w", err)
	}
	if f.Signal, err = event.ParseSignals(signal); err != nil {
		return f, fmt.Errorf("signal: %w", err)
	}
	return f, nil
}

// watcher writes what passes its filter.
type watcher struct {
	out    *bufio.Writer
	json   bool
	filter event.Filter
	count  uint64 // lines left to write; 0 from the start: no end
	buf    []byte
}

// follow writes what comes, until it was enough: once, all that is there.
func (w *watcher) follow(tail *kernel.Tail, once bool) error {
	for {
		// What there is stands there before more is waited for.
		if tail.Waits() {
			if err := w.out.Flush(); err != nil || once {
				return err
			}
		}
		steps, err := tail.Next()
		for i := range steps {
			if enough, err := w.step(&steps[i]); enough || err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
	}
}

// step writes an event that passes the filter, or a gap whatever the filter: what
// is missing, nobody knows.
func (w *watcher) step(s *kernel.Step) (enough bool, err error) {
	gap := s.Lost.To != 0
	switch {
	case gap && w.json:
		w.buf = s.Lost.AppendJSON(w.buf[:0])
	case gap:
		w.buf = s.Lost.AppendLine(w.buf[:0])
	case !w.filter.Match(&s.Event):
		return false, nil
	case w.json:
		w.buf = s.Event.AppendJSON(w.buf[:0])
	default:
		w.buf = appendColumns(w.buf[:0], &s.Event)
	}
	if _, err := w.out.Write(append(w.buf, '\n')); err != nil || gap || w.count == 0 {
		return false, err
	}
	w.count--
	return w.count == 0, nil
}
