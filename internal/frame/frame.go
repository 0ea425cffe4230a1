// SPDX-License-Identifier: GPL-2.0-only

// Package frame codes events compactly, for the running boot's trail on tmpfs, for
// trails on flash, and for pmsg. It does no I/O.
//
// A trail is a sequence of frames, each with a check. A frame that was torn or damaged is
// skipped and counted, never believed; the rest is read. Frames are found between bytes of
// others.
//
//	magic    4 bytes, ff 53 74 1a
//	version  1 byte
//	type     1 byte
//	length   2 bytes, of the payload, little-endian, as all of these
//	check    4 bytes, CRC-32C of what is behind it, and of version, type and length. Of
//	         a frame that continues another one, it begins with that one's
//	upTo     8 bytes: all records up to this number are in this frame, before it, or
//	         lost; 0: none
//	payload
//
// The payload of a header is the trail's header as package event writes it. Frames of
// another type are skipped. That of records begins, unless it continues the frame before,
// with the number and the time that come before those of its first record, and the wall time
// less the time, 0 if that is unknown: a step of the clock begins such a frame. Integers are
// varints of encoding/binary; signed are this one, the differences and values of signed fields.
//
//	record   class, time (difference), [number], [sender], [context], [target], values
//	loss     class, number, length of the run less one, [values]
//
// Class, sender, context and target are numbers in a dictionary each, which starts empty in
// a frame that continues none. The next unused number is that of a new entry, which follows:
//
//	class    form, fields, 0, tags, 0
//	others   fields, 0
//	field    tag, value
//
// A form's bits say which of a record's parts follow. The tags are of the fields whose values
// are at the end of each record of the class. A tag is twice the number of the field's
// netlink attribute, and 1 more if the value is a string: its length and its bytes. A reader
// skips fields that it does not know. Fields that are zero are left out. The number of a
// record is one more than that of the record before, unless its form says otherwise: then it
// differs by so much from that.
package frame

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// Type is a frame's type.
type Type byte

// The types of frames.
const (
	Header  Type = 1 + iota
	Records      // can be read by itself
	More         // continues the frame of records before it
)

const (
	version    = 1
	headerSize = 20
	maxPayload = 16 << 10

	// MaxSize is the size of the largest frame.
	MaxSize = headerSize + maxPayload

	maxDrift = 10e6 // of the wall time, in ns: more is a step of the clock

	maxEntries = 1024 // of each dictionary
	maxFields  = 64   // of an entry
)

var (
	magic      = []byte("\xffSt\x1a")
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

var errPayload = errors.New("a frame's payload is not as its check says, or of a newer version")

// The bits of a form.
const (
	withSender = 1 << iota
	withContext
	withTarget
	withNumber // not one more than the number before
	unnumbered // a note, or of the kernel's text
	isLoss

	allForms = isLoss<<1 - 1
)

// AppendHeader appends a frame with a trail's header.
func AppendHeader(b, header []byte) []byte {
	begin := len(b)
	b = append(append(b, make([]byte, headerSize)...), header[:min(len(header), maxPayload)]...)
	seal(b[begin:], Header, 0, 0)
	return b
}

// seal fills a frame's header and returns its check.
func seal(b []byte, typ Type, before uint32, upTo uint64) uint32 {
	copy(b, magic)
	b[4], b[5] = version, byte(typ)
	binary.LittleEndian.PutUint16(b[6:], uint16(len(b)-headerSize))
	binary.LittleEndian.PutUint64(b[12:], upTo)
	sum := checkOf(b, typ, before)
	binary.LittleEndian.PutUint32(b[8:], sum)
	return sum
}

func checkOf(frame []byte, typ Type, before uint32) uint32 {
	if typ != More {
		before = 0
	}
	sum := crc32.Update(before, castagnoli, frame[4:8])
	return crc32.Update(sum, castagnoli, frame[12:])
}

// Frame is a whole frame.
type Frame struct {
	Type    Type
	UpTo    uint64
	Payload []byte
}

// Scanner finds the frames of a text.
type Scanner struct {
	Skipped []byte // before the frame that Next returned: damaged, or of others
	End     int    // of that frame, in the text

	text    []byte
	at      int
	sum     uint32 // of the last frame of records
	chained bool   // it is the frame before
}

// NewScanner returns a scanner of a text.
func NewScanner(text []byte) *Scanner { return &Scanner{text: text} }

// Next returns the next whole frame, false at the end; Skipped has what is behind the last
// one then. A frame that continues one that is not there is skipped.
func (s *Scanner) Next() (f Frame, ok bool) {
	begin := s.at
	for {
		i := bytes.Index(s.text[s.at:], magic)
		if i < 0 {
			s.at = len(s.text)
			s.Skipped = s.text[begin:]
			return Frame{}, false
		}
		s.at += i
		if n, ok := s.check(s.text[s.at:]); ok {
			b := s.text[s.at : s.at+n]
			s.Skipped = s.text[begin:s.at]
			s.at += n
			s.End = s.at
			return Frame{Type: Type(b[5]), UpTo: binary.LittleEndian.Uint64(b[12:]), Payload: b[headerSize:]}, true
		}
		s.at++
		s.chained = false
	}
}

// check returns the size of the frame with which b begins, if it is whole.
func (s *Scanner) check(b []byte) (size int, ok bool) {
	if len(b) < headerSize || b[4] != version {
		return 0, false
	}
	typ := Type(b[5])
	size = headerSize + int(binary.LittleEndian.Uint16(b[6:]))
	if size > min(len(b), MaxSize) || typ == More && !s.chained {
		return 0, false
	}
	sum := checkOf(b[:size], typ, s.sum)
	if sum != binary.LittleEndian.Uint32(b[8:]) {
		return 0, false
	}
	if s.chained = typ == Records || typ == More; s.chained {
		s.sum = sum
	}
	return size, true
}
