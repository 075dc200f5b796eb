package ring_test

import (
	"testing"

	"github.com/10ex/assets/internal/ring"
)

func TestMapKeepsTheNewest(t *testing.T) {
	t.Parallel()
	var m ring.Map[int, int]
	if v, ok := m.Get(1); ok || v != 0 {
		t.Errorf("an empty one has %d", v)
	}
	for key := range 10 {
		m.Add(key, 10*key, 4)
		if v, ok := m.Get(key); !ok || v != 10*key {
			t.Errorf("%d: %d, %t", key, v, ok)
		}
		m.Add(7, key, 4) // it is added twice: with 0, and again when it was displaced
	}
	for key := range 11 {
		v, ok := m.Get(key)
		if want := key >= 6 && key < 10; ok != want {
			t.Errorf("%d: %d, %t", key, v, ok)
		}
		if key == 7 && v != 9 {
			t.Errorf("its value is %d, want the last one", v)
		}
	}
}
