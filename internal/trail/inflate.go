// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"bytes"
	"compress/flate"
	"io"
)

// At most so much is inflated: a damaged stream may promise anything.
const maxInflated = 1 << 20

// inflate inflates a record that the kernel has left compressed: it lacks pstore's
// compression now, or the record is cut, as one that did not fit into its place is
// (decompress_record() in fs/pstore/platform.c). What comes before the fault is
// returned with it.
//
// Kernels write a raw deflate stream; before 4.18 it had a header of zlib. Up to 6.5
// they could also be configured for lzo, lz4, 842 and zstd.
func inflate(b []byte) (text []byte, fault string) {
	if bytes.HasPrefix(b, []byte{0x28, 0xb5, 0x2f, 0xfd}) {
		return nil, "it is compressed by zstd, which sigtrail does not read"
	}
	text, err := deflated(b)
	if !isText(text) && len(b) > 2 && b[0]&15 == 8 && (int(b[0])<<8|int(b[1]))%31 == 0 {
		text, err = deflated(b[2:])
	}
	switch {
	case !isText(text):
		return nil, "it is damaged, or compressed in a way that sigtrail does not read (lzo, lz4, 842)"
	case err != nil:
		return text, "it is cut short or damaged"
	}
	return text, ""
}

func deflated(b []byte) ([]byte, error) {
	return io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b)), maxInflated))
}

// isText reports whether a text is a record: pstore's header comes first.
func isText(b []byte) bool {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return partLine.Match(line)
}
