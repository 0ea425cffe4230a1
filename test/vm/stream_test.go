// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

const soon = 5 * time.Second

func TestExpectGoesForward(t *testing.T) {
	var seen bytes.Buffer
	s := newStream("console", &seen)
	r, w := io.Pipe()
	done := make(chan struct{})
	go func() {
		s.fill(r)
		close(done)
	}()
	go func() {
		// In parts, as from a serial line.
		for _, part := range []string{"boot 1\nSignal :: (rebo", "ot 12) --[15]--> (in", "it 1)\nboot 2\n"} {
			io.WriteString(w, part)
		}
		w.Close()
	}()

	m, err := s.Expect(soon, `\(reboot (\d+)\) --\[15\]--> \((\S+) 1\)(x)?\n`)
	if err != nil || m[1] != "12" || m[2] != "init" || m[3] != "" {
		t.Errorf("first: %q, %v", m, err)
	}
	if m, err := s.Expect(soon, `boot (\d)`); err != nil || m[1] != "2" {
		t.Errorf("the same match again: %q, %v", m, err)
	}
	if _, err := s.Expect(soon, `boot`); err == nil || !strings.Contains(err.Error(), `console: no "boot" to the end of the machine; its last line: "boot 2"`) {
		t.Errorf("at the end: %v", err)
	}
	<-done
	if !bytes.Equal(seen.Bytes(), s.Bytes()) || bytes.Count(seen.Bytes(), []byte("\n")) != 3 {
		t.Errorf("copied %q of %q", seen.Bytes(), s.Bytes())
	}
}

func TestExpectGivesUp(t *testing.T) {
	s := newStream("console", nil)
	r, w := io.Pipe()
	defer w.Close()
	go s.fill(r)
	io.WriteString(w, "one\r\ntwo\r\n")
	if _, err := s.Expect(soon, `two`); err != nil {
		t.Fatal(err)
	}
	_, err := s.Expect(10*time.Millisecond, `three`)
	if err == nil || !strings.Contains(err.Error(), `within 10ms; the last line: "two"`) {
		t.Error(err)
	}
	if _, err := s.Expect(soon, `(`); err == nil {
		t.Error("no error for a bad pattern")
	}
}
