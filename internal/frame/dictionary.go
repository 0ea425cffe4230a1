// SPDX-License-Identifier: GPL-2.0-only

package frame

// recently is how many entries of a dictionary are found without its map, a power of two.
const recently = 64

// dictionary numbers the entries of a class, or of a sender, context or target.
type dictionary[K comparable] struct {
	numbers map[K]uint64

	// The last entry of each hash: a storm has few senders and targets, and a map costs
	// more than all else of a record.
	recent [recently]struct {
		key    K
		number uint64 // plus 1; 0: none
	}
}

func (d *dictionary[K]) size() int { return len(d.numbers) }

// clear removes all entries.
func (d *dictionary[K]) clear() {
	if len(d.numbers) > 0 {
		clear(d.numbers)
		clear(d.recent[:])
	}
}

// number returns an entry's number, and whether it is a new one.
func (d *dictionary[K]) number(k *K, hash uint32) (n uint64, isNew bool) {
	last := &d.recent[hash%recently]
	if last.number != 0 && last.key == *k {
		return last.number - 1, false
	}
	n, ok := d.numbers[*k]
	if !ok {
		if d.numbers == nil {
			d.numbers = make(map[K]uint64)
		}
		n = uint64(len(d.numbers))
		d.numbers[*k] = n
	}
	last.key, last.number = *k, n+1
	return n, !ok
}
