// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"sigtrail/test/blackbox"
	"sigtrail/test/vm"
)

// reservedMemory is the node of a black box, as in the binding sigtrail.yaml. The
// machine's own tree has no such memory. QEMU loads kernel and tree below it.
const reservedMemory = `
/ {
	reserved-memory {
		#address-cells = <2>;
		#size-cells = <2>;
		ranges;

		sigtrail@4c000000 {
			compatible = "sigtrail";
			reg = <0x0 0x4c000000 0x0 %#x>;
		};
	};
};
`

// TestBlackBoxDeviceTree gives a machine its black box by the device tree.
func TestBlackBoxDeviceTree(t *testing.T) {
	if vm.Arch() == "mipsel" {
		t.Skip("QEMU makes no device tree for a Malta board")
	}
	dir := t.TempDir()
	cfg := vm.Config{DeviceTree: filepath.Join(dir, "boxed.dtb"), Append: "panic=1"}
	own := filepath.Join(dir, "own.dtb")
	if err := vm.DeviceTree(vm.Config{}, own); err != nil {
		t.Fatal(err)
	}
	source, err := exec.Command("dtc", "-q", "-I", "dtb", "-O", "dts", own).Output()
	if err != nil {
		t.Fatal(err)
	}
	boxed := filepath.Join(dir, "boxed.dts")
	if err := os.WriteFile(boxed, fmt.Appendf(source, reservedMemory, vm.BoxSize), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("dtc", "-q", "-I", "dts", "-O", "dtb", "-o", cfg.DeviceTree, boxed).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	b := bootBoxed(t, cfg)
	if b.info.Place != "device_tree" || b.info.Address != 0x4c000000 {
		t.Errorf("got %+v", b.info)
	}
	b.witness("storm 1000")
	b.expectNote(`exit \d+ \d+`)
	ev := b.endBy("echo c >/proc/sysrq-trigger")
	b.check(ev, 1)
	checkEnd(t, ev, blackbox.Panic, "sh", "sysrq triggered crash")
}
