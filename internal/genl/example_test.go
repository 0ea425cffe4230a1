// SPDX-License-Identifier: GPL-2.0-only

package genl_test

import (
	"bytes"
	"fmt"
	"io"
	"log"

	"github.com/vishvananda/netlink/nl"

	"sigtrail/internal/genl"
)

// The generic netlink controller is a family of its own, in every kernel. It is
// asked here for all families that there are.
func ExampleConn_Dump() {
	conn, err := genl.Dial("nlctrl")
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	families, err := conn.Dump(nl.GENL_CTRL_CMD_GETFAMILY)
	if err != nil {
		log.Fatal(err)
	}
	defer families.Close()
	for {
		messages, err := families.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		for _, m := range messages {
			if bytes.Contains(m, []byte("nlctrl\x00")) {
				fmt.Println("nlctrl is one of them")
			}
		}
	}
	// Output: nlctrl is one of them
}
