// SPDX-License-Identifier: GPL-2.0-only

package kernel

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"sigtrail/internal/event"
)

func TestNoKernel(t *testing.T) {
	if _, err := dial("no-such-family", ErrNoKernel); !errors.Is(err, ErrNoKernel) {
		t.Errorf("got %v, want ErrNoKernel", err)
	}
	if _, err := dial("no-such-family", ErrNoModule); !errors.Is(err, ErrNoKernel) || err.Error() == ErrNoKernel.Error() {
		t.Errorf("got %v, want ErrNoModule", err)
	}
	proc := t.TempDir()
	for who, namespace := range map[string]string{"self": "net:[2]", "1": "net:[1]"} {
		must(t, os.MkdirAll(proc+"/"+who+"/ns", 0o755))
		must(t, os.Symlink(namespace, proc+"/"+who+"/ns/net"))
	}
	if err := absent(proc, ErrNoKernel); !errors.Is(err, ErrNoKernel) || !strings.Contains(err.Error(), "namespace") {
		t.Errorf("in another namespace: %v", err)
	}
	if err := absent(proc+"/none", ErrNoKernel); err != ErrNoKernel {
		t.Errorf("where init's namespace is not to be seen: %v", err)
	}
}

func TestFailed(t *testing.T) {
	if err := failed("join", syscall.EPERM); err != ErrNoRights {
		t.Errorf("got %v, want ErrNoRights", err)
	}
	for reason, want := range map[string]string{
		"adding needs CAP_SYS_ADMIN": "adding needs CAP_SYS_ADMIN: run as root; for rules, run service sigtrail restart",
		"the kernel is locked down":  "the kernel is locked down",
	} {
		err := failed("add", fmt.Errorf("%w: %s", syscall.EPERM, reason))
		if !errors.Is(err, ErrNoRights) || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if err := failed("receive", ErrOverrun); !errors.Is(err, ErrOverrun) || err.Error() != "netlink receive: no buffer space available" {
		t.Errorf("got %v, want ErrOverrun", err)
	}
}

func TestLongMark(t *testing.T) {
	if err := new(Client).Mark(strings.Repeat("x", event.TEXT_LEN), false); err == nil {
		t.Error("no error for a mark that is too long")
	}
}
