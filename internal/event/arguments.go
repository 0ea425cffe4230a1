// SPDX-License-Identifier: GPL-2.0

package event

import "fmt"

// Arguments reads a flat JSON object of strings and numbers, such as ubus has
// for the arguments of a call, into their texts by name.
func Arguments(object []byte) (map[string]string, error) {
	args := make(map[string]string)
	err := scan(object, func(key string, v value) error {
		if v.list != nil {
			return fmt.Errorf("%q is a list: allowed are a string and a number", key)
		}
		args[key] = v.text
		return nil
	})
	return args, err
}
