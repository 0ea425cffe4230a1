// SPDX-License-Identifier: GPL-2.0-only

// Package kernel is the client of the kernel part and of its trigger module: of
// the generic netlink families "sigtrail" and "sigtrailtrigger". What it receives
// it returns as values of package event.
package kernel

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"sigtrail/internal/genl"
)

var (
	// ErrNoKernel means that the running kernel does not have the family, or
	// not in this network namespace: only in the initial one.
	ErrNoKernel = errors.New("firmware lacks the sigtrail patch (CONFIG_SIGTRAIL): see docs/troubleshooting.md")

	// ErrNoModule means that the running kernel does not know the family of the
	// trigger module. It is ErrNoKernel, too.
	ErrNoModule error = &noKernel{"kernel has no triggers: load the module sigtrail_trigger (kmod-sigtrail)"}

	// ErrNoRights means that the kernel answered EPERM.
	ErrNoRights = errors.New("needs CAP_NET_ADMIN in the initial network namespace: run as root")

	// ErrOverrun means that events were dropped, as the socket had no room for
	// them: see ENOBUFS in netlink(7). The ring may still have them.
	ErrOverrun = genl.ErrOverrun
)

// noKernel is ErrNoKernel where more is known.
type noKernel struct{ text string }

func (e *noKernel) Error() string { return e.text }

func (e *noKernel) Is(target error) bool { return target == ErrNoKernel }

// dial opens a socket to a family. The error is missing, or says more, if the
// kernel has none of that name.
func dial(family string, missing error) (*genl.Conn, error) {
	c, err := genl.Dial(family)
	switch {
	case errors.Is(err, syscall.ENOENT):
		return nil, absent("/proc", missing)
	case errors.Is(err, syscall.EPROTONOSUPPORT), errors.Is(err, syscall.EAFNOSUPPORT):
		return nil, missing // without netlink, or without the generic one
	case err != nil:
		return nil, err
	}
	return c, nil
}

// absent returns missing, or what is to be said if this is not the network
// namespace of init (see namespaces(7)). Who may not look at init's is told the
// former.
func absent(proc string, missing error) error {
	ours, err := os.Readlink(proc + "/self/ns/net")
	inits, errInit := os.Readlink(proc + "/1/ns/net")
	if err == nil && errInit == nil && ours != inits {
		return &noKernel{"sigtrail works only in the initial network namespace: run it outside of this one"}
	}
	return missing
}

// failed returns the error of an operation: EPERM has its own, none and the end of
// a dump are none.
func failed(op string, err error) error {
	switch {
	case err == nil || err == io.EOF:
		return err
	case errors.Is(err, syscall.EPERM):
		return ErrNoRights
	}
	return fmt.Errorf("netlink %s: %w", op, err)
}
