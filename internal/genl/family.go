// SPDX-License-Identifier: GPL-2.0

package genl

import (
	"errors"
	"os"
	"syscall"
)

// family is what the kernel's controller tells of one.
type family struct {
	id      uint16
	version uint32
	groups  map[string]uint32
}

// include/uapi/linux/genetlink.h
const (
	ctrlGetFamily = 3 // CTRL_CMD_GETFAMILY

	ctrlFamilyID   = 1 // CTRL_ATTR_FAMILY_ID, u16
	ctrlFamilyName = 2 // CTRL_ATTR_FAMILY_NAME
	ctrlVersion    = 3 // CTRL_ATTR_VERSION, u32
	ctrlGroups     = 7 // CTRL_ATTR_MCAST_GROUPS, nests

	ctrlGroupName = 1 // CTRL_ATTR_MCAST_GRP_NAME
	ctrlGroupID   = 2 // CTRL_ATTR_MCAST_GRP_ID, u32
)

// controller is the family that knows of all others, GENL_ID_CTRL.
var controller = family{id: 16, version: 2}

// lookUp asks the controller, which c is a socket to, for another family. The
// error is ErrNoKernel if there is none of that name.
//
// Package vishvananda/netlink has this, too, and brings package net along: 51 kB
// of a router's package.
func (c *Conn) lookUp(name string) (family, error) {
	msg, err := c.ask("look up family "+name, ctrlGetFamily, appendText(nil, ctrlFamilyName, name))
	switch {
	case errors.Is(err, syscall.ENOENT):
		return family{}, noKernel("/proc")
	case err != nil:
		return family{}, err
	}
	return parseFamily(msg)
}

func parseFamily(msg []byte) (f family, err error) {
	if len(msg) < genlHeader {
		return f, errMalformed
	}
	f.groups = map[string]uint32{}
	eachAttr(msg[genlHeader:], func(typ uint16, v []byte) {
		switch {
		case typ == ctrlFamilyID && len(v) >= 2:
			f.id = native.Uint16(v)
		case typ == ctrlVersion && len(v) >= 4:
			f.version = native.Uint32(v)
		case typ == ctrlGroups:
			eachAttr(v, func(_ uint16, v []byte) { f.addGroup(v) })
		}
	})
	if f.id == 0 {
		return f, errMalformed
	}
	return f, nil
}

func (f *family) addGroup(nest []byte) {
	var name string
	var id uint32
	eachAttr(nest, func(typ uint16, v []byte) {
		switch {
		case typ == ctrlGroupName:
			name = text(v)
		case typ == ctrlGroupID && len(v) >= 4:
			id = native.Uint32(v)
		}
	})
	f.groups[name] = id
}

// namespaceError is ErrNoKernel where the reason is known to be another one.
type namespaceError struct{}

func (namespaceError) Error() string {
	return "sigtrail is there in the initial network namespace only: run outside of this one"
}

func (namespaceError) Is(target error) bool { return target == ErrNoKernel }

// noKernel returns ErrNoKernel, or what is to be said if this is not the network
// namespace of init (see namespaces(7)). Who may not look at init's is told the
// former.
func noKernel(proc string) error {
	ours, err := os.Readlink(proc + "/self/ns/net")
	inits, errInit := os.Readlink(proc + "/1/ns/net")
	if err == nil && errInit == nil && ours != inits {
		return namespaceError{}
	}
	return ErrNoKernel
}
