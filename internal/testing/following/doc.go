// Package following has the tests of those who follow the journal while many write:
// over PostgreSQL, through pgbouncer, and over SQLite with two processes.
package following
