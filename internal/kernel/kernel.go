// SPDX-License-Identifier: GPL-2.0-only

// Package kernel is the client of the kernel part and of the trigger module, by the
// generic netlink families "sigtrail" and "sigtrailtrigger". It returns values of
// package event.
package kernel

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"sigtrail/internal/genl"
)

var (
	// ErrNoKernel means that the running kernel does not have the family, or
	// not in this network namespace: only in the initial one.
	ErrNoKernel = errors.New("firmware lacks the sigtrail patch (CONFIG_SIGTRAIL): see docs/troubleshooting.md")

	// ErrNoModule means that the running kernel does not have the family of the
	// trigger module. It is ErrNoKernel, too.
	ErrNoModule error = &noKernel{"trigger module is not loaded: install kmod-sigtrail, run modprobe sigtrail_trigger"}

	// ErrNoRights means that the kernel answered EPERM. If it gave a reason, the
	// error is another one, with the reason, and it is ErrNoRights, too.
	ErrNoRights = errors.New("needs CAP_NET_ADMIN in the initial network namespace: run as root")

	// ErrOverrun means that events were dropped because the socket's queue was full:
	// see ENOBUFS in netlink(7). The ring may still have them.
	ErrOverrun = genl.ErrOverrun
)

// noKernel is ErrNoKernel with another text.
type noKernel struct{ text string }

func (e *noKernel) Error() string { return e.text }

func (e *noKernel) Is(target error) bool { return target == ErrNoKernel }

// noRights is ErrNoRights with the kernel's reason.
type noRights struct{ reason string }

func (e *noRights) Error() string {
	if strings.Contains(e.reason, "CAP_SYS_ADMIN") {
		return e.reason + ": run as root; for rules, run service sigtrail restart"
	}
	return e.reason
}

func (e *noRights) Is(target error) bool { return target == ErrNoRights }

// dial opens a socket to a family. If the kernel does not have it, the error is
// notFound or a more precise one.
func dial(family string, notFound error) (*genl.Conn, error) {
	c, err := genl.Dial(family)
	switch {
	case errors.Is(err, syscall.ENOENT):
		return nil, absent("/proc", notFound)
	case errors.Is(err, syscall.EPROTONOSUPPORT), errors.Is(err, syscall.EAFNOSUPPORT):
		return nil, notFound // a kernel without netlink or generic netlink
	case err != nil:
		return nil, err
	}
	return c, nil
}

// absent returns notFound, or another error if this is not the network namespace of init
// (see namespaces(7)). Without the rights to read init's it returns notFound.
func absent(proc string, notFound error) error {
	ours, err := os.Readlink(proc + "/self/ns/net")
	inits, errInit := os.Readlink(proc + "/1/ns/net")
	if err == nil && errInit == nil && ours != inits {
		return &noKernel{"sigtrail works only in the initial network namespace: run it outside of this one"}
	}
	return notFound
}

// failed returns the error of an operation, ErrNoRights for EPERM. nil and the end of a
// dump are returned unchanged.
func failed(op string, err error) error {
	switch {
	case err == nil || err == io.EOF:
		return err
	case errors.Is(err, syscall.EPERM):
		if _, reason, ok := strings.Cut(err.Error(), syscall.EPERM.Error()+": "); ok {
			return &noRights{reason}
		}
		return ErrNoRights
	}
	return fmt.Errorf("netlink %s: %w", op, err)
}
