//go:build !linux

package httpx_test

import "syscall"

func withoutPacing(string, string, syscall.RawConn) error { return nil }
