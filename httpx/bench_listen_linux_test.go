package httpx_test

import "syscall"

// withoutPacing has a socket send as fast as it can. BBR, the default of some
// machines, sends at a rate it is still learning after seconds.
func withoutPacing(_, _ string, c syscall.RawConn) error {
	var err error
	controlErr := c.Control(func(fd uintptr) {
		err = syscall.SetsockoptString(int(fd), syscall.IPPROTO_TCP, syscall.TCP_CONGESTION, "reno")
	})
	if controlErr != nil {
		return controlErr
	}
	return err
}
