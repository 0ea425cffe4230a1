// SPDX-License-Identifier: GPL-2.0

package genl

import (
	"syscall"
	"testing"
)

// What goes to the kernel and comes from it, byte for byte, on machines of both
// orders: "make test-arch" runs this on a big-endian one, too.
var (
	requestBytes = inOrder(
		"\x30\x00\x00\x00\x34\x12\x05\x03\x04\x03\x02\x01\x00\x00\x00\x00"+ // nlmsghdr: length, type, flags, number, port
			"\x02\x01\x00\x00"+ // genlmsghdr: command, version
			"\x08\x00\x07\x00\x0d\x0c\x0b\x0a"+ // a u32
			"\x0c\x00\x08\x00\x08\x07\x06\x05\x04\x03\x02\x01"+ // a u64
			"\x07\x00\x09\x00ab\x00\x00", // a string, padded
		"\x00\x00\x00\x30\x12\x34\x03\x05\x01\x02\x03\x04\x00\x00\x00\x00"+
			"\x02\x01\x00\x00"+
			"\x00\x08\x00\x07\x0a\x0b\x0c\x0d"+
			"\x00\x0c\x00\x08\x01\x02\x03\x04\x05\x06\x07\x08"+
			"\x00\x07\x00\x09ab\x00\x00")
	refusalBytes = inOrder(
		"\x30\x00\x00\x00\x02\x00\x00\x03\x04\x03\x02\x01\x2a\x00\x00\x00"+ // NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS
			"\xfe\xff\xff\xff"+ // -ENOENT
			"\x30\x00\x00\x00\x34\x12\x05\x03\x04\x03\x02\x01\x00\x00\x00\x00"+ // the request's header
			"\x09\x00\x01\x00none\x00\x00\x00\x00", // NLMSGERR_ATTR_MSG
		"\x00\x00\x00\x30\x00\x02\x03\x00\x01\x02\x03\x04\x00\x00\x00\x2a"+
			"\xff\xff\xff\xfe"+
			"\x00\x00\x00\x30\x12\x34\x03\x05\x01\x02\x03\x04\x00\x00\x00\x00"+
			"\x00\x09\x00\x01none\x00\x00\x00\x00")
	familyBytes = inOrder(
		"\x01\x02\x00\x00"+ // CTRL_CMD_NEWFAMILY
			"\x06\x00\x01\x00\x1c\x01\x00\x00"+ // CTRL_ATTR_FAMILY_ID
			"\x08\x00\x03\x00\x01\x00\x00\x00"+ // CTRL_ATTR_VERSION
			"\x1c\x00\x07\x00"+ // CTRL_ATTR_MCAST_GROUPS
			"\x18\x00\x01\x00"+
			"\x08\x00\x02\x00\x07\x01\x00\x00"+ // CTRL_ATTR_MCAST_GRP_ID
			"\x0b\x00\x01\x00events\x00\x00",
		"\x01\x02\x00\x00"+
			"\x00\x06\x00\x01\x01\x1c\x00\x00"+
			"\x00\x08\x00\x03\x00\x00\x00\x01"+
			"\x00\x1c\x00\x07"+
			"\x00\x18\x00\x01"+
			"\x00\x08\x00\x02\x00\x00\x01\x07"+
			"\x00\x0b\x00\x01events\x00\x00")
)

// inOrder returns that of the two which this machine's kernel would send.
func inOrder(little, big string) string {
	if native.Uint16([]byte{1, 0}) == 1 {
		return little
	}
	return big
}

func TestMessageBytes(t *testing.T) {
	b := begin(nil, 0x1234, 2, 1, 0x305, 0x01020304)
	b = appendText(appendU64(appendU32(b, 7, 0x0a0b0c0d), 8, 0x0102030405060708), 9, "ab")
	if got := string(finish(b)); got != requestBytes {
		t.Errorf("request: %x\nwant     %x", got, requestBytes)
	}
	m, rest, err := cut([]byte(refusalBytes))
	if err != nil || len(rest) != 0 || m.typ != syscall.NLMSG_ERROR || m.seq != 0x01020304 {
		t.Fatalf("refusal: %+v, %x, %v", m, rest, err)
	}
	if words, err := m.result(); err != syscall.ENOENT || words != "none" {
		t.Errorf("refusal: %q, %v", words, err)
	}
	f, err := parseFamily([]byte(familyBytes))
	if err != nil || f.id != 0x11c || f.version != 1 || f.groups["events"] != 0x107 {
		t.Errorf("family: %+v, %v", f, err)
	}
}
