// SPDX-License-Identifier: GPL-2.0-only

package genl

import (
	"bytes"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// These tests talk to a real kernel's generic netlink controller, family
// "nlctrl", which is in every kernel and has dumps, requests and a group.
const group = "notify"

func dialController(t *testing.T) *Conn {
	t.Helper()
	c, err := Dial(nl.GENL_CTRL_NAME)
	if err != nil {
		t.Fatalf("no generic netlink here: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func name(s string) *nl.RtAttr {
	return nl.NewRtAttr(nl.GENL_CTRL_ATTR_FAMILY_NAME, nl.ZeroTerminated(s))
}

func TestAsk(t *testing.T) {
	c := dialController(t)
	for range 3 {
		got, err := c.Ask(nl.GENL_CTRL_CMD_GETFAMILY, name(nl.GENL_CTRL_NAME))
		if err != nil || !strings.Contains(string(got), nl.GENL_CTRL_NAME+"\x00") {
			t.Fatalf("%q, %v", got, err)
		}
	}
	if c.Version() == 0 {
		t.Error("version 0")
	}
}

// The reserved bytes of a request's header are 0, whatever is allocated behind it.
func TestRequestHeader(t *testing.T) {
	c := dialController(t)
	var behind []*byte
	for range 1000 {
		req := c.request(3, 0, nil)
		for range 16 { // the allocator puts small things side by side
			b := byte(0xff)
			behind = append(behind, &b)
		}
		b := req.Serialize()
		if got, want := b[unix.SizeofNlMsghdr:], []byte{3, byte(c.Version()), 0, 0}; !bytes.Equal(got, want) {
			t.Fatalf("header %x, want %x", got, want)
		}
	}
	runtime.KeepAlive(behind)
}

func TestDump(t *testing.T) {
	c := dialController(t)
	s, err := c.Dump(nl.GENL_CTRL_CMD_GETFAMILY)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	families := 0
	for {
		messages, err := s.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		families += len(messages)
		// Requests do not disturb a dump.
		if _, err := c.Ask(nl.GENL_CTRL_CMD_GETFAMILY, name(nl.GENL_CTRL_NAME)); err != nil {
			t.Error(err)
		}
	}
	if families == 0 {
		t.Error("no family")
	}
	if _, err := s.Next(); err != io.EOF {
		t.Errorf("behind the end: %v", err)
	}
}

func TestKernelSaysNo(t *testing.T) {
	if _, err := Dial("no-such-family"); !errors.Is(err, unix.ENOENT) || !strings.Contains(err.Error(), "no-such-family") {
		t.Errorf("unknown family: %v", err)
	}
	c := dialController(t)
	if _, err := c.Ask(nl.GENL_CTRL_CMD_GETFAMILY, name("no-such-family")); !errors.Is(err, unix.ENOENT) {
		t.Errorf("unknown family: %v", err)
	}
	if err := c.Do(nl.GENL_CTRL_CMD_GETFAMILY, name("no-such-family")); !errors.Is(err, unix.ENOENT) {
		t.Errorf("unknown family: %v", err)
	}
	// A name that is too long violates the policy. Kernels since 4.12 say so.
	_, err := c.Ask(nl.GENL_CTRL_CMD_GETFAMILY, name(strings.Repeat("x", 40)))
	var errno unix.Errno
	if !errors.As(err, &errno) || len(err.Error()) <= len(errno.Error()) {
		t.Errorf("no words of the kernel in %v", err)
	}
	s, err := c.Dump(200)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Next(); !errors.Is(err, unix.EOPNOTSUPP) {
		t.Errorf("dump of a command that is none: %v", err)
	}
	if _, err := c.Listen("no-such-group"); !errors.Is(err, unix.ENOENT) || !strings.Contains(err.Error(), "no-such-group") {
		t.Errorf("unknown group: %v", err)
	}
	// The Conn still works.
	if _, err := c.Ask(nl.GENL_CTRL_CMD_GETFAMILY, name(nl.GENL_CTRL_NAME)); err != nil {
		t.Error(err)
	}
}

func TestClose(t *testing.T) {
	c := dialController(t)
	s, err := c.Listen(group)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		_, err := s.Next()
		done <- err
	}()
	time.Sleep(20 * time.Millisecond) // so that it waits; it must work without, too
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	select {
	case err := <-done:
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("got %v, want os.ErrClosed", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("Next still waits after Close")
	}
	if _, err := s.Next(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Next after Close: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := c.Do(nl.GENL_CTRL_CMD_GETFAMILY); !errors.Is(err, os.ErrClosed) {
		t.Errorf("request after Close: %v", err)
	}
	if err := c.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("second Close: %v", err)
	}
}

// userSocket returns a socket of a protocol by which any process may send to another,
// and its address. In generic netlink that needs CAP_NET_ADMIN.
func userSocket(t *testing.T) (fd int, address unix.Sockaddr) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_USERSOCK)
	if err != nil {
		t.Fatal(err)
	}
	if err = unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err == nil {
		address, err = unix.Getsockname(fd)
	}
	if err != nil {
		unix.Close(fd)
		t.Fatal(err)
	}
	return fd, address
}

// A message from another process is skipped, not taken for the kernel's.
func TestForged(t *testing.T) {
	c := dialController(t)
	fd, address := userSocket(t)
	s, err := newStream(c.family.ID, fd)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sender, _ := userSocket(t)
	defer unix.Close(sender)
	if err := unix.Sendto(sender, c.request(1, 0, nil).Serialize(), 0, address); err != nil {
		t.Fatal(err)
	}
	s.answer = 50 * time.Millisecond
	if messages, err := s.Next(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %x, %v", messages, err)
	}
}

// To wait for a datagram, and to read it, allocates no memory. Nobody sends a socket of this
// family messages of the kernel, so the timeout stands for one.
func TestNextAllocates(t *testing.T) {
	c := dialController(t)
	fd, _ := userSocket(t)
	s, err := newStream(c.family.ID, fd)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.file.SetReadDeadline(time.Now().Add(-time.Second))
	if n := testing.AllocsPerRun(100, func() { s.Next() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// A socket that is not read overflows: many requests, and a queue of the smallest
// size.
func TestOverrun(t *testing.T) {
	c := dialController(t)
	asked := 0
	s, err := c.stream(func(socket *nl.NetlinkSocket) error {
		if err := socket.SetReceiveBufferSize(1, false); err != nil {
			return err
		}
		for ; asked < 100; asked++ {
			if err := socket.Send(c.request(nl.GENL_CTRL_CMD_GETFAMILY, 0, []*nl.RtAttr{name(nl.GENL_CTRL_NAME)})); err != nil {
				break
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.answer = time.Second
	queued := 0
	for {
		messages, err := s.Next()
		if errors.Is(err, ErrOverrun) {
			break
		}
		if err != nil {
			t.Fatalf("%v, of an overrun that nobody reported", err)
		}
		queued += len(messages)
	}
	if queued == 0 || queued >= asked {
		t.Errorf("%d messages of %d before the overrun was reported", queued, asked)
	}
	s.answer = 50 * time.Millisecond
	if messages, err := s.Next(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("left over: %x, %v", messages, err)
	}
}

func TestResult(t *testing.T) {
	for want, b := range map[error]string{io.EOF: "\x00\x00\x00\x00", unix.EPERM: "\xff\xff\xff\xff"} {
		if got := result([]byte(b)); got != want {
			t.Errorf("%x: %v, want %v", b, got, want)
		}
	}
	if got := result(nil); got != io.EOF {
		t.Errorf("nothing: %v", got)
	}
}
