// SPDX-License-Identifier: GPL-2.0-only

// Package vm runs the guest in QEMU, by default an ARMv7 machine, for tests and the
// demo.
//
// The guest has four ports. The serial line is the kernel's console, with a shell.
// The second one takes commands, so that their output does not mix with the kernel's
// lines. The third is the system log, the fourth is for a guest program's notes. The
// output of each is kept from the first byte to the last, across resets.
package vm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Prompt is the prompt of the shell on the console.
const Prompt = "guest# "

// VM is a running guest.
type VM struct {
	Console *Stream // the serial line
	Log     *Stream // the system log: the output of logread -F
	Notes   *Stream // what a guest program writes to /dev/vportNp3

	dir     string
	disk    string
	ram     string // a file
	ramAt   int    // its physical address
	serial  io.Writer
	command commandPort
	monitor *monitor

	stop   context.CancelFunc
	done   chan struct{} // closed when QEMU has ended
	err    error         // of QEMU; read it after done
	remove string        // directory to remove at the end
}

// Start starts a guest, which ends with ctx at the latest. It does not wait for the
// boot: AwaitReady does.
func Start(ctx context.Context, cfg Config) (_ *VM, err error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	v := &VM{done: make(chan struct{}), disk: cfg.Disk}
	var opened []io.Closer
	defer func() {
		if err != nil {
			for _, c := range opened {
				c.Close()
			}
			os.RemoveAll(v.remove)
		}
	}()
	if cfg.Dir == "" {
		if v.remove, err = os.MkdirTemp("", "sigtrail-vm-"); err != nil {
			return nil, err
		}
		cfg.Dir = v.remove
	} else if err = os.MkdirAll(cfg.Dir, 0o755); err != nil {
		return nil, err
	}
	if v.disk == "" {
		v.disk = filepath.Join(cfg.Dir, "disk.img")
		if err = copyDisk(v.disk, cfg.RootFS); err != nil {
			return nil, fmt.Errorf("the guest's disk: %w", err)
		}
	}

	// Each port is a socket that QEMU inherits: no names, no waiting.
	var theirs []*os.File
	port := func() *os.File {
		ours, their, e := socketpair()
		if e != nil {
			err = errors.Join(err, e)
			return nil
		}
		opened = append(opened, ours, their)
		theirs = append(theirs, their)
		return ours
	}
	record := func(name string, also io.Writer) io.Writer {
		f, e := os.Create(filepath.Join(cfg.Dir, name))
		if e != nil {
			err = errors.Join(err, e)
			return nil
		}
		opened = append(opened, f)
		if also == nil {
			return f
		}
		return io.MultiWriter(f, also)
	}
	v.dir, v.ram, v.ramAt = cfg.Dir, cfg.RAM, cfg.machine.ram
	serial, commands, log, notes, qmp := port(), port(), port(), port(), port()
	v.Console = newStream("console", record("console.log", cfg.Console))
	v.Log = newStream("system log", record("log.log", cfg.Log))
	v.Notes = newStream("notes", nil)
	if err != nil {
		return nil, err
	}
	v.serial = serial
	v.command = commandPort{w: commands, out: newStream("command port", nil)}
	v.monitor = newMonitor(qmp)

	ctx, v.stop = context.WithCancel(ctx)
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, cfg.machine.emulator, cfg.machine.arguments(cfg, v.disk, inherited)...)
	cmd.Stderr = &stderr
	cmd.ExtraFiles = theirs
	// QEMU must end with a test that is killed.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err = cmd.Start(); err != nil {
		v.stop()
		return nil, err
	}
	for _, f := range theirs {
		f.Close()
	}

	read := make(chan struct{}, 4)
	for s, r := range map[*Stream]io.Reader{v.Console: serial, v.Log: log, v.Notes: notes, v.command.out: commands} {
		go func() {
			s.fill(r)
			read <- struct{}{}
		}()
	}
	go func() {
		defer close(v.done)
		v.err = cmd.Wait()
		if said := strings.TrimSpace(stderr.String()); v.err != nil && said != "" {
			v.err = fmt.Errorf("%w: %s", v.err, said)
		}
		for range cap(read) {
			<-read
		}
		for _, c := range opened {
			c.Close()
		}
		v.stop()
	}()
	return v, nil
}

// ports has what QEMU connects the guest's ports and its monitor to, as values of its
// option -chardev.
type ports struct {
	serial, command, log, notes string
	monitor                     []string // whole options
}

// inherited are the sockets that Start passes to QEMU, in this order.
var inherited = ports{
	serial:  "socket,fd=3",
	command: "socket,fd=4",
	log:     "socket,fd=5",
	notes:   "socket,fd=6",
	monitor: []string{"-chardev", "socket,fd=7,id=qmp", "-mon", "chardev=qmp,mode=control"},
}

func socketpair() (ours, theirs *os.File, err error) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("socketpair: %w", err)
	}
	// Nonblocking, for Go's poller, so that closing it ends a read.
	if err := syscall.SetNonblock(fds[0], true); err != nil {
		return nil, nil, fmt.Errorf("socketpair: %w", err)
	}
	return os.NewFile(uintptr(fds[0]), "port"), os.NewFile(uintptr(fds[1]), "QEMU's port"), nil
}

// AwaitReady waits until the guest takes commands: once after Start, and again after
// each reset.
func (v *VM) AwaitReady(timeout time.Duration) error {
	return v.command.awaitReady(timeout)
}

// Run runs a shell script in the guest as root, and returns its output, stdout and
// stderr, and its exit code. Background processes must not keep its output open.
func (v *VM) Run(timeout time.Duration, script string) (out string, code int, err error) {
	return v.command.run(timeout, script)
}

// Output is Run for a script that must succeed: an exit code other than 0 is an error
// with the output.
func (v *VM) Output(timeout time.Duration, script string) (string, error) {
	out, code, err := v.Run(timeout, script)
	if err == nil && code != 0 {
		err = fmt.Errorf("%s: exit code %d: %s", script, code, strings.TrimSpace(out))
	}
	return out, err
}

// ReadFile returns the content of a file in the guest.
func (v *VM) ReadFile(timeout time.Duration, name string) ([]byte, error) {
	out, code, err := v.Run(timeout, "cat '"+strings.ReplaceAll(name, "'", `'\''`)+"'")
	if err == nil && code != 0 {
		err = errors.New(strings.TrimSpace(out))
	}
	return []byte(out), err
}

// Type types on the console. Its shell takes about 500 characters a line.
func (v *VM) Type(text string) error {
	_, err := io.WriteString(v.serial, text)
	return err
}

// Disk returns the file of the guest's disk; Close removes it with a temporary
// directory.
func (v *VM) Disk() string {
	return v.disk
}

// Wait waits until the guest has powered off.
func (v *VM) Wait(timeout time.Duration) error {
	select {
	case <-v.done:
		return v.err
	case <-time.After(timeout):
		return fmt.Errorf("the guest is still on after %v; the console's last line: %q",
			timeout, lastLine(v.Console.Bytes()))
	}
}

// Close ends the guest, if it still runs.
func (v *VM) Close() {
	v.stop()
	<-v.done
	os.RemoveAll(v.remove)
}
