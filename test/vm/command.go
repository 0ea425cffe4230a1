// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"
)

// ErrShellRestarted is returned if the guest's shell ended during a command, as when
// the command kills every process.
var ErrShellRestarted = errors.New("the guest's shell has ended and was started again")

const ready = "@ready\n"

// commandPort is the host's side of test/rootfs/root/usr/libexec/command-port. The
// kernel never prints to this port.
type commandPort struct {
	mu  sync.Mutex // one command at a time
	w   io.Writer
	out *Stream
}

// awaitReady waits until the guest's shell is ready.
func (p *commandPort) awaitReady(timeout time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.out.Expect(timeout, `(?m)^`+ready)
	return err
}

func (p *commandPort) run(timeout time.Duration, script string) (string, int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()

	// The random word identifies the answer: an earlier command may have timed out.
	var random [8]byte
	rand.Read(random[:])
	word := hex.EncodeToString(random[:])
	line := word + " " + base64.StdEncoding.EncodeToString([]byte(script)) + "\n"
	if _, err := io.WriteString(p.w, line); err != nil {
		return "", 0, fmt.Errorf("run %q: %w", script, err)
	}

	var out string
	var code int
	err := p.out.wait(timeout, func(data []byte) (n int, err error) {
		out, code, n, err = answer(data, word)
		return n, err
	})
	if err != nil {
		return out, code, fmt.Errorf("run %q: not done %w", script, err)
	}
	return out, code, nil
}

// answer finds the answer to word in data: output, exit code, and the length of data
// up to its end, 0 while the answer is not complete.
func answer(data []byte, word string) (out string, code, n int, err error) {
	begin := []byte("@begin " + word + "\n")
	end := []byte("@end " + word + " ")

	b := bytes.Index(data, begin)
	if b >= 0 {
		b += len(begin)
		if e := bytes.Index(data[b:], end); e >= 0 {
			e += b
			digits, _, complete := bytes.Cut(data[e+len(end):], []byte("\n"))
			if !complete {
				return "", 0, 0, nil
			}
			code, err = strconv.Atoi(string(digits))
			return string(data[b:e]), code, e + len(end) + len(digits) + 1, err
		}
	}
	if bytes.HasSuffix(data, []byte(ready)) {
		return "", 0, len(data), ErrShellRestarted
	}
	return "", 0, 0, nil
}
