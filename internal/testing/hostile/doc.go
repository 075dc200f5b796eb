// Package hostile tests that the worst inputs that a valid key can send stay within
// their bounds of memory, time and rows.
package hostile
