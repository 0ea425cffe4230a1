// SPDX-License-Identifier: GPL-2.0

package genl

import (
	"fmt"
	"syscall"
	"time"

	"sigtrail/internal/uapi"
)

// Info asks for the kernel part's state (SIGTRAIL_CMD_INFO_GET) and returns the
// answer, for wire.Info.
func (c *Conn) Info() ([]byte, error) { return c.ask("info", uapi.CMD_INFO_GET, nil) }

// DumpEvents calls f for each message of a dump of the ring
// (SIGTRAIL_CMD_EVENTS_GET), from a number on. It ends at what was the newest
// number at its start. f must neither keep the bytes nor use c.
func (c *Conn) DumpEvents(from uint64, f func(msg []byte)) error {
	return c.request("dump of events", uapi.CMD_EVENTS_GET, syscall.NLM_F_DUMP,
		appendU64(nil, uapi.ATTR_FROM_SEQ, from), f)
}

// Claim takes over the log (SIGTRAIL_CMD_CLAIM), until c is closed: in its mode
// "auto" the kernel prints no more.
func (c *Conn) Claim() error {
	return c.request("claim", uapi.CMD_CLAIM, 0, nil, nil)
}

// Mark adds a record with a text (SIGTRAIL_CMD_MARK) of at most 63 bytes, none
// of them NUL. If shutdown is true, shutdown begins here for the kernel.
func (c *Conn) Mark(text string, shutdown bool) error {
	if len(text) >= uapi.TEXT_LEN {
		return fmt.Errorf("mark of %d bytes: %d are allowed", len(text), uapi.TEXT_LEN-1)
	}
	attrs := appendText(nil, uapi.ATTR_TEXT, text)
	if shutdown {
		attrs = appendAttr(attrs, uapi.ATTR_SHUTDOWN, 1)
	}
	return c.request("mark", uapi.CMD_MARK, 0, attrs, nil)
}

// Switches are the kernel part's switches; nil leaves one as it is.
type Switches struct {
	Enable     *bool
	Printk     *uint32 // uapi.PRINTK_*
	PrintkRate *uint32 // lines per second
	SIGCHLD    *bool
	SIGALRM    *bool
	SIGURG     *bool
	Kthread    *bool
}

// Set sets switches (SIGTRAIL_CMD_SET).
func (c *Conn) Set(s Switches) error {
	attrs := s.attrs()
	if len(attrs) == 0 {
		return nil
	}
	return c.request("set", uapi.CMD_SET, 0, attrs, nil)
}

func (s *Switches) attrs() []byte {
	var b []byte
	for _, a := range []struct {
		typ uint16
		v   *bool
	}{
		{uapi.ATTR_ENABLE, s.Enable}, {uapi.ATTR_SIGCHLD, s.SIGCHLD}, {uapi.ATTR_SIGALRM, s.SIGALRM},
		{uapi.ATTR_SIGURG, s.SIGURG}, {uapi.ATTR_KTHREAD, s.Kthread},
	} {
		if a.v != nil {
			one := byte(0)
			if *a.v {
				one = 1
			}
			b = appendAttr(b, a.typ, one)
		}
	}
	if s.Printk != nil {
		b = appendU32(b, uapi.ATTR_PRINTK, *s.Printk)
	}
	if s.PrintkRate != nil {
		b = appendU32(b, uapi.ATTR_PRINTK_RATE, *s.PrintkRate)
	}
	return b
}

// ask sends a command that is answered by one message.
func (c *Conn) ask(op string, cmd uint8, attrs []byte) ([]byte, error) {
	var msg []byte
	err := c.request(op, cmd, 0, attrs, func(b []byte) { msg = append(msg[:0], b...) })
	if err != nil {
		return nil, err
	}
	if msg == nil {
		return nil, &OpError{Op: op, Err: errMalformed, Message: "no answer"}
	}
	return msg, nil
}

// request sends a command and calls f for each message of the answer, until the
// kernel has acknowledged it, or the dump is done.
func (c *Conn) request(op string, cmd uint8, flags uint16, attrs []byte, f func(msg []byte)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seq++
	c.full = false // of an earlier answer
	if flags&syscall.NLM_F_DUMP != syscall.NLM_F_DUMP {
		flags |= syscall.NLM_F_ACK
	}
	c.out = begin(c.out[:0], c.family.id, cmd, uint8(c.family.version), flags|syscall.NLM_F_REQUEST, c.seq)
	c.out = finish(append(c.out, attrs...))
	if err := c.write(c.out); err != nil {
		return c.failed(op, err, "")
	}
	// Receive, if that is what follows, waits for as long as it takes.
	defer c.file.SetReadDeadline(time.Time{})
	for {
		if err := c.file.SetReadDeadline(time.Now().Add(answerTime)); err != nil {
			return c.failed(op, err, "")
		}
		b, err := c.read()
		if err != nil {
			return c.failed(op, err, "")
		}
		done, words, err := c.answer(b, f)
		if err != nil {
			return c.failed(op, err, words)
		}
		if done {
			return nil
		}
	}
}

// answer calls f for what a datagram has of the answer to the last request.
// What is left of an earlier one, given up, is passed over.
func (c *Conn) answer(b []byte, f func(msg []byte)) (done bool, words string, err error) {
	for len(b) > 0 {
		var m message
		if m, b, err = cut(b); err != nil {
			return true, "", err
		}
		if m.seq != c.seq {
			continue
		}
		switch m.typ {
		case syscall.NLMSG_ERROR, syscall.NLMSG_DONE:
			words, err = m.result()
			return true, words, err
		case c.family.id:
			if f != nil {
				f(m.payload)
			}
		}
	}
	return false, "", nil
}
