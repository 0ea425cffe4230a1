// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"sync"
	"time"
)

// Stream has all output of one of the guest's ports, across resets, and the position
// up to which it has been searched.
type Stream struct {
	name string
	copy io.Writer // gets the bytes as they come; may be nil

	mu   sync.Mutex
	data []byte
	seen int           // Expect searches after this
	more chan struct{} // closed at the next change, and then replaced
	err  error         // set at the end of the output
}

func newStream(name string, copy io.Writer) *Stream {
	return &Stream{name: name, copy: copy, more: make(chan struct{})}
}

// fill reads r to its end.
func (s *Stream) fill(r io.Reader) {
	buf := make([]byte, 32*1024)
	for {
		n, err := r.Read(buf)
		if n > 0 && s.copy != nil {
			s.copy.Write(buf[:n])
		}
		s.mu.Lock()
		s.data = append(s.data, buf[:n]...)
		s.err = err
		close(s.more)
		s.more = make(chan struct{})
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Bytes returns a copy of all output so far.
func (s *Stream) Bytes() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.data)
}

// Expect waits until the pattern matches after the previous match, and returns the
// match and its groups. A line may not be complete yet: a pattern for a whole line
// must include its end.
func (s *Stream) Expect(timeout time.Duration, pattern string) ([]string, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	var groups []string
	err = s.wait(timeout, func(data []byte) (int, error) {
		m := re.FindSubmatchIndex(data)
		if m == nil {
			return 0, nil
		}
		for i := 0; i < len(m); i += 2 {
			group := ""
			if m[i] >= 0 {
				group = string(data[m[i]:m[i+1]])
			}
			groups = append(groups, group)
		}
		// At least one byte: an empty match must not match again.
		return max(m[1], 1), nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: no %q %w", s.name, pattern, err)
	}
	return groups, nil
}

// wait calls look with the output that was not searched yet, and again with more
// output, until look returns how much of it is searched now, or an error.
func (s *Stream) wait(timeout time.Duration, look func([]byte) (int, error)) error {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	for {
		s.mu.Lock()
		n, err := look(s.data[s.seen:])
		n = min(n, len(s.data)-s.seen)
		s.seen += n
		ended, more, last := s.err, s.more, lastLine(s.data)
		s.mu.Unlock()

		switch {
		case err != nil:
			return err
		case n > 0:
			return nil
		case ended != nil:
			return fmt.Errorf("to the end of the machine; its last line: %q", last)
		}
		select {
		case <-more:
		case <-timer.C:
			return fmt.Errorf("within %v; the last line: %q", timeout, last)
		}
	}
}

// lastLine returns the last line that is not empty.
func lastLine(data []byte) []byte {
	data = bytes.TrimRight(data, "\r\n")
	return bytes.Clone(data[bytes.LastIndexByte(data, '\n')+1:])
}
