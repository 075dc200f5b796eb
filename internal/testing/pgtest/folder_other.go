//go:build !linux

package pgtest

func quickFolder() string { return "" }
