//go:build !race

package httpx

// raceDetector reports whether the race detector is on.
const raceDetector = false
