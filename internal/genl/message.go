// SPDX-License-Identifier: GPL-2.0

package genl

import (
	"encoding/binary"
	"errors"
	"syscall"
)

var errMalformed = errors.New("malformed message")

const (
	header     = syscall.NLMSG_HDRLEN // struct nlmsghdr
	genlHeader = 4                    // struct genlmsghdr

	// include/uapi/linux/netlink.h
	flagCapped  = 0x100 // NLM_F_CAPPED: the request's copy is its header alone
	flagTLVs    = 0x200 // NLM_F_ACK_TLVS: attributes follow
	attrMessage = 1     // NLMSGERR_ATTR_MSG
)

var native = binary.NativeEndian

// message is one netlink message, struct nlmsghdr and what follows.
type message struct {
	typ     uint16
	flags   uint16
	seq     uint32
	payload []byte
}

// cut takes the first message off b, as NLMSG_OK and NLMSG_NEXT do.
func cut(b []byte) (m message, rest []byte, err error) {
	if len(b) < header {
		return m, nil, errMalformed
	}
	n := int(native.Uint32(b))
	if n < header || n > len(b) {
		return m, nil, errMalformed
	}
	m = message{native.Uint16(b[4:]), native.Uint16(b[6:]), native.Uint32(b[8:]), b[header:n]}
	return m, b[min(align(n), len(b)):], nil
}

// begin starts a request: both headers. finish sets its length.
func begin(b []byte, family uint16, cmd uint8, version uint8, flags uint16, seq uint32) []byte {
	b = append(b, make([]byte, header)...)
	native.PutUint16(b[4:], family)
	native.PutUint16(b[6:], flags)
	native.PutUint32(b[8:], seq)
	return append(b, cmd, version, 0, 0)
}

func finish(b []byte) []byte {
	native.PutUint32(b, uint32(len(b)))
	return b
}

// appendAttr appends a struct nlattr with its payload, padded.
func appendAttr(b []byte, typ uint16, payload ...byte) []byte {
	b = native.AppendUint16(b, uint16(4+len(payload)))
	b = native.AppendUint16(b, typ)
	b = append(b, payload...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func appendU32(b []byte, typ uint16, v uint32) []byte {
	return appendAttr(b, typ, native.AppendUint32(nil, v)...)
}

func appendU64(b []byte, typ uint16, v uint64) []byte {
	return appendAttr(b, typ, native.AppendUint64(nil, v)...)
}

// appendText appends a string with its NUL.
func appendText(b []byte, typ uint16, s string) []byte {
	return appendAttr(b, typ, append([]byte(s), 0)...)
}

// result reads the error number that NLMSG_ERROR and NLMSG_DONE carry, nil for
// 0, and the kernel's words where it has some.
func (m message) result() (words string, err error) {
	if len(m.payload) < 4 {
		if m.typ == syscall.NLMSG_DONE {
			return "", nil
		}
		return "", errMalformed
	}
	if code := int32(native.Uint32(m.payload)); code < 0 {
		err = syscall.Errno(-code)
	}
	if m.flags&flagTLVs == 0 {
		return "", err
	}
	b := m.payload[4:]
	if m.typ == syscall.NLMSG_ERROR { // the request stands before the attributes
		if len(b) < header {
			return "", err
		}
		n := header
		if m.flags&flagCapped == 0 {
			n = align(int(min(native.Uint32(b), messageSize)))
		}
		b = b[min(n, len(b)):]
	}
	eachAttr(b, func(typ uint16, v []byte) {
		if typ == attrMessage {
			words = text(v)
		}
	})
	return words, err
}

// eachAttr calls f for each attribute, as nla_for_each_attr() does: what is
// malformed ends it.
func eachAttr(b []byte, f func(typ uint16, v []byte)) {
	for len(b) >= 4 {
		n := int(native.Uint16(b))
		if n < 4 || n > len(b) {
			return
		}
		f(native.Uint16(b[2:])&^(syscall.NLA_F_NESTED|syscall.NLA_F_NET_BYTEORDER), b[4:n])
		b = b[min(align(n), len(b)):]
	}
}

// text returns a C string.
func text(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}

func align(n int) int { return (n + 3) &^ 3 }
