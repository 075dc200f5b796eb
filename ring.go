package assets

// ring is a map that keeps a number of the newest keys. The zero value is ready to use.
type ring[K comparable, V any] struct {
	values map[K]V
	keys   []K // the oldest one at oldest
	oldest int // 0 until there are as many as may be
}

func (r *ring[K, V]) get(key K) (V, bool) {
	v, ok := r.values[key]
	return v, ok
}

// add adds a value, instead of the oldest one if there are already so many.
func (r *ring[K, V]) add(key K, value V, most int) {
	if r.values == nil {
		r.values = map[K]V{}
	}
	if _, ok := r.values[key]; !ok {
		if len(r.keys) < most {
			r.keys = append(r.keys, key)
		} else {
			delete(r.values, r.keys[r.oldest])
			r.keys[r.oldest] = key
			r.oldest = (r.oldest + 1) % most
		}
	}
	r.values[key] = value
}
