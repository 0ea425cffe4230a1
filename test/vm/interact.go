// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Interact runs a guest with the terminal as its console, until it powers off.
func Interact(cfg Config) error {
	size := exec.Command("stty", "size")
	size.Stdin = os.Stdin
	out, err := size.Output()
	if err != nil {
		return errors.New("stdin is not a terminal")
	}
	if err := cfg.complete(); err != nil {
		return err
	}
	// A serial line has no window size: the guest's shell gets it in its
	// environment.
	var rows, columns int
	fmt.Sscan(string(out), &rows, &columns)
	cfg.Append = strings.TrimSpace(fmt.Sprintf("LINES=%d COLUMNS=%d %s", rows, columns, cfg.Append))

	dir, err := os.MkdirTemp("", "sigtrail-vm-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	disk := filepath.Join(dir, "disk.img")
	if err := copyDisk(disk, cfg.RootFS); err != nil {
		return fmt.Errorf("the guest's disk: %w", err)
	}

	fmt.Println("To leave: poweroff in the guest, or Ctrl-A X here. Ctrl-A H lists more.")
	qemu := exec.Command(cfg.machine.emulator, cfg.machine.arguments(cfg, disk, ports{
		serial:  "stdio,mux=on,signal=off",
		command: "null",
		log:     "null",
		notes:   "null",
		monitor: []string{"-mon", "chardev=serial,mode=readline"},
	})...)
	qemu.Stdin, qemu.Stdout, qemu.Stderr = os.Stdin, os.Stdout, os.Stderr
	return qemu.Run()
}
