package webhook

import (
	"math/rand/v2"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook/record"
)

// When a failed attempt is repeated: after 1, 2, 4, 8 and 16 s, then every 15 min, each
// up to a tenth sooner or later, until a day has passed since the first attempt of the
// round.
const (
	firstDelay = time.Second
	quickTries = 5 // with a doubled delay each
	slowDelay  = 15 * time.Minute
	roundTime  = 24 * time.Hour
)

// delay returns the time between a failed attempt, the tries-th of its round, and the
// next. spread is from 0 to 1; in the middle the delay is exact.
func delay(tries int, spread float64) time.Duration {
	d := slowDelay
	if tries <= quickTries {
		d = firstDelay << (tries - 1)
	}
	return time.Duration(float64(d) * (0.9 + 0.2*spread))
}

// reschedule completes a delivery after a failed attempt that ended at a time: it is
// pending until the next attempt, or has failed.
func reschedule(d *record.Delivery, at assets.Time) {
	next := at.Add(delay(d.Tries, rand.Float64())) //nolint:gosec // spreads load
	if next > d.Since.Add(roundTime) {
		d.State = record.StateFailed
		return
	}
	d.DueAt = next
}
