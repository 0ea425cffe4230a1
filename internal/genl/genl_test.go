// SPDX-License-Identifier: GPL-2.0

package genl

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigtrail/internal/uapi"
)

// These tests talk to a real kernel's generic netlink controller, family
// "nlctrl", which is in every kernel and has dumps, requests and a group.
const (
	ctrl        = "nlctrl"
	ctrlGet     = ctrlGetFamily
	ctrlNameTag = ctrlFamilyName
	ctrlGroup   = "notify"
)

func dialCtrl(t *testing.T) *Conn {
	t.Helper()
	c, err := dial(ctrl)
	if err != nil {
		t.Fatalf("no generic netlink here: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestRequest(t *testing.T) {
	c := dialCtrl(t)
	var got []byte
	name := appendAttr(nil, ctrlNameTag, []byte(ctrl+"\x00")...)
	for range 3 {
		n := 0
		if err := c.request("get", ctrlGet, 0, name, func(b []byte) { got = append(got[:0], b...); n++ }); err != nil || n != 1 {
			t.Fatalf("%d answers, %v", n, err)
		}
	}
	if !strings.Contains(string(got), ctrl+"\x00") {
		t.Errorf("the answer names no %s: %q", ctrl, got)
	}
	if c.port == 0 || c.Version() == 0 {
		t.Errorf("port %d, version %d", c.port, c.Version())
	}
}

func TestDump(t *testing.T) {
	c := dialCtrl(t)
	families := 0
	if err := c.request("list", ctrlGet, syscall.NLM_F_DUMP, nil, func([]byte) { families++ }); err != nil || families == 0 {
		t.Errorf("%d families, %v", families, err)
	}
}

func TestKernelSaysNo(t *testing.T) {
	c := dialCtrl(t)
	err := c.request("get", ctrlGet, 0, appendAttr(nil, ctrlNameTag, []byte("no-such-family\x00")...), nil)
	var op *OpError
	if !errors.As(err, &op) || op.Op != "get" || !errors.Is(err, syscall.ENOENT) {
		t.Errorf("unknown family: %v", err)
	}
	// A name that is too long breaks the policy: kernels since 4.12 say so.
	err = c.request("get", ctrlGet, 0, appendAttr(nil, ctrlNameTag, []byte(strings.Repeat("x", 40)+"\x00")...), nil)
	if !errors.As(err, &op) || op.Message == "" || !strings.Contains(err.Error(), op.Message) {
		t.Errorf("no words of the kernel in %v", err)
	}
	// And the Conn goes on to work.
	if err := c.request("list", ctrlGet, syscall.NLM_F_DUMP, nil, func([]byte) {}); err != nil {
		t.Error(err)
	}
}

func TestNoKernel(t *testing.T) {
	if _, err := dial("no-such-family"); !errors.Is(err, ErrNoKernel) {
		t.Errorf("got %v, want ErrNoKernel", err)
	}
	proc := t.TempDir()
	for who, namespace := range map[string]string{"self": "net:[2]", "1": "net:[1]"} {
		os.MkdirAll(proc+"/"+who+"/ns", 0o755)
		os.Symlink(namespace, proc+"/"+who+"/ns/net")
	}
	if err := noKernel(proc); !errors.Is(err, ErrNoKernel) || errors.Is(err, ErrNoRights) || !strings.Contains(err.Error(), "namespace") {
		t.Errorf("in another namespace: %v", err)
	}
	if err := noKernel(proc + "/none"); err != ErrNoKernel {
		t.Errorf("where init's namespace is not to be seen: %v", err)
	}
	if c := (&Conn{}); !errors.Is(c.Join(), ErrNoKernel) {
		t.Error("a family without our group is none of ours")
	}
}

func TestNoModule(t *testing.T) {
	c, err := DialTriggers()
	if err == nil { // it is loaded here
		c.Close()
		err = ErrNoModule
	}
	if !errors.Is(err, ErrNoKernel) || err.Error() == ErrNoKernel.Error() {
		t.Errorf("got %v", err)
	}
}

func TestNoRights(t *testing.T) {
	c := &Conn{}
	if err := c.failed("join", syscall.EPERM, ""); err != ErrNoRights {
		t.Errorf("got %v, want ErrNoRights", err)
	}
}

func TestCloseEndsReceive(t *testing.T) {
	c := dialCtrl(t)
	if err := c.join(c.family.groups[ctrlGroup]); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- c.Receive(func([]byte) {}) }()
	time.Sleep(20 * time.Millisecond) // so that it waits; either way must do
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	select {
	case err := <-done:
		if !errors.Is(err, fs.ErrClosed) || !errors.Is(err, ErrClosed) {
			t.Errorf("got %v, want ErrClosed", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("Receive still waits after Close")
	}
	if err := c.Receive(func([]byte) {}); !errors.Is(err, ErrClosed) {
		t.Errorf("Receive after Close: %v", err)
	}
	if err := c.Claim(); !errors.Is(err, ErrClosed) {
		t.Errorf("request after Close: %v", err)
	}
	if err := c.Close(); !errors.Is(err, ErrClosed) {
		t.Errorf("second Close: %v", err)
	}
}

// A process, too, may send to a group, if it has the rights. What does not come
// from the kernel is passed over.
func TestForged(t *testing.T) {
	c := dialCtrl(t)
	group := c.family.groups[ctrlGroup]
	if group == 0 || group > 32 {
		t.Skipf("group %d is none that sendto could name", group)
	}
	if err := c.join(group); err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW, syscall.NETLINK_GENERIC)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	forged := finish(begin(nil, c.family.id, uapi.CMD_EVENTS, 1, 0, 0))
	if err := syscall.Sendto(fd, forged, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK, Groups: 1 << (group - 1)}); err != nil {
		t.Skipf("may not forge: %v", err)
	}
	c.file.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	err = c.Receive(func(msg []byte) { t.Errorf("took %x from a process", msg) })
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// A socket that nobody reads overflows: a dump is asked for again and again,
// with a queue of the smallest size.
func TestOverrun(t *testing.T) {
	c := dialCtrl(t)
	c.raw.Control(func(fd uintptr) { syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 1) })
	c.out = finish(append(begin(nil, c.family.id, ctrlGet, 2, syscall.NLM_F_REQUEST, 1), appendAttr(nil, ctrlNameTag, []byte(ctrl+"\x00")...)...))
	for range 100 {
		if err := c.write(c.out); err != nil {
			break
		}
	}
	queued := 0
	for {
		c.file.SetReadDeadline(time.Now().Add(time.Second))
		err := c.Receive(func([]byte) { queued++ })
		if errors.Is(err, ErrOverrun) {
			break
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("an overflow that nobody reported")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if queued == 0 || queued >= 100 {
		t.Errorf("%d messages before the overflow was reported", queued)
	}
	// Nothing is left over of it.
	if err := c.request("get", ctrlGet, 0, appendAttr(nil, ctrlNameTag, []byte(ctrl+"\x00")...), nil); err != nil {
		t.Error(err)
	}
}

func TestSwitches(t *testing.T) {
	if b := new(Switches).attrs(); len(b) != 0 {
		t.Errorf("no switch, yet %x", b)
	}
	yes, mode := true, uint32(uapi.PRINTK_ALWAYS)
	b := (&Switches{SIGCHLD: &yes, Printk: &mode}).attrs()
	want := appendU32(appendAttr(nil, uapi.ATTR_SIGCHLD, 1), uapi.ATTR_PRINTK, 2)
	if string(b) != string(want) || len(b) != 16 {
		t.Errorf("got %x, want %x", b, want)
	}
	if err := (&Conn{}).Mark(strings.Repeat("x", uapi.TEXT_LEN), false); err == nil {
		t.Error("no error for a mark that is too long")
	}
}

func FuzzMessages(f *testing.F) {
	f.Add(finish(begin(nil, 20, 1, 1, syscall.NLM_F_ACK, 1)))
	f.Add(make([]byte, header))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := &Conn{seq: 1, family: family{id: 20}}
		c.answer(b, func([]byte) {})
		for rest := b; len(rest) > 0; {
			var m message
			var err error
			if m, rest, err = cut(rest); err != nil {
				break
			}
			m.result()
		}
	})
}

// TestLookUp asks a real controller for itself, and cuts its answer short.
func TestLookUp(t *testing.T) {
	c, err := open()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	f, err := c.lookUp(ctrl)
	if err != nil || f.id != controller.id || f.version == 0 || f.groups[ctrlGroup] == 0 {
		t.Errorf("%+v, %v", f, err)
	}
	msg, err := c.ask("get", ctrlGetFamily, appendText(nil, ctrlFamilyName, ctrl))
	if err != nil {
		t.Fatal(err)
	}
	for i := range msg {
		if f, err := parseFamily(msg[:i]); err == nil && (f.id != controller.id || len(f.groups) > 1) {
			t.Errorf("of %d bytes: %+v", i, f)
		}
	}
}
