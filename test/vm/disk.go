// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"bytes"
	"io"
	"os"
)

// copyDisk copies an image as a sparse file: most of it is zero.
func copyDisk(to, from string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.Create(to)
	if err != nil {
		return err
	}
	defer dst.Close()

	var size int64
	block := make([]byte, 64*1024)
	zero := make([]byte, len(block))
	for {
		n, err := io.ReadFull(src, block)
		if !bytes.Equal(block[:n], zero[:n]) {
			if _, err := dst.WriteAt(block[:n], size); err != nil {
				return err
			}
		}
		size += int64(n)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if err := dst.Truncate(size); err != nil {
		return err
	}
	return dst.Close()
}
