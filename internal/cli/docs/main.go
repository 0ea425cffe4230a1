// SPDX-License-Identifier: GPL-2.0-only

// Docs writes the man page and the completion for bash into a directory. It is
// run by make docs; the router's binary has neither.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"sigtrail/internal/cli"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: docs DIR")
		os.Exit(2)
	}
	for name, write := range map[string]func(io.Writer) error{
		"sigtrail.8":               cli.WriteMan,
		"sigtrail.bash-completion": cli.WriteCompletion,
	} {
		var b bytes.Buffer
		err := write(&b)
		if err == nil {
			err = os.WriteFile(filepath.Join(os.Args[1], name), b.Bytes(), 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "docs:", err)
			os.Exit(1)
		}
	}
}
