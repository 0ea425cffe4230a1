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
)

// errEnough ends a watch that has shown what it was to show.
var errEnough = errors.New("enough")

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
	follow := event.Follower{Source: flusher{k, w.out, *once}, Event: w.event, Lost: w.lost}
	follow.Last.Store(info.SeqLast)
	if (*backlog || *once) && info.SeqFirst > 0 {
		follow.Last.Store(info.SeqFirst - 1)
	}
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
	err = follow.Run()
	if flushed := w.out.Flush(); errors.Is(err, errEnough) && flushed != nil {
		err = flushed
	}
	if errors.Is(err, errEnough) || errors.Is(err, os.ErrClosed) || errors.Is(err, syscall.EPIPE) {
		return nil // enough, told to stop, or nobody reads on
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

func (w *watcher) event(e event.Event) error {
	if !w.filter.Match(&e) {
		return nil
	}
	if w.json {
		w.buf = e.AppendJSON(w.buf[:0])
	} else {
		w.buf = appendColumns(w.buf[:0], &e)
	}
	if err := w.line(); err != nil || w.count == 0 {
		return err
	}
	if w.count--; w.count == 0 {
		return errEnough
	}
	return nil
}

// lost tells of a gap, whatever the filter: what is missing, nobody knows.
func (w *watcher) lost(l event.Loss) error {
	if w.json {
		w.buf = l.AppendJSON(w.buf[:0])
	} else {
		w.buf = l.AppendLine(w.buf[:0])
	}
	return w.line()
}

func (w *watcher) line() error {
	_, err := w.out.Write(append(w.buf, '\n'))
	return err
}

// flusher writes out what a batch of events made, before it waits for more.
type flusher struct {
	event.Source
	out  *bufio.Writer
	once bool // do not wait for more
}

func (s flusher) Receive(f func(event.Event)) error {
	if err := s.out.Flush(); err != nil {
		return err
	}
	if s.once {
		return errEnough
	}
	return s.Source.Receive(f)
}
