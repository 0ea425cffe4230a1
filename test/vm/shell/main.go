// SPDX-License-Identifier: GPL-2.0-only

// Shell boots the guest and connects its console to the terminal.
package main

import (
	"fmt"
	"os"

	"sigtrail/test/vm"
)

func main() {
	if err := vm.Interact(vm.Config{}); err != nil {
		fmt.Fprintln(os.Stderr, "shell:", err)
		os.Exit(1)
	}
}
