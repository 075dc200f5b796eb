// Package ring has a map of the newest entries.
package ring

// Map is a map that keeps a number of the newest keys. The zero value is ready to use. It
// must not be used by several goroutines at once.
type Map[K comparable, V any] struct {
	values map[K]V
	keys   []K // the oldest one at oldest
	oldest int // 0 until there are as many as may be
}

// Get returns the value of a key, and reports whether there is one.
func (m *Map[K, V]) Get(key K) (V, bool) {
	v, ok := m.values[key]
	return v, ok
}

// Add adds a value, instead of the oldest one if there are already as many as most, which
// must be the same in each call. That of a key that is there is replaced.
func (m *Map[K, V]) Add(key K, value V, most int) {
	if m.values == nil {
		m.values = map[K]V{}
	}
	if _, ok := m.values[key]; !ok {
		if len(m.keys) < most {
			m.keys = append(m.keys, key)
		} else {
			delete(m.values, m.keys[m.oldest])
			m.keys[m.oldest] = key
			m.oldest = (m.oldest + 1) % most
		}
	}
	m.values[key] = value
}
