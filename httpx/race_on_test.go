//go:build race

package httpx

// raceDetector reports whether the race detector is on. It empties pools at random, so
// that more is allocated.
const raceDetector = true
