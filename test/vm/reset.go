// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Reset resets the machine as a reset button does: no signal, no shutdown. A machine
// that is stopped remains so.
func (v *VM) Reset() error {
	if err := v.monitor.execute("system_reset", nil); err != nil {
		return err
	}
	// QEMU resets it after its answer.
	return v.monitor.await("RESET", time.Minute)
}

// Stop stops the machine where it is; Continue lets it run.
func (v *VM) Stop() error {
	return v.monitor.execute("stop", nil)
}

// Continue lets a machine run that was stopped. One that has stopped at a reset needs
// Reset before.
func (v *VM) Continue() error {
	return v.monitor.execute("cont", nil)
}

// actions are the arguments of set-action.
type actions struct {
	Reboot   string `json:"reboot"`
	Shutdown string `json:"shutdown"`
}

// StopAtReset lets the guest's next reset stop the machine: AwaitStop waits for that.
func (v *VM) StopAtReset() error {
	return v.monitor.execute("set-action", actions{"shutdown", "pause"})
}

// AwaitStop waits until the guest has reset the machine after StopAtReset, and so has
// stopped it.
func (v *VM) AwaitStop(timeout time.Duration) error {
	if err := v.monitor.await("SHUTDOWN", timeout); err != nil {
		return err
	}
	// The machine is stopped when it answers.
	if err := v.Stop(); err != nil {
		return err
	}
	return v.monitor.execute("set-action", actions{"reset", "poweroff"})
}

// ReadMemory returns the content of the guest's physical memory.
func (v *VM) ReadMemory(address uint64, size int) ([]byte, error) {
	name := filepath.Join(v.dir, "memory")
	defer os.Remove(name)
	if err := v.monitor.execute("pmemsave", struct {
		Val      uint64 `json:"val"`
		Size     int    `json:"size"`
		Filename string `json:"filename"`
	}{address, size, name}); err != nil {
		return nil, err
	}
	return os.ReadFile(name)
}

// WriteMemory writes to the guest's physical memory, which must be Config.RAM.
func (v *VM) WriteMemory(address uint64, data []byte) error {
	f, err := os.OpenFile(v.ram, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("the guest's memory: %w", err)
	}
	defer f.Close()
	_, err = f.WriteAt(data, int64(address)-int64(v.ramAt))
	return err
}

// DeviceTree writes the device tree of a machine to a file.
func DeviceTree(cfg Config, name string) error {
	if err := cfg.complete(); err != nil {
		return err
	}
	args := cfg.machine.arguments(cfg, os.DevNull, ports{
		serial: "null", command: "null", log: "null", notes: "null",
	})
	out, err := exec.Command(cfg.machine.emulator, append(args, "-machine", "dumpdtb="+name)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("QEMU's device tree: %w: %s", err, out)
	}
	return nil
}
