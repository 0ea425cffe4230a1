// SPDX-License-Identifier: GPL-2.0-only

package config_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"sigtrail/internal/config"
)

func ExampleLoad() {
	dir, err := os.MkdirTemp("", "sigtrail")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "sigtrail.ini")
	if err := os.WriteFile(path, []byte("[trail]\nsize = 256\n"), 0o600); err != nil {
		log.Fatal(err)
	}
	c, err := config.Load(path)
	if err != nil {
		log.Fatal(err) // one line for each wrong option
	}
	fmt.Println(c.Trail.Size, "KiB in", c.Trail.Dir)
	// Output: 256 KiB in /tmp/sigtrail
}
